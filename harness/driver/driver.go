// Package driver is the border to the drivers: what an adapter must do, and how one is run as a process.
package driver

import (
	"context"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A Driver is an adapter: a named, versioned driver that connects when told to. Safe for concurrent use.
type Driver interface {
	Info() evidence.Info
	// Do makes one attempt. Failures of the driver are in the answer; an error is a failure of the adapter itself.
	Do(ctx context.Context, r evidence.Request) (evidence.Answer, error)
	Close() error
}

// A Renewer is a Driver in whose process something can stay from one client to the next.
type Renewer interface {
	// Afresh is the same driver in a new process, which is the caller's to close.
	Afresh(ctx context.Context) (Driver, error)
}

// A Laster is a Driver that takes each request to a process of its own, if its adapter wants that.
type Laster interface {
	// Lasting is the same driver in one process for all requests, which is the caller's to close.
	Lasting(ctx context.Context) (Driver, error)
}

// Isolation is what an adapter's process needs to serve isolated requests.
type Isolation struct {
	Resolver string // address of the DNS server, ip:port, UDP and TCP
	Roots    string // PEM file of the system roots
}

// ResolverEnv is the environment variable that names the DNS server of an adapter's process.
const ResolverEnv = "MONGOTLS_RESOLVER"
