package mongod

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/scenarios"
)

// chance is what the order of a mongod's initialisers is.
var chance = func() bool { return rand.N(2) == 0 }

// A rule says why a mongod does not start with a configuration, "" if it does.
type rule func(c Config) string

// initialising are the rules of initialisers, whose refusals are logged; storing those of the storing of options, whose
// refusals are printed. The former come first.
var initialising, storing = []rule{
	oneOf("operationProfiling.mode", "operationProfiling.mode expects 'off', 'slowOp', or 'all'", "off", "slowOp", "all"),
	oneOf(destination, "systemLog.destination expects one of 'syslog' or 'file'", "syslog", "file"),
	oneOf(clusterRole, "sharding.clusterRole must be one of 'configsvr' or 'shardsvr'", "configsvr", "shardsvr"),
	oneOf("security.clusterAuthMode",
		"security.clusterAuthMode expects one of 'keyFile', 'sendKeyFile', 'sendX509', or 'X509'", clusterAuthModes...),
	refusing("Authorization is enabled but no authentication mechanisms are present.", func(c Config) bool {
		mechanisms, given := c.SetParameter["authenticationMechanisms"]
		return given && mechanisms == "" && (c.Authorization || c.KeyFile != "" || c.ClusterAuthMode != "")
	}),
	func(c Config) string {
		if c.Mode != "" && !slices.Contains(scenarios.Modes, c.Mode) {
			return fmt.Sprintf("unsupported value for tlsMode %s", c.Mode)
		}
		return ""
	},
	func(c Config) string {
		if c.DisabledProtocols == "none" {
			return ""
		}
		return unrecognized("disabledProtocols", c.DisabledProtocols, "no")
	},
	func(c Config) string { return unrecognized("tlsLogVersions", c.LogVersions, "") },
	refusing("need to enable TLS via the sslMode/tlsMode flag when using TLS configuration parameters",
		func(c Config) bool {
			g := of(c)
			return c.off() && slices.ContainsFunc(options, func(o option) bool { return o.needsTLS && g[o.path] != "" })
		}),
	refusing("need to enable TLS via the tlsMode flag", func(c Config) bool {
		return c.off() && c.sends("sendKeyFile",
			"sendX509", "x509")
	}),
	refusing("need tlsCertificateKeyFile or certificateSelector when TLS is enabled",
		func(c Config) bool { return !c.off() && c.CertificateKeyFile == "" }),
	refusing("need tlsCAFile with tlsCRLFile", func(c Config) bool { return c.CRLFile != "" && c.CAFile == "" }),
	refusing(noAuthorities, func(c Config) bool { return c.sends("x509") && c.CAFile == "" }),
	refusing("cannot have x.509 cluster authentication in allowTLS mode", func(c Config) bool {
		return c.Mode == scenarios.AllowTLS && (c.sends("sendX509") || c.sends("x509") && !c.TransitionToAuth)
	}),
	refusing("Cannot set clusterAuthX509.attributes when clusterAuthMode does not allow X.509", func(c Config) bool {
		return c.ClusterAuthX509Attributes != "" && !c.sends("sendKeyFile", "sendX509", "x509")
	}),
	refusing("net.tls.clusterAuthX509.extensionValue requires a clusterAuthMode which allows for usage of X509",
		func(c Config) bool {
			return c.ClusterAuthX509ExtensionValue != "" && !c.sends("sendKeyFile", "sendX509", "x509")
		}),
	refusing("net.tls.tlsCipherConfig is incompatible with the openTLSCipherConfig setParameter", func(c Config) bool {
		return c.CipherConfig != "" && c.SetParameter["opensslCipherConfig"] != ""
	}),
}, []rule{
	refusing("systemLog.path is required if systemLog.destination is to a file",
		func(c Config) bool { return c.Other[destination] == "file" && c.LogPath == "" }),
	refusing("Can only use systemLog.path if systemLog.destination is to a file",
		func(c Config) bool { return c.Other[destination] != "file" && c.LogPath != "" }),
	func(c Config) string {
		if c.LogRotate != "" && c.LogRotate != "rename" && c.LogRotate != "reopen" {
			return "unsupported value for logRotate " + c.LogRotate
		}
		return ""
	},
	refusing("logAppend must equal true if logRotate is set to reopen",
		func(c Config) bool { return c.LogRotate == "reopen" && !c.LogAppend }),
	refusing("--fork has to be used with --logpath or --syslog", func(c Config) bool {
		return c.Other["processManagement.fork"] == "true" && c.LogPath == "" && c.Other[destination] != "syslog"
	}),
	refusing("bad --port number", func(c Config) bool { return c.Port < 0 || c.Port > 65535 }),
	func(c Config) string {
		for _, p := range serverParameters {
			if _, given := c.SetParameter[p.Name]; given && p.late {
				return fmt.Sprintf("Cannot use --setParameter to set %q at startup", p.Name)
			}
		}
		return ""
	},
	func(c Config) string {
		if c.ClusterAuthMode != "" && !slices.Contains(clusterAuthModes, c.ClusterAuthMode) { // in capitals
			return "unsupported value for clusterAuthMode " + c.ClusterAuthMode
		}
		return ""
	},
	refusing("--transitionToAuth must be used with keyFile or x509 authentication", func(c Config) bool {
		return c.TransitionToAuth && !c.sends("keyFile", "x509") && (c.KeyFile == "" || c.ClusterAuthMode != "")
	}),
}

var clusterAuthModes = []string{"keyFile", "sendKeyFile", "sendX509", "x509"}

// Protocols are the versions of TLS by their names in net.tls.disabledProtocols.
var Protocols = map[string]uint16{"TLS1_0": tls.VersionTLS10, "TLS1_1": tls.VersionTLS11, "TLS1_2": tls.VersionTLS12,
	"TLS1_3": tls.VersionTLS13}

// refusing says a text where a condition holds.
func refusing(says string, when func(Config) bool) rule {
	return func(c Config) string {
		if when(c) {
			return says
		}
		return ""
	}
}

// oneOf says a text where the value of an option is none of these words.
func oneOf(path, says string, words ...string) rule {
	return refusing(says, func(c Config) bool {
		value, ok := of(c)[path]
		return ok && !slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, value) })
	})
}

// unrecognized says which in a list of protocols is none, a prefix left aside, "" if all are.
func unrecognized(option, listed, prefix string) string {
	for name := range strings.SplitSeq(listed, ",") {
		if _, ok := Protocols[strings.TrimPrefix(name, prefix)]; name != "" && !ok {
			return fmt.Sprintf("Unrecognized %s '%s'", option, name)
		}
	}
	return ""
}

// later are the rules of initialisers that came after 4.4.
func (c Config) later(r Release) string {
	system := c.UsesSystemCA()
	members := c.sends("sendKeyFile", "sendX509", "x509")
	switch {
	case r.NeedsChain && c.ClusterCAFile != "" && c.CAFile == "":
		return "Specifying a tlsClusterCAFile requires a tlsCAFile also be specified"
	case r.NeedsChain && system && c.CAFile != "":
		return "The use of both a CA File and the System Certificate store is not supported"
	case r.NeedsChain && !c.off() && !system && c.CAFile == "":
		return "The use of TLS without specifying a chain of trust is no longer supported. See " +
			"https://jira.mongodb.org/browse/SERVER-72839 for details."
	case r.SeparationForced && members && c.CAFile == "":
		return noAuthorities
	case r.SeparationForced && members && c.SetParameter["enforceUserClusterSeparation"] == "false":
		return "cannot have have x.509 cluster authentication while not enforcing user cluster separation" // as it is written
	}
	return ""
}

// noAuthorities is why a mongod does not start whose members would log in by certificate.
const noAuthorities = "No TLS certificate validation can be performed since no CA file has been provided; " +
	"please specify an tlsCAFile parameter"

// refused says why a mongod of a release does not start with this.
func (c Config) refused(r Release) error {
	for _, says := range append(initialising[:len(initialising):len(initialising)],
		func(c Config) string { return c.later(r) }) {
		if text := says(c); text != "" {
			return &Refusal{Text: text}
		}
	}
	for _, says := range storing {
		if text := says(c); text != "" {
			return &Refusal{Text: "BadValue: " + text, Printed: true}
		}
	}
	return nil
}
