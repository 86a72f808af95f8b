package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
	"github.com/mongotls/mongotls/harness/evidence"
)

// serial is the serial number that revocation lists of the table name.
const serial = 77150

// Revocation lists. tlsCRLFile is an option of some drivers only; for the others these rows are unsupported.
var crlRows = []Scenario{
	{
		ID:      "crl/not-listed",
		Says:    "A driver with a revocation list must connect to a server that is not on it.",
		Because: "PyMongo guide, Configure TLS, tlsCRLFile: PEM or DER",
		Claims:  claims("P9"),
		Client:  listing(pki.CRL{Serials: []int64{serial}}),
		Expect:  Connects(),
		Variants: []Variant{
			{"der", func(s *Scenario) { s.Client.Files["crl"].Parts[0].As = pemfile.DER }},
			{"in-code", listInCode},
		},
	},
	{
		ID:      "crl/listed",
		Says:    "A driver with a revocation list must refuse a server that is on it.",
		Because: "PyMongo guide, Configure TLS, tlsCRLFile; RFC 5280 section 6.3",
		Claims:  claims("P9"),
		Server:  Server{Leaf: pki.Leaf{Serial: serial}},
		Client:  listing(pki.CRL{Serials: []int64{serial}}),
		Expect:  Refuses(evidence.Revoked),
		Twin:    "crl/not-listed",
		Variants: []Variant{
			{"der", func(s *Scenario) { s.Client.Files["crl"].Parts[0].As, s.Twin = pemfile.DER, "crl/not-listed@der" }},
			{"in-code", listInCode},
		},
	},
	{
		ID:      "crl/expired",
		Says:    "A driver must refuse a server for which its revocation list is out of date.",
		Because: "RFC 5280 section 6.3.3 (a): the list must be current; OpenSSL: CRL has expired",
		Claims:  claims("P9"),
		Client:  listing(pki.CRL{ThisUpdate: -2 * day, NextUpdate: -time.Hour}),
		Expect:  Refuses(evidence.RevocationUnknown),
		Twin:    "crl/not-listed",
		Variants: []Variant{
			{"in-code", listInCode},
		},
	},
	{
		ID:      "crl/other-issuer",
		Says:    "A driver must refuse a server for whose authority it has no revocation list.",
		Because: "RFC 5280 section 6.3.3; OpenSSL: unable to get certificate CRL; nodejs/node-v0.x-archive#25668",
		Claims:  claims("P9"),
		Client:  listing(pki.CRL{Issuer: pki.Other}),
		Expect:  Refuses(evidence.RevocationUnknown),
		Twin:    "crl/not-listed",
		Variants: []Variant{
			{"in-code", listInCode},
		},
	},
	{
		ID:      "crl/unparsable",
		Says:    "A driver must refuse a tlsCRLFile that holds no revocation list, before it dials.",
		Because: "PyMongo guide, Configure TLS, tlsCRLFile; oven-sh/bun#33629: a list that is dropped protects nobody",
		Claims:  claims("P9"),
		Modes:   Once,
		Client: Client{Add: "tlsCRLFile={crl}",
			Files: map[string]pki.File{"crl": {Parts: []pki.Part{{Text: "this is no list\n"}}}}},
		Expect: RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:   "crl/not-listed",
	},
	{
		ID: "crl/in-place-of-ocsp",
		Says: "A driver must not ask about a certificate that its revocation list clears: one of the two serves a " +
			"handshake.",
		Because: "OCSP support spec, suggested behaviour: a list of the user's that clears the certificate ends the check; " +
			"PyMongo guide: CRLs and OCSP cannot be used together",
		Claims: claims("P10"),
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Client: listing(pki.CRL{Serials: []int64{serial}}),
		Expect: Expect{Outcome: OverTLS, Requests: NoRequests},
		Variants: []Variant{
			{"in-code", listInCode},
		},
	},
	{
		ID:      "crl/with-insecure",
		Says:    "What does a revocation list do beside tlsInsecure?",
		Because: "OCSP support spec: drivers SHOULD throw an error for the combination",
		Server:  Server{Leaf: pki.Leaf{Serial: serial}},
		Client:  Client{Add: "tlsInsecure=true&tlsCRLFile={crl}", Files: listing(pki.CRL{Serials: []int64{serial}}).Files},
		Expect:  Characterised(),
	},
	{
		ID:      "crl/server-side-client-good",
		Says:    "A driver must get in with a certificate that is not on the server's revocation list.",
		Because: "MongoDB manual, net.tls.CRLFile",
		Server:  refusing(pki.CRL{Serials: []int64{serial}}),
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID:      "crl/server-side-client-revoked",
		Says:    "A driver must report that the server closed on a certificate that is on its revocation list.",
		Because: "MongoDB manual, net.tls.CRLFile; mongod, log line 23256: certificate revoked",
		Server:  refusing(pki.CRL{Serials: []int64{serial}}),
		Client:  Client{Cert: &pki.Leaf{Serial: serial}},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256},
			ServerSays: names("certificate revoked")},
		Twin: "crl/server-side-client-good",
	},
	{
		ID:      "crl/server-side-list-expired",
		Says:    "A server whose revocation list is out of date must turn away every client certificate.",
		Because: "measured on mongod 4.4.5, log line 23256: CRL has expired",
		Subject: ServerItself,
		Server:  refusing(pki.CRL{ThisUpdate: -2 * day, NextUpdate: -time.Hour}),
		Client:  Client{Cert: &pki.Leaf{}},
		Expect: Expect{
			Outcome:    ByServer,
			Causes:     []evidence.Cause{evidence.BadClientCert},
			ServerSays: names("CRL has expired"),
		},
		Twin: "crl/server-side-client-good",
	},
	{
		ID:      "crl/server-side-other-issuer",
		Says:    "A server without a revocation list of the client's authority must turn it away.",
		Because: "measured on mongod 4.4.5, log line 23256: unable to get certificate CRL",
		Subject: ServerItself,
		Server:  refusing(pki.CRL{Issuer: pki.Other}),
		Client:  Client{Cert: &pki.Leaf{}},
		Expect: Expect{
			Outcome:    ByServer,
			Causes:     []evidence.Cause{evidence.BadClientCert},
			ServerSays: names("unable to get certificate CRL"),
		},
		Twin: "crl/server-side-client-good",
	},
	{
		ID:      "crl/of-intermediate",
		Says:    "A driver must use each list of a tlsCRLFile: that of the root, and that of the intermediate.",
		Because: "PyMongo guide, Configure TLS, tlsCRLFile; RFC 5280 section 6.3: a list for each issuer",
		Claims:  claims("P9"),
		Modes:   Once,
		Server:  sending(pki.Intermediate),
		Client:  listing(pki.CRL{}, pki.CRL{Issuer: pki.Intermediate, Serials: []int64{serial}}),
		Expect:  Connects(),
	},
	{
		ID:      "crl/listed-by-intermediate",
		Says:    "A driver must refuse a server that its intermediate has revoked.",
		Because: "PyMongo guide, Configure TLS, tlsCRLFile; RFC 5280 section 6.3",
		Claims:  claims("P9"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate, Serial: serial}, Form: sending(pki.Intermediate).Form},
		Client:  listing(pki.CRL{}, pki.CRL{Issuer: pki.Intermediate, Serials: []int64{serial}}),
		Expect:  Refuses(evidence.Revoked),
		Twin:    "crl/of-intermediate",
	},
	{
		ID:      "crl/listed-intermediate",
		Says:    "A driver must refuse a server whose intermediate is on the root's list.",
		Because: "RFC 5280 section 6.1.3 (a) (3): no certificate of a path is revoked; PyMongo guide, tlsCRLFile",
		Claims:  claims("P9"),
		Modes:   Once,
		Server:  sending("revoked-intermediate"),
		Client:  listing(pki.CRL{Serials: []int64{serial}}, pki.CRL{Issuer: "revoked-intermediate"}),
		Expect:  Refuses(evidence.Revoked),
		Twin:    "crl/of-intermediate",
	},
	{
		ID:      "crl/missing-for-intermediate",
		Says:    "A driver must refuse a leaf of an intermediate when it has a list of the root only.",
		Because: "RFC 5280 section 6.3.3: the status of the leaf is undetermined; nodejs/help#460",
		Claims:  claims("P9"),
		Modes:   Once,
		Server:  sending(pki.Intermediate),
		Client:  listing(pki.CRL{}),
		Expect:  Refuses(evidence.RevocationUnknown),
		Twin:    "crl/of-intermediate",
	},
	{
		ID:      "crl/bad-signature",
		Says:    "A driver must refuse a server for which its list is forged.",
		Because: "RFC 5280 section 6.3.3 (f) and (g): the signature on the list is validated",
		Claims:  claims("P9"),
		Modes:   Once,
		Client:  listing(pki.CRL{Issuer: "same-name"}),
		Expect:  Refuses(evidence.RevocationUnknown, evidence.BadCertificate, evidence.Untrusted),
		Twin:    "crl/not-listed",
	},
	{
		ID:      "crl/not-yet-valid",
		Says:    "A driver must refuse a server for which its list is of the future.",
		Because: "RFC 5280 section 6.3.3 (a): the list must be current; OpenSSL: CRL is not yet valid",
		Claims:  claims("P9"),
		Modes:   Once,
		Client:  listing(pki.CRL{ThisUpdate: time.Hour, NextUpdate: 2 * day}),
		Expect:  Refuses(evidence.RevocationUnknown),
		Twin:    "crl/not-listed",
	},
	{
		ID:      "crl/plus-ocsp-good-staple",
		Says:    "Which counts, a list that revokes or a staple that says good?",
		Because: "OCSP support spec: what takes precedence is the TLS library's, and MUST be documented",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Serial: serial}, Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		Client:  listing(pki.CRL{Serials: []int64{serial}}),
		Expect:  Characterised(),
	},
	{
		ID:      "crl/distribution-point-fetch",
		Says:    "A driver must connect without the list that a certificate names, which nobody serves.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 10; no option asks for it",
		Modes:   Once,
		Server: Server{Leaf: pki.Leaf{Extensions: pki.Extensions{
			pki.CRLDistributionPoints: "URI:http://127.0.0.1:1/ca.crl"}}},
		Expect: Connects(),
	},
}

// listing is a client with these revocation lists.
func listing(lists ...pki.CRL) Client {
	var f pki.File
	for _, list := range lists {
		f.Parts = append(f.Parts, pki.Part{CRL: &list})
	}
	return Client{Add: "tlsCRLFile={crl}", Files: map[string]pki.File{"crl": f}}
}

// listInCode gives the list through the driver's own types.
func listInCode(s *Scenario) {
	s.Client.Add, s.Client.Code = "", map[string]string{"tlsCRLFile": "{crl}"}
	if s.Twin != "" {
		s.Twin = "crl/not-listed@in-code"
	}
}

// refusing is a server that requires a client certificate and has this revocation list.
func refusing(list pki.CRL) Server { return Server{RequireClientCert: true, CRL: &list} }
