// Package database is what a mongod knows and decides: commands and their replies, users and their rights, logins,
// parameters, documents. It has no network. Whoever has one tells it of each connection in plain data (a Peer), and
// hands it one command at a time; so no command can reach a socket or a TLS library.
package database

import (
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/replication"
)

// A Config is what a database has from the start.
type Config struct {
	Release       mongod.Release // what it says it is; default mongod.Default
	Authorization bool
	Users         []mongod.User // as if an administrator had created them
	Parameters    *Parameters
	Certificate   *Certificate  // the server's own; nil without TLS
	CommandLine   func() bson.D // the reply to getCmdLineOpts
	Log           Log
	Counters      func() Counters // the network's
	LoadBalanced  bool            // whoever says that it comes through a load balancer is told of a service
	Router        bool            // it is a mongos
	Member        Membership      // net.tls.clusterAuthX509; the zero value: the server's own name makes members
	// Proof is what members that have the same key file show each other; "" without one.
	Proof    string
	Node     *replication.Node // its place in a set; nil: it was not started with --replSet
	Rotate   func() error      // reads the files of net.tls anew
	Shutdown func()            // ends the server; nil: it is not to be ended so. It returns when connections are closed
}

// A Certificate is the server's own.
type Certificate struct {
	Subject   []byte // DER
	Expires   time.Time
	Authority bool // there is a CA file to judge others by
}

// Counters are what the network has counted, for serverStatus.
type Counters struct {
	Open       int              // connections
	Created    int64            // connections since the start
	Handshakes map[string]int64 // completed TLS handshakes by version, "1.2"
	Shaking    time.Duration    // what they took, all of them
}

// A Log takes the lines of mongod's log.
type Log interface {
	// Line writes a line. The severity is I, W, E, F or D1 to D5; context is the thread's name; attr may be nil.
	Line(severity, component string, id int, context, message string, attr bson.D)
	// Logs reports whether lines of a level, 1 to 5 for D1 to D5, are written.
	Logs(component string, level int) bool
	// Lines are the lines of late, as they were written, of so many; Warnings those of the start.
	Lines() (late []string, written int)
	Warnings() []string
	// Rotate begins a new file.
	Rotate() error
}

// A Peer is a connection's other end, as far as the network knows it: plain data, in which nothing leads to the socket.
type Peer struct {
	ID     int64  // mongod's connectionId
	Remote string // address
	Local  string // the address of ours that it has connected to
	// ServerName is the name that the peer asked for (SNI), "" for none.
	ServerName string
	// Subject is that of the certificate that the peer has shown and the server accepted, DER; nil without one.
	Subject []byte
	// Membership is the value of that certificate's extension mongoClusterMembership, "" without one.
	Membership string
	// Roles are those that this certificate grants.
	Roles []Role
}

// Context is the name of the connection's thread in the log.
func (p Peer) Context() string { return fmt.Sprintf("conn%d", p.ID) }

// A Database is safe for concurrent use, each of its sessions by one goroutine.
type Database struct {
	config      Config
	users       *userStore
	collections *collections

	process    bson.ObjectID // this run of the server, for topologyVersion
	deprecated sync.Once     // the warning about sslMode
	noUsers    sync.Once     // the note about the localhost exception

	mu       sync.Mutex
	topology topology
}

// Open makes a database.
func Open(c Config) *Database {
	if c.Release.Version == "" {
		c.Release = mongod.Default
	}
	return &Database{config: c, users: newUserStore(c.Users, c.Parameters), collections: newCollections(),
		process: bson.NewObjectID(), topology: topology{changed: make(chan struct{})}}
}

// A Session is a connection's state: who it has logged in as, and what it has said of itself.
type Session struct {
	db   *Database
	peer Peer
	login
}

// Connect begins the session of a connection.
func (d *Database) Connect(p Peer) *Session { return &Session{db: d, peer: p} }

// line logs under the connection's name.
func (s *Session) line(severity, component string, id int, message string, attr bson.D) {
	s.db.config.Log.Line(severity, component, id, s.peer.Context(), message, attr)
}
