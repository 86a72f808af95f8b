package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/pki"
)

// What users get to read, and when.
var errRows = []Scenario{
	{
		ID:      "err/selection-names-cause",
		Says:    "A driver that finds no server must name the host and the cause, not only the time that ran out.",
		Because: "Server selection spec: error messages should let users determine the reasons; Automattic/mongoose#8485",
		Claims:  claims("M4"),
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Hour}},
		Expect:  Expect{Outcome: InHandshake, Reasons: []Reason{Expired}, Mentions: names("localhost", "expired")},
		Twin:    "mode/tls",
	},
	{
		ID:      "err/handshake-blackhole",
		Says:    "A driver must end a handshake that the peer leaves unanswered when connectTimeoutMS runs out.",
		Because: "URI options spec, connectTimeoutMS; GODRIVER-1879: it did not bound the TLS handshake",
		Server:  Server{Fault: Fault{Stall: "hello"}},
		Client:  Client{Add: "connectTimeoutMS=300"},
		Expect:  TimesOut("connectTimeoutMS"),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"accept", func(s *Scenario) { s.Server.Fault.Stall = "accept" }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Stall = "handshake" }},
		},
	},
	{
		ID:      "err/closed-in-handshake",
		Says:    "A driver must say that its peer closed the connection in the handshake.",
		Because: "RFC 8446 section 6.1: a close without close_notify is an error; CMAP spec: an I/O error in the TLS handshake",
		Server:  Server{Fault: Fault{Close: "hello"}},
		Expect:  ClosedByServer(Staged),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"accept", func(s *Scenario) { s.Server.Fault.Close = "accept" }},
			{"handshake", func(s *Scenario) { s.Server.Fault.Close = "handshake" }},
		},
	},
	{
		ID:      "err/alert80",
		Says:    "A driver must pass on that its peer sent the alert internal_error.",
		Because: "RFC 8446 section 6.2; Automattic/mongoose#14015: what Atlas sends to addresses that are not allowed",
		Server:  Server{Fault: Fault{Alert: 80}},
		Expect:  Expect{Outcome: InHandshake, Reasons: []Reason{RemoteAlert}, Mentions: names("internal error")},
		Twin:    "mode/tls",
	},
	{
		ID:      "err/no-secret-leak",
		Says:    "A driver must not print the password of a key that it cannot read.",
		Because: "CWE-209 and CWE-532: secrets do not belong in errors and logs",
		Modes:   Once,
		Client:  encrypted("aes256", "tlsCertificateKeyFilePassword=Tr0ub4dor"),
		Expect:  Expect{Outcome: BeforeDialing, Reasons: []Reason{KeyLoadError}, Hides: names("Tr0ub4dor")},
		Twin:    "key/encrypted-pkcs8-aes",
	},
	{
		ID:      "err/no-secret-leak-uri",
		Says:    "A driver must not print the password of a connection string that it refuses.",
		Because: "CWE-209 and CWE-532: secrets do not belong in errors and logs",
		Modes:   Once,
		Client:  Client{URI: "mongodb://somebody:Tr0ub4dor@{host}:{port}/?tls=true&tls=false"},
		Expect:  Expect{Outcome: BeforeDialing, Reasons: []Reason{ParseError}, Hides: names("Tr0ub4dor")},
		Twin:    "uri/tls-true",
	},
}
