package pymongo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
)

// suites are the versions that Debian has.
var suites = map[string]string{"3.11.0": "bookworm", newest: "trixie"}

// newest is the version of the newest suite.
const newest = "4.10.1"

// find is the Python that a version runs on.
func find(ctx context.Context, ocsp bool, version string) (python, error) {
	if driver.IsPath(version) {
		return local(ctx, ocsp, version)
	}
	version, err := resolve(ctx, version)
	if err != nil {
		return python{}, err
	}
	suite, ok := suites[version]
	if !ok {
		return fromIndex(ctx, ocsp, version)
	}
	p, err := fromDebian(ctx, ocsp, suite)
	if err != nil && ctx.Err() == nil {
		var second error
		if p, second = fromIndex(ctx, ocsp, version); second != nil {
			return python{}, fmt.Errorf("%w; %w", err, second)
		}
	}
	p.version = version
	return p, ctx.Err()
}

// fromDebian is the Python of a suite, with PyMongo and what it makes use of.
func fromDebian(ctx context.Context, ocsp bool, suite string) (python, error) {
	packages := []string{"python3-pymongo", "python3-pymongo-ext", "python3-bson-ext", "python3-dnspython"}
	if ocsp {
		packages = append(packages, "python3-openssl", "python3-requests", "python3-service-identity")
	}
	root, err := debian.Open(ctx, suite, packages...)
	if err != nil {
		return python{}, err
	}
	programs, err := filepath.Glob(filepath.Join(root.Dir, "usr", "bin", "python3.[0-9]*[0-9]"))
	if err != nil || len(programs) != 1 {
		return python{}, fmt.Errorf("%s holds no Python: remove the directory, so that it is made again", root.Dir)
	}
	return python{command: root.Command(programs[0], "-s"), ocsp: ocsp, env: []string{
		"PYTHONHOME=" + filepath.Join(root.Dir, "usr"),
		"PYTHONPATH=" + filepath.Join(root.Dir, "usr", "lib", "python3", "dist-packages"),
		"OPENSSL_CONF=/dev/null", // not that of the machine
	}}, nil
}

// local is a Python of the user's own or, for a checkout, that of the default version.
func local(ctx context.Context, ocsp bool, path string) (python, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return python{}, err
	}
	if venv := filepath.Join(path, "bin", "python"); isFile(venv) {
		return python{command: []string{venv}, ocsp: ocsp}, nil
	}
	if isFile(filepath.Join(path, "pymongo", "__init__.py")) {
		p, err := find(ctx, ocsp, newest)
		if err != nil {
			return python{}, fmt.Errorf("a Python for the checkout: %w", err)
		}
		p.version, p.env = "", append(p.env, "PYTHONPATH="+path+string(os.PathListSeparator)+packages(p.env))
		return p, nil
	}
	if isFile(path) {
		return python{command: []string{path}, ocsp: ocsp}, nil
	}
	return python{}, driver.Usage(fmt.Errorf("%s is neither an interpreter, nor a virtual environment, nor a checkout of PyMongo", path))
}

// packages is where the packages of an environment are.
func packages(env []string) string {
	for _, entry := range env {
		if path, ok := strings.CutPrefix(entry, "PYTHONPATH="); ok {
			return path
		}
	}
	return ""
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
		return "", driver.Usage(errors.New("that is no version: write one like 4.10.1, 4, latest, or a path like ./mongo-python-driver"))
	}
	return install.Remembered(ctx, "pymongo/"+version, func() (string, error) {
		dir, err := os.MkdirTemp("", "mongotls-pip-")
		if err != nil {
			return "", err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		python, err := venv(ctx, dir)
		if err != nil {
			return "", err
		}
		out, err := pip(ctx, version, python, "install", "--dry-run", "--no-deps", "--report", "-", "--quiet", "pymongo"+requirement)
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

// fromIndex is a virtual environment of the python3 on the PATH, with what pip finds. requirements.txt in it says what that was.
func fromIndex(ctx context.Context, ocsp bool, version string) (python, error) {
	of, err := install.Tool(ctx, "", nil, "python3", "-c",
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
		python, err := venv(ctx, dir)
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

// venv makes a virtual environment in dir, and returns its interpreter.
func venv(ctx context.Context, dir string) (string, error) {
	_, err := install.Tool(ctx, dir, nil, "python3", "-m", "venv", dir)
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
	case c.Says("from versions: none", "Failed to establish a new connection", "Could not fetch URL", "ConnectTimeoutError", "NameResolutionError"):
		return errors.New("the version is not in the cache, and pip reaches no package index that has PyMongo")
	case c.Says("No matching distribution found"):
		return driver.Usage(fmt.Errorf("the package index has no PyMongo %s for this Python", version))
	}
	return c
}
