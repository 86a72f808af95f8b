package goversion

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/usage"
)

// isSelection reports whether a path is the go.mod of an application, which selects a version.
func isSelection(version string) bool {
	return driver.IsPath(version) && filepath.Base(version) == "go.mod"
}

// selected is the version of the driver that an application builds with, as the Go tool says it where that go.mod is:
// go.work, replace directives and all. A driver that is replaced by a directory is that checkout.
func selected(ctx context.Context, gomod string) (string, error) {
	for _, module := range []string{module2, module1} {
		out, err := listed(ctx, gomod, module)
		if c, ok := errors.AsType[*install.Complaint](err); ok {
			if c.Says("not a known dependency") {
				continue
			}
			return "", usage.Errorf("the Go tool does not read it: %s", c.First(1))
		}
		if err != nil {
			return "", err
		}
		var m struct {
			Version string
			Replace *struct{ Path, Version, Dir string }
		}
		if err := json.Unmarshal([]byte(out), &m); err != nil {
			return "", err
		}
		switch r := m.Replace; {
		case r == nil:
			return m.Version, nil
		case r.Version == "":
			return r.Dir, nil
		case r.Path == module:
			return r.Version, nil
		default:
			return "", usage.Errorf("it replaces the driver by %s %s: give a checkout of that instead", r.Path, r.Version)
		}
	}
	return "", usage.Errorf("it selects no MongoDB driver")
}

// listed is what the Go tool says of a module. Where a go.sum is not complete, it is completed in a copy.
func listed(ctx context.Context, gomod, module string) (string, error) {
	dir := filepath.Dir(gomod)
	out, err := install.Tool(ctx, dir, nil, "go", "list", "-m", "-json", module)
	if c, ok := errors.AsType[*install.Complaint](err); !ok ||
		!c.Says("missing go.sum entry", "updates to go.mod needed") {
		return out, err
	}
	temp, err := os.MkdirTemp("", "mongotls-gomod-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(temp) }() // a copy
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err = errors.Join(err, os.WriteFile(filepath.Join(temp, name), content, 0o600)); err != nil {
			return "", err
		}
	}
	return install.Tool(
		ctx,
		dir,
		[]string{"GOWORK=off", "GOFLAGS=-mod=mod"},
		"go",
		"list",
		"-m",
		"-modfile="+filepath.Join(temp, "go.mod"),
		"-json",
		module,
	)
}
