package goversion

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// A toolchain is a version of Go.
type toolchain struct {
	version string // as it says itself: "go1.22.12"
	program string // the user's own Go tool; "" is that on the PATH, which fetches other versions
}

// find is the toolchain of a component: a version, a prefix of one, or the path of a Go tool; "" is that on the PATH.
func find(ctx context.Context, version string) (toolchain, error) {
	switch {
	case version == "":
		return onPath(ctx)
	case driver.IsPath(version):
		return own(ctx, version)
	case minor.MatchString(version):
		exact, err := newest(ctx, version)
		return toolchain{version: exact}, err
	case released.MatchString("go" + version):
		return toolchain{version: "go" + version}, nil
	}
	return toolchain{}, driver.Malformed("there is no Go %s: write a version like 1.22 or 1.22.12", version)
}

var (
	minor    = regexp.MustCompile(`^1\.\d+$`)
	released = regexp.MustCompile(`^go(1\.\d+)(\.\d+|rc\d+|beta\d+)?$`)
)

// onPath is the toolchain that the Go tool on the PATH stands for. Without a Go tool it is the one that this program
// was built with: what that has built before is in the cache.
func onPath(ctx context.Context) (toolchain, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return toolchain{version: runtime.Version()}, nil
	}
	out, err := install.Tool(ctx, os.TempDir(), environment, "go", "env", "GOVERSION")
	return toolchain{version: strings.TrimSpace(out)}, err
}

// own is the toolchain of a Go tool at a path.
func own(ctx context.Context, path string) (toolchain, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return toolchain{}, err
	}
	t := toolchain{program: path}
	out, err := t.output(ctx, os.TempDir(), "env", "GOVERSION")
	t.version = strings.TrimSpace(out)
	if err != nil || !strings.HasPrefix(t.version, "go") {
		return t, usage.Errorf("%s is no Go tool: give the path of one, such as /opt/go/bin/go", path)
	}
	return t, nil
}

// newest is the last release of a minor version that the module proxy has for this platform.
func newest(ctx context.Context, minor string) (string, error) {
	return install.Remembered(ctx, "go/go"+minor, func() (string, error) {
		t, err := onPath(ctx)
		if err != nil {
			return "", err
		}
		out, err := t.run(ctx, os.TempDir(), "", "list", "-m", "-versions", "golang.org/toolchain")
		if err != nil {
			return "", err
		}
		found := pick(minor, runtime.GOOS+"-"+runtime.GOARCH, out)
		if found == "" {
			return "", usage.Errorf("the module proxy has no Go %s for %s/%s", minor, runtime.GOOS, runtime.GOARCH)
		}
		return found, nil
	})
}

// pick is the greatest release of a minor version in a list of the versions of golang.org/toolchain, "" if there is
// none.
func pick(minor, platform, list string) (greatest string) {
	entry := regexp.MustCompile(`^v0\.0\.1-go(` + regexp.QuoteMeta(minor) + `(?:\.\d+)?)\.` + regexp.QuoteMeta(platform) +
		`$`)
	for _, word := range strings.Fields(list) {
		if m := entry.FindStringSubmatch(word); m != nil && versions.Compare(m[1], greatest) > 0 {
			greatest = m[1]
		}
	}
	if greatest == "" {
		return ""
	}
	return "go" + greatest
}

// language is what the go line of a go.mod says. It also chooses what crypto/tls and crypto/x509 do by default, so it
// is that of the toolchain: an application that has upgraded both.
func (t toolchain) language() string {
	if m := released.FindStringSubmatch(t.version); m != nil {
		return m[1]
	}
	return "1.26" // of a Go that somebody has built from its sources
}

// environment is that of the Go tool: what the user has set for other builds goes into no adapter.
var environment = []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=",
	"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH}

// output runs the Go tool of the toolchain.
func (t toolchain) output(ctx context.Context, dir string, args ...string) (string, error) {
	choice := "GOTOOLCHAIN=local"
	if t.program == "" && released.MatchString(t.version) {
		choice = "GOTOOLCHAIN=" + t.version
	}
	program := t.program
	if program == "" {
		program = "go"
	}
	return install.Tool(ctx, dir, append([]string{choice}, environment...), program, args...)
}

// run is output that puts failures into a sentence.
func (t toolchain) run(ctx context.Context, dir, version string, args ...string) (string, error) {
	out, err := t.output(ctx, dir, args...)
	if c, ok := errors.AsType[*install.Complaint](err); ok {
		err = t.explain(version, args[0], c)
	}
	return out, err
}

// latest asks for the newest version of the driver.
func (t toolchain) latest(ctx context.Context) (string, error) {
	return install.Remembered(ctx, "go/latest", func() (string, error) {
		out, err := t.run(ctx, os.TempDir(), "latest", "list", "-m", "-f", "{{.Version}}", module2+"@latest")
		return strings.TrimSpace(out), err
	})
}

// held is the name of an adapter in the cache.
var held = regexp.MustCompile(`^(v\d+\.\d+\.\d+)-go`)

// Published are the versions of the driver that the module proxy has, and those in the cache.
func Published(ctx context.Context, _ driver.Spec) ([]string, error) {
	all := install.Held("go", held)
	t, err := onPath(ctx)
	if err != nil {
		return all, err
	}
	for _, module := range []string{module1, module2} {
		out, err := t.run(ctx, os.TempDir(), "", "list", "-m", "-versions", "-f", `{{join .Versions " "}}`, module)
		if err != nil {
			return all, err
		}
		all = append(all, strings.Fields(out)...)
	}
	return all, nil
}

// explain says why the Go tool failed.
func (t toolchain) explain(version, step string, c *install.Complaint) error {
	switch {
	case errors.Is(c, syscall.ENOSPC):
		return c
	case c.Says("module lookup disabled", "no such host", "dial tcp", "connection refused", "i/o timeout",
		"TLS handshake timeout",
		"proxyconnect"):
		what := "the version"
		if c.Says("go: download go", "golang.org/toolchain") {
			what = t.version
		}
		return fmt.Errorf("%s is not in the cache, and the module proxy cannot be reached", what)
	case c.Says("checksum mismatch", "SECURITY ERROR"):
		return fmt.Errorf(
			"what the module proxy sends is not what its checksum names: %s",
			c.Line("checksum mismatch", "SECURITY ERROR"),
		)
	case c.Says("toolchain not available", "go: download "+t.version+": golang.org/toolchain@"):
		return usage.Errorf("no %s for %s/%s can be had from the module proxy", t.version, runtime.GOOS,
			runtime.GOARCH)
	case c.Says("unknown revision", "invalid version", "403 Forbidden", "404 Not Found", "410 Gone",
		"no matching versions"):
		return usage.Errorf("the module proxy has no version %s of the driver", version)
	case c.Says("requires go >=", "requires Go 1."):
		return usage.Errorf("%s is too old for it: %s", t.version, c.Line("requires go >=", "requires Go 1."))
	case step == "build":
		return usage.Errorf("it does not compile with %s: %s", t.version, c.First(4))
	}
	return c
}
