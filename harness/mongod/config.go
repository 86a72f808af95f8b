// Package mongod knows what a mongod is told, and what it says of it: its options in one table, and its releases in another.
package mongod

import "github.com/mongotls/mongotls/scenarios"

// A Config is what a mongod is told at its start. Fields are named after options of net.tls and security; paths are files.
type Config struct {
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
}

// A User is a document of system.users. Without a password it can only log in by certificate.
type User struct {
	DB, Name, Password string
	Roles              []string // role@db
}
