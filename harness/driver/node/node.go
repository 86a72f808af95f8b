// Package node drives the Node.js drivers, each as npm installs it: mongodb, Mongoose, and the MongoDB Shell. One adapter, in
// JavaScript, serves them all.
package node

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/versions"
)

// A pack is a package of npm.
type pack struct{ name string }

// packs are the packages by the names of their drivers.
var packs = map[string]pack{"node": {"mongodb"}, "mongoose": {"mongoose"}, "mongosh": {"mongosh"}}

// adapter is the program that every package is driven with.
//
//go:embed *.cjs
var adapter embed.FS

// Open runs the adapter with a version of node, mongoose or mongosh: 6.20.0, 6 (the newest 6.x), latest, or the path of the
// package's directory, with its dependencies.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	p := packs[s.Name]
	dir, err := p.locate(ctx, s.Version)
	if err != nil {
		return nil, err
	}
	if err := p.check(ctx, dir); err != nil {
		return nil, err
	}
	program, err := program(ctx)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	// Node takes its trust store from OpenSSL, and so from SSL_CERT_FILE, only if it is told to. What the environment says to
	// other programs must not change what is measured.
	env := append(i.Environment(), "NODE_OPTIONS=", "NODE_EXTRA_CA_CERTS=", "NODE_TLS_REJECT_UNAUTHORIZED=")
	d, err := driver.Start(ctx, node, []string{"--use-openssl-ca", program, s.Name, dir}, env)
	switch {
	case err == nil:
		return d, nil
	case driver.IsPath(s.Version) && ctx.Err() == nil:
		return nil, driver.Usage(err)
	}
	return nil, err
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

// check says why what is in a directory cannot run: it is another package, or Node is not there, or too old for it.
func (p pack) check(ctx context.Context, dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return driver.Usage(fmt.Errorf("that is no directory of the package %s: %w", p.name, err))
	}
	var m struct {
		Name, Version string
		Engines       struct{ Node string }
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return driver.Usage(fmt.Errorf("that is no directory of the package %s: package.json: %w", p.name, err))
	}
	if m.Name != p.name {
		return driver.Usage(fmt.Errorf("that is no directory of the package %s, but of %q", p.name, m.Name))
	}
	have, err := install.Tool(ctx, dir, nil, "node", "--version")
	if err != nil {
		return err
	}
	have = strings.TrimSpace(have)
	if need := atLeast.FindStringSubmatch(m.Engines.Node); need != nil && versions.Compare(have, need[1]) < 0 {
		return fmt.Errorf("%s %s needs Node.js %s or newer, and the one on the PATH is %s", m.Name, m.Version, need[1], strings.TrimPrefix(have, "v"))
	}
	return nil
}

// program writes the adapter into the cache.
func program(ctx context.Context) (string, error) {
	dir, err := install.Copied(ctx, "node/adapter", adapter)
	return filepath.Join(dir, "adapter.cjs"), err
}
