package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Purposes, constraints and malformed certificates of the server.
var usageRows = []Scenario{
	{
		ID:      "usage/eku-serverauth-only",
		Says:    "A driver must accept a server certificate that is for servers only.",
		Because: "RFC 5280 section 4.2.1.12; public authorities issue no clientAuth any more (letsencrypt/website#2277)",
		Claims:  claims("D2"),
		Server:  Server{Leaf: pki.Leaf{Usage: names(pki.ServerAuth)}},
		Expect:  Connects(),
	},
	{
		ID:      "usage/eku-none",
		Says:    "A driver must accept a server certificate without extended key usage.",
		Because: "RFC 5280 section 4.2.1.12: without the extension the use is not restricted",
		Server:  Server{Leaf: pki.Leaf{Usage: names(pki.NoUsage)}},
		Expect:  Connects(),
	},
	{
		ID:   "usage/eku-any",
		Says: "Does a server certificate for any extended key usage serve?",
		Because: "RFC 5280 section 4.2.1.12: who requires a purpose MAY reject anyExtendedKeyUsage without it; OpenSSL " +
			"does, crypto/x509 does not",
		Server: Server{Leaf: pki.Leaf{Usage: names(pki.AnyUsage)}},
		Expect: Characterised(),
	},
	{
		ID:      "usage/eku-clientauth-only",
		Says:    "A driver must refuse a server whose certificate is for clients only.",
		Because: "RFC 5280 section 4.2.1.12: used only for one of the purposes indicated",
		Claims:  claims("D2"),
		Server:  Server{Leaf: pki.Leaf{Usage: names(pki.ClientAuth)}},
		Expect:  Refuses(evidence.BadUsage),
		Twin:    "usage/eku-serverauth-only",
	},
	{
		ID:      "usage/unknown-critical-ext",
		Says:    "A driver must refuse a certificate with a critical extension that it does not know.",
		Because: "RFC 5280 section 4.2: a certificate-using system MUST reject it",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{CriticalExtension: true}},
		Expect:  Refuses(evidence.BadCertificate),
		Twin:    "mode/tls",
	},
	{
		ID:      "usage/name-constraint-ok",
		Says:    "A driver must accept a name that its constrained authority may issue.",
		Because: "RFC 5280 section 4.2.1.10",
		Server: Server{Leaf: pki.Leaf{Issuer: "constrained", DNS: names("db.example.com")},
			Form: pki.KeyForm{Chain: names("constrained")}},
		Client: Client{Host: "db.example.com"},
		Expect: Connects(),
	},
	{
		ID:      "usage/name-constraint-violation",
		Says:    "A driver must refuse a name that its constrained authority may not issue.",
		Because: "RFC 5280 sections 4.2.1.10 and 6.1.3 (b)",
		Claims:  claims("M5"),
		Server: Server{Leaf: pki.Leaf{Issuer: "constrained", DNS: names("localhost")},
			Form: pki.KeyForm{Chain: names("constrained")}},
		Expect: Refuses(evidence.BadCertificate),
		Twin:   "usage/name-constraint-ok",
	},
	{
		ID:      "usage/leaf-is-ca",
		Says:    "Does the certificate of an authority work as that of a server?",
		Because: "RFC 5280 does not forbid it; rustls does; percona-server-mongodb-operator#1287",
		Server:  Server{Leaf: pki.Leaf{CAFlag: true}},
		Expect:  Characterised(),
	},
	{
		ID:      "usage/bad-signature",
		Says:    "A driver must refuse a certificate whose signature does not verify.",
		Because: "RFC 5280 section 6.1.3 (a)(1)",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{BadSignature: true}},
		Expect:  Refuses(evidence.BadCertificate, evidence.Untrusted),
		Twin:    "mode/tls",
	},
}
