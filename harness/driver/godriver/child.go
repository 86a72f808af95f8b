package godriver

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A program started with the adapter's environment never reaches its main function. That makes every program that
// imports this package, test binaries included, able to start a child of itself.
func init() {
	if slices.Contains(os.Environ(), adapterEnv) {
		Serve()
	}
}

// Serve makes this process an adapter, and ends it with its requests.
func Serve() {
	resolver := os.Getenv(driver.ResolverEnv)
	if resolver != "" {
		net.DefaultResolver = resolveAt(resolver)
	}
	d := New(driver.Isolation{Resolver: resolver, Roots: os.Getenv("SSL_CERT_FILE")})
	if err := driver.ServeProcess(served{d}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// resolveAt asks only the DNS server at addr, whatever the system's configuration names.
func resolveAt(addr string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
}

// served is the driver inside the child, where every request is at home.
type served struct{ *Driver }

func (served) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	return attempt(ctx, r, nil)
}
