// Package mongod knows what a mongod is told and how it takes it. Its options are one table: command lines, the reading
// of them and of configuration files, what getCmdLineOpts shows and the refusals come from it. Its server parameters
// are another, and so are its releases.
package mongod

import (
	"slices"
	"strconv"
	"strings"

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

	// What makes a member's certificate in place of the server's O, OU and DC: attributes of a name, or the value of the
	// extension mongoClusterMembership. Since 7.0.
	ClusterAuthX509Attributes     string
	ClusterAuthX509ExtensionValue string

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

// UsesSystemCA reports whether peers are judged by the authorities of the machine.
func (c Config) UsesSystemCA() bool {
	return slices.Contains([]string{"true", "1"}, c.SetParameter[UseSystemCA])
}

// Verbosity is how far down the log goes, by component, "" for all that have none of their own.
func (c Config) Verbosity() map[string]int {
	levels := map[string]int{}
	for path, text := range c.Other {
		component, of := strings.CutPrefix(path, logComponent)
		if of || path == verbosity {
			component = strings.TrimSuffix(strings.TrimPrefix(component, verbosity), ".verbosity")
			levels[component], _ = strconv.Atoi(text) // it has been checked
		}
	}
	return levels
}

// off reports whether TLS is.
func (c Config) off() bool { return c.Mode == "" || c.Mode == scenarios.Disabled }

// sends reports whether a mode of cluster authentication is one of those.
func (c Config) sends(modes ...string) bool { return slices.Contains(modes, c.ClusterAuthMode) }
