package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/evidence"
)

// forced makes a driver present its certificate even where the server's list of authorities does not cover it.
var forced = map[string]string{"tlsForceClientCertificate": "true"}

// Client certificates in the handshake. A mongod never sends an alert about them: it completes the handshake, then
// closes.
var mtlsRows = []Scenario{
	{
		ID:       "mtls/required-and-given",
		Says:     "A driver must present its certificate to a server that requires one.",
		Because:  "URI options spec, tlsCertificateKeyFile; MongoDB manual, x.509: what a client certificate needs",
		Claims:   claims("P11", "D3", "D14", "X2"),
		Server:   demanding,
		Client:   Client{Cert: &pki.Leaf{}},
		Expect:   Connects(),
		Variants: []Variant{tls12},
	},
	{
		ID: "mtls/required-and-given-in-code",
		Says: "A driver must take its certificate, and the authorities that it trusts, from its configuration types or " +
			"its command line.",
		Because: "URI options spec: options are also those of the driver's own types; dbi services: mongosh --tls " +
			"--tlsCertificateKeyFile --tlsCAFile",
		Claims: claims("D6"),
		Server: demanding,
		Client: Client{URI: plainURI, Cert: &pki.Leaf{},
			Code: map[string]string{"tls": "true", "tlsCAFile": "{ca}", "tlsCertificateKeyFile": "{client}"}},
		Expect: Connects(),
	},
	{
		ID:       "mtls/required-none-mongod",
		Says:     "A driver without a certificate must report that a server that requires one closed the connection.",
		Because:  "MongoDB manual, net.tls.allowConnectionsWithoutCertificates: false; mongod, log line 23255",
		Claims:   claims("P11", "D14"),
		Server:   demanding,
		Expect:   Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.NoClientCert}, LogIDs: []int{23255, 22988}},
		Twin:     "mtls/required-and-given",
		Variants: []Variant{tls12},
	},
	{
		ID:      "mtls/required-none-tls13",
		Says:    "A driver without a certificate must tell the alert certificate_required from other failures.",
		Because: "RFC 8446 section 6.2: alert 116; proxies and load balancers send it, a mongod does not",
		Server:  Server{RequireClientCert: true, DisabledProtocols: only13, Fault: Fault{VerifyInHandshake: true}},
		Expect:  Refuses(evidence.ClientCertRequired),
		Twin:    "mtls/required-and-given-proxy",
	},
	{
		ID:      "mtls/required-none-tls12",
		Says:    "A driver without a certificate must report the alert of a TLS 1.2 peer that requires one.",
		Because: "RFC 5246 section 7.4.6: a fatal handshake_failure alert",
		Server:  Server{RequireClientCert: true, DisabledProtocols: only12, Fault: Fault{VerifyInHandshake: true}},
		Expect:  ClosedByServer(evidence.NoClientCert, evidence.HandshakeFailed, evidence.Staged),
		Twin:    "mtls/required-and-given-proxy",
	},
	{
		ID:      "mtls/required-and-given-proxy",
		Says:    "A driver must present its certificate to a peer that judges it inside the handshake.",
		Because: "RFC 8446 section 4.4.2; the way of proxies and load balancers",
		Server:  Server{RequireClientCert: true, Fault: Fault{VerifyInHandshake: true}},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID:      "mtls/optional-none",
		Says:    "A driver without a certificate must get in where none is required.",
		Because: "MongoDB manual, net.tls.allowConnectionsWithoutCertificates; mongod, log line 23234, a warning only",
		Claims:  claims("L13", "D14"),
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{23234}},
	},
	{
		ID:      "mtls/optional-given",
		Says:    "A driver must get in with a good certificate where none is required.",
		Because: "MongoDB manual, net.tls.allowConnectionsWithoutCertificates",
		Claims:  claims("D14"),
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID: "mtls/optional-wrong-ca",
		Says: "A driver that presents a certificate of a foreign authority must be closed on, even where none is " +
			"required.",
		Because: "MongoDB manual, net.tls.allowConnectionsWithoutCertificates: a certificate that is presented is " +
			"validated; mongod, log line 23256",
		Claims: claims("X2"),
		Client: Client{Cert: &pki.Leaf{Issuer: pki.Other}, Code: forced},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256}},
		Twin:   "mtls/optional-given",
	},
	{
		ID:   "mtls/required-wrong-ca",
		Says: "A driver with a certificate of a foreign authority must report that the server closed.",
		Because: "MongoDB manual, x.509: one CA issues client and server certificates; whether it is presented at all is " +
			"the TLS library's choice",
		Claims: claims("X2"),
		Server: demanding,
		Client: Client{Cert: &pki.Leaf{Issuer: pki.Other}},
		Expect: ClosedByServer(evidence.NoClientCert, evidence.BadClientCert),
		Twin:   "mtls/required-and-given",
		Variants: []Variant{
			{"forced", func(s *Scenario) { s.Client.Code, s.Expect = forced, ClosedByServer(evidence.BadClientCert) }},
		},
	},
	{
		ID:      "mtls/two-authorities",
		Says:    "A driver must get in with a certificate of the second authority that the server trusts.",
		Because: "MongoDB manual, net.tls.CAFile: one or more authorities",
		Server:  Server{RequireClientCert: true, CAFile: names(pki.CA, pki.Other)},
		Client:  Client{Cert: &pki.Leaf{Issuer: pki.Other}},
		Expect:  Connects(),
	},
	{
		ID:      "mtls/client-eku-serverauth-only",
		Says:    "A driver must report that the server closed on a certificate that is for servers only.",
		Because: "MongoDB manual, x.509: clientAuth is needed; mongod, log line 23256: unsupported certificate purpose",
		Claims:  claims("X3"),
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Usage: names(pki.ServerAuth)}},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256},
			ServerSays: names("certificate purpose")},
		Twin: "mtls/required-and-given",
	},
	{
		ID:      "mtls/client-no-eku",
		Says:    "A driver must get in with a certificate without extended key usage.",
		Because: "RFC 5280 section 4.2.1.12: without the extension the use is not restricted; measured on mongod 4.4.5",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Usage: names(pki.NoUsage)}},
		Expect:  Connects(),
	},
	{
		ID:      "mtls/client-cert-host-irrelevant",
		Says:    "A driver must get in whatever host names its certificate carries.",
		Because: "mongod does not check host names of incoming connections; measured on mongod 4.4.5",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{DNS: names("elsewhere.example.test")}},
		Expect:  Connects(),
	},
	{
		ID: "mtls/client-cert-not-sent-when-ca-list-differs",
		Says: "A driver whose certificate the server's list of authorities does not cover must fail, whether it " +
			"presents it or not.",
		Because: "RFC 8446 section 4.2.4: certificate_authorities guides the choice of the client",
		Server:  Server{RequireClientCert: true, CAFile: names(pki.Other)},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  ClosedByServer(evidence.NoClientCert, evidence.BadClientCert),
		Twin:    "mtls/required-and-given",
	},
	{
		ID:      "mtls/allow-invalid-on-server",
		Says:    "A server with allowInvalidCertificates must let a client of a foreign authority in, with a warning.",
		Because: "MongoDB manual, net.tls.allowInvalidCertificates; mongod, log line 23235",
		Subject: ServerItself,
		Server:  Server{RequireClientCert: true, AllowInvalidCertificates: true},
		Client:  Client{Cert: &pki.Leaf{Issuer: pki.Other}, Code: forced},
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{23235}},
	},
	{
		ID:      "mtls/allow-invalid-needs-one",
		Says:    "A server with allowInvalidCertificates must still turn away a client without any certificate.",
		Because: "measured on mongod 4.4.5: log line 23255 all the same",
		Subject: ServerItself,
		Server:  Server{RequireClientCert: true, AllowInvalidCertificates: true},
		Expect:  ClosedByServer(evidence.NoClientCert),
		Twin:    "mtls/allow-invalid-on-server-good",
	},
	{
		ID:      "mtls/allow-invalid-on-server-good",
		Says:    "A server with allowInvalidCertificates must let a client with a good certificate in.",
		Because: "MongoDB manual, net.tls.allowInvalidCertificates",
		Subject: ServerItself,
		Server:  Server{RequireClientCert: true, AllowInvalidCertificates: true},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID:      "mtls/server-own-cert-as-client",
		Says:    "A server must let a client with the server's own subject in, and must warn in its log.",
		Because: "mongod, log line 23236: Client connecting with server's own TLS certificate",
		Subject: ServerItself,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Subject: "CN=server,OU=mongod,O=mongotls"}},
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{23236}},
	},
	{
		ID:   "mtls/client-rsa1024",
		Says: "What becomes of a client certificate that is too weak for its server, or for the driver's own TLS library?",
		Because: "a matter of each library's security level: OpenSSL's level 2 loads no key of 1024 bits; measured " +
			"on mongod 4.4.5: EE certificate key too weak; nodejs/node#36655",
		Modes:  Once,
		Server: demanding,
		Client: Client{Cert: &pki.Leaf{Key: key.RSA1024}, Code: forced},
		Expect: Characterised(),
		Variants: []Variant{
			{"sha1", func(s *Scenario) { s.Client.Cert = &pki.Leaf{SHA1: true} }},
		},
	},
	turnedAway("mtls/client-self-signed", "that signed itself", pki.Leaf{Issuer: pki.Self}, "self signed certificate"),
	turnedAway("mtls/client-critical-extension", "with a critical extension that nobody knows",
		pki.Leaf{CriticalExtension: true}, "unhandled critical extension"),
	turnedAway("mtls/client-bad-signature", "whose signature does not verify", pki.Leaf{BadSignature: true},
		"certificate signature failure"),
	turnedAway("mtls/client-ku-no-digsig", "whose key may not sign",
		pki.Leaf{Extensions: pki.Extensions{pki.KeyUsage: "critical, keyEncipherment"}}, "unsupported certificate purpose"),
	turnedAway("mtls/client-eku-any", "for any extended key usage, but not clientAuth by name",
		pki.Leaf{Usage: names(pki.AnyUsage)}, "unsupported certificate purpose"),
	{
		ID:      "mtls/client-chain-shuffled",
		Says:    "A server must sort the chain that a client sends, and pass over what does not belong to it.",
		Because: "RFC 8446 section 4.4.2; measured on mongod 4.4.5: a shuffled or superfluous chain is accepted",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{Issuer: "intermediate2"},
			Form: pki.KeyForm{Chain: names(pki.Other, pki.Intermediate, "intermediate2")}},
		Expect: Connects(),
	},
	{
		ID:      "mtls/client-is-ca",
		Says:    "A server must let a client in whose certificate is that of an authority.",
		Because: "RFC 5280 does not forbid it; measured on mongod 4.4.5: accepted",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{CAFlag: true}},
		Expect:  Connects(),
	},
	{
		ID:      "mtls/client-big",
		Says:    "A driver must present a certificate of twenty thousand bytes.",
		Because: "RFC 8446 section 4.4.2: a list of up to 2^24 bytes; section 5.1: messages span records",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Pad: 20000}},
		Expect:  Connects(),
	},
}

// turnedAway is a row about a client certificate that a mongod refuses in these words.
func turnedAway(id, which string, leaf pki.Leaf, says string) Scenario {
	return Scenario{
		ID:      id,
		Says:    "A driver must report that the server closed on a certificate " + which + ".",
		Because: "measured on mongod 4.4.5, log line 23256: " + says,
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &leaf, Code: forced},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256},
			ServerSays: names(says)},
		Twin: "mtls/required-and-given",
	}
}
