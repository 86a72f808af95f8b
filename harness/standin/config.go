// Package standin is a mongod-shaped server: what a mongod does about TLS, X.509 and authentication, on the wire, in
// its replies and in its log.
package standin

import (
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// A Config is what a mongod is told, and what no mongod can be told.
type Config struct {
	mongod.Config
	// Release is the one that it imitates; default mongod.Default.
	Release mongod.Release
	// OpenSSL is what its configuration allows; default openssl.Debian.
	OpenSSL openssl.Policy
	// SystemCAFile is where the machine keeps its authorities (setParameter tlsUseSystemCA).
	SystemCAFile string
	// Options is the answer to getCmdLineOpts; nil: what a command line of Config would give.
	Options bson.D
	// Users exist from the start, as if an administrator had created them.
	Users []mongod.User
	// Log gets the log, as a file of a mongod's; with one nothing is kept for Seen.
	Log io.Writer
	// Fault is what no mongod does. Staple is the response it sends in place of the fetched one.
	Fault  scenarios.Fault
	Staple []byte
	// FaultKeyFile is the file of Fault.Leaf.
	FaultKeyFile string
	// AdvertiseCAFile replaces the CertificateRequest's authorities (Fault.AdvertiseCA).
	AdvertiseCAFile string
	// Set is what it tells of its replica set from the start; nil: it is none's member. Router: it is a mongos.
	Set    *replication.Set
	Router bool
	// Shutdown is what the command of that name does: whoever gave it closes the server. Nil: nothing.
	Shutdown func()
	// Began is what times of the record count from; default its start.
	Began time.Time
	// Operation is called when a command of a user has succeeded, before its answer is sent. What it returns, unless it is
	// nil, is called once the answer is out, and the connection is over.
	Operation func() (then func())
}

func (c Config) options() bson.D {
	if c.Options != nil {
		return c.Options
	}
	return c.CommandLine().Document()
}
