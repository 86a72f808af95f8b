package scenarios

import (
	"fmt"
	"time"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Chains and trust anchors.
var trustRows = []Scenario{
	{
		ID:      "trust/private-ca",
		Says:    "A driver must trust a server whose private authority stands in tlsCAFile.",
		Because: "URI options spec, tlsCAFile; Mongoose guide, SSL Validation",
		Claims:  claims("M8", "P3", "L9"),
		Expect:  Connects(),
	},
	{
		ID:   "trust/no-cafile-private-ca",
		Says: "A driver without tlsCAFile must refuse a server of a private authority.",
		Because: "URI options spec: insecure behaviour is never the default; RFC 5280 section 6.1: a path ends at a trust " +
			"anchor",
		Claims: claims("M5", "L7"),
		Client: Client{Options: "tls=true"},
		Expect: Refuses(evidence.Untrusted),
		Twin:   "trust/private-ca",
	},
	{
		ID:      "trust/wrong-ca",
		Says:    "A driver must refuse a server whose authority is not the one in tlsCAFile.",
		Because: "RFC 5280 section 6.1; Mongoose guide: the chain is validated against the CAs in tlsCAFile",
		Claims:  claims("M5", "M7", "M8", "P3"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/private-ca",
	},
	{
		ID:      "trust/same-name-root",
		Says:    "A driver must refuse a server when the trusted root has the right name and another key.",
		Because: "RFC 5280 section 6.1.3 (a)(1): the signature must verify with the issuer's key",
		Claims:  claims("M5"),
		Client:  Client{Options: "tls=true&tlsCAFile={same}", Files: map[string]pki.File{"same": pki.Bundle("same-name")}},
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:    "trust/private-ca",
	},
	{
		ID:      "trust/self-signed-leaf",
		Says:    "A driver must refuse a server with a self-signed certificate.",
		Because: "RFC 5280 section 6.1; Mongoose guide: self-signed certificates fail validation",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Self}},
		Client:  Client{Options: "tls=true"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/private-ca",
	},
	{
		ID:      "trust/self-signed-leaf-pinned",
		Says:    "Does a self-signed certificate work as its own tlsCAFile?",
		Because: "RFC 5280 section 6.1 leaves trust anchors to the application; zone-eu/zone-mta#217",
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Self}},
		Client:  pinned(pki.Leaf{Issuer: pki.Self}),
		Expect:  Characterised(),
	},
	{
		ID:      "trust/leaf-pinned-partial-chain",
		Says:    "Does a leaf work as tlsCAFile without the authority that issued it?",
		Because: "RFC 5280 section 6.1 leaves trust anchors to the application; cpython#107361",
		Client:  pinned(pki.Leaf{}),
		Expect:  Characterised(),
	},
	{
		ID:      "trust/intermediate-only-anchor",
		Says:    "Does an intermediate work as tlsCAFile without its root?",
		Because: "RFC 5280 section 6.1 leaves trust anchors to the application; cpython#107361",
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}, Form: pki.KeyForm{Chain: names(pki.Intermediate)}},
		Client:  Client{Options: "tls=true&tlsCAFile={intermediate}"},
		Expect:  Characterised(),
	},
	{
		ID:      "trust/ca-bundle-second",
		Says:    "A driver must use every certificate of a tlsCAFile, not only the first.",
		Because: "URI options spec, tlsCAFile: a single CA or a bundle; GODRIVER-1580 loaded the first only",
		Claims:  claims("M8"),
		Client:  bundle(pki.Other, pki.CA),
		Expect:  Connects(),
	},
	{
		ID:      "trust/ca-bundle-with-comments",
		Says:    "A driver must read a tlsCAFile with comments and CRLF line ends.",
		Because: "RFC 7468 sections 2 and 5.2: text outside the boundaries is permitted, and so is each line end",
		Client: Client{Options: "tls=true&tlsCAFile={file}", Files: map[string]pki.File{"file": {Parts: []pki.Part{
			{Text: "# the roots of the test department\n\n"}, {CA: pki.Other}, {Text: "\n# the newer one\n"},
			{CA: pki.CA, As: pemfile.CRLF}}}}},
		Expect: Connects(),
	},
	{
		ID:   "trust/same-subject-two-roots",
		Says: "A driver must find the right one of two roots with the same name.",
		Because: "RFC 5280 section 4.2.1.1: key identifiers tell roots with one name apart; cert-manager and " +
			"percona-server-mongodb-operator#2520: renewed roots keep their name",
		Client: bundle("same-name", pki.CA),
		Expect: Connects(),
		Variants: []Variant{
			{"swapped", func(s *Scenario) { s.Client = bundle(pki.CA, "same-name") }},
		},
	},
	{
		ID:      "trust/intermediate-sent",
		Says:    "A driver must build the chain from an intermediate that the server sends.",
		Because: "RFC 8446 section 4.4.2: the certificate list holds the chain; RFC 5280 section 6.1",
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}, Form: pki.KeyForm{Chain: names(pki.Intermediate)}},
		Expect:  Connects(),
	},
	{
		ID:      "trust/intermediate-missing",
		Says:    "A driver that trusts the root only must refuse a server that withholds its intermediate.",
		Because: "RFC 5280 section 6.1: no path; plutomi#964",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "trust/intermediate-in-cafile",
		Says:    "A driver must build the chain with an intermediate from its own tlsCAFile.",
		Because: "URI options spec, tlsCAFile: a bundle; RFC 5280 section 6.1",
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}},
		Client:  bundle(pki.CA, pki.Intermediate),
		Expect:  Connects(),
	},
	{
		ID:      "trust/chain-built-by-server",
		Says:    "A driver must accept the chain that mongod completes from its own CA file, root included.",
		Because: "measured on mongod 4.4.5: a lone leaf is sent with the chain that OpenSSL builds from the CA file",
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}, CAFile: names(pki.CA, pki.Intermediate)},
		Expect:  Connects(),
	},
	{
		ID:      "trust/chain-extra-root",
		Says:    "A driver must accept a chain that repeats the root.",
		Because: "RFC 8446 section 4.4.2: the root MAY be omitted, so it may be there",
		Server: Server{
			Leaf: pki.Leaf{Issuer: pki.Intermediate},
			Form: pki.KeyForm{Chain: names(pki.Intermediate, pki.CA)},
		},
		Expect: Connects(),
	},
	{
		ID:      "trust/depth-4",
		Says:    "A driver must follow a chain of three intermediates.",
		Because: "RFC 5280 section 6.1: a path of any length unless a constraint bounds it",
		Server: Server{Leaf: pki.Leaf{Issuer: "intermediate3"},
			Form: pki.KeyForm{Chain: names("intermediate3", "intermediate2", pki.Intermediate)}},
		Expect: Connects(),
	},
	{
		ID:      "trust/pathlen-violated",
		Says:    "A driver must refuse a chain that is longer than a path length constraint permits.",
		Because: "RFC 5280 sections 4.2.1.9 and 6.1.4 (m)",
		Claims:  claims("M5"),
		Server: Server{Leaf: pki.Leaf{Issuer: "beyond-pathlen"},
			Form: pki.KeyForm{Chain: names("beyond-pathlen", "pathlen")}},
		Expect: Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:   "trust/depth-4",
	},
	{
		ID:      "trust/ca-without-ca-flag",
		Says:    "A driver must refuse a chain through an issuer that is no authority.",
		Because: "RFC 5280 section 6.1.4 (k): cA must be TRUE",
		Claims:  claims("M5"),
		Server:  Server{Leaf: pki.Leaf{Issuer: "no-ca-flag"}, Form: pki.KeyForm{Chain: names("no-ca-flag")}},
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:   "trust/system-store",
		Says: "A driver without tlsCAFile must trust the authorities of its system.",
		Because: "URI options spec, tlsCAFile: none given by default; mLab: drivers validate against the system's trust " +
			"store",
		Claims: claims("L7", "M14"),
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Public}},
		Client: Client{Options: "tls=true", SystemRoots: true},
		Expect: Connects(),
	},
	{
		ID: "trust/verified-unasked",
		Says: "A driver that is told nothing but tls=true must check the chain, and the name, against the " +
			"authorities of its system.",
		Because: "URI options spec, tlsInsecure: false by default; RFC 9525 section 6.1; mLab: some old versions had to " +
			"be told to",
		Claims: claims("L17"),
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Public, DNS: names("else.example.org")}},
		Client: Client{Options: "tls=true", SystemRoots: true},
		Expect: Refuses(evidence.NameMismatch),
		Twin:   "trust/system-store",
		DocumentWrong: "mLab: some drivers need name checking switched on, or an explicit trust list. Go v1.17, Node.js " +
			"3.7, Mongoose 6.13, PyMongo 3.11, libmongoc 1.23 and all later ones need neither; older ones are not driven.",
	},
	{
		ID:      "trust/system-store-client-cert",
		Says:    "A driver must present its certificate to a server of a public authority without any tlsCAFile.",
		Because: "Mongoose guide, X.509 with Atlas: tlsCertificateKeyFile is the only file needed",
		Claims:  claims("M14"),
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Public}, RequireClientCert: true},
		Client:  Client{Options: "tls=true", SystemRoots: true, Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID: "trust/client-issuer-as-cafile",
		Says: "A driver must refuse a server of a public authority when tlsCAFile names the issuer of its own " +
			"certificate.",
		Because: "Mongoose guide, X.509 with Atlas: tlsCAFile is about the server's certificate, not the client's",
		Claims:  claims("M14", "L8"),
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Public}, RequireClientCert: true},
		Client:  Client{SystemRoots: true, Cert: &pki.Leaf{}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/system-store-client-cert",
	},
	{
		ID:   "trust/system-and-cafile",
		Says: "A driver with a tlsCAFile must not trust the system's authorities besides.",
		Because: "mLab: trusting only an explicit root rejects a certificate from any other, publicly trusted, CA; " +
			"gravitational/teleport#12361",
		Claims: claims("L8"),
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Public}},
		Client: Client{SystemRoots: true},
		Expect: Refuses(evidence.Untrusted),
		Twin:   "trust/system-store",
	},
	{
		ID:      "trust/allow-invalid-certs",
		Says:    "A driver with tlsAllowInvalidCertificates must connect to a server of an unknown authority.",
		Because: "URI options spec, tlsAllowInvalidCertificates: whether or not to error on invalid server certificates",
		Claims:  claims("M6", "M7", "P16"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsAllowInvalidCertificates=true"},
		Expect:  Connects(),
	},
	{
		ID:      "trust/allow-invalid-certs-false",
		Says:    "A driver with tlsAllowInvalidCertificates=false must refuse a server of an unknown authority.",
		Because: "Mongoose guide: fails with false and works with true, so the certificate is the fault",
		Claims:  claims("M7", "P16"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsAllowInvalidCertificates=false"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/allow-invalid-certs",
	},
	{
		ID:      "trust/insecure",
		Says:    "A driver with tlsInsecure must connect, over TLS all the same, whatever is wrong with the certificate.",
		Because: "URI options spec, tlsInsecure: relax TLS constraints as much as possible; PyMongo guide lists the five",
		Claims:  claims("M6", "P14", "P15"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsInsecure=true"},
		Expect:  Connects(),
		Variants: []Variant{
			{"wrong-name", func(s *Scenario) { s.Server.Leaf.DNS = names("other.example.test") }},
			{"expired", func(s *Scenario) { s.Server.Leaf.NotAfter = -time.Hour }},
			{"not-yet-valid", func(s *Scenario) { s.Server.Leaf.NotBefore = time.Hour }},
			{"wrong-purpose", func(s *Scenario) { s.Server.Leaf.Usage = names(pki.ClientAuth) }},
		},
	},
	{
		ID:      "trust/insecure-false",
		Says:    "A driver with tlsInsecure=false must check the certificate as if the option were absent.",
		Because: "URI options spec, tlsInsecure: default is the secure one",
		Claims:  claims("M5"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsInsecure=false"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/private-ca",
	},
	{
		ID:   "trust/load-balanced",
		Says: "A driver that is told of a load balancer must check its certificate like any other.",
		Because: "Load balancer support spec: a certificate for a hostname which matches the one that the client connects " +
			"to; RFC 5280 section 6.1",
		Claims: claims("M5"),
		Server: Server{Fault: Fault{LoadBalancer: true}},
		Client: Client{Options: "tls=true&tlsCAFile={other}", Add: "loadBalanced=true"},
		Expect: Refuses(evidence.Untrusted),
		Twin:   "mode/load-balanced",
		Variants: []Variant{
			{"name", func(s *Scenario) {
				s.Server.Leaf.DNS, s.Client.Options, s.Expect = names("other.example.test"), "", Refuses(evidence.NameMismatch)
			}},
			{"expired", func(s *Scenario) {
				s.Server.Leaf.NotAfter, s.Client.Options, s.Expect = -time.Hour, "", Refuses(evidence.Expired)
			}},
		},
	},
	{
		ID:   "trust/private-rsa4096-ca",
		Says: "A driver must work with an authority of one's own that has an RSA key of 4096 bits, on both sides.",
		Because: "dbi services, MongoDB TLS and X.509 set-up: openssl genrsa 4096 for the authority, which issues server " +
			"and client",
		Claims: claims("D1", "X2"),
		Server: Server{
			Leaf:              pki.Leaf{Issuer: "rsa-ca", Key: key.RSA2048},
			CAFile:            names("rsa-ca"),
			RequireClientCert: true,
		},
		Client: private4096(),
		Expect: Connects(),
	},
	{
		ID:   "trust/ca-no-keyusage-ski-aki",
		Says: "A driver must accept an authority that names neither its key usage nor a key identifier.",
		Because: "RFC 5280 section 6.1.4 (n): key usage is looked at if it is there, and key identifiers are no part of " +
			"validation; the drivers' own test authority; PYTHON-5038: Python 3.13 is stricter",
		Modes: Once,
		Server: Server{
			Leaf: pki.Leaf{Issuer: "bare-ca", Extensions: pki.Extensions{pki.AuthorityKeyIdentifier: pki.Absent}},
		},
		Client: bundle("bare-ca"),
		Expect: Connects(),
	},
	{
		ID:      "trust/basic-constraints-noncritical",
		Says:    "A driver must accept an authority whose basic constraints are not critical.",
		Because: "RFC 5280 section 6.1.4 (k) asks for cA alone; sgallagher/sscg#74: strict checks refuse it",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "noncritical-ca"}},
		Client:  bundle("noncritical-ca"),
		Expect:  Connects(),
	},
	{
		ID:      "trust/ca-without-certsign",
		Says:    "A driver must refuse an intermediate whose key usage does not include signing certificates.",
		Because: "RFC 5280 section 6.1.4 (n); bitnami/charts#11966",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  sending("no-certsign"),
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate, evidence.BadUsage),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "trust/v1-intermediate",
		Says:    "A driver must refuse an intermediate of version 1, which cannot say that it is an authority.",
		Because: "RFC 5280 section 6.1.4 (k): unless it is known by other means to be one",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  sending("v1-intermediate"),
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate, evidence.BadUsage),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "trust/ca-v1",
		Says:    "Does a root of version 1 work as a trust anchor?",
		Because: "RFC 5280 section 6.1 leaves trust anchors to the application; OCSP support spec: V1 certificates",
		Modes:   Once,
		Server: Server{
			Leaf: pki.Leaf{Issuer: "v1-root", Extensions: pki.Extensions{pki.AuthorityKeyIdentifier: pki.Absent}},
		},
		Client: bundle("v1-root"),
		Expect: Characterised(),
	},
	{
		ID:   "trust/authority-misnamed",
		Says: "Does an authority work whose own certificate carries a name that is none?",
		Because: "RFC 5280 section 6.1 does not look at names of authorities; section 4.2.1.6 forbids the name: " +
			"skupperproject/skupper#2284, of Go 1.24.8",
		Modes:  Once,
		Server: Server{Leaf: pki.Leaf{Issuer: "misnamed-ca"}},
		Client: bundle("misnamed-ca"),
		Expect: Characterised(),
	},
	{
		ID:      "trust/forged-intermediate",
		Says:    "A driver must refuse an intermediate that names its root and is not signed by it.",
		Because: "RFC 5280 section 6.1.3 (a)(1): each signature of the path must verify",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  sending("forged"),
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:    "trust/intermediate-sent",
	},
	{
		ID:      "trust/same-key-other-name",
		Says:    "A driver must refuse a server when the trusted root has the right key and another name.",
		Because: "RFC 5280 section 6.1.3 (a)(4): the issuer's name must be that of the anchor",
		Claims:  claims("M5"),
		Modes:   Once,
		Client:  bundle("same-key"),
		Expect:  Refuses(evidence.Untrusted, evidence.BadCertificate),
		Twin:    "trust/private-ca",
	},
	{
		ID:      "trust/renewed-root",
		Says:    "A driver must trust a server by a root that was renewed with its name and key.",
		Because: "RFC 5280 section 6.1.1 (d): an anchor is a name and a key; cert-manager and others renew so",
		Modes:   Once,
		Client:  bundle("renewed-ca"),
		Expect:  Connects(),
	},
	{
		ID:   "trust/expired-twin-beside",
		Says: "A driver must find the valid one of two roots with the same name and key.",
		Because: "RFC 5280 section 6.1: one valid path is enough; the expiry of AddTrust and DST Root CA X3 broke who gave " +
			"up on the first",
		Modes:  Once,
		Client: bundle("expired-ca", pki.CA),
		Expect: Connects(),
		Variants: []Variant{
			{"swapped", func(s *Scenario) { s.Client = bundle(pki.CA, "expired-ca") }},
		},
	},
	{
		ID:   "trust/bundle-with-expired",
		Says: "A driver must use a tlsCAFile whose first certificates have expired.",
		Because: "URI options spec, tlsCAFile: a bundle; awsdocs/amazon-rds-user-guide#88: the bundles of clouds hold old " +
			"roots",
		Modes:  Once,
		Client: bundle("expired-root", "future-root", "expired-intermediate", pki.CA),
		Expect: Connects(),
	},
	{
		ID:      "trust/cross-signed-old-root-expired",
		Says:    "A driver must trust the new root though the server sends it cross-signed by an expired one.",
		Because: "RFC 5280 section 6.1: one valid path is enough; bitnami/charts#16345 and the expiry of DST Root CA X3",
		Modes:   Once,
		Server: Server{
			Leaf: pki.Leaf{Issuer: "new-root"},
			Form: pki.KeyForm{Chain: names("new-root-cross", "expired-root")},
		},
		Client: bundle("new-root"),
		Expect: Connects(),
		Variants: []Variant{
			{"both-trusted", func(s *Scenario) { s.Client = bundle("expired-root", "new-root") }},
			{"unknown-root", func(s *Scenario) { s.Server.Form.Chain = names("new-root-cross") }},
		},
	},
	{
		ID:      "trust/cross-signed-root-missing",
		Says:    "A driver must refuse a cross-signed root when it trusts neither of the two.",
		Because: "RFC 5280 section 6.1: no path to a trust anchor; bitnami/charts#18035",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "new-root"}, Form: pki.KeyForm{Chain: names("new-root-cross")}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/cross-signed-old-root-expired",
	},
	{
		ID:      "trust/cross-signed-as-anchor",
		Says:    "Does the cross-signed form of a root work as tlsCAFile without its issuer?",
		Because: "RFC 5280 section 6.1 leaves trust anchors to the application; bitnami/charts#18035",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "new-root"}},
		Client:  bundle("new-root-cross"),
		Expect:  Characterised(),
		Variants: []Variant{
			{"before-the-root", func(s *Scenario) { s.Client = bundle("new-root-cross", "new-root") }},
		},
	},
	{
		ID:      "trust/chain-wrong-order",
		Says:    "A driver must sort a chain whose intermediates are not in order.",
		Because: "RFC 8446 section 4.4.2: be prepared to handle arbitrary orderings, but for the leaf",
		Modes:   Once,
		Server: Server{Leaf: pki.Leaf{Issuer: "intermediate3"},
			Form: pki.KeyForm{Chain: names(pki.Intermediate, "intermediate3", "intermediate2")}},
		Expect: Connects(),
	},
	{
		ID:      "trust/chain-with-strangers",
		Says:    "A driver must pass over certificates that have nothing to do with the chain.",
		Because: "RFC 8446 section 4.4.2: be prepared to handle potentially extraneous certificates",
		Modes:   Once,
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Intermediate},
			Form: pki.KeyForm{Chain: names(pki.Other, "expired-root", pki.Intermediate, "rsa-ca")}},
		Expect: Connects(),
	},
	{
		ID:      "trust/chain-with-duplicates",
		Says:    "A driver must pass over certificates that a chain repeats.",
		Because: "RFC 8446 section 4.4.2: be prepared to handle potentially extraneous certificates",
		Modes:   Once,
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Intermediate},
			Form: pki.KeyForm{Chain: names(pki.Intermediate, pki.Intermediate, pki.CA, pki.Intermediate)}},
		Expect: Connects(),
	},
	{
		ID:      "trust/stranger-beside",
		Says:    "A driver must not trust a server because a trusted certificate is sent along.",
		Because: "RFC 5280 section 6.1: the path is of the leaf",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Other}, Form: pki.KeyForm{Chain: names(pki.Intermediate, pki.CA)}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/chain-with-strangers",
	},
	{
		ID:      "trust/root-sent",
		Says:    "A driver must not trust a root because the server sends it.",
		Because: "RFC 5280 section 6.1: trust anchors are an input, not what a peer sends",
		Claims:  claims("M5"),
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Other}, Form: pki.KeyForm{Chain: names(pki.Other)}},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "trust/chain-extra-root",
	},
	{
		ID:      "trust/key-identifier-wrong",
		Says:    "Does a leaf whose authority key identifier names another key than its issuer's work?",
		Because: "RFC 5280 section 4.2.1.1: it helps to build paths; section 6.1 does not look at it, OpenSSL does",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Extensions: pki.Extensions{pki.AuthorityKeyIdentifier: "keyid:0102030405"}}},
		Expect:  Characterised(),
	},
	{
		ID:      "trust/policy-required",
		Says:    "Does a chain work whose authority demands a policy that the leaf does not have?",
		Because: "RFC 5280 section 6.1.5 (g) refuses it; libraries look at policies when they are told to, if at all",
		Modes:   Once,
		Server:  sending("policed"),
		Expect:  Characterised(),
	},
	{
		ID:   "trust/ca-bundle-weak-member",
		Says: "A driver must use a tlsCAFile that also holds a root that signed itself with SHA-1.",
		Because: "URI options spec, tlsCAFile: a bundle; RFC 5280 section 6.1: the signature of an anchor is not verified; " +
			"arvind-agarwal/node_extra_ca_certs_mozilla_bundle#7",
		Modes:  Once,
		Client: bundle("sha1-root", pki.CA),
		Expect: Connects(),
	},
	{
		ID:      "trust/ca-bundle-one-bad-block",
		Says:    "What becomes of a tlsCAFile with a damaged block beside a good one?",
		Because: "no norm: refuse, or use the rest; the Go driver refuses, Node.js stops at it in silence",
		Modes:   Once,
		Client: Client{Options: "tls=true&tlsCAFile={file}", Files: map[string]pki.File{"file": {Parts: []pki.Part{
			{CA: pki.Other, As: pemfile.BadDER}, {CA: pki.CA}}}}},
		Expect: Characterised(),
		Variants: []Variant{
			{"base64", func(s *Scenario) { s.Client.Files["file"].Parts[0].As = pemfile.BadBase64 }},
			{"last", func(s *Scenario) {
				s.Client.Files["file"] = pki.File{Parts: []pki.Part{{CA: pki.CA}, {CA: pki.Other, As: pemfile.BadDER}}}
			}},
			{"joined", func(s *Scenario) {
				s.Client.Files["file"] = pki.File{As: pemfile.Joined, Parts: []pki.Part{{CA: pki.Other}, {CA: pki.CA}}}
			}},
		},
	},
	{
		ID:      "trust/depth-10",
		Says:    "A driver must follow a chain of ten intermediates.",
		Because: "RFC 5280 section 6.1: a path of any length unless a constraint bounds it",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{Issuer: "deep10"}, Form: pki.KeyForm{Chain: deepChain(10)}},
		Expect:  Connects(),
	},
	{
		ID:      "trust/cafile-text",
		Says:    "A driver must read a tlsCAFile as OpenSSL prints it, with text before each block.",
		Because: "RFC 7468 section 5.2: explanatory text before the boundary is permitted; openssl x509 -text",
		Modes:   Once,
		Client:  written(pemfile.Text),
		Expect:  Connects(),
		Variants: []Variant{
			{"bag-attributes", func(s *Scenario) { s.Client = written(pemfile.BagAttributes) }},
			{"crlf", func(s *Scenario) { s.Client = written(pemfile.CRLF) }},
			{"no-newline", func(s *Scenario) { s.Client = written(pemfile.NoNewline) }},
		},
	},
	{
		ID:      "trust/cafile-odd",
		Says:    "What becomes of a tlsCAFile in an unusual form of PEM?",
		Because: "RFC 7468 section 3 lets parsers be lax or strict",
		Modes:   Once,
		Client:  written(pemfile.BOM),
		Expect:  Characterised(),
		Variants: []Variant{
			{"long-line", func(s *Scenario) { s.Client = written(pemfile.LongLine) }},
			{"trusted-certificate", func(s *Scenario) { s.Client = written(pemfile.Trusted) }},
		},
	},
}

// bundle is a client whose tlsCAFile holds these authorities.
func bundle(authorities ...string) Client {
	return Client{
		Options: "tls=true&tlsCAFile={bundle}",
		Files:   map[string]pki.File{"bundle": pki.Bundle(authorities...)},
	}
}

// sending is a server with a leaf of an intermediate, which it sends along.
func sending(intermediate string) Server {
	return Server{Leaf: pki.Leaf{Issuer: intermediate}, Form: pki.KeyForm{Chain: names(intermediate)}}
}

// deepChain is a chain of intermediates, the one that issues leaves first.
func deepChain(n int) (chain []string) {
	for i := n; i > 0; i-- {
		chain = append(chain, fmt.Sprintf("deep%d", i))
	}
	return chain
}

// written is a client whose tlsCAFile holds two authorities in this form.
func written(as pemfile.Encoding) Client {
	return Client{Options: "tls=true&tlsCAFile={file}",
		Files: map[string]pki.File{"file": {As: as, Parts: []pki.Part{{CA: pki.Other}, {CA: pki.CA}}}}}
}

// pinned is a client whose tlsCAFile holds the server's own certificate.
func pinned(leaf pki.Leaf) Client {
	return Client{Options: "tls=true&tlsCAFile={leaf}",
		Files: map[string]pki.File{"leaf": {Parts: []pki.Part{{Leaf: &leaf}}}}}
}

// private4096 is a client of that authority.
func private4096() Client {
	c := bundle("rsa-ca")
	c.Cert = &pki.Leaf{Issuer: "rsa-ca", Key: key.RSA2048}
	return c
}
