package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// What users get to read, and when.
var errRows = []Scenario{
	{
		ID:      "err/selection-names-cause",
		Says:    "A driver that finds no server must name the host and the cause, not only the time that ran out.",
		Because: "Server selection spec: error messages should let users determine the reasons; Automattic/mongoose#8485",
		Claims:  claims("M4"),
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Hour}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.Expired},
			Mentions: names("localhost", "expired"),
		},
		Twin: "mode/tls",
	},
	{
		ID: "err/heartbeat-names-cause",
		Says: "A driver must publish the cause when its check of the server fails, and not only when server selection " +
			"ends.",
		Because: "SDAM logging and monitoring spec, ServerHeartbeatFailedEvent; Automattic/mongoose#8485: 30 seconds " +
			"without a cause",
		Server: Server{Leaf: pki.Leaf{NotAfter: -time.Hour}},
		Client: Client{Add: "serverSelectionTimeoutMS=30000"},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Expired}, Reports: "expired"},
		Twin:   "mode/tls",
	},
	{
		ID:   "err/selection-mixed-causes",
		Says: "A driver that finds none of its servers must name each of them, with a cause of its own.",
		Because: "Server selection spec: error messages should let users determine the reasons; joined from all servers " +
			"unless they are the same",
		Server: Server{Leaf: pki.Leaf{DNS: names("node-{id}.example.test"), NotAfter: -time.Hour}},
		Client: Client{
			URI: "mongodb://node-{id}.example.test:{port},alias-{id}.example.test:{port}," +
				"missing-{id}.example.test:{port}/?{options}",
			Add:  attentive,
			Zone: "node-{id}.example.test. 60 IN A 127.0.0.1\nalias-{id}.example.test. 60 IN A 127.0.0.1\n"},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.Expired, evidence.NameMismatch, evidence.DNSError},
			Mentions: names("node-{id}.example.test", "expired", "alias-{id}.example.test", "missing-{id}.example.test"),
		},
		Twin: "srv/tls-option-plus-srv",
	},
	{
		ID:   "err/cause-chain",
		Says: "Through which types does a program get from the driver's error to that of the TLS library?",
		Because: "Server selection spec leaves the types open; programs that tell a certificate from a network by them " +
			"break when they change",
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Other}},
		Expect: Characterised(),
	},
	{
		ID:      "err/handshake-blackhole",
		Says:    "A driver must end a handshake that the peer leaves unanswered when connectTimeoutMS runs out.",
		Because: "URI options spec, connectTimeoutMS; GODRIVER-1879: it did not bound the TLS handshake",
		Server:  Server{Fault: Fault{Stall: AtHello}},
		Client:  Client{Add: "connectTimeoutMS=300"},
		Expect:  TimesOut("connectTimeoutMS"),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"accept", func(s *Scenario) { s.Server.Fault.Stall = AtAccept }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Stall = AtHandshake }},
			{"load-balanced", func(s *Scenario) {
				s.Server.Fault.Stall, s.Client.Add = AtHandshake, s.Client.Add+"&loadBalanced=true"
			}},
		},
	},
	{
		ID:      "err/handshake-drip",
		Says:    "A driver must end a handshake that comes byte by byte when connectTimeoutMS runs out.",
		Because: "URI options spec, connectTimeoutMS: for the connection, not for one read; CWE-400: a slow peer",
		Server:  Server{Fault: Fault{Drip: true}},
		Client:  Client{Add: "connectTimeoutMS=300"},
		Expect:  TimesOut("connectTimeoutMS"),
		Twin:    "mode/tls",
	},
	{
		ID: "err/selection-timeout",
		Says: "A driver must end its search for a server when serverSelectionTimeoutMS runs out, though a check is " +
			"still under way.",
		Because: "Server selection spec, serverSelectionTimeoutMS: the driver MUST then raise an error",
		Server:  Server{Fault: Fault{Stall: AtAccept}},
		Client:  Client{Add: "serverSelectionTimeoutMS=300"},
		Expect:  TimesOut("serverSelectionTimeoutMS"),
		Twin:    "mode/tls",
	},
	{
		ID:   "err/closed-in-handshake",
		Says: "A driver must say that its peer closed the connection in the handshake.",
		Because: "RFC 8446 section 6.1: a close without close_notify is an error; CMAP spec: an I/O error in the TLS " +
			"handshake",
		Server: Server{Fault: Fault{Close: AtHello}},
		Expect: ClosedByServer(evidence.Staged),
		Twin:   "mode/tls",
		Variants: []Variant{
			{"reset", func(s *Scenario) { s.Modes, s.Server.Fault.Reset = Once, true }},
			{"accept", func(s *Scenario) { s.Server.Fault.Close = AtAccept }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Close = AtHandshake }},
		},
	},
	{
		ID:   "err/tls-in-tls",
		Says: "A driver must report that a server closed which wants TLS inside the TLS of a proxy.",
		Because: "mongod, log line 22988: configured to only allow SSL connections; istio/istio#26235: a side-car ends or " +
			"adds TLS of its own",
		Modes:  Once,
		Server: Server{Fault: Fault{Inner: true}},
		Expect: ClosedByServer(evidence.PlainOnTLSOnly),
		Twin:   "mode/tls",
	},
	{
		ID:      "err/alert80",
		Says:    "A driver must pass on that its peer sent the alert internal_error.",
		Because: "RFC 8446 section 6.2; Automattic/mongoose#14015: what Atlas sends to addresses that are not allowed",
		Server:  Server{Fault: Fault{Alert: 80}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.RemoteAlert},
			Mentions: names("internal error"),
		},
		Twin: "mode/tls",
	},
	{
		ID:      "err/no-secret-leak",
		Says:    "A driver must not print the password of a key that it cannot read.",
		Because: "CWE-209 and CWE-532: secrets do not belong in errors and logs",
		Modes:   Once,
		Client:  encrypted("aes256", "tlsCertificateKeyFilePassword=Tr0ub4dor"),
		Expect: Expect{
			Outcome: BeforeDialing,
			Reasons: []evidence.Reason{evidence.KeyLoadError},
			Hides:   names("Tr0ub4dor"),
		},
		Twin: "key/encrypted-pkcs8-aes",
	},
	{
		ID:      "err/no-secret-leak-later",
		Says:    "A driver must not print the password of a connection string when it fails later.",
		Because: "CWE-209 and CWE-532: secrets do not belong in errors and logs",
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Hour}, Users: []User{{Name: "somebody", Password: "Tr0ub@dor"}}},
		Client:  Client{URI: "mongodb://somebody:Tr0ub%40dor@{host}:{port}/?{options}"},
		Expect: Expect{
			Outcome: InHandshake,
			Reasons: []evidence.Reason{evidence.Expired},
			Hides:   names("Tr0ub@dor", "Tr0ub%40dor"),
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"name", func(s *Scenario) {
				s.Server.Leaf, s.Expect.Reasons = pki.Leaf{
					DNS: names("other.example.test"),
				}, []evidence.Reason{
					evidence.NameMismatch,
				}
			}},
			{"closed", func(s *Scenario) {
				s.Server.Leaf, s.Server.Fault.Close = pki.Leaf{}, AtHello
				s.Expect.Outcome, s.Expect.Reasons, s.Expect.Causes = ByServer, nil, []evidence.Cause{evidence.Staged}
			}},
		},
	},
	{
		ID:      "err/no-secret-leak-uri",
		Says:    "A driver must not print the password of a connection string that it refuses.",
		Because: "CWE-209 and CWE-532: secrets do not belong in errors and logs",
		Modes:   Once,
		Client:  Client{URI: "mongodb://somebody:Tr0ub4dor@{host}:{port}/?tls=true&tls=false"},
		Expect:  Expect{Outcome: BeforeDialing, Reasons: []evidence.Reason{evidence.ParseError}, Hides: names("Tr0ub4dor")},
		Twin:    "uri/tls-true",
		Variants: []Variant{
			{"port", func(s *Scenario) { s.Client.URI = "mongodb://somebody:Tr0ub4dor@{host}:99999/?tls=true" }},
			{"scheme", func(s *Scenario) { s.Client.URI = "mongo://somebody:Tr0ub4dor@{host}:{port}/?tls=true" }},
		},
	},

	// Faults after a good start: the monitor's connection is good, those of the pool meet the fault.
	{
		ID:   "err/label-eof",
		Says: "A driver must label an EOF while a pooled connection is set up as overload, and keep its pool.",
		Because: "CMAP spec, backpressure: I/O errors in the TLS handshake get SystemOverloadedError and RetryableError; " +
			"SDAM spec: such errors are ignored",
		Server: Server{Fault: Fault{Good: 1, Close: AtHello}},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.Staged}, Labels: overloaded, Pool: Kept},
		Twin:   "mode/tls",
		Variants: []Variant{
			{"reset", func(s *Scenario) { s.Modes, s.Server.Fault.Reset = Once, true }},
			{"accept", func(s *Scenario) { s.Server.Fault.Close = AtAccept }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Close = AtHandshake }},
		},
	},
	{
		ID:      "err/label-timeout",
		Says:    "A driver must label a time-out while a pooled connection is set up as overload, and keep its pool.",
		Because: "CMAP spec, backpressure: network time-outs in connection establishment; SDAM spec: such errors are ignored",
		Server:  Server{Fault: Fault{Good: 1, Stall: AtHello}},
		Client:  Client{Add: "connectTimeoutMS=300"},
		Expect:  Expect{Outcome: ByTimeout, Option: "connectTimeoutMS", Labels: overloaded, Pool: Kept},
		Twin:    "mode/tls",
		Variants: []Variant{
			{"accept", func(s *Scenario) { s.Server.Fault.Stall = AtAccept }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Stall = AtHandshake }},
		},
	},
	{
		ID:   "err/label-cert-error",
		Says: "A driver must not label a certificate that it refuses as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for certificate validation or hostname-mismatch failures; SDAM spec: then " +
			"the pool is cleared",
		Server: Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{NotAfter: -time.Hour}}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.Expired},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"untrusted", func(s *Scenario) {
				s.Server.Fault.Leaf, s.Expect.Reasons = &pki.Leaf{Issuer: pki.Other}, []evidence.Reason{evidence.Untrusted}
			}},
			{"usage", func(s *Scenario) {
				s.Server.Fault.Leaf, s.Expect.Reasons = &pki.Leaf{
					Usage: names(pki.ClientAuth),
				}, []evidence.Reason{
					evidence.BadUsage,
				}
			}},
			{"self-signed", func(s *Scenario) {
				s.Server.Fault.Leaf, s.Expect.Reasons = &pki.Leaf{Issuer: pki.Self}, []evidence.Reason{evidence.Untrusted}
			}},
			{"not-yet-valid", func(s *Scenario) {
				s.Server.Fault.Leaf, s.Expect.Reasons = &pki.Leaf{NotBefore: time.Hour}, []evidence.Reason{evidence.NotYetValid}
			}},
			{"critical-extension", func(s *Scenario) {
				s.Server.Fault.Leaf, s.Expect.Reasons = &pki.Leaf{
					CriticalExtension: true,
				}, []evidence.Reason{
					evidence.BadCertificate,
				}
			}},
		},
	},
	{
		ID:   "err/label-hostname-error",
		Says: "A driver must not label a certificate of another name as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for certificate validation or hostname-mismatch failures; SDAM spec: then " +
			"the pool is cleared",
		Server: Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{DNS: names("other.example.test")}}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.NameMismatch},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"address", func(s *Scenario) { s.Client.Host = "127.0.0.1" }},
		},
	},
	{
		ID:   "err/label-must-staple",
		Says: "A driver must not label a missing staple as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for non-I/O TLS errors such as certificate validation; RFC 7633: the staple " +
			"is a part of it",
		Server: Server{Fault: Fault{Good: 1, Leaf: &pki.Leaf{MustStaple: true}}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.MustStapleMissing},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
	},
	{
		ID:   "err/label-revoked",
		Says: "A driver must not label a stapled revocation as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for non-I/O TLS errors such as certificate validation; OCSP support spec: " +
			"the staple is a part of it",
		Server: Server{Fault: Fault{Good: 1, Staple: ocsp.Behaviour{Answer: ocsp.Revoked}}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.Revoked},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"bad-staple", func(s *Scenario) {
				s.Server.Fault.Staple.Answer, s.Expect.Reasons = ocsp.Malformed, []evidence.Reason{evidence.OCSPInvalid}
			}},
		},
	},
	{
		ID:      "err/label-not-tls",
		Says:    "A driver must not label a peer that does not speak TLS as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for non-I/O TLS errors; SDAM spec: then the pool is cleared",
		Server:  Server{Fault: Fault{Good: 1, Speak: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.NotTLS},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"ssh", func(s *Scenario) { s.Server.Fault.Speak = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" }},
		},
	},
	{
		ID:      "err/label-remote-alert",
		Says:    "A driver must not label an alert that asks for a client certificate as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for non-I/O TLS errors; GODRIVER-4108",
		Server:  Server{Fault: Fault{Good: 1, Alert: 116}}, // certificate_required
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.ClientCertRequired},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "mode/tls",
		Variants: []Variant{
			{"version", func(s *Scenario) { // protocol_version
				s.Server.Fault.Alert, s.Expect.Reasons = 70, []evidence.Reason{evidence.ProtocolMismatch}
			}},
		},
	},
	{
		ID:      "err/label-dns",
		Says:    "A driver must not label a name that does not exist any more as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: not for DNS lookup failures; SDAM spec: then the pool is cleared",
		Server:  Server{Leaf: pki.Leaf{DNS: names("node-{id}.example.test")}, Fault: Fault{Good: 1}},
		Client: Client{URI: "mongodb://node-{id}.example.test:{port}/?{options}",
			Zone: "node-{id}.example.test. 0 IN A 127.0.0.1\nnode-{id}.example.test. !ONCE\n"}, // to be asked for again
		Expect: Expect{
			Outcome:  BeforeDialing,
			Reasons:  []evidence.Reason{evidence.DNSError},
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "srv/tls-option-plus-srv",
	},
	{
		ID:      "err/retry-count",
		Says:    "A driver must try a read twice more, by default, while its server seems overloaded.",
		Because: "Client backpressure spec: both labels together permit a retry; maxAdaptiveRetries is 2 by default",
		Server:  Server{Fault: Fault{Good: 1, Close: AtHello}},
		Client:  Client{Add: brief, Do: find},
		Expect:  Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.Staged}, Labels: overloaded, Tries: 3},
		Twin:    "mode/tls",
		Variants: []Variant{
			{"none", func(s *Scenario) {
				s.Client.Add, s.Expect.Tries, s.Expect.Labels = brief+"&maxAdaptiveRetries=0", 1, nil
			}},
		},
	},
	{
		ID:   "err/label-auth-step",
		Says: "A driver must not label a refused login as overload, and must clear its pool.",
		Because: "CMAP spec, backpressure: labels MUST NOT be added in the authentication step; SDAM spec: an error of " +
			"that step clears the pool",
		Server: Server{Users: []User{{Name: "somebody", Password: "else"}}},
		Client: Client{Add: byX509, Cert: &pki.Leaf{}},
		Expect: Expect{
			Outcome:  ByCommand,
			Command:  "authenticate",
			Code:     11,
			CodeName: "UserNotFound",
			NoLabels: overloaded,
			Pool:     Cleared,
		},
		Twin: "x509/no-username",
	},
	{
		ID:      "err/alert-other",
		Says:    "A driver must tell an alert of its peer from a connection that was closed, whatever the alert.",
		Because: "RFC 8446 section 6: a fatal alert says why the peer ends the connection",
		Modes:   Once,
		Server:  Server{Fault: Fault{Alert: 40}}, // handshake_failure
		Expect:  Refuses(evidence.RemoteAlert, evidence.ProtocolMismatch, evidence.ClientCertRejected),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"early", func(s *Scenario) { s.Server.Fault.Early = true }},
			alert("bad-certificate", 42), alert("certificate-expired", 45), alert("unknown-ca", 48), alert("access-denied", 49),
			alert("decrypt-error", 51), alert("insufficient-security", 71), alert("inappropriate-fallback", 86),
			alert("missing-extension", 109), alert("unrecognized-name", 112), alert("no-application-protocol", 120),
		},
	},
	{
		ID:   "err/alert-after-handshake",
		Says: "A driver must pass on an alert that follows the handshake, and not only that its peer closed.",
		Because: "RFC 8446 section 6.2: in TLS 1.3 a server refuses a client's certificate when the handshake of the " +
			"client is over; openssl/openssl#8500, bloomberg/comdb2#2028",
		Modes:  Once,
		Server: Server{Fault: Fault{Alert: 44, Late: true}}, // certificate_revoked
		Expect: Refuses(evidence.ClientCertRejected, evidence.RemoteAlert),
		Twin:   "mode/tls",
		Variants: []Variant{
			alert("certificate-expired", 45), alert("unknown-ca", 48), alert("internal-error", 80),
			{"tls12", func(s *Scenario) {
				s.Server.DisabledProtocols = only12
				s.Server.Fault.Ciphers = names("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
			}},
		},
	},
	{
		ID:   "err/half-closed",
		Says: "A driver must say that its peer closed, which sends nothing more after the handshake but reads on.",
		Because: "RFC 8446 section 6.1: close_notify says that the sender will not send any more messages; RFC 9293 " +
			"section 3.6, half-closed connections",
		Modes:    Once,
		Server:   Server{Fault: Fault{Close: AtHandshake, HalfClosed: true}},
		Expect:   ClosedByServer(evidence.Staged),
		Twin:     "mode/tls",
		Variants: []Variant{tls12},
	},
	{
		ID:      "err/closed-after-bytes",
		Says:    "A driver must say that its peer closed the connection in the middle of a record.",
		Because: "RFC 8446 section 6.1: a close without close_notify is an error",
		Modes:   Once,
		Server:  Server{Fault: Fault{CloseAfter: 3}},
		Expect:  ClosedByServer(evidence.Staged),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"record", func(s *Scenario) { s.Server.Fault.CloseAfter = 60 }},
			{"flight", func(s *Scenario) { s.Server.Fault.CloseAfter = 600 }},
			{"tls12", func(s *Scenario) { s.Server.Fault.CloseAfter, s.Server.DisabledProtocols = 600, only12 }},
		},
	},
	{
		ID:      "err/no-secret-leak-unescaped",
		Says:    "A driver must not print any part of a password that it cannot parse for want of escapes.",
		Because: "CWE-209 and CWE-532; connection string spec, Userinfo: such strings are errors; PYTHON-3678",
		Modes:   Once,
		Client:  unescaped("Tr0ub@4dor"),
		Expect: Expect{Outcome: BeforeDialing, Reasons: []evidence.Reason{evidence.ParseError},
			Hides: names("Tr0ub", "4dor")},
		Twin: "uri/tls-true",
		Variants: []Variant{
			{"colon", func(s *Scenario) { s.Client = unescaped("Tr0ub:4dor") }},
			{"slash", func(s *Scenario) { s.Client = unescaped("Tr0ub/4dor") }},
			{"percent", func(s *Scenario) { s.Client = unescaped("Tr0ub%zz4dor") }},
			{"at-and-percent", func(s *Scenario) { s.Client = unescaped("Tr0ub@4dor%zz") }},
			{"slash-and-at", func(s *Scenario) { s.Client = unescaped("Tr0ub/4dor@x") }},
		},
	},
}

// brief ends the wait of a driver that looks for another server before it tries again.
const brief = "serverSelectionTimeoutMS=1000"

// overloaded are the labels by which a driver says that its server has too much to do.
var overloaded = []Label{SystemOverloaded, Retryable}

// alert is a variant with another alert.
func alert(name string, number int) Variant {
	return Variant{name, func(s *Scenario) { s.Server.Fault.Alert = number }}
}

// unescaped is a client whose password stands in the connection string as it is.
func unescaped(password string) Client {
	return Client{URI: "mongodb://somebody:" + password + "@{host}:{port}/?tls=true"}
}
