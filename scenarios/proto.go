package scenarios

import (
	"strings"

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

// suites is a server with an RSA key that speaks TLS 1.2 with these suites.
func suites(list ...string) Server {
	return Server{Leaf: pki.Leaf{Key: key.RSA2048}, DisabledProtocols: only12, Fault: Fault{Ciphers: list}}
}

// overOpenSSL is a server whose TLS library is OpenSSL, with an RSA key or another one.
func overOpenSSL(told OpenSSL, other ...key.Algorithm) Server {
	algorithm := append(other, key.RSA2048)[0]
	return Server{Fault: Fault{OpenSSL: &told, Leaf: &pki.Leaf{Key: algorithm}}}
}

// agreeing is a server that knows these groups only.
func agreeing(groups ...string) Server { return Server{Fault: Fault{Groups: groups}} }

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
		Variants: []Variant{
			{"tls11", func(s *Scenario) {
				s.Server.DisabledProtocols = "TLS1_0,TLS1_1"
				s.Client.Code = map[string]string{"tlsMinVersion": "1.1", "tlsMaxVersion": "1.1"}
			}},
		},
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
	{
		ID:      "proto/sha1-signed-intermediate",
		Says:    "A driver must refuse an intermediate that is signed with SHA-1.",
		Because: "RFC 9155 section 2 and NIST SP 800-131A: SHA-1 signatures are not to be used; nodejs/node#46515",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  sending("sha1-intermediate"),
		Expect:  Refuses(evidence.Weak, evidence.Untrusted, evidence.BadCertificate),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "proto/sha1-root-selfsig",
		Says:    "A driver must trust a root whatever it signed itself with.",
		Because: "RFC 5280 section 6.1: an anchor is a name and a key, and its own signature is not verified",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "sha1-root"}},
		Client:  bundle("sha1-root"),
		Expect:  Connects(),
	},
	{
		ID:      "proto/md5-leaf",
		Says:    "A driver must refuse a certificate that is signed with MD5.",
		Because: "RFC 6151 section 2: MD5 is not to be used for digital signatures",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "rsa-ca", Signature: pki.MD5}},
		Client:  bundle("rsa-ca"),
		Expect:  Refuses(evidence.Weak, evidence.Untrusted, evidence.BadCertificate),
		Twin:    "proto/rsa2048-leaf@rsa-ca",
	},
	{
		ID:      "proto/rsa4096-leaf",
		Says:    "A driver must accept RSA keys of more than 2048 bits.",
		Because: "NIST SP 800-57 part 1, table 2: 3072 bits and more for strengths that are in use",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Key: key.RSA4096}},
		Expect:  Connects(),
		Variants: []Variant{
			{"rsa3072", func(s *Scenario) { s.Server.Leaf.Key = key.RSA3072 }},
		},
	},
	{
		ID:      "proto/rsa8192-leaf",
		Says:    "A driver must accept an RSA key of 8192 bits.",
		Because: "NIST SP 800-57 part 1, table 2: more than 7680 bits for 192 bits of strength; RFC 8446 bounds none",
		Slow:    "a key of 8192 bits takes many seconds to make",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Key: key.RSA8192}},
		Expect:  Connects(),
	},
	{
		ID:      "proto/pss-signed-leaf",
		Says:    "A driver must accept a certificate that is signed with RSASSA-PSS.",
		Because: "RFC 8446 section 9.1: rsa_pss_rsae_sha256 MUST be supported, for certificates, too",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "rsa-ca", Signature: pki.PSS}},
		Client:  bundle("rsa-ca"),
		Expect:  Connects(),
	},
	{
		ID:      "proto/sha512-signed-leaf",
		Says:    "A driver must accept certificates that are signed with SHA-384 and SHA-512.",
		Because: "RFC 8446 section 4.2.3: rsa_pkcs1_sha384 and rsa_pkcs1_sha512, for certificates; common practice",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "rsa-ca", Signature: pki.SHA512}},
		Client:  bundle("rsa-ca"),
		Expect:  Connects(),
		Variants: []Variant{
			{"sha384", func(s *Scenario) { s.Server.Leaf.Signature = pki.SHA384 }},
			{"p521-ca", func(s *Scenario) {
				s.Server.Leaf.Issuer, s.Server.Leaf.Signature, s.Client = "p521-ca", "", bundle("p521-ca")
			}},
		},
	},
	{
		ID:      "proto/ed25519-ca",
		Says:    "Does an authority with a key on Ed25519 work?",
		Because: "RFC 8446 section 4.2.3 makes it optional",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "ed25519-ca"}},
		Client:  bundle("ed25519-ca"),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/rsa-kex-gcm-only",
		Says:    "Does a server work that exchanges keys with RSA only?",
		Because: "RFC 9325 section 4.1: SHOULD NOT be negotiated; Go 1.22 stopped to offer it, OpenSSL has not",
		Modes:   Once,
		Server:  suites("TLS_RSA_WITH_AES_128_GCM_SHA256"),
		Expect:  Characterised(),
		Variants: []Variant{
			{"cbc", func(s *Scenario) { s.Server = suites("TLS_RSA_WITH_AES_128_CBC_SHA") }},
		},
	},
	{
		ID:      "proto/cbc-only",
		Says:    "Does a server work whose suites are all of CBC mode?",
		Because: "RFC 9325 section 4.2 recommends AEAD; RFC 5246 section 9 made such a suite mandatory",
		Modes:   Once,
		Server:  suites("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/rc4-only",
		Says:    "A driver must fail against a server that knows RC4 only.",
		Because: "RFC 7465 section 2: clients MUST NOT include RC4 suites",
		Modes:   Once,
		Server:  suites("TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
		Expect:  ClosedByServer(evidence.HandshakeFailed, evidence.Staged),
		Twin:    "proto/rsa2048-leaf@tls12",
	},
	{
		ID:      "proto/3des-only",
		Says:    "Does a server work whose suites are all of Triple DES?",
		Because: "RFC 9325 section 4.1 wants 128 bits at least; Go 1.22 and 1.23 stopped to offer them",
		Modes:   Once,
		Server:  suites("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
		Expect:  Characterised(),
		Variants: []Variant{
			{"rsa-kex", func(s *Scenario) { s.Server = suites("TLS_RSA_WITH_3DES_EDE_CBC_SHA") }},
		},
	},
	{
		ID:      "proto/openssl",
		Says:    "A driver must connect to a server that speaks TLS 1.2 by OpenSSL.",
		Because: "RFC 5246; it is what a mongod has on Linux",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{TLS12: true}),
		Expect:  Connects(),
	},
	{
		ID:      "proto/sha1-handshake",
		Says:    "A driver must fail against a server that signs its handshake with SHA-1 only.",
		Because: "RFC 9155 sections 2 and 4: clients MUST NOT offer such signatures, servers MUST NOT make them; Go 1.25",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{TLS12: true, SignatureAlgorithms: "RSA+SHA1"}),
		Expect:  ClosedByServer(evidence.HandshakeFailed),
		Twin:    "proto/openssl",
	},
	{
		ID:      "proto/dhe-only",
		Says:    "Does a server work that agrees on keys in finite fields only?",
		Because: "MongoDB manual, opensslDiffieHellmanParameters; RFC 9325 section 4.1: SHOULD NOT; Go never offered them",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{TLS12: true, Ciphers: "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"}),
		Expect:  Characterised(),
		Variants: []Variant{
			{"tls13", func(s *Scenario) { s.Server = overOpenSSL(OpenSSL{Groups: "ffdhe2048"}) }},
		},
	},
	{
		ID:      "proto/group-x448",
		Says:    "Does a server work that knows X448 only?",
		Because: "RFC 7748; a mongod with OpenSSL has it among its groups",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{Groups: "X448"}),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/rsa-pss-leaf",
		Says:    "Does a server key work that is for RSASSA-PSS alone?",
		Because: "RFC 4055 section 1.2; RFC 8446 section 4.2.3, rsa_pss_pss_sha256, which section 9.1 leaves to the client",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{}, key.RSAPSS2048),
		Expect:  Characterised(),
		Variants: []Variant{
			{"tls12", func(s *Scenario) { s.Server = overOpenSSL(OpenSSL{TLS12: true}, key.RSAPSS2048) }},
		},
	},
	{
		ID:      "proto/brainpool-leaf",
		Says:    "Does a server key on a Brainpool curve work?",
		Because: "RFC 7027, of TLS 1.2; RFC 8734, of TLS 1.3; BSI TR-02102-2",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{TLS12: true}, key.BrainpoolP256),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/renegotiation",
		Says:    "What becomes of a connection whose server asks to renegotiate?",
		Because: "RFC 5246 section 7.4.1.1: a client may ignore it, or answer no_renegotiation; RFC 5746; TLS 1.3 has it no more",
		Modes:   Once,
		Server:  overOpenSSL(OpenSSL{TLS12: true, Renegotiate: true}),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/group-p256",
		Says:    "A driver must agree on keys with a server that knows P-256 only.",
		Because: "RFC 8446 section 9.1: secp256r1 MUST be supported",
		Modes:   Once,
		Server:  agreeing("CurveP256"),
		Expect:  Connects(),
		Variants: []Variant{
			{"tls12", func(s *Scenario) { s.Server.DisabledProtocols = only12 }},
			{"x25519", func(s *Scenario) { s.Server = agreeing("X25519") }},
		},
	},
	{
		ID:   "proto/hello-retry",
		Says: "A driver must offer another key share where a server asks for one.",
		Because: "RFC 8446 section 4.1.4, HelloRetryRequest; secp384r1 is offered by all libraries of today, with a key " +
			"share by none",
		Modes:  Once,
		Server: agreeing("CurveP384"),
		Expect: Expect{Outcome: OverTLS, Version: TLS13},
	},
	{
		ID:      "proto/hybrid-only",
		Says:    "Does a server work that knows a hybrid group only?",
		Because: "draft-ietf-tls-ecdhe-mlkem: no client must offer it yet",
		Modes:   Once,
		Server:  agreeing("X25519MLKEM768"),
		Expect:  Characterised(),
	},
	{
		ID:      "proto/big-hello",
		Says:    "Does a front end that drops ClientHellos of more than one packet keep the driver out?",
		Because: "no norm bounds a ClientHello; golang/go#80573: hybrid groups make them 1.5 kB, and middleboxes stall",
		Modes:   Once,
		Server:  Server{Fault: Fault{For: Hello{Over: 1400}, Close: AtHello}},
		Expect:  Characterised(),
		Variants: []Variant{
			{"group", func(s *Scenario) { s.Server.Fault.For = Hello{Group: "X25519MLKEM768"} }},
			{"alert", func(s *Scenario) { s.Server.Fault.Close, s.Server.Fault.Alert = "", 40 }},
			{"reset", func(s *Scenario) { s.Server.Fault.Reset = true }},
			{"stall", func(s *Scenario) {
				s.Server.Fault.Close, s.Server.Fault.Stall, s.Client.Add = "", AtHello, "connectTimeoutMS=300"
			}},
			{"sni", func(s *Scenario) { s.Server.Fault.For.SNI = "localhost" }},
		},
	},
	{
		ID:      "proto/middlebox",
		Says:    "A driver must shake hands in TLS 1.3 in a form that middleboxes of before take for TLS 1.2.",
		Because: "RFC 8446 appendix D.4: a session id in the ClientHello, a ChangeCipherSpec after it; aws/s2n-tls#1163",
		Modes:   Once,
		Server:  Server{DisabledProtocols: only13, Fault: Fault{OldMiddlebox: true}},
		Expect:  Expect{Outcome: OverTLS, Version: TLS13},
	},
	{
		ID:   "proto/no-change-cipher-spec",
		Says: "Does a server of TLS 1.3 work that sends no ChangeCipherSpec?",
		Because: "RFC 8446 appendix D.4: it must send one to a client with a session id; section 5: a client drops it; " +
			"h2o/h2o#1804",
		Modes:  Once,
		Server: Server{DisabledProtocols: only13, Fault: Fault{NoCCS: true}},
		Expect: Characterised(),
	},
	{
		ID:      "proto/large-chain-16k",
		Says:    "A driver must accept a chain that takes more than one record.",
		Because: "RFC 8446 section 5.1: handshake messages span records; 4.4.2: a list of up to 2^24 bytes",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Pad: 20000}},
		Expect:  Connects(),
		Variants: []Variant{
			{"3k", func(s *Scenario) { s.Server.Leaf.Pad = 3000 }},
			{"10k", func(s *Scenario) { s.Server.Leaf.Pad = 10_000 }},
			{"tls12", func(s *Scenario) { s.Server.DisabledProtocols = only12 }},
		},
	},
	{
		ID:      "proto/large-chain-60k",
		Says:    "Does a chain of sixty thousand bytes work?",
		Because: "RFC 8446 section 4.4.2 permits it; libraries bound a handshake message, at 64 or 100 kB",
		Modes:   Once,
		Server: Server{Leaf: pki.Leaf{Issuer: "padded2", Pad: 22000},
			Form: pki.KeyForm{Chain: names("padded2", "padded")}},
		Expect: Characterised(),
	},
	{
		ID:      "proto/fragmented-records",
		Says:    "A driver must assemble handshake messages that are cut into many records.",
		Because: "RFC 8446 section 5.1: handshake messages MAY be fragmented across several records",
		Modes:   Once,
		Server:  Server{Fault: Fault{RecordBytes: 16}},
		Expect:  Connects(),
		Variants: []Variant{
			{"tls12", func(s *Scenario) { s.Server.DisabledProtocols = only12 }},
		},
	},
	{
		ID:      "proto/version-intolerant",
		Says:    "A driver must not fall back to an older version of TLS where its peer refuses what it offers.",
		Because: "RFC 8446 section 4.1.3 and RFC 7507: who tries again with less lets an attacker choose the version",
		Modes:   Once,
		Server:  Server{Fault: Fault{For: Hello{Version: "1.3"}, Alert: 70}}, // protocol_version
		Expect:  Refuses(evidence.ProtocolMismatch, evidence.RemoteAlert),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"closed", func(s *Scenario) {
				s.Server.Fault.Alert, s.Server.Fault.Close, s.Expect = 0, AtHello, ClosedByServer(evidence.Staged)
			}},
		},
	},
	{
		ID:      "proto/record-too-long",
		Says:    "A driver must refuse a record that says it is longer than any may be.",
		Because: "RFC 8446 section 5.1: the length MUST NOT exceed 2^14 bytes; else record_overflow",
		Modes:   Once,
		Server:  Server{Fault: Fault{Speak: "\x16\x03\x03\x7f\x7f\x02"}},
		Expect:  Refuses(evidence.NotTLS, evidence.ProtocolMismatch, evidence.BadCertificate),
		Twin:    "mode/tls",
	},
	{
		ID:      "proto/warning-alert",
		Says:    "A driver must go on after the warning that a server does not know its name.",
		Because: "RFC 6066 section 3: a server may send unrecognized_name as a warning, and continue",
		Modes:   Once,
		Server:  Server{DisabledProtocols: only12, Fault: Fault{Warn: 112}},
		Expect:  Connects(),
	},
	{
		ID:      "proto/slow-handshake",
		Says:    "A driver must wait for a handshake that takes a third of a second.",
		Because: "URI options spec, connectTimeoutMS: ten seconds by default",
		Modes:   Once,
		Server:  Server{Fault: Fault{Slow: AtHello}},
		Expect:  Connects(),
		Variants: []Variant{
			{"accept", func(s *Scenario) { s.Server.Fault.Slow = AtAccept }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Slow = AtHandshake }},
		},
	},
	{
		ID:      "proto/command-beyond-a-record",
		Says:    "A driver must send a command that does not fit into one record.",
		Because: "RFC 8446 section 5.1: a record holds 2^14 bytes; OP_MSG spec: maxMessageSizeBytes is 48,000,000",
		Modes:   Once,
		Client: Client{
			Do: []Command{{DB: "test", JSON: `{"find": "c", "filter": {"a": "` + strings.Repeat("x", 40000) + `"}}`}},
		},
		Expect: Connects(),
	},
	{
		ID:      "proto/reply-beyond-a-record",
		Says:    "A driver must read a reply that does not fit into one record.",
		Because: "RFC 8446 section 5.1: a record holds 2^14 bytes; OP_MSG spec: a message is as long as its header says",
		Modes:   Once,
		Client: Client{Do: []Command{
			{DB: "test", JSON: `{"insert": "c{id}", "documents": [{"a": "` + strings.Repeat("x", 40000) + `"}]}`},
			{DB: "test", JSON: `{"find": "c{id}"}`},
		}},
		Expect: Connects(),
	},
}
