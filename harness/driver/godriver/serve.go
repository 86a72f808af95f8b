package godriver

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Serve makes this process an adapter, and ends it with its requests.
func Serve() {
	s := served{driver.Isolation{Resolver: os.Getenv(driver.ResolverEnv), Roots: os.Getenv("SSL_CERT_FILE")}}
	if s.isolation.Resolver != "" {
		net.DefaultResolver = resolveAt(s.isolation.Resolver)
	}
	if err := driver.ServeProcess(s); err != nil {
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

// served is the driver in an adapter's process, where every request is at home.
type served struct{ isolation driver.Isolation }

func (s served) Info() evidence.Info { return info(s.isolation) }

func (served) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	return attempt(ctx, r, nil)
}

func (served) Close() error { return nil }
