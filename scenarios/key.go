package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
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
		ID:      "key/owner-only",
		Says:    "A driver and a server must work with key files that their owner may read, and nobody else do anything with.",
		Because: "dbi services: chmod 400 on the key files; MongoDB manual, security checklist",
		Claims:  claims("D17"),
		Server:  Server{RequireClientCert: true, Form: pki.KeyForm{Perm: 0o400}},
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Perm: 0o400}},
		Expect:  Connects(),
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
	{
		ID:      "key/encrypted-pkcs8-aes128",
		Says:    "A driver must read keys that are encrypted with AES of other sizes, and with the older PBKDF2.",
		Because: "RFC 8018, PBES2, appendix B.2.5; OpenSSL 1.0 derived with HMAC-SHA-1",
		Claims:  claims("P13"),
		Modes:   Once,
		Server:  demanding,
		Client:  encrypted(key.AES128, withPassword),
		Expect:  Connects(),
		Variants: []Variant{
			{"aes192", func(s *Scenario) { s.Client = encrypted(key.AES192, withPassword) }},
			{"sha1", func(s *Scenario) { s.Client = encrypted(key.AES256SHA1, withPassword) }},
		},
	},
	{
		ID:      "key/encrypted-pkcs8-pbes1",
		Says:    "Does a key with another encryption than PBES2 with AES or Triple DES work?",
		Because: "RFC 8018 appendix A.3, RFC 7292 appendix C and RFC 7914; no MongoDB document promises it; TOOLS-2013",
		Modes:   Once,
		Server:  demanding,
		Client:  encrypted(key.SHA13DES, withPassword),
		Expect:  Characterised(),
		Variants: []Variant{
			{"md5-des", func(s *Scenario) { s.Client = encrypted(key.MD5DES, withPassword) }},
			{"sha1-rc4", func(s *Scenario) { s.Client = encrypted(key.SHA1RC4, withPassword) }},
			{"scrypt", func(s *Scenario) { s.Client = encrypted(key.AES256Scrypt, withPassword) }},
			{"gcm", func(s *Scenario) { s.Client = encrypted(key.AES256GCM, withPassword) }},
		},
	},
	{
		ID:      "key/password-non-ascii",
		Says:    "A driver must take a password beyond ASCII for its bytes in UTF-8.",
		Because: "Connection string spec: percent-encoded UTF-8; RFC 8018 section 3: a password is an octet string",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: key.AES256, Password: "пароль€"},
			Add: "tlsCertificateKeyFilePassword=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%E2%82%AC"},
		Expect: Connects(),
	},
	{
		ID:      "key/password-percent",
		Says:    "A driver must decode the password of a key once.",
		Because: "Connection string spec, Values: MUST be URL decoded; RFC 3986 section 2.4: not more than once",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: key.AES256, Password: "50%25off"},
			Add: "tlsCertificateKeyFilePassword=50%2525off"},
		Expect: Connects(),
	},
	{
		ID:      "key/password-plus",
		Says:    "Is a plus sign in the password of a key a plus sign, or a space?",
		Because: "mongodb/specifications#259: the connection string spec says URL decoded, and not by which rule",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: key.AES256, Password: "one+two"},
			Add: "tlsCertificateKeyFilePassword=one+two"},
		Expect: Characterised(),
	},
	{
		ID:      "key/password-empty",
		Says:    "Does a key work that is encrypted with the empty password?",
		Because: "URI options spec, tlsCertificateKeyFilePassword does not speak of it",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: key.AES256}, Add: "tlsCertificateKeyFilePassword="},
		Expect:  Characterised(),
	},
	{
		ID:      "key/text-and-attributes",
		Says:    "A driver must read a key file with text between its blocks.",
		Because: "RFC 7468 section 5.2: explanatory text is permitted; openssl pkcs12 writes bag attributes",
		Modes:   Once,
		Server:  demanding,
		Client:  keyFile(pemfile.BagAttributes),
		Expect:  Connects(),
		Variants: []Variant{
			{"text", func(s *Scenario) { s.Client = keyFile(pemfile.Text) }},
			{"crlf", func(s *Scenario) { s.Client = keyFile(pemfile.CRLF) }},
			{"no-newline", func(s *Scenario) { s.Client = keyFile(pemfile.NoNewline) }},
		},
	},
	{
		ID:      "key/odd-pem",
		Says:    "What becomes of a key file in an unusual form of PEM?",
		Because: "RFC 7468 section 3 lets parsers be lax or strict",
		Modes:   Once,
		Server:  demanding,
		Client:  keyFile(pemfile.BOM),
		Expect:  Characterised(),
		Variants: []Variant{
			{"long-line", func(s *Scenario) { s.Client = keyFile(pemfile.LongLine) }},
			{"trusted-certificate", func(s *Scenario) { s.Client = keyFile(pemfile.Trusted) }},
			{"joined", func(s *Scenario) { s.Client = keyFile(pemfile.Joined) }},
		},
	},
	{
		ID:      "key/no-pem",
		Says:    "A driver must refuse a key file that is no PEM, before it dials.",
		Because: "URI options spec, tlsCertificateKeyFile; manuals of the drivers: a PEM file",
		Claims:  claims("P12"),
		Modes:   Once,
		Server:  demanding,
		Client:  keyFile(pemfile.DER),
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
		Variants: []Variant{
			{"pkcs12", func(s *Scenario) { s.Client = keyFile(pemfile.PKCS12) }},
			{"escaped", func(s *Scenario) { s.Client = keyFile(pemfile.Escaped) }},
			{"spaced", func(s *Scenario) { s.Client = keyFile(pemfile.Spaced) }},
		},
	},
	{
		ID:      "key/damaged",
		Says:    "A driver must refuse a key file whose key is damaged, before it dials.",
		Because: "URI options spec, tlsCertificateKeyFile: the client's certificate and key",
		Claims:  claims("P12"),
		Modes:   Once,
		Server:  demanding,
		Client:  keyFile(pemfile.BadDER),
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "key/combined-cert-first",
		Variants: []Variant{
			{"base64", func(s *Scenario) { s.Client = keyFile(pemfile.BadBase64) }},
			{"cut", func(s *Scenario) { s.Client = keyFile(pemfile.Cut) }},
		},
	},
	{
		ID:      "key/two-certs-two-keys",
		Says:    "Which pair of a key file with two does a driver present?",
		Because: "URI options spec, tlsCertificateKeyFile: one certificate and one key; mongo-go-driver#1148",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Parts: []pki.Part{{Leaf: &pki.Leaf{Issuer: pki.Other}},
			{Leaf: &pki.Leaf{Issuer: pki.Other}, Key: true}, {Own: true}, {Own: true, Key: true}}}},
		Expect: Characterised(),
		Variants: []Variant{
			{"own-first", func(s *Scenario) {
				p := s.Client.Form.Parts
				s.Client.Form.Parts = []pki.Part{p[2], p[3], p[0], p[1]}
			}},
		},
	},
	{
		ID:      "key/issuer-first",
		Says:    "What becomes of a key file whose first certificate is the issuer's?",
		Because: "RFC 8446 section 4.4.2 wants the own one first; no document says that a driver must sort a file",
		Modes:   Once,
		Server:  demanding,
		Client: Client{Cert: &pki.Leaf{Issuer: pki.Intermediate},
			Form: pki.KeyForm{Parts: []pki.Part{{CA: pki.Intermediate}, {Own: true}, {Own: true, Key: true}}}},
		Expect: Characterised(),
	},
	{
		ID:      "key/p384",
		Says:    "A driver must present certificates with keys on other curves, and with big RSA keys.",
		Because: "RFC 8446 section 4.2.3: ecdsa_secp384r1_sha384 and rsa_pss_rsae_sha256; common practice",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Key: key.P384}},
		Expect:  Connects(),
		Variants: []Variant{
			{"p521", func(s *Scenario) { s.Client.Cert.Key = key.P521 }},
			{"rsa4096", func(s *Scenario) { s.Client.Cert.Key = key.RSA4096 }},
		},
	},
	{
		ID:      "key/ed25519",
		Says:    "Does a client certificate with a key on Ed25519 work?",
		Because: "RFC 8446 section 4.2.3 makes it optional",
		Modes:   Once,
		Server:  demanding,
		Client:  Client{Cert: &pki.Leaf{Key: key.Ed25519}},
		Expect:  Characterised(),
	},
}

// keyFile is a client whose key file is written so.
func keyFile(as pemfile.Encoding) Client { return Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{As: as}} }

// encrypted is a client with an encrypted key and, in option, what it knows of the password.
func encrypted(how key.Encryption, option string) Client {
	return Client{Cert: &pki.Leaf{}, Form: pki.KeyForm{Encrypt: how, Password: password}, Add: option}
}
