// Package goversion builds the adapter of the Go driver with a version of the driver other than that of this program, and
// runs it as a process. All it needs is the Go tool and, for a version that is not in the cache, its module proxy.
package goversion

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// The driver's modules, by major version.
const (
	module1 = "go.mongodb.org/mongo-driver"
	module2 = module1 + "/v2"
)

// Open runs the adapter with a version: v2.5.0, v1.17.10, latest, or the path of a checkout, which begins with . or /.
func Open(ctx context.Context, version string, i driver.Isolation) (driver.Driver, error) {
	program, clean, err := build(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("go@%s: %w", version, err)
	}
	p, err := driver.Start(ctx, program, nil, i.Environment())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go@%s: %w", version, err), clean())
	}
	return &built{p, clean}, nil
}

type built struct {
	*driver.Process
	clean func() error
}

func (b *built) Close() error { return errors.Join(b.Process.Close(), b.clean()) }

// build makes the program, or finds it in the cache. What it made of a checkout is for this run only.
func build(ctx context.Context, version string) (program string, clean func() error, err error) {
	nothing := func() error { return nil }
	if driver.IsPath(version) {
		dir, err := os.MkdirTemp("", "mongotls-checkout-")
		if err != nil {
			return "", nil, err
		}
		clean = func() error { return os.RemoveAll(dir) }
		if err := fillFromCheckout(ctx, dir, version); err != nil {
			return "", nil, errors.Join(err, clean())
		}
		return filepath.Join(dir, programName), clean, nil
	}
	if version == "latest" {
		if version, err = latest(ctx); err != nil {
			return "", nil, err
		}
	}
	module, err := moduleOf(version)
	if err != nil {
		return "", nil, err
	}
	files, err := sources(module)
	if err != nil {
		return "", nil, err
	}
	dir, err := driver.Cached(ctx, fmt.Sprintf("go/%s-%s", version, digest(files)), func(dir string) error {
		return fill(ctx, dir, files, module, version, "")
	})
	return filepath.Join(dir, programName), nothing, err
}

const programName = "adapter"

// moduleOf is the module that a version belongs to.
func moduleOf(version string) (string, error) {
	switch {
	case !semver.IsValid(version) || semver.Canonical(version) != version && semver.Build(version) == "":
		return "", driver.Misuse(errors.New("that is no version: write one like v2.5.0, latest, or the path of a checkout like ./mongo-go-driver"))
	case semver.Major(version) == "v1":
		return module1, nil
	case semver.Major(version) == "v2":
		return module2, nil
	}
	return "", driver.Misuse(fmt.Errorf("there is no adapter for major version %s of the Go driver, only for v1 and v2", semver.Major(version)))
}

// fillFromCheckout builds with the driver in a directory.
func fillFromCheckout(ctx context.Context, dir, checkout string) error {
	content, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		return driver.Misuse(fmt.Errorf("that is no checkout of the driver: %w", err))
	}
	module := modfile.ModulePath(content)
	if module != module1 && module != module2 {
		return driver.Misuse(fmt.Errorf("that is no checkout of the driver: its module is %s", module))
	}
	files, err := sources(module)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(checkout)
	if err != nil {
		return err
	}
	version := "v2.0.0"
	if module == module1 {
		version = "v1.0.0"
	}
	return fill(ctx, dir, files, module, version, path)
}

// fill writes the adapter's module into dir and builds it. replacement is the directory of the driver, "" for a version.
func fill(ctx context.Context, dir string, files map[string][]byte, module, version, replacement string) error {
	gomod := fmt.Sprintf("module %s\n\ngo %s\n\nrequire %s %s\n", ownModule, languageVersion, module, version)
	if replacement != "" {
		gomod += fmt.Sprintf("\nreplace %s => %s\n", module, modfile.AutoQuote(replacement))
	}
	files["go.mod"] = []byte(gomod)
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	if err := goTool(ctx, dir, version, "mod", "tidy"); err != nil {
		return err
	}
	tags := ""
	if module == module1 {
		tags = "mongodriver1"
	}
	return goTool(ctx, dir, version, "build", "-tags", tags, "-trimpath", "-o", programName, ".")
}

const (
	ownModule       = "github.com/mongotls/mongotls"
	languageVersion = "1.26.0" // that of our go.mod
)

// sources are the files of the adapter's module by name, but for go.mod: those packages of ours, as they are, that the
// adapter consists of.
func sources(module string) (map[string][]byte, error) {
	files := map[string][]byte{"main.go": []byte("package main\n\nimport \"" + ownModule +
		"/harness/driver/godriver\"\n\nfunc main() { godriver.Serve() }\n")}
	for dir, source := range map[string]fs.FS{"harness/evidence": evidence.Source, "harness/driver": driver.Source,
		"harness/driver/godriver": godriver.Source} {
		names, err := fs.Glob(source, "*.go")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			content, err := fs.ReadFile(source, name)
			if err != nil {
				return nil, err
			}
			if module == module1 {
				content = []byte(strings.ReplaceAll(string(content), `"`+module2+"/", `"`+module1+"/"))
			}
			files[dir+"/"+name] = content
		}
	}
	return files, nil
}

// digest tells apart what the same version can be built with.
func digest(files map[string][]byte) string {
	b, _ := json.Marshal([]any{files, runtime.GOOS, runtime.GOARCH}) // plain data, maps in order
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:6])
}

// latest asks for the newest version.
func latest(ctx context.Context) (string, error) {
	return driver.Remembered(ctx, "go/latest", func() (string, error) {
		out, err := goOutput(ctx, os.TempDir(), "latest", "list", "-m", "-f", "{{.Version}}", module2+"@latest")
		return strings.TrimSpace(out), err
	})
}

func goTool(ctx context.Context, dir, version string, args ...string) error {
	_, err := goOutput(ctx, dir, version, args...)
	return err
}

// goOutput runs the Go tool, and puts its failures into a sentence.
func goOutput(ctx context.Context, dir, version string, args ...string) (string, error) {
	env := []string{"GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=" + modfileFlag(os.Getenv("GOFLAGS"))}
	out, err := driver.Tool(ctx, dir, env, "go", args...)
	if c, ok := errors.AsType[*driver.Complaint](err); ok {
		err = explain(version, args[0], c)
	}
	return out, err
}

// modfileFlag takes out of GOFLAGS what would keep the tool from writing a go.mod of its own.
func modfileFlag(flags string) string {
	return strings.TrimSpace(regexp.MustCompile(`-mod(file)?=\S+`).ReplaceAllString(flags, ""))
}

// explain says why the Go tool failed.
func explain(version, step string, c *driver.Complaint) error {
	switch {
	case errors.Is(c, syscall.ENOSPC):
		return c
	case c.Says("unknown revision", "invalid version", "403 Forbidden", "404 Not Found", "410 Gone", "no matching versions"):
		return driver.Misuse(fmt.Errorf("the module proxy has no version %s of the driver", version))
	case c.Says("module lookup disabled", "no such host", "dial tcp", "connection refused", "i/o timeout", "TLS handshake timeout",
		"proxyconnect"):
		return errors.New("the version is not in the cache, and the module proxy cannot be reached")
	case c.Says("requires go >="):
		return fmt.Errorf("the Go tool on the PATH is too old: %s", c.First(1))
	case step == "build":
		return driver.Misuse(fmt.Errorf("it does not compile: %s", c.First(4)))
	}
	return c
}
