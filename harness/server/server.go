// Package server holds the back ends: where the servers come from that drivers connect to.
package server

import (
	"context"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/standin"
)

// A Backend opens servers. Safe for concurrent use.
type Backend interface {
	Name() string
	Version() string // of the server, as buildInfo says it
	// Open brings up a server of this configuration for one attempt.
	Open(ctx context.Context, c standin.Config) (Session, error)
	Close() error
}

// A Session is one server, for one attempt.
type Session interface {
	// Addr is the IP address and port it listens on.
	Addr() (ip string, port int)
	// Seen waits until every connection has ended, or ctx is done, and returns the record.
	Seen(ctx context.Context) harness.Seen
	Close() error
}
