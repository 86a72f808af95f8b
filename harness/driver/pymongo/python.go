package pymongo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
	"github.com/mongotls/mongotls/internal/usage"
)

// suites are the versions that Debian has.
var suites = map[string]string{"3.11.0": "bookworm", newest: "trixie", "4.19.0": "forky"}

// newest is the version of the newest suite that has been released.
const newest = "4.10.1"

// find is the Python that a version runs on: its own or, if on is not empty, that of this version or at this path.
func find(ctx context.Context, ocsp bool, version, on string) (p python, err error) {
	if driver.IsPath(on) {
		if on, err = filepath.Abs(on); err != nil {
			return p, err
		}
		if !isPython(ctx, on) {
			return p, usage.Errorf("%s is no Python: give the path of one, such as /usr/bin/python3", on)
		}
	}
	if driver.IsPath(version) {
		return local(ctx, ocsp, version, on)
	}
	if version, err = resolve(ctx, version); err != nil {
		return p, err
	}
	p, err = provide(ctx, ocsp, version, on)
	p.version = version
	return p, err
}

// provide gets a version and a Python for it.
func provide(ctx context.Context, ocsp bool, version, on string) (python, error) {
	home, ofDebian := suites[version]
	suite, err := suiteOf(on)
	switch {
	case err != nil:
		return python{}, err
	case on == "" && ofDebian:
		p, err := fromDebian(ctx, ocsp, home, pymongo...)
		if err == nil || ctx.Err() != nil || errors.Is(err, syscall.ENOSPC) {
			return p, cmp.Or(ctx.Err(), err)
		}
		p, second := fromIndex(ctx, ocsp, version, "python3")
		if second != nil {
			return p, fmt.Errorf("%w; %w", err, second)
		}
		return p, nil
	case on == "":
		return fromIndex(ctx, ocsp, version, "python3")
	case driver.IsPath(on) && ofDebian:
		return elsewhere(ctx, python{command: []string{on}, ocsp: ocsp}, version)
	case driver.IsPath(on):
		return fromIndex(ctx, ocsp, version, on)
	case suite == home:
		return fromDebian(ctx, ocsp, home, pymongo...)
	}
	p, err := fromDebian(ctx, ocsp, suite)
	if err != nil {
		return p, err
	}
	return elsewhere(ctx, p, version)
}

// suiteOf is the Debian suite that has a version of Python, "" for none or a path.
func suiteOf(version string) (string, error) {
	if version == "" || driver.IsPath(version) {
		return "", nil
	}
	var all []string
	for _, s := range debian.Suites {
		if s.Python == version {
			return s.Name, nil
		}
		all = append(all, s.Python)
	}
	return "", usage.Errorf("there is no Python %s here: there are %s, or one of your own as +python@/PATH",
		version, strings.Join(all, ", "))
}

// pymongo is the driver in Debian.
var pymongo = []string{"python3-pymongo", "python3-pymongo-ext", "python3-bson-ext"}

// fromDebian is the Python of a suite, with packages and what PyMongo makes use of.
func fromDebian(ctx context.Context, ocsp bool, suite string, packages ...string) (python, error) {
	if packages = append(slices.Clone(packages), "python3-dnspython"); len(packages) == 1 {
		packages = append(packages, "python3") // which the driver brings
	}
	if ocsp {
		packages = append(packages, "python3-openssl", "python3-requests", "python3-service-identity")
	}
	root, err := debian.Open(ctx, suite, packages...)
	if err != nil {
		return python{}, err
	}
	program, err := root.Program("python3", "Python")
	if err != nil {
		return python{}, err
	}
	return python{command: root.Command(program, "-s"), ocsp: ocsp, env: []string{
		"PYTHONHOME=" + filepath.Join(root.Dir, "usr"),
		"PYTHONPATH=" + filepath.Join(root.Dir, filepath.FromSlash(distPackages)),
		debian.Unconfigured,
	}}, nil
}

// distPackages is where the packages of a Debian root are.
const distPackages = "usr/lib/python3/dist-packages"

// elsewhere lets a Python run a version that is made for another one: what a suite or the package index has, without
// its parts in C.
func elsewhere(ctx context.Context, p python, version string) (python, error) {
	name, from := "pymongo/"+version+"-pure-index", indexed
	if home, ofDebian := suites[version]; ofDebian {
		name, from = "pymongo/"+version+"-pure-"+install.Key(home, pymongo), packaged
	}
	dir, err := install.Cached(ctx, name, func(dir string) error {
		at, err := from(ctx, version)
		if err != nil {
			return err
		}
		for _, name := range []string{"bson", "pymongo"} {
			if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(at, name))); err != nil {
				return err
			}
		}
		compiled, err := filepath.Glob(filepath.Join(dir, "*", "*.so"))
		for _, file := range compiled {
			err = errors.Join(err, os.Remove(file))
		}
		return err
	})
	p.env = append(p.env, pythonPath(dir, p.env))
	return p, err
}

// packaged is where the packages of a version are that a suite has.
func packaged(ctx context.Context, version string) (string, error) {
	all := append(slices.Clone(pymongo), "python3-dnspython") // as it runs by itself
	root, err := debian.Open(ctx, suites[version], all...)
	return filepath.Join(root.Dir, filepath.FromSlash(distPackages)), err
}

// indexed is where those of a version are that the package index has.
func indexed(ctx context.Context, version string) (string, error) {
	p, err := fromIndex(ctx, false, version, "python3")
	if err != nil {
		return "", err
	}
	at, err := install.Tool(ctx, "", nil, p.command[0], "-c", "import sysconfig; print(sysconfig.get_path('platlib'))")
	return strings.TrimSpace(at), err
}

// pythonPath puts a directory before those of an environment.
func pythonPath(dir string, env []string) string {
	if before := packages(env); before != "" {
		dir += string(os.PathListSeparator) + before
	}
	return "PYTHONPATH=" + dir
}

// local is a Python of the user's own or, for a checkout, that of the newest suite or the one that is asked for.
func local(ctx context.Context, ocsp bool, path, on string) (python, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return python{}, err
	}
	if isFile(filepath.Join(path, "pymongo", "__init__.py")) {
		p, err := find(ctx, ocsp, newest, on)
		if err != nil {
			return python{}, fmt.Errorf("a Python for the checkout: %w", err)
		}
		p.version, p.env = "", append(p.env, pythonPath(path, p.env))
		return p, nil
	}
	for _, program := range []string{filepath.Join(path, "bin", "python"), path} {
		if isFile(program) && on != "" {
			return python{}, usage.Errorf("%s is a Python, and cannot run on %s", path,
				driver.Component{Name: Python, Version: on})
		}
		if isFile(program) {
			return python{command: []string{program}, ocsp: ocsp}, nil
		}
	}
	return python{}, usage.Errorf("%s is neither an interpreter, nor a virtual environment, nor a checkout", path)
}

// packages is where the packages of an environment are; the last word counts.
func packages(env []string) (found string) {
	for _, entry := range env {
		if path, ok := strings.CutPrefix(entry, "PYTHONPATH="); ok {
			found = path
		}
	}
	return found
}

// isPython reports whether a program says what only a Python says.
func isPython(ctx context.Context, path string) bool {
	out, err := install.Tool(ctx, "", nil, path, "-c", "import sys; print(sys.version_info[0])")
	return err == nil && strings.TrimSpace(out) == "3" || ctx.Err() != nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

var (
	exact  = regexp.MustCompile(`^\d+\.\d+(\.\d+)?([a-z.-]+\d+)?$`)
	series = regexp.MustCompile(`^\d+$`)
)

// resolve is the number of a version.
func resolve(ctx context.Context, version string) (string, error) {
	requirement := ""
	switch {
	case series.MatchString(version):
		requirement = "==" + version + ".*"
	case exact.MatchString(version):
		return version, nil
	case version != "latest":
		return "", driver.Malformed("that is no version: write one like 4.10.1, 4, latest, " +
			"or a path like ./mongo-python-driver")
	}
	return install.Remembered(ctx, "pymongo/"+version, func() (string, error) {
		dir, err := os.MkdirTemp("", "mongotls-pip-")
		if err != nil {
			return "", err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		python, err := venv(ctx, dir, "python3")
		if err != nil {
			return "", err
		}
		out, err := pip(ctx, version, python, "install", "--dry-run", "--no-deps", "--report", "-", "--quiet",
			"pymongo"+requirement)
		if err != nil {
			return "", err
		}
		var report struct {
			Install []struct{ Metadata struct{ Version string } }
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Install) != 1 {
			return "", errors.New("pip does not say which version it would install")
		}
		return report.Install[0].Metadata.Version, nil
	})
}

var (
	held   = regexp.MustCompile(`^(\d+\.\d+(?:\.\d+)?)-python`)
	listed = regexp.MustCompile(`(?m)^Available versions: (.+)$`)
)

// Published are the versions that Debian and the package index have, and those in the cache.
func Published(ctx context.Context, _ driver.Spec) ([]string, error) {
	all := append(slices.Collect(maps.Keys(suites)), install.Held("pymongo", held)...)
	dir, err := os.MkdirTemp("", "mongotls-pip-")
	if err != nil {
		return all, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	python, err := venv(ctx, dir, "python3")
	if err != nil {
		return all, err
	}
	out, err := pip(ctx, "", python, "--retries", "0", "index", "versions", "pymongo")
	if ctx.Err() != nil {
		return all, ctx.Err()
	}
	if err != nil {
		return all, errors.New("pip reaches no package index that has PyMongo")
	}
	found := listed.FindStringSubmatch(out)
	if found == nil {
		return all, errors.New("pip does not say which versions there are")
	}
	return append(all, strings.Split(strings.TrimSpace(found[1]), ", ")...), nil
}

// fromIndex is a virtual environment of the python3 on the PATH or another one, with what pip finds. requirements.txt
// in it says what that was.
func fromIndex(ctx context.Context, ocsp bool, version, on string) (python, error) {
	of, err := install.Tool(ctx, "", nil, on, "-c",
		"import os, sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.version, os.path.realpath(sys.executable))")
	if err != nil {
		return python{}, err
	}
	requirement := "pymongo[srv]==" + version
	if ocsp {
		requirement = "pymongo[srv,ocsp]==" + version
	}
	number, _, _ := strings.Cut(of, "\n")
	name := fmt.Sprintf("pymongo/%s-python%s-%s", version, strings.TrimSpace(number), install.Key(of, requirement))
	dir, err := install.Cached(ctx, name, func(dir string) error {
		python, err := venv(ctx, dir, on)
		if err != nil {
			return err
		}
		if _, err := pip(ctx, version, python, "install", "--quiet", requirement); err != nil {
			return err
		}
		lock, err := pip(ctx, version, python, "freeze")
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(lock), 0o644)
	})
	return python{command: []string{filepath.Join(dir, "bin", "python")}, version: version, ocsp: ocsp}, err
}

// venv makes a virtual environment of an interpreter in dir, and returns its own.
func venv(ctx context.Context, dir, of string) (string, error) {
	_, err := install.Tool(ctx, dir, nil, of, "-m", "venv", dir)
	if complaint, ok := errors.AsType[*install.Complaint](err); ok && complaint.Says("ensurepip is not available") {
		return "", errors.New("python3 cannot make a virtual environment here: install python3-venv")
	}
	return filepath.Join(dir, "bin", "python"), err
}

// pip runs pip of a virtual environment, and puts its failures into a sentence.
func pip(ctx context.Context, version, python string, args ...string) (string, error) {
	args = append([]string{"-m", "pip", "--disable-pip-version-check", "--no-input"}, args...)
	out, err := install.Tool(ctx, filepath.Dir(python), nil, python, args...)
	if complaint, ok := errors.AsType[*install.Complaint](err); ok {
		return "", explain(version, complaint)
	}
	return out, err
}

func explain(version string, c *install.Complaint) error {
	switch {
	case c.Says("from versions: none", "Failed to establish a new connection", "Could not fetch URL",
		"ConnectTimeoutError", "NameResolutionError"):
		return fmt.Errorf("the version is not in the cache, and pip reaches no package index that has PyMongo; "+
			"Debian has %s", strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
	case c.Says("No matching distribution found"):
		return usage.Errorf("the package index has no PyMongo %s for this Python", version)
	}
	return c
}
