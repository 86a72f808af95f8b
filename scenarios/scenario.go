// Package scenarios says what must hold: one table of statements per area, and the types they are written in.
// It holds data only. Everything a row does not write is the sane default, so that a row shows its one difference.
package scenarios

import (
	"slices"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A Scenario is one statement: a driver configured so, against a server configured so, must ... because ...
type Scenario struct {
	ID string // area/name; the case adds @variant and /mode. Never reused; renamed only with an alias.
	// Says is the statement in one sentence. Because cites the clause, document or incident that demands it.
	Says    string
	Because string
	Claims  []Claim // claims of the source documents that fail if this scenario fails
	Subject Subject
	Modes   []Mode // default: allowTLS, preferTLS, requireTLS
	Server  Server
	// Members are the servers of a replica set or the routers of a sharded cluster; none: there is only Server.
	Members []Member
	Steps   []Step
	Before  []Earlier
	Client  Client
	Expect  Expect
	// Twin is the id of the same world without the defect; every expectation other than a connection needs one.
	// It runs in the same mode; while it does not connect, this scenario is inconclusive.
	Twin     string
	Variants []Variant
	// Slow says why it takes a minute or more. Such rows are not run unless they are asked for.
	Slow string
	// DocumentWrong says what the evidence shows where it contradicts a source document; the report lists it.
	DocumentWrong string
}

// An Earlier client has come and gone, in the same process and against the same server, before that of the row.
type Earlier struct {
	Client  Client
	Refused bool // it must fail, where otherwise it must connect
}

// A Variant is one more form of a scenario, applied to a copy of it.
type Variant struct {
	Name string
	With func(*Scenario)
}

// Subject is what a scenario is about. A server-subject row judged on the stand-in is only the stand-in's self-check.
type Subject string

// The subjects; what a row does not say is about the driver.
const (
	Driver       Subject = ""
	ServerItself Subject = "server"
)

// String is how reports call the subject.
func (s Subject) String() string {
	if s == Driver {
		return "driver"
	}
	return string(s)
}

// Mode is net.tls.mode.
type Mode = evidence.Mode

// The modes of a mongod.
const (
	Disabled   = evidence.Disabled
	AllowTLS   = evidence.AllowTLS
	PreferTLS  = evidence.PreferTLS
	RequireTLS = evidence.RequireTLS
)

// Modes is every mode, in the order of a rolling upgrade.
var Modes = evidence.Modes

// Once is for rows in which the mode cannot matter: no connection is made, so that one good server must not see them,
// or what differs is what a handshake shows, which is the same in each mode.
var Once = []Mode{RequireTLS}

// A Client is what a user would write. Its texts may hold Placeholders, and {name} for each entry of Files.
type Client struct {
	URI     string `json:",omitempty"` // default mongodb://{host}:{port}/?{options}
	Host    string `json:",omitempty"` // default localhost; may hold {id}
	Options string `json:",omitempty"` // default tls=true&tlsCAFile={ca}
	Add     string `json:",omitempty"` // further options
	// Cert is the client's certificate; if set, tlsCertificateKeyFile={client} is added (as an option in Code if Code
	// names it). Form says how its file is written.
	Cert *pki.Leaf   `json:",omitempty"`
	Form pki.KeyForm `json:",omitzero"`
	// Code are Options given through the driver's own configuration types.
	Code  map[string]string   `json:",omitempty"`
	Files map[string]pki.File `json:",omitempty"`
	// Quote is how paths stand in the connection string; default AsPath.
	Quote Quoting `json:",omitempty"`
	// SystemRoots: the driver's process trusts the Public authority as its system's trust store.
	SystemRoots bool `json:",omitempty"`
	// Zone is a DNS zone file, one record a line, names absolute, with placeholders. With one, the driver's process
	// resolves through it: SRV and TXT records, and addresses if it has any. Without address records, every host name
	// resolves to the server.
	Zone string `json:",omitempty"`
	// Do are commands to run, in order; default ping on admin. The first error ends them, unless the client goes on: what
	// is expected is then about the last one.
	Do   []Command `json:",omitempty"`
	GoOn bool      `json:",omitempty"`
	// Streams: it monitors as it does by default, where its adapter makes it poll otherwise.
	Streams bool `json:",omitempty"`
}

// A Command is a database command. A row writes it in relaxed extended JSON.
type Command = evidence.Command

// A Server is a mongod configuration: fields are options of a mongod, except Told and Fault.
type Server struct {
	// Told is how it is told its options; default by flags of now.
	Told Telling     `json:",omitempty"`
	Leaf pki.Leaf    `json:",omitzero"` // certificateKeyFile
	Form pki.KeyForm `json:",omitzero"`
	// CAFile are authorities; default CA. NoCAFile leaves the option out.
	CAFile   []string `json:",omitempty"`
	NoCAFile bool     `json:",omitempty"`
	// SystemCA are the authorities of its machine, which count in place of CAFile by tlsUseSystemCA (since 5.0).
	SystemCA []string `json:",omitempty"`
	// ClusterCAFile are the authorities of clients and members, where CAFile is for outgoing connections alone.
	ClusterCAFile []string `json:",omitempty"`
	// RequireClientCert is mongod's default with a CA file; without it, allowConnectionsWithoutCertificates is set.
	RequireClientCert        bool     `json:",omitempty"`
	AllowInvalidCertificates bool     `json:",omitempty"`
	CRL                      *pki.CRL `json:",omitempty"`
	// DisabledProtocols are as mongod takes them: "TLS1_0,TLS1_3"; "" is mongod's default.
	DisabledProtocols string          `json:",omitempty"`
	ClusterAuthMode   ClusterAuthMode `json:",omitempty"`
	// ClusterAuthX509 says what makes a member, in place of the attributes of the server's own certificate (since 7.0).
	ClusterAuthX509 ClusterAuthX509 `json:",omitzero"`
	// ClusterLeaf is that of the clusterFile, which it shows to other members.
	ClusterLeaf *pki.Leaf `json:",omitempty"`
	// Auth is security.authorization; Users exist before the driver connects (and imply Auth).
	Auth         bool              `json:",omitempty"`
	Users        []User            `json:",omitempty"`
	SetParameter map[string]string `json:",omitempty"`
	// Responder is the OCSP responder that the leaf names. The server staples what mongod staples from it unless
	// NoStaple (ocspEnabled=false).
	Responder ocsp.Behaviour `json:",omitzero"`
	NoStaple  bool           `json:",omitempty"`
	// FirstResponder is named by the leaf before Responder.
	FirstResponder ocsp.Behaviour `json:",omitzero"`
	Fault          Fault          `json:",omitzero"`
}

// ClusterAuthX509 is net.tls.clusterAuthX509: one of the two.
type ClusterAuthX509 struct {
	Attributes     string `json:",omitempty"` // that a member's name must have
	ExtensionValue string `json:",omitempty"` // of a member's extension, pki.ClusterMembership
}

// Since is the first series of mongods that can do all that the row tells its servers; "" if all can.
// A test of harness/mongod holds it against the tables there.
func (s Scenario) Since() string {
	switch {
	case s.Server.ClusterAuthX509 != (ClusterAuthX509{}):
		return "7.0"
	case s.Server.SystemCA != nil, // tlsUseSystemCA
		slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Rotate != nil }): // rotateCertificates
		return "5.0"
	}
	return ""
}

// Telling is how a mongod is told its options.
type Telling string

// The ways; "" is by flags. ByOldFlags and ByOldFile are those of before TLS was called so: --sslMode, net.ssl.
const (
	ByFile     Telling = "a configuration file"
	ByOldFlags Telling = "old flags"
	ByOldFile  Telling = "a configuration file with old names"
)

// Tellings is the closed list.
var Tellings = []Telling{ByFile, ByOldFlags, ByOldFile}

// A User of the server. With a Password it is a SCRAM user of DB (default admin), else an X.509 user in $external.
type User struct {
	Name     string   // {subject} is the subject of the client's certificate
	Password string   `json:",omitempty"`
	DB       string   `json:",omitempty"`
	Roles    []string `json:",omitempty"` // role@db, default readWrite@test
}

// A Fault is what a mongod cannot be told to do: only the stand-in can.
type Fault struct {
	// Good connections are served as they should be; those after them meet the fault. A driver's first one is that of
	// its monitor.
	Good int `json:",omitempty"`
	// Bad is how many then meet the fault, before all is as it should be again; 0: all of them.
	Bad int `json:",omitempty"`
	// Leaf is presented in place of the server's.
	Leaf *pki.Leaf `json:",omitempty"`
	// Close ends the connection at this point; Stall keeps it open and silent from there.
	Close Point `json:",omitempty"`
	Stall Point `json:",omitempty"`
	// Reset makes Close a reset of the TCP connection.
	Reset bool `json:",omitempty"`
	// Mute keeps each connection open and silent once it has answered so many commands of a user.
	Mute int `json:",omitempty"`
	// HalfClosed: where Close after the handshake or Mute says so, the server sends a close_notify, shuts its sending
	// side down and reads on.
	HalfClosed bool `json:",omitempty"`
	// Cut makes Mute the end of the connection, at the next command: of the first one that comes to it.
	Cut bool `json:",omitempty"`
	// Speak answers the first bytes with this text instead, then closes.
	Speak string `json:",omitempty"`
	// Alert answers the ClientHello with this TLS alert number. Early sends it before any has come, Late when the
	// handshake is over: in TLS 1.2 with a cipher suite of Ciphers, and of AES-128-GCM.
	Alert int  `json:",omitempty"`
	Early bool `json:",omitempty"`
	Late  bool `json:",omitempty"`
	// Staple sends this staple for the server's leaf, whatever the responder says.
	Staple ocsp.Behaviour `json:",omitzero"`
	// VerifyInHandshake judges client certificates inside the handshake, with an alert, as proxies and load balancers do.
	VerifyInHandshake bool `json:",omitempty"`
	// MinTLS and MaxTLS bound the versions beyond what DisabledProtocols can say.
	MinTLS Version `json:",omitempty"`
	MaxTLS Version `json:",omitempty"`
	// ChunkBytes sends handshake bytes in pieces of this size.
	ChunkBytes int `json:",omitempty"`
	// Drip sends handshake bytes one by one, so slowly that a handshake takes seconds, though no byte does.
	Drip bool `json:",omitempty"`
	// Ciphers restricts TLS 1.2 to these suites (Go names).
	Ciphers []string `json:",omitempty"`
	// LoadBalancer answers clients that are told of one as a service behind it, with a serviceId.
	LoadBalancer bool `json:",omitempty"`
	// AdvertiseCA replaces the authorities named in the CertificateRequest.
	AdvertiseCA []string `json:",omitempty"`
	// For limits the fault to such ClientHellos; others are served as they should be.
	For Hello `json:",omitzero"`
	// Slow makes a pause at this point, after which all goes on as it should.
	Slow Point `json:",omitempty"`
	// CloseAfter ends the connection once this many bytes have been sent.
	CloseAfter int `json:",omitempty"`
	// Warn sends this TLS alert before the ServerHello, as a warning.
	Warn int `json:",omitempty"`
	// Groups are the only ones that the server agrees on keys with (Go names).
	Groups []string `json:",omitempty"`
	// Inner wants another handshake inside the first, as a mongod does behind a proxy that adds TLS of its own.
	Inner bool `json:",omitempty"`
	// RecordBytes cuts handshake records that are in clear into records of this size.
	RecordBytes int `json:",omitempty"`
	// OldMiddlebox ends handshakes of TLS 1.3 that do not look like resumed ones of TLS 1.2: see tlswire.LooksResumed.
	OldMiddlebox bool `json:",omitempty"`
	// NoCCS leaves out the ChangeCipherSpec that servers of TLS 1.3 send for such middleboxes.
	NoCCS bool `json:",omitempty"`
	// OpenSSL does the handshakes in place of crypto/tls, which cannot do all that a server can.
	OpenSSL *OpenSSL `json:",omitempty"`
}

// An OpenSSL is what a server over OpenSSL is told, at security level 0, in OpenSSL's words; "" is its default.
type OpenSSL struct {
	TLS12               bool   `json:",omitempty"` // no TLS 1.3
	Ciphers             string `json:",omitempty"` // up to TLS 1.2
	Groups              string `json:",omitempty"`
	SignatureAlgorithms string `json:",omitempty"`
	Renegotiate         bool   `json:",omitempty"` // asks for another handshake after the first answer
}

// Spares reports whether a connection, the so manieth to its server, does not meet the fault: it comes too early, or
// too late.
func (f Fault) Spares(number int) bool {
	return number <= f.Good || f.Bad > 0 && number > f.Good+f.Bad
}

// A Hello is a kind of ClientHello: one of which all holds that is set.
type Hello struct {
	SNI     string  `json:",omitempty"` // it asks for this name
	Over    int     `json:",omitempty"` // it has more bytes than this
	Group   string  `json:",omitempty"` // it offers this group (Go name)
	Version Version `json:",omitempty"` // it offers this version
}

// A Point in the life of a connection.
type Point string

// The points, in their order.
const (
	AtAccept    Point = "accept"    // at once
	AtHello     Point = "hello"     // after the ClientHello
	AtHandshake Point = "handshake" // after the handshake
)

// Points is the closed list.
var Points = []Point{AtAccept, AtHello, AtHandshake}

// ClusterAuthMode is security.clusterAuthMode.
type ClusterAuthMode string

// The ways in which members log in to each other.
const (
	ByKeyFile     ClusterAuthMode = "keyFile"
	SendKeyFile   ClusterAuthMode = "sendKeyFile"
	SendX509      ClusterAuthMode = "sendX509"
	ByCertificate ClusterAuthMode = "x509"
)

// ClusterAuthModes is the closed list, in the order of a rolling upgrade.
var ClusterAuthModes = []ClusterAuthMode{ByKeyFile, SendKeyFile, SendX509, ByCertificate}

// A Claim is the id of a statement that users rely on; see Claims.
type Claim string
