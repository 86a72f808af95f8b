package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// alone are the modes of rows in which one client follows another: those in which TLS cannot go unnoticed.
var alone = []Mode{RequireTLS}

// What stays from one client to the next in one process: nothing that decides. A mongod lets clients resume sessions,
// each version of TLS in its way.
var stateRows = []Scenario{
	{
		ID:      "state/trusted-then-other-ca",
		Says:    "A driver must refuse a server that an earlier client trusted, when this one trusts another authority.",
		Because: "RFC 8446 section 4.6.1 and RFC 5280 section 6.1: trust is a client's own, and no session may outlive it",
		Claims:  claims("M5", "M8"),
		Modes:   alone,
		Before:  []Earlier{{}},
		Client:  Client{Options: "tls=true&tlsCAFile={other}"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"tickets", func(s *Scenario) { s.Server.DisabledProtocols = only13 }},
			{"tickets-tls12", func(s *Scenario) { s.Server.DisabledProtocols = only12 }},
		},
	},
	{
		ID:      "state/other-ca-then-trusted",
		Says:    "A driver must connect to a server that an earlier client refused, when this one trusts it.",
		Because: "RFC 5280 section 6.1: trust is a client's own",
		Claims:  claims("M8"),
		Modes:   alone,
		Before:  []Earlier{{Client{Options: "tls=true&tlsCAFile={other}"}, true}},
		Expect:  Connects(),
	},
	{
		ID: "state/insecure-then-strict",
		Says: "A driver must refuse a server of an unknown authority, though an earlier client with tlsInsecure " +
			"connected.",
		Because: "URI options spec, tlsInsecure: an option of one client; insecure behaviour is never the default",
		Claims:  claims("M5"),
		Modes:   alone,
		Before:  []Earlier{{Client: Client{Options: "tls=true&tlsCAFile={other}&tlsInsecure=true"}}},
		Client:  Client{Options: "tls=true&tlsCAFile={other}"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"tickets", func(s *Scenario) { s.Server.DisabledProtocols = only13 }},
			{"tickets-tls12", func(s *Scenario) { s.Server.DisabledProtocols = only12 }},
			{"name", func(s *Scenario) {
				s.Server.Leaf.DNS = names("other.example.test")
				s.Before[0].Client.Options, s.Client.Options = "tls=true&tlsCAFile={ca}&tlsInsecure=true", ""
				s.Expect = Refuses(evidence.NameMismatch)
			}},
		},
	},
	{
		ID:      "state/strict-then-insecure",
		Says:    "A driver with tlsInsecure must connect, though an earlier client without it refused the server.",
		Because: "URI options spec, tlsInsecure: an option of one client",
		Claims:  claims("M6"),
		Modes:   alone,
		Before:  []Earlier{{Client{Options: "tls=true&tlsCAFile={other}"}, true}},
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsInsecure=true"},
		Expect:  Connects(),
	},
	{
		ID:      "state/certificate-then-none",
		Says:    "A driver without a certificate must not present that of an earlier client.",
		Because: "URI options spec, tlsCertificateKeyFile: an option of one client",
		Claims:  claims("P11"),
		Modes:   alone,
		Server:  demanding,
		Before:  []Earlier{{Client: Client{Cert: &pki.Leaf{}}}},
		Expect:  ClosedByServer(evidence.NoClientCert),
		Twin:    "mtls/required-and-given",
	},
	{
		ID:      "state/none-then-certificate",
		Says:    "A driver must present its certificate to a server that turned an earlier client without one away.",
		Because: "URI options spec, tlsCertificateKeyFile: an option of one client",
		Claims:  claims("P11"),
		Modes:   alone,
		Server:  demanding,
		Before:  []Earlier{{Client{}, true}},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID:      "state/authority-file-exchanged",
		Says:    "A driver must refuse a server whose authority is gone from the file where an earlier client found it.",
		Because: "URI options spec, tlsCAFile: an option of one client; GODRIVER-3916: files are read when a client is made",
		Claims:  claims("M5", "M8"),
		Modes:   alone,
		Before:  []Earlier{{Client: filed(pki.CA)}},
		Client:  filed(pki.Other),
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "uri/tls-true",
	},
	{
		ID:      "state/authority-file-mended",
		Says:    "A driver must connect with a file of authorities that was mended since an earlier client read it.",
		Because: "URI options spec, tlsCAFile: an option of one client; GODRIVER-3916: files are read when a client is made",
		Claims:  claims("M8"),
		Modes:   alone,
		Before:  []Earlier{{filed(pki.Other), true}},
		Client:  filed(pki.CA),
		Expect:  Connects(),
	},
	{
		ID:      "state/login-then-none",
		Says:    "A driver must not log a client in with what an earlier one gave.",
		Because: "Auth spec: credentials are a client's own; mongod: 13 Unauthorized, command find requires authentication",
		Modes:   alone,
		Server:  guarded,
		Before:  []Earlier{{Client: byPassword("else")}},
		Client:  Client{Do: find},
		Expect:  RefusedByCommand("find", 13, "Unauthorized"),
		Twin:    "x509/scram-over-tls",
	},
	{
		ID:      "state/login-then-wrong-password",
		Says:    "A driver must use the password of this client, though that of an earlier one was right.",
		Because: "Auth spec, SCRAM: what is cached belongs to one set of credentials",
		Claims:  claims("L14"),
		Modes:   alone,
		Server:  guarded,
		Before:  []Earlier{{Client: byPassword("else")}},
		Client:  byPassword("Tr0ub4dor"),
		Expect:  RefusedByCommand("saslContinue", 18, "AuthenticationFailed"),
		Twin:    "x509/scram-over-tls",
	},
	{
		ID:   "state/endpoint-off-then-on",
		Says: "A driver must ask the responder, though an earlier client was told not to.",
		Because: "OCSP support spec, tlsDisableOCSPEndpointCheck: an option of one client; only conclusive answers may be " +
			"cached",
		Claims: claims("P6", "P7"),
		Modes:  alone,
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Before: []Earlier{{Client: Client{Add: endpointOff}}},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:   "ocsp/endpoint-off-revoked-no-staple",
	},
	{
		ID:      "state/tls12-then-highest",
		Says:    "A driver must agree on TLS 1.3, though an earlier client was limited to TLS 1.2.",
		Because: "RFC 8446 section 4.2.1: clients offer every version they support",
		Modes:   alone,
		Before:  []Earlier{{Client: Client{Code: map[string]string{"tlsMaxVersion": "1.2"}}}},
		Expect:  Expect{Outcome: OverTLS, Version: TLS13},
	},
	{
		ID:      "state/clear-then-tls",
		Says:    "A driver with tls=true must connect over TLS, though an earlier client connected in clear.",
		Because: "URI options spec, tls: an option of one client",
		Claims:  claims("M1"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Before:  []Earlier{{Client: Client{URI: plainURI}}},
		Expect:  Connects(),
	},
	{
		ID:      "state/tls-then-clear",
		Says:    "A driver without TLS must connect in clear, though an earlier client connected over TLS.",
		Because: "URI options spec, tls: not on by default",
		Claims:  claims("M2"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Before:  []Earlier{{}},
		Client:  Client{URI: plainURI},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "state/certificate-then-another",
		Says:    "A driver must log in with the certificate of this client, though that of an earlier one was a user's.",
		Because: "Auth spec: credentials are a client's own; a mongod takes the first subject for a resumed session",
		Modes:   alone,
		Server:  enrolled,
		Before:  []Earlier{{Client: Client{Add: byX509, Cert: &pki.Leaf{}, Do: find}}},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Subject: "CN=second,OU=clients,O=mongotls"}, Do: find},
		Expect:  RefusedByCommand("authenticate", 11, "UserNotFound"),
		Twin:    "x509/no-username",
		Variants: []Variant{
			tls12,
		},
	},
	{
		ID:      "state/name-then-another",
		Says:    "A driver must refuse a server by a name that it does not carry, though an earlier client used another.",
		Because: "RFC 9525 section 6.1: the name is that of this connection",
		Claims:  claims("M9"),
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("db.example.test")}},
		Before:  []Earlier{{Client: Client{Host: "db.example.test"}}},
		Client:  Client{Host: "other.example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-san",
		Variants: []Variant{
			tls12,
		},
	},
	{
		ID:      "state/revocation-off-then-on",
		Says:    "A driver must heed a stapled revocation, though an earlier client was told not to.",
		Because: "OCSP support spec, tlsDisableCertificateRevocationCheck: an option of one client",
		Claims:  claims("P5"),
		Modes:   alone,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Before:  []Earlier{{Client: Client{Add: revocationOff}}},
		Expect:  Refuses(evidence.Revoked),
		Twin:    "ocsp/revocation-off",
	},
}

// filed is a client of the authority in a file that clients after each other have in common.
func filed(authority string) Client {
	return Client{Options: "tls=true&tlsCAFile={shared}", Files: map[string]pki.File{"shared": pki.Bundle(authority)}}
}

// byPassword is a client of the guarded server's user.
func byPassword(secret string) Client {
	return Client{URI: "mongodb://somebody:" + secret + "@{host}:{port}/?authSource=admin&{options}", Do: find}
}
