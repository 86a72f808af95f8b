package goversion

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
)

// A toolchain is a version of Go, as it says itself: "go1.22.12".
type toolchain string

// onPath is the toolchain that the Go tool on the PATH stands for. Without a Go tool it is the one that this program was
// built with: what that has built before is in the cache.
func onPath(ctx context.Context) (toolchain, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return toolchain(runtime.Version()), nil
	}
	out, err := install.Tool(ctx, os.TempDir(), environment, "go", "env", "GOVERSION")
	return toolchain(strings.TrimSpace(out)), err
}

var released = regexp.MustCompile(`^go(1\.\d+)(\.\d+|rc\d+|beta\d+)?$`)

// language is what the go line of a go.mod says. It also chooses what crypto/tls and crypto/x509 do by default, so it is that
// of the toolchain: an application that has upgraded both.
func (t toolchain) language() string {
	if m := released.FindStringSubmatch(string(t)); m != nil {
		return m[1]
	}
	return "1.26" // of a Go that somebody has built from its sources
}

// environment is that of the Go tool: what the user has set for other builds goes into no adapter.
var environment = []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=",
	"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH}

// run runs the Go tool of the toolchain, and puts its failures into a sentence.
func (t toolchain) run(ctx context.Context, dir, version string, args ...string) (string, error) {
	chosen := "local"
	if released.MatchString(string(t)) {
		chosen = string(t)
	}
	out, err := install.Tool(ctx, dir, append([]string{"GOTOOLCHAIN=" + chosen}, environment...), "go", args...)
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

// explain says why the Go tool failed.
func (t toolchain) explain(version, step string, c *install.Complaint) error {
	switch {
	case errors.Is(c, syscall.ENOSPC):
		return c
	case c.Says("unknown revision", "invalid version", "403 Forbidden", "404 Not Found", "410 Gone", "no matching versions"):
		return driver.Usage(fmt.Errorf("the module proxy has no version %s of the driver", version))
	case c.Says("module lookup disabled", "no such host", "dial tcp", "connection refused", "i/o timeout", "TLS handshake timeout",
		"proxyconnect"):
		return errors.New("the version is not in the cache, and the module proxy cannot be reached")
	case c.Says("requires go >="):
		return fmt.Errorf("%s is too old for it: %s", t, c.First(1))
	case step == "build":
		return driver.Usage(fmt.Errorf("it does not compile: %s", c.First(4)))
	}
	return c
}
