// Package goversion builds the adapter of the Go driver with a version of the driver other than that of this program,
// and runs it as a process. All it needs is the Go tool and, for a version that is not in the cache, its module proxy.
package goversion

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/usage"
)

// The driver's modules, by major version.
const (
	module1 = "go.mongodb.org/mongo-driver"
	module2 = module1 + "/v2"
)

// Runtime is the component that a version of the driver can be built with.
const Runtime = "go"

// Open is the Go driver that this program is built with or, with a version, the adapter of another one: v2.5.0,
// v1.17.10, latest, the path of a checkout, or that of an application's go.mod, whose driver it is. It is built with
// the Go of the component, or that on the PATH.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	if s.Version == "" {
		return godriver.New(i), nil
	}
	if isSelection(s.Version) {
		var err error
		if s.Version, err = selected(ctx, s.Version); err != nil {
			return nil, err
		}
	}
	on, _ := s.On(Runtime)
	tool, err := find(ctx, on.Version)
	if err != nil {
		return nil, err
	}
	program, clean, err := build(ctx, tool, s.Version)
	if err != nil {
		return nil, err
	}
	p, err := driver.Start(ctx, program, nil, i.Environment())
	if err != nil {
		return nil, errors.Join(err, clean())
	}
	return &built{p, clean}, nil
}

type built struct {
	*driver.Process
	clean func() error
}

func (b *built) Close() error { return errors.Join(b.Process.Close(), b.clean()) }

// build makes the program, or finds it in the cache. What it made of or with something of the user's own, who may build
// that again, is for this run only.
func build(ctx context.Context, tool toolchain, version string) (program string, clean func() error, err error) {
	checkout := ""
	var module string
	switch {
	case driver.IsPath(version):
		if checkout, err = filepath.Abs(version); err != nil {
			return "", nil, err
		}
		module, version, err = checkedOut(checkout)
	case version == "latest":
		if version, err = tool.latest(ctx); err != nil {
			return "", nil, err
		}
		fallthrough
	default:
		module, err = moduleOf(version)
	}
	if err != nil {
		return "", nil, err
	}
	files, err := sources(module)
	if err != nil {
		return "", nil, err
	}
	if checkout == "" && tool.program == "" {
		at := fmt.Sprintf("go/%s-%s-%s", version, tool.version, install.Key(tool.version, files))
		dir, err := install.Cached(ctx, at, func(dir string) error {
			return fill(ctx, dir, tool, files, module, version,
				"")
		})
		return filepath.Join(dir, programName), func() error { return nil }, err
	}
	dir, err := os.MkdirTemp("", "mongotls-go-")
	if err != nil {
		return "", nil, err
	}
	clean = func() error { return os.RemoveAll(dir) }
	if err := fill(ctx, dir, tool, files, module, version, checkout); err != nil {
		return "", nil, errors.Join(err, clean())
	}
	return filepath.Join(dir, programName), clean, nil
}

const programName = "adapter"

// moduleOf is the module that a version belongs to.
func moduleOf(version string) (string, error) {
	switch {
	case !semver.IsValid(version) || semver.Canonical(version) != version && semver.Build(version) == "":
		return "", driver.Malformed("that is no version: write one like v2.5.0, latest, or " +
			"the path of a checkout like ./mongo-go-driver")
	case semver.Major(version) == "v1":
		return module1, nil
	case semver.Major(version) == "v2":
		return module2, nil
	}
	return "", usage.Errorf("there is no adapter for major version %s of the Go driver, only for v1 and v2",
		semver.Major(version))
}

// checkedOut is the module of a checkout, and a version that stands for it.
func checkedOut(dir string) (module, version string, err error) {
	content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", "", usage.Errorf("that is no checkout of the driver: %w", err)
	}
	switch module = modfile.ModulePath(content); module {
	case module1:
		return module, "v1.0.0", nil
	case module2:
		return module, "v2.0.0", nil
	}
	return "", "", usage.Errorf("that is no checkout of the driver: its module is %s", module)
}

// fill writes the adapter's module into dir and builds it. replacement is the directory of the driver, "" for a
// version.
func fill(ctx context.Context, dir string, tool toolchain, files map[string][]byte, module, version,
	replacement string) error {
	gomod := fmt.Sprintf("module %s\n\ngo %s\n\nrequire %s %s\n", ownModule, tool.language(), module, version)
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
	tags := ""
	if module == module1 {
		tags = "mongodriver1"
	}
	// With -mod=mod the tool writes down what else is needed; unlike mod tidy it looks at no tests of others.
	_, err := tool.run(ctx, dir, version, "build", "-mod=mod", "-tags", tags, "-trimpath", "-o", programName, ".")
	return err
}

const ownModule = "github.com/mongotls/mongotls"

// sources are the files of the adapter's module by name, but for go.mod: those packages of ours, as they are, that the
// adapter consists of.
func sources(module string) (map[string][]byte, error) {
	files := map[string][]byte{"main.go": []byte("package main\n\nimport \"" + ownModule +
		"/harness/driver/godriver\"\n\nfunc main() { godriver.Serve() }\n")}
	for dir, source := range map[string]fs.FS{"harness/evidence": evidence.Source, "harness/driver": driver.Source,
		"harness/driver/godriver": godriver.Source} {
		sources, err := install.Contents(source)
		if err != nil {
			return nil, err
		}
		for name, content := range sources {
			if module == module1 {
				content = []byte(strings.ReplaceAll(string(content), `"`+module2+"/", `"`+module1+"/"))
			}
			files[dir+"/"+name] = content
		}
	}
	return files, nil
}
