// Package standin is a mongod-shaped server: what a mongod does about TLS, X.509 and authentication, on the wire, in its
// replies and in its log.
package standin

import (
	"io"
	"time"

	"github.com/mongotls/mongotls/scenarios"
)

// A Config is a mongod's configuration. Fields are named after net.tls and security options; paths are files.
type Config struct {
	// Name tells configurations apart: servers of one name and mode are as good as each other. Back ends that share a server
	// between attempts need it.
	Name string
	// Expiring mints a CertificateKeyFile that lives for about this long, and says when it will have expired: no mongod starts
	// with one that has. It is called right before a start; nil where there is no need.
	Expiring func(life time.Duration) (path string, expired time.Time, err error) `json:"-"`
	// Once: the attempt leaves the server other than it was, so that no other may have it.
	Once bool

	Port                                int      // 0: a free one
	BindIP                              []string // default 127.0.0.1
	Mode                                scenarios.Mode
	CertificateKeyFile                  string // not needed when Mode is disabled
	CertificateKeyFilePassword          string
	CAFile                              string
	CRLFile                             string
	AllowConnectionsWithoutCertificates bool
	AllowInvalidCertificates            bool
	DisabledProtocols                   string
	Authorization                       bool
	ClusterAuthMode                     string
	SetParameter                        map[string]string
	// Log gets the log, as a file of a mongod's; with one nothing is kept for Seen.
	Log io.Writer
	// Users exist from the start, as if an administrator had created them.
	Users []User
	// Fault is what no mongod does. Staple is the response it sends in place of the fetched one.
	Fault  scenarios.Fault
	Staple []byte
	// Restart is what the back end starts on the same port after Leave.
	Restart *Config `json:"-"`
	// Leave is called once, after the first command of a user has been answered; its connection then ends.
	Leave func() `json:"-"`
	// FaultKeyFile is the file of Fault.Leaf.
	FaultKeyFile string
	// AdvertiseCAFile replaces the CertificateRequest's authorities (Fault.AdvertiseCA).
	AdvertiseCAFile string
}

// A User is a document of system.users. Without a password it can only log in by certificate.
type User struct {
	DB, Name, Password string
	Roles              []string // role@db
}
