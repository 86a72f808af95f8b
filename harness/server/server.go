// Package server holds the back ends: where the servers come from that drivers connect to.
package server

import (
	"context"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin"
)

// Info says where servers come from.
type Info struct {
	Name    string // "embedded", "container", "binary" or "external"
	Version string // of the server, as buildInfo says it; "" until one has run
	Image   string // of containers
	Digest  string // of the image
	Path    string // of an executable
	URI     string // of a deployment of the user's, without secrets
	Host    string // its name; CA and Cert are files of its authorities and for a client of it
	CA      string
	Cert    string
	Shared  bool // one server serves many attempts, one at a time
}

// A Backend opens servers. Safe for concurrent use.
type Backend interface {
	Info() Info
	// Cannot says why this back end has no server for a case, "" if it has.
	Cannot(c harness.Case) string
	// Open brings up a server of this configuration for one attempt.
	Open(ctx context.Context, c standin.Config) (Session, error)
	Close() error
}

// A Session is one server, for one attempt.
type Session interface {
	// Addr is the IP address and port it listens on.
	Addr() (ip string, port int)
	// Seen waits until every connection has ended, or ctx is done, and returns the record. The error says why it cannot be
	// trusted.
	Seen(ctx context.Context) (evidence.Seen, error)
	Close() error
}
