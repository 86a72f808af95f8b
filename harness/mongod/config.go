// Package mongod knows what a mongod is told and how it takes it. Its options are one table: command lines, the reading
// of them and of configuration files, what getCmdLineOpts shows and the refusals come from it. Its releases are
// another.
package mongod

import (
	"slices"

	"github.com/mongotls/mongotls/scenarios"
)

// A Config is what a mongod is told at its start. Fields are named after the options; paths are files.
type Config struct {
	// Told is how it is told: by the flags of now, unless this says otherwise.
	Told scenarios.Telling

	Port   int      // 0: a free one
	BindIP []string // default 127.0.0.1

	Mode                                scenarios.Mode
	CertificateKeyFile                  string // not needed when Mode is disabled
	CertificateKeyFilePassword          string
	ClusterFile                         string
	ClusterPassword                     string
	CAFile                              string
	ClusterCAFile                       string
	CRLFile                             string
	CipherConfig                        string
	DisabledProtocols                   string
	LogVersions                         string
	AllowConnectionsWithoutCertificates bool
	AllowInvalidHostnames               bool
	AllowInvalidCertificates            bool
	FIPSMode                            bool

	Authorization    bool
	KeyFile          string
	ClusterAuthMode  string
	TransitionToAuth bool
	SetParameter     map[string]string

	LogPath   string // default standard output
	LogAppend bool
	LogRotate string // "rename", the default, or "reopen"
	// Other are options without a field, by their path in a configuration file.
	Other map[string]string
}

// A User is a document of system.users. Without a password it can only log in by certificate.
type User struct {
	DB, Name, Password string
	Roles              []string // role@db
}

// off reports whether TLS is.
func (c Config) off() bool { return c.Mode == "" || c.Mode == scenarios.Disabled }

// sends reports whether a mode of cluster authentication is one of those.
func (c Config) sends(modes ...string) bool { return slices.Contains(modes, c.ClusterAuthMode) }
