package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/evidence"
)

// password is what every encrypted client key of the table is encrypted with; err rows look for it in errors.
const password = "p@ss:/?#[word]"

// withPassword is the option that gives it, percent-encoded.
const withPassword = "tlsCertificateKeyFilePassword=p%40ss%3A%2F%3F%23%5Bword%5D"

// demanding is a server that requires a client certificate: a client whose file was not read cannot get in.
var demanding = Server{RequireClientCert: true}

// Files of the client's certificate and key.
var keyRows = []Scenario{
	{
		ID:   "key/combined-cert-first",
		Says: "A driver must read a key file with the certificate before the key.",
		Because: "URI options spec, tlsCertificateKeyFile: certificate and key are concatenated; PyMongo guide: in either " +
			"order",
		Claims: claims("P11", "P12"),
		Server: demanding,
		Client: Client{Cert: &pki.Leaf{}},
		Expect: Connects(),
	},
	{
		ID:      "key/combined-key-first",
		Says:    "A driver must read a key file with the key before the certificate.",
		Because: "PyMongo guide: in either order; dbi services: cat key certificate",
		Claims:  claims("P12", "D4"),
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{KeyFirst: true}},
		Expect:  Connects(),
	},
	{
		ID:      "key/pkcs8-rsa",
		Says:    "A driver must read an RSA key in PKCS#8.",
		Because: "RFC 5958, BEGIN PRIVATE KEY; CDRIVER-4269: Secure Channel could not",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Key: key.RSA2048}},
		Expect:  Connects(),
	},
	{
		ID:      "key/pkcs1-rsa",
		Says:    "A driver must read an RSA key in PKCS#1.",
		Because: "RFC 8017 appendix A.1.2, BEGIN RSA PRIVATE KEY: the form of the drivers' own test certificates",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Key: key.RSA2048}, Form: pki.KeyForm{Format: "pkcs1"}},
		Expect:  Connects(),
	},
	{
		ID:      "key/ec-sec1",
		Says:    "A driver must read an EC key in the form of openssl ecparam -genkey.",
		Because: "RFC 5915, BEGIN EC PRIVATE KEY",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Format: "sec1"}},
		Expect:  Connects(),
		Variants: []Variant{
			{"params", func(s *Scenario) { s.Client.Form.Params = true }},
		},
	},
	{
		ID:      "key/encrypted-pkcs8-aes",
		Says:    "A driver must read an encrypted key with the password that the connection string gives, percent-encoded.",
		Because: "URI options spec, tlsCertificateKeyFilePassword; RFC 8018, PBES2; GODRIVER-364",
		Claims:  claims("P13", "M16"),
		Server:  demanding,
		Client:  encrypted("aes256", withPassword),
		Expect:  Connects(),
		Variants: []Variant{
			{"rsa", func(s *Scenario) { s.Client.Cert.Key = key.RSA2048 }},
			{"in-code", func(s *Scenario) {
				s.Client.Add, s.Client.Code = "", map[string]string{"tlsCertificateKeyFile": "{client}",
					"tlsCertificateKeyFilePassword": password}
			}},
		},
	},
	{
		ID:      "key/encrypted-pkcs8-3des",
		Says:    "A driver must read a key that is encrypted with Triple DES.",
		Because: "RFC 8018 appendix B.2.2; RUST-226: the drivers' own test key",
		Claims:  claims("P13"),
		Server:  demanding,
		Client:  encrypted("3des", withPassword),
		Expect:  Connects(),
	},
	{
		ID:      "key/encrypted-legacy-dek",
		Says:    "Does a key with the old DEK-Info encryption work?",
		Because: "RFC 1421 section 4.6.1.3; no MongoDB document promises it",
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{}, Add: withPassword,
			Form: pki.KeyForm{Format: "sec1", Encrypt: "legacy", Password: password}},
		Expect: Characterised(),
	},
	{
		ID:      "key/encrypted-wrong-password",
		Says:    "A driver must refuse a key that the password does not decrypt, before it dials.",
		Because: "URI options spec, tlsCertificateKeyFilePassword; PyMongo guide: a wrong password is a clear error",
		Claims:  claims("P13"),
		Modes:   Once,
		Server:  demanding,
		Client:  encrypted("aes256", "tlsCertificateKeyFilePassword=wrong"),
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/encrypted-pkcs8-aes",
	},
	{
		ID:      "key/encrypted-no-password",
		Says:    "A driver must refuse an encrypted key without a password, and must not ask a terminal for it.",
		Because: "URI options spec, tlsCertificateKeyFilePassword; PyMongo guide: a missing password is a clear error",
		Claims:  claims("P13"),
		Modes:   Once,
		Server:  demanding,
		Client:  encrypted("aes256", ""),
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/encrypted-pkcs8-aes",
	},
	{
		ID:      "key/password-on-plain-key",
		Says:    "A driver must read a clear key even where a password is given.",
		Because: "URI options spec, tlsCertificateKeyFilePassword: used to decrypt the key, if it is encrypted",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Add: withPassword},
		Expect:  Connects(),
	},
	{
		ID:      "key/mismatched-pair",
		Says:    "A driver must refuse a key that does not belong to the certificate.",
		Because: "percona/mongodb_exporter#335; RFC 8446 section 4.4.3: the signature could not verify",
		Claims:  claims("P12"),
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{OtherKey: true}},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
	},
	{
		ID:      "key/cert-missing",
		Says:    "A driver must refuse a key file without a certificate.",
		Because: "PyMongo guide: certificate and key must stand in one PEM file",
		Claims:  claims("P12"),
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{OmitCert: true}},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
	},
	{
		ID:      "key/key-missing",
		Says:    "A driver must refuse a key file without a key.",
		Because: "PyMongo guide: certificate and key must stand in one PEM file",
		Claims:  claims("P12"),
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{OmitKey: true}},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
	},
	{
		ID:      "key/file-missing",
		Says:    "A driver must refuse a key file that does not exist before it dials.",
		Because: "URI options spec, tlsCertificateKeyFile: path to the certificate and key",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Add: "tlsCertificateKeyFile={gone}", Files: map[string]pki.File{"gone": {Missing: true}}},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
		Variants: []Variant{
			{"directory", func(s *Scenario) { s.Client.Files["gone"] = pki.File{Directory: true} }},
			{"empty", func(s *Scenario) { s.Client.Files["gone"] = pki.File{} }},
		},
	},
	{
		ID:      "key/chain-in-keyfile",
		Says:    "A driver must present the intermediates that its key file holds.",
		Because: "RFC 8446 section 4.4.2; GODRIVER-2263: they were dropped",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Issuer: pki.Intermediate}, Form: pki.KeyForm{Chain: names(pki.Intermediate)}},
		Expect:  Connects(),
	},
	{
		ID:      "key/chain-withheld",
		Says:    "A driver must report that the server closed on a certificate without its intermediate.",
		Because: "RFC 5280 section 6.1: no path; mongod, log lines 23255 and 23256",
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Issuer: pki.Intermediate}},
		Expect:  ClosedByServer(evidence.BadClientCert, evidence.NoClientCert),
		Twin:    "key/chain-in-keyfile",
	},
}

// encrypted is a client with an encrypted key and, in option, what it knows of the password.
func encrypted(how key.Encryption, option string) Client {
	return Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: how, Password: password}, Add: option}
}
