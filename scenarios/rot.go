package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// What clients notice of a server whose certificate or mode changes while they live.
var rotRows = []Scenario{
	{
		ID: "rot/leaf-renewed",
		Says: "A driver must connect again, by name, to a server that came back with a new certificate of the same " +
			"authority.",
		Because: "mLab, SSL for MongoDB connections: renewal by restarts goes unnoticed; Retryable reads spec: a read that " +
			"meets a closed connection is tried again",
		Claims: claims("L11"),
		Steps:  []Step{{After: 1, Restart: &Change{Leaf: &pki.Leaf{Serial: 4711}}}},
		Client: Client{Do: twice},
		Expect: Expect{Outcome: OverTLS, SNI: "localhost"},
	},
	{
		ID:      "rot/new-connections-see-new-leaf",
		Says:    "A driver must take a renewed certificate on new connections while older ones live on.",
		Because: "MongoDB manual, rotateCertificates: existing connections are kept, new ones use the new certificate",
		Server:  Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{Serial: 4711}}},
		Expect:  Connects(),
	},
	{
		ID:      "rot/ca-no-overlap",
		Says:    "A driver must refuse new connections to a server whose authority was exchanged at once.",
		Because: "RFC 5280 section 6.1: no path to a trusted root; percona/percona-server-mongodb-operator#2204",
		Server:  Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{Issuer: pki.Other}}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "rot/ca-overlap",
	},
	{
		ID:      "rot/ca-overlap",
		Says:    "A driver that trusts the old and the new authority must take certificates of either.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file, then the leaves",
		Server:  Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{Issuer: pki.Other}}},
		Client: Client{
			Options: "tls=true&tlsCAFile={both}",
			Files:   map[string]pki.File{"both": pki.Bundle(pki.CA, pki.Other)},
		},
		Expect: Connects(),
	},
	{
		ID: "rot/came-back-untrusted",
		Says: "A driver must refuse a server that came back with a certificate of another authority, and must not dial it " +
			"without a pause.",
		Because: "RFC 5280 section 6.1; SDAM spec, minHeartbeatFrequencyMS: checks are 500 ms apart; " +
			"Retryable reads spec: the first error, the closed connection, can be what is raised in the end",
		Steps:  []Step{{After: 1, Restart: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}}},
		Client: Client{Add: "serverSelectionTimeoutMS=2000", Do: twice},
		Expect: Refuses(swapped...),
		Twin:   "rot/leaf-renewed",
	},
	{
		ID:      "rot/tls-rollout",
		Says:    "A driver without TLS must survive a server that goes from disabled to allowTLS and on to preferTLS.",
		Because: "mLab, SSL for MongoDB connections: rolling steps; MongoDB manual, upgrade a cluster to use TLS/SSL",
		Claims:  claims("L3"),
		Modes:   []Mode{Disabled},
		Steps:   []Step{{After: 1, Restart: &Change{Mode: AllowTLS}}},
		Client: Client{URI: plainURI, Do: []Command{reading, reading,
			{DB: "admin", JSON: `{"setParameter": 1, "tlsMode": "preferTLS"}`}, reading}},
		Expect: ConnectsInClear(),
	},
	{
		ID:      "rot/tls-rollback",
		Says:    "A driver without TLS must survive a server that goes back from preferTLS to disabled.",
		Because: "mLab, SSL for MongoDB connections: and back, for clients that do not use TLS",
		Claims:  claims("L4"),
		Modes:   []Mode{PreferTLS},
		Steps:   []Step{{After: 1, Restart: &Change{Mode: Disabled}}},
		Client:  Client{URI: plainURI, Do: twice},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "rot/tls-raised-while-connected",
		Says:    "A driver over TLS must survive a server that is raised from allowTLS to preferTLS and requireTLS.",
		Because: "MongoDB manual, setParameter tlsMode; measured on mongod 4.4.5: connections that have spoken are kept",
		Modes:   []Mode{AllowTLS},
		Client: Client{Do: []Command{reading, {DB: "admin", JSON: `{"setParameter": 1, "tlsMode": "preferTLS"}`}, reading,
			{DB: "admin", JSON: `{"setParameter": 1, "tlsMode": "requireTLS"}`}, reading}},
		Expect: Connects(),
	},
	{
		ID:   "rot/ca-same-dn-new-key",
		Says: "A driver that trusts both must take certificates of an authority that came back with another key.",
		Because: "RFC 5280 section 4.4.1 of its predecessor and cert-manager 1.18: a renewed authority keeps its name; " +
			"percona-server-mongodb-operator#2520",
		Modes:  Once,
		Server: Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{Issuer: "same-name"}}},
		Client: bundle(pki.CA, "same-name"),
		Expect: Connects(),
	},
	{
		ID:      "rot/ca-same-dn-new-key-untrusted",
		Says:    "A driver must refuse new connections to a server whose authority has its old name, and another key.",
		Because: "RFC 5280 section 6.1.3 (a)(1): the signature must verify with the issuer's key",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{Issuer: "same-name"}}},
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:    "rot/ca-same-dn-new-key",
	},
	{
		ID:      "rot/came-back-expired",
		Says:    "A driver must refuse a server that came back with a certificate that has expired.",
		Because: "RFC 5280 section 6.1.3 (a)(2); Retryable reads spec: the first error can be what is raised in the end",
		Modes:   Once,
		Steps:   []Step{{After: 1, Restart: &Change{Leaf: &pki.Leaf{NotAfter: -time.Hour}}}},
		Client:  Client{Add: "serverSelectionTimeoutMS=2000", Do: twice},
		Expect:  Refuses(evidence.Expired, evidence.CertRefused, evidence.PeerClosed),
		Twin:    "rot/leaf-renewed",
		Variants: []Variant{
			{"other-name", func(s *Scenario) {
				s.Steps[0].Restart.Leaf = &pki.Leaf{DNS: names("other.example.test")}
				s.Expect = Refuses(evidence.NameMismatch, evidence.CertRefused, evidence.PeerClosed)
			}},
		},
	},
}

// reading is a read, which drivers try again where a connection fails them.
var reading = Command{DB: "test", JSON: `{"find": "c"}`}

var twice = []Command{reading, reading}
