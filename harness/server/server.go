// Package server holds what a back end is, and those of real servers: where the servers come from that drivers connect
// to. Stand-ins are a room of their own, harness/server/embedded.
package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/scenarios"
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
	// CertPassword is that of the key in Cert, "" for none.
	CertPassword string
	Shared       bool // one server serves many attempts, one at a time
	// Step is for how long a step may hold the client up, beyond what is to be noticed of it.
	Step time.Duration
}

// Backends are the names of the back ends.
var Backends = []string{"embedded", "container", "binary", "external"}

// A Backend opens deployments. Safe for concurrent use.
type Backend interface {
	Info() Info
	// Cannot says why this back end has no server for a case, "" if it has.
	Cannot(c harness.Case) string
	Open(ctx context.Context, l Layout) (Deployment, error)
	Close() error
}

// Container opens the back end of containers of an image. It is nil where harness/server/container, which sets it, is
// not part of the program.
var Container func(ctx context.Context, image string) (Backend, error)

// A Layout is the servers of one attempt, which belong together, and what happens to them.
type Layout struct {
	Set     string // name of their replica set, if they are one; default "rs"
	Release string // series that stand-ins imitate; default the first of the back end's
	Since   string // series that they imitate at least; default any
	Members []Plan
	Steps   []Step
}

// A Plan is one server of an attempt, and what its mongod is told.
type Plan struct {
	Name   string // in its deployment; "" for the only one
	Seat   *Seat  // among its fellows; nil for the only one
	Config mongod.Config
	// SystemCAFile is where its machine keeps its authorities, "" where the machine decides.
	SystemCAFile string
	// Users exist before the first client comes.
	Users []mongod.User
	// Expiring mints a CertificateKeyFile that lives for about this long, and says when it will have expired: no mongod
	// starts with one that has. It is called right before a start; nil where there is no need.
	Expiring func(life time.Duration) (path string, expired time.Time, err error)
	// Once: the attempt leaves the server other than it was, so that no other may have it.
	Once  bool
	Fault Fault
}

// A Seat is what a server is to its fellows and their clients.
type Seat struct {
	Role    scenarios.Role // at first
	Host    string         // that it is known by
	Me      string         // that it calls itself
	Horizon string         // that clients know it by who ask for such a name; "" for none
	Tags    map[string]string
	Later   bool // it is none of their fellows until a step adds it
}

// A Step is a scenarios.Step with what it needs.
type Step struct {
	After   int
	Says    string // what happens, for people
	Member  int    // whom it happens to
	Restart *Plan
	Stale   bool
	Down    time.Duration
	Rotate  *Plan
	Raise   scenarios.Mode
	Cluster scenarios.ClusterAuthMode
	Rename  string
	Await   int
	Join    bool
	Elect   bool
	// Do is what is done to the client's files, to the responder, or to DNS, which may take as long as ctx lets it.
	Do func(ctx context.Context) error
}

// A Fault is what no mongod does, with the files and bytes for it. Only the stand-in can.
type Fault struct {
	scenarios.Fault
	KeyFile         string // of Leaf
	AdvertiseCAFile string // of AdvertiseCA
	Response        []byte // of Staple
}

// Shape tells servers apart: those of one shape are as good as each other, but for the mode that they are in.
func (p Plan) Shape() string {
	told := p.Config
	if told.Mode != scenarios.Disabled {
		told.Mode = ""
	}
	b, _ := json.Marshal([]any{told, p.Users, p.Expiring != nil, p.Fault}) // plain data
	return fmt.Sprintf("%x", sha256.Sum256(b))[:12]
}

// A Deployment is the running servers of one attempt.
type Deployment interface {
	// Members are the servers, in the order of their plans.
	Members() []Member
	// Seen waits until every connection has ended, or ctx is done, and returns the record. The error says why it cannot be
	// trusted.
	Seen(ctx context.Context) (evidence.Seen, error)
	Close() error
}

// A Member is a running server, with the address that clients reach it at.
type Member struct {
	Name string
	Addr netip.AddrPort
}

// NameOfSet is that of the replica set that the servers are, if they are one.
func (l Layout) NameOfSet() string { return cmp.Or(l.Set, "rs") }

// TooOld is why a mongod of a version does not run a row that needs a series, "" if it does, or either is not known.
func TooOld(version, since string) string {
	if version == "" || since == "" || versions.Compare(version, since) >= 0 {
		return ""
	}
	return fmt.Sprintf("MongoDB %s cannot do all that this row tells it, which came with %s", version, since)
}

// only is the plan of a deployment of one server to which nothing happens.
func (l Layout) only() (p Plan, err error) {
	if len(l.Members) != 1 {
		return p, fmt.Errorf("a deployment of %d servers is asked for; this back end runs one at a time", len(l.Members))
	}
	if len(l.Steps) > 0 {
		return p, fmt.Errorf("%d steps are asked for; this back end takes none", len(l.Steps))
	}
	return l.Members[0], nil
}
