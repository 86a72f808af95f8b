package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Values of disabledProtocols that leave one version.
const (
	only12 = "TLS1_0,TLS1_1,TLS1_3"
	only13 = "TLS1_0,TLS1_1,TLS1_2"
)

// tls12 is a variant in which the server speaks TLS 1.2 only.
var tls12 = Variant{Name: "tls12", With: func(s *Scenario) { s.Server.DisabledProtocols = only12 }}

// Versions, ciphers, algorithms.
var protoRows = []Scenario{
	{
		ID:      "proto/highest-version",
		Says:    "A driver must agree with a default server on TLS 1.3.",
		Because: "RFC 8446 section 4.2.1: clients offer every version they support; OpenSSL 1.1.1 and later serve 1.3",
		Expect:  Expect{Outcome: OverTLS, Version: TLS13},
	},
	{
		ID:      "proto/tls12-only-server",
		Says:    "A driver must connect to a server that speaks TLS 1.2 only.",
		Because: "RFC 8446 appendix D; MongoDB manual, net.tls.disabledProtocols",
		Server:  Server{DisabledProtocols: only12},
		Expect:  Expect{Outcome: OverTLS, Version: TLS12},
	},
	{
		ID:      "proto/tls13-only-server",
		Says:    "A driver must connect to a server that speaks TLS 1.3 only.",
		Because: "RFC 8446; MongoDB manual, net.tls.disabledProtocols",
		Server:  Server{DisabledProtocols: only13},
		Expect:  Expect{Outcome: OverTLS, Version: TLS13},
	},
	{
		ID:      "proto/tls12-client",
		Says:    "A driver that its program limits to TLS 1.2 must connect with it.",
		Because: "RFC 8446 appendix D; zookzook/elixir-mongodb-driver#226: the workaround for X.509",
		Client:  Client{Code: map[string]string{"tlsMaxVersion": "1.2"}},
		Expect:  Expect{Outcome: OverTLS, Version: TLS12},
	},
	{
		ID:      "proto/tls13-server-tls12-client",
		Says:    "A driver limited to TLS 1.2 must fail against a server that speaks TLS 1.3 only.",
		Because: "RFC 8446 section 4.1.3 and appendix D: without a common version the handshake fails",
		Server:  Server{DisabledProtocols: only13},
		Client:  Client{Code: map[string]string{"tlsMaxVersion": "1.2"}},
		Expect:  ClosedByServer(evidence.HandshakeFailed, evidence.DisabledProtocol),
		Twin:    "proto/tls12-client",
	},
	{
		ID:      "proto/tls12-server-tls13-client",
		Says:    "A driver that insists on TLS 1.3 must fail against a server that speaks TLS 1.2 only.",
		Because: "RFC 8446 section 4.2.1: without a common version the handshake fails",
		Server:  Server{DisabledProtocols: only12},
		Client:  Client{Code: map[string]string{"tlsMinVersion": "1.3"}},
		Expect:  ClosedByServer(evidence.HandshakeFailed, evidence.DisabledProtocol),
		Twin:    "proto/tls12-only-server",
	},
	{
		ID:   "proto/tls10-client",
		Says: "A server must turn away a client that speaks TLS 1.0 only, with a protocol_version alert.",
		Because: "MongoDB manual: TLS 1.0 is off where 1.1 or later exists; mongod, log line 22988: client requested " +
			"disabled protocol",
		Claims: claims("X1"),
		Client: Client{Code: map[string]string{"tlsMinVersion": "1.0", "tlsMaxVersion": "1.0"}},
		Expect: ClosedByServer(evidence.DisabledProtocol),
		Twin:   "proto/tls12-client",
	},
	{
		ID:      "proto/tls11-server",
		Says:    "A driver must by default refuse a server that speaks TLS 1.1 at most.",
		Because: "RFC 8996 section 5: TLS 1.1 MUST NOT be used",
		Server:  Server{Fault: Fault{MinTLS: TLS10, MaxTLS: TLS11}},
		Expect: Refuses(
			evidence.ProtocolMismatch,
			evidence.Weak,
		), // a library may offer the version and refuse what it signs with
		Twin: "proto/tls12-only-server",
		Variants: []Variant{
			{"tls10", func(s *Scenario) { s.Server.Fault.MaxTLS = TLS10 }},
		},
	},
	{
		ID:      "proto/no-shared-cipher",
		Says:    "A driver must fail against a server that has no cipher suite in common with it.",
		Because: "RFC 5246 section 7.2.2: handshake_failure; PYTHON-3015, Go 1.22",
		Server: Server{Leaf: pki.Leaf{Key: key.RSA2048}, DisabledProtocols: only12, // a key that the suite can be used with
			Fault: Fault{Ciphers: names("TLS_RSA_WITH_3DES_EDE_CBC_SHA")}},
		Expect: ClosedByServer(evidence.HandshakeFailed, evidence.Staged),
		Twin:   "proto/tls12-only-server",
	},
	{
		ID:      "proto/sha1-signed-leaf",
		Says:    "A driver must refuse a certificate that is signed with SHA-1.",
		Because: "RFC 9155 section 2 and NIST SP 800-131A: SHA-1 signatures are not to be used; mongodb/motor#43",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{SHA1: true}},
		Expect:  Refuses(evidence.Weak, evidence.Untrusted, evidence.BadCertificate),
		Twin:    "mode/tls",
	},
	{
		ID:      "proto/rsa1024-leaf",
		Says:    "Does a server key of 1024 bits work?",
		Because: "a matter of each TLS library's security level: OpenSSL's level 1 refuses, crypto/tls accepts",
		Server:  Server{Leaf: pki.Leaf{Key: key.RSA1024}},
		Expect:  Characterised(),
	},
	{
		ID:      "proto/ed25519-leaf",
		Says:    "Does a server key on Ed25519 work?",
		Because: "RFC 8446 section 4.2.3 makes it optional",
		Server:  Server{Leaf: pki.Leaf{Key: key.Ed25519}},
		Expect:  Characterised(),
	},
	{
		ID:      "proto/rsa2048-leaf",
		Says:    "A driver must accept an RSA key of 2048 bits.",
		Because: "RFC 8446 section 9.1: rsa_pss_rsae_sha256 MUST be supported",
		Server:  Server{Leaf: pki.Leaf{Key: key.RSA2048}},
		Expect:  Connects(),
		Variants: []Variant{
			tls12,
			{"rsa-ca", func(s *Scenario) {
				s.Server.Leaf.Issuer, s.Server.CAFile, s.Client = "rsa-ca", names("rsa-ca"), bundle("rsa-ca")
			}},
		},
	},
	{
		ID:      "proto/ecdsa-p384",
		Says:    "A driver must accept keys on the curve P-384.",
		Because: "RFC 8446 section 4.2.3: ecdsa_secp384r1_sha384; common practice",
		Server:  Server{Leaf: pki.Leaf{Key: key.P384}},
		Expect:  Connects(),
		Variants: []Variant{
			{"p521", func(s *Scenario) { s.Server.Leaf.Key = key.P521 }},
		},
	},
	{
		ID:      "proto/handshake-split-records",
		Says:    "A driver must assemble a handshake that arrives byte by byte.",
		Because: "RFC 8446 section 5.1: message boundaries have nothing to do with packets",
		Server:  Server{Fault: Fault{ChunkBytes: 1}},
		Expect:  Connects(),
		Variants: []Variant{
			{"seven", func(s *Scenario) { s.Server.Fault.ChunkBytes = 7 }},
		},
	},
}
