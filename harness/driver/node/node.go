// Package node drives the Node.js drivers, each as npm installs it: mongodb, Mongoose, and the MongoDB Shell. One
// adapter, in JavaScript, serves them all.
package node

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// A pack is a package of npm.
type pack struct{ name string }

// packs are the packages by the names of their drivers.
var packs = map[string]pack{"node": {"mongodb"}, "mongoose": {"mongoose"}, "mongosh": {"mongosh"}}

// adapter is the program that every package is driven with.
//
//go:embed *.cjs
var adapter embed.FS

// Open runs the adapter with a version of node, mongoose or mongosh: 6.20.0, 6 (the newest 6.x), latest, or the path of
// the package's directory, with its dependencies.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	p := packs[s.Name]
	dir, err := p.locate(ctx, s.Version)
	if err != nil {
		return nil, err
	}
	on, err := find(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := p.check(ctx, dir, on); err != nil {
		return nil, err
	}
	script, err := script(ctx)
	if err != nil {
		return nil, err
	}
	d, err := driver.Start(ctx, on.path, append(slices.Clone(on.args), script, s.Name, dir), append(i.Environment(),
		on.env...))
	switch {
	case err == nil:
	case driver.IsPath(s.Version) && ctx.Err() == nil:
		return nil, usage.Errorf("%w", err)
	default:
		return nil, err
	}
	if _, ok := d.Info().Component(on.name); !ok {
		return nil, errors.Join(usage.Errorf("%s is not %s, but %s", on.path, on.name, d.Info().Build), d.Close())
	}
	return d, nil
}

// locate is the directory of the package.
func (p pack) locate(ctx context.Context, version string) (string, error) {
	if driver.IsPath(version) {
		return filepath.Abs(version)
	}
	version, err := p.resolve(ctx, version)
	if err != nil {
		return "", err
	}
	dir, err := p.install(ctx, version)
	return filepath.Join(dir, "node_modules", p.name), err
}

var atLeast = regexp.MustCompile(`^>=\s*(\d+(?:\.\d+){0,2})$`)

// check says why what is in a directory cannot run: it is another package, or the Node is too old for it.
func (p pack) check(ctx context.Context, dir string, on program) error {
	content, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return usage.Errorf("that is no directory of the package %s: %w", p.name, err)
	}
	var m struct {
		Name, Version string
		Engines       struct{ Node string }
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return usage.Errorf("that is no directory of the package %s: package.json: %w", p.name, err)
	}
	if m.Name != p.name {
		return usage.Errorf("that is no directory of the package %s, but of %q", p.name, m.Name)
	}
	need := atLeast.FindStringSubmatch(m.Engines.Node)
	if need == nil || on.name != Node {
		return nil
	}
	have, err := install.Tool(ctx, dir, nil, on.path, "--version")
	have = strings.TrimPrefix(strings.TrimSpace(have), "v")
	switch _, ended := errors.AsType[*install.Complaint](err); {
	case on.asked && (ended || err == nil && versions.Canonical(have) == ""):
		return usage.Errorf("%s is no Node.js: give the path of one, such as /opt/node/bin/node", on.path)
	case err != nil:
		return err
	}
	if versions.Compare(have, need[1]) >= 0 {
		return nil
	}
	if on.asked {
		return usage.Errorf("%s %s needs Node.js %s or newer, not %s", m.Name, m.Version, need[1], have)
	}
	return fmt.Errorf("%s %s needs Node.js %s or newer, and the one on the PATH is %s: +node%s takes one of npm's",
		m.Name, m.Version,
		need[1], have, need[1])
}

// script writes the adapter into the cache.
func script(ctx context.Context) (string, error) {
	dir, err := install.Copied(ctx, "node/adapter", adapter)
	return filepath.Join(dir, "adapter.cjs"), err
}
