package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

const day = 24 * time.Hour

// Validity. Server certificates of another time are faults that only the stand-in can have: a mongod does not start.
var timeRows = []Scenario{
	{
		ID:      "time/expired",
		Says:    "A driver must refuse a server whose certificate has expired.",
		Because: "RFC 5280 section 6.1.3 (a)(2); meteor/meteor#10876: once tolerated, then not",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Hour}},
		Expect:  Refuses(evidence.Expired),
		Twin:    "mode/tls",
	},
	{
		ID:      "time/not-yet-valid",
		Says:    "A driver must refuse a server whose certificate is not valid yet.",
		Because: "RFC 5280 section 6.1.3 (a)(2)",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{NotBefore: time.Hour}},
		Expect:  Refuses(evidence.NotYetValid),
		Twin:    "mode/tls",
	},
	{
		ID:      "time/expired-intermediate",
		Says:    "A driver must refuse a chain with an expired intermediate.",
		Because: "RFC 5280 section 6.1.3 (a)(2) for each certificate of the path",
		Claims:  claims("M5"),
		Server: Server{
			Leaf: pki.Leaf{Issuer: "expired-intermediate"},
			Form: pki.KeyForm{Chain: names("expired-intermediate")},
		},
		Expect: Refuses(evidence.Expired, evidence.Untrusted),
		Twin:   "trust/intermediate-sent",
	},
	{
		ID:   "time/expired-root",
		Says: "Does an expired root still work as a trust anchor?",
		Because: "RFC 5280 section 6.1: a trust anchor is not part of the path; the expiry of DST Root CA X3 showed both " +
			"answers",
		Server: Server{Leaf: pki.Leaf{Issuer: "expired-root"}},
		Client: bundle("expired-root"),
		Expect: Characterised(),
	},
	{
		ID:      "time/future-root",
		Says:    "Does a root that is not valid yet work as a trust anchor?",
		Because: "RFC 5280 section 6.1: a trust anchor is not part of the path",
		Server:  Server{Leaf: pki.Leaf{Issuer: "future-root"}},
		Client:  bundle("future-root"),
		Expect:  Characterised(),
	},
	{
		ID:      "time/expired-insecure",
		Says:    "A driver with tlsAllowInvalidCertificates must connect to a server whose certificate has expired.",
		Because: "URI options spec, tlsAllowInvalidCertificates",
		Claims:  claims("M6", "P16"),
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Hour}},
		Client:  Client{Add: "tlsAllowInvalidCertificates=true"},
		Expect:  Connects(),
	},
	{
		ID:      "time/generalizedtime-2050",
		Says:    "A driver must read a validity that ends after 2049.",
		Because: "RFC 5280 section 4.1.2.5: GeneralizedTime from 2050 on",
		Server:  Server{Leaf: pki.Leaf{NotAfter: 35 * 365 * day}},
		Expect:  Connects(),
	},
	{
		ID:      "time/expired-client-cert",
		Says:    "A driver must report that the server closed on its expired certificate.",
		Because: "MongoDB manual, x.509: an expired certificate is rejected; mongod, log line 23256",
		Claims:  claims("X8"),
		Server:  Server{RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{NotAfter: -time.Hour}},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256},
			ServerSays: names("certificate has expired")},
		Twin: "mtls/required-and-given",
		Variants: []Variant{
			{"optional", func(s *Scenario) { s.Server.RequireClientCert, s.Twin = false, "mtls/optional-given" }},
		},
	},
	{
		ID:      "time/future-client-cert",
		Says:    "A driver must report that the server closed on its certificate that is not valid yet.",
		Because: "RFC 5280 section 6.1.3 (a)(2); mongod, log line 23256: certificate is not yet valid",
		Server:  Server{RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{NotBefore: time.Hour}},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256},
			ServerSays: names("certificate is not yet valid")},
		Twin: "mtls/required-and-given",
	},
	{
		ID:      "time/expires-within-30d",
		Says:    "A server must serve a client whose certificate ends within 30 days, and must warn in its log.",
		Because: "MongoDB manual, x.509, from 4.4: a warning within 30 days; mongod, log line 23222",
		Claims:  claims("X9"),
		Subject: ServerItself,
		Server:  Server{RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{NotAfter: 10 * day}},
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{23222}},
	},
	{
		ID:      "time/future-intermediate",
		Says:    "A driver must refuse a chain with an intermediate that is not valid yet.",
		Because: "RFC 5280 section 6.1.3 (a)(2) for each certificate of the path",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  sending("future-intermediate"),
		Expect:  Refuses(evidence.NotYetValid, evidence.Untrusted),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "time/expired-a-moment-ago",
		Says:    "A driver must grant no grace to a certificate that has just expired.",
		Because: "RFC 5280 section 6.1.3 (a)(2): the validity period includes the current time",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{NotAfter: -time.Second}},
		Expect:  Refuses(evidence.Expired),
		Twin:    "time/expires-soon",
	},
	{
		ID:      "time/expires-soon",
		Says:    "A driver must accept a certificate until it expires.",
		Because: "RFC 5280 section 6.1.3 (a)(2); MongoDB manual, x.509: within 30 days a mongod warns, and serves",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{NotAfter: 2 * time.Hour}},
		Expect:  Connects(),
	},
	{
		ID:      "time/long-validity",
		Says:    "A driver must accept a validity of centuries.",
		Because: "RFC 5280 section 4.1.2.5: up to the year 9999",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{NotBefore: -20 * 365 * day, NotAfter: 250 * 365 * day}},
		Expect:  Connects(),
	},
}
