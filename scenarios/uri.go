package scenarios

import (
	"fmt"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
	"github.com/mongotls/mongotls/harness/evidence"
)

// What a connection string means for TLS, and which strings are errors.
var uriRows = []Scenario{
	{
		ID:      "uri/tls-true",
		Says:    "A driver must take tls=true in the connection string as the demand for TLS.",
		Because: "URI options spec, tls; tests/tls-options.yml",
		Claims:  claims("M1", "P1"),
		Expect:  Connects(),
	},
	{
		ID: "uri/tls-in-code",
		Says: "A driver must take tls and tlsCAFile from its own configuration types as it takes them from the " +
			"connection string.",
		Because: "Mongoose guide and PyMongo guide, Configure TLS: URI option and argument are equivalent; NODE-2638 broke " +
			"it",
		Claims: claims("M1", "P1", "P3"),
		Client: Client{URI: plainURI, Code: map[string]string{"tls": "true", "tlsCAFile": "{ca}"}},
		Expect: Connects(),
	},
	{
		ID:      "uri/ssl-true-alias",
		Says:    "A driver must take ssl=true as another name for tls=true.",
		Because: "URI options spec, ssl: alias of tls, required so that Atlas connection strings continue to work",
		Claims:  claims("L5"),
		Client:  Client{Options: "ssl=true&tlsCAFile={ca}"},
		Expect:  Connects(),
	},
	{
		ID:      "uri/tls-ssl-equal",
		Says:    "A driver must accept tls and ssl side by side while they say the same.",
		Because: "URI options spec: if all instances of tls and ssl have one value an error MUST NOT be raised",
		Claims:  claims("L5"),
		Client:  Client{Add: "ssl=true"},
		Expect:  Connects(),
		Variants: []Variant{
			{"ssl-first", func(s *Scenario) { s.Client = Client{Options: "ssl=true&tls=true&tlsCAFile={ca}"} }},
		},
	},
	{
		ID:      "uri/tls-repeated-equal",
		Says:    "A driver must accept tls=true given twice.",
		Because: "URI options spec: if all instances of tls and ssl have one value an error MUST NOT be raised",
		Client:  Client{Add: "tls=true"},
		Expect:  Connects(),
	},
	{
		ID:      "uri/tls-ssl-conflict",
		Says:    "A driver must refuse a connection string in which tls and ssl differ.",
		Because: "URI options spec: all instances of tls and ssl MUST have one value; tests/tls-options.yml",
		Claims:  claims("L5"),
		Modes:   Once,
		Client:  Client{Options: "tls=true&ssl=false"},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "uri/tls-ssl-equal",
		Variants: []Variant{
			{"false-true", func(s *Scenario) { s.Client.Options = "tls=false&ssl=true" }},
			{"ssl-first", func(s *Scenario) { s.Client.Options = "ssl=false&tls=true" }},
			{"ssl-first-false-true", func(s *Scenario) { s.Client.Options = "ssl=true&tls=false" }},
		},
	},
	{
		ID:      "uri/tls-repeated-conflict",
		Says:    "A driver must refuse a connection string that gives tls twice with different values.",
		Because: "URI options spec: all instances of tls and ssl MUST have one value",
		Modes:   Once,
		Client:  Client{Options: "tls=true&tls=false"},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "uri/tls-repeated-equal",
		Variants: []Variant{
			{"false-true", func(s *Scenario) { s.Client.Options = "tls=false&tls=true" }},
		},
	},
	conflict("uri/insecure-vs-allow-certs", "tlsInsecure", "tlsAllowInvalidCertificates"),
	conflict("uri/insecure-vs-allow-hosts", "tlsInsecure", "tlsAllowInvalidHostnames"),
	conflict("uri/insecure-vs-ocsp-off", "tlsInsecure", "tlsDisableOCSPEndpointCheck"),
	conflict("uri/insecure-vs-revocation-off", "tlsInsecure", "tlsDisableCertificateRevocationCheck"),
	conflict("uri/allow-certs-vs-ocsp-off", "tlsAllowInvalidCertificates", "tlsDisableOCSPEndpointCheck"),
	conflict("uri/allow-certs-vs-revocation-off", "tlsAllowInvalidCertificates", "tlsDisableCertificateRevocationCheck"),
	conflict("uri/ocsp-off-vs-revocation-off", "tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck"),
	{
		ID:      "uri/conflict-hidden-by-tls-false",
		Says:    "A driver must refuse options that exclude each other even where tls=false makes them useless.",
		Because: "URI options spec: the presence of both options MUST be an error while parsing; it names no exception",
		Modes:   Once,
		Client:  Client{Options: "tlsInsecure=true&tlsDisableOCSPEndpointCheck=true&tls=false"},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "uri/tls-true",
	},
	{
		ID:      "uri/conflict-beside-keyfile",
		Says:    "A driver must refuse options that exclude each other even beside a client certificate.",
		Because: "URI options spec: the presence of both options MUST be an error while parsing; it names no exception",
		Modes:   Once,
		Client:  Client{Add: "tlsInsecure=true&tlsDisableOCSPEndpointCheck=true", Cert: &pki.Leaf{}},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "mtls/optional-given",
	},
	{
		ID:      "uri/allow-hosts-plus-ocsp-off",
		Says:    "A driver must accept tlsAllowInvalidHostnames beside tlsDisableOCSPEndpointCheck.",
		Because: "URI options spec: this pair is not among the conflicts",
		Client:  Client{Add: "tlsAllowInvalidHostnames=true&tlsDisableOCSPEndpointCheck=true"},
		Expect:  Connects(),
	},
	{
		ID:   "uri/allow-certs-plus-allow-hosts",
		Says: "A driver with both allowing options must connect to a server of an unknown authority and another name.",
		Because: "URI options spec: tlsAllowInvalidCertificates and tlsAllowInvalidHostnames do not conflict, and relax " +
			"both checks",
		Claims: claims("M6", "M11"),
		Server: Server{Leaf: pki.Leaf{Issuer: pki.Other, DNS: names("other.example.test")}},
		Client: Client{Add: "tlsAllowInvalidCertificates=true&tlsAllowInvalidHostnames=true"},
		Expect: Connects(),
	},
	{
		ID:   "uri/invalid-bool",
		Says: "A driver must ignore a boolean option whose value is no boolean, and must warn.",
		Because: "Connection string spec, Values: invalid values MUST be ignored and MUST log a WARN level message; " +
			"tests/tls-options.yml: valid with a warning",
		Client: Client{Add: "tlsInsecure=invalid"},
		Expect: Expect{Outcome: OverTLS, Warns: "tlsInsecure"},
		Variants: []Variant{
			{"allow-certs", func(s *Scenario) {
				s.Client.Add, s.Expect.Warns = "tlsAllowInvalidCertificates=invalid", "tlsAllowInvalidCertificates"
			}},
			{"allow-hosts", func(s *Scenario) {
				s.Client.Add, s.Expect.Warns = "tlsAllowInvalidHostnames=invalid", "tlsAllowInvalidHostnames"
			}},
		},
	},
	{
		ID:      "uri/legacy-bool",
		Says:    "A driver is recommended to take tls=1 for tls=true, and must then warn that the form is deprecated.",
		Because: "Connection string spec, Values, Boolean: RECOMMENDED for legacy reasons, with a warning",
		Client:  Client{Options: "tls=1&tlsCAFile={ca}"},
		Expect:  Expect{Outcome: OverTLS, Warns: "tls"},
		Variants: []Variant{
			{"yes", func(s *Scenario) { s.Client.Options = "tls=yes&tlsCAFile={ca}" }},
		},
	},
	{
		ID:      "uri/empty-bool",
		Says:    "A driver must ignore tls with an empty value.",
		Because: "Connection string spec, Values, Boolean: if the value is the empty string, the key MUST be ignored",
		Modes:   []Mode{AllowTLS, PreferTLS},
		Client:  Client{URI: plainURI + "?tls="},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "uri/key-case",
		Says:    "A driver must not care about the case of option names.",
		Because: "Connection string spec, Keys: case must be normalised by lower-casing A to Z",
		Client:  Client{Options: "TLS=true&TLSCAFILE={ca}"},
		Expect:  Connects(),
	},
	{
		ID:      "uri/unknown-tls-key",
		Says:    "A driver must ignore an option it does not know, and must warn about it.",
		Because: "Connection string spec, Keys: unsupported keys MUST be ignored, and a WARN level message MUST be issued",
		Client:  Client{Add: "tlsfoo=bar"},
		Expect:  Expect{Outcome: OverTLS, Warns: "tlsfoo"},
	},
	{
		ID:   "uri/no-slash-before-query",
		Says: "A driver must accept options that follow the host without a slash.",
		Because: "Connection string spec, Host Information: MAY be delimited by a slash; tests/valid-options.yml: " +
			"mongodb://example.com?tls=true",
		Client: Client{URI: "mongodb://{host}:{port}?{options}"},
		Expect: Connects(),
	},
	{
		ID:      "uri/percent-encoded-path",
		Says:    "A driver must decode percent-encoded option values, such as a path with spaces.",
		Because: "Connection string spec, Values: MUST be URL decoded by the parser",
		Claims:  claims("M16"),
		Client: Client{Options: "tls=true&tlsCAFile={my root & friends}",
			Files: map[string]pki.File{"my root & friends": pki.Bundle(pki.CA)}},
		Expect: Connects(),
		Variants: []Variant{
			{"percent-sign", func(s *Scenario) { // RFC 3986 section 2.4: decoded once
				s.Modes = Once
				s.Client.Options = "tls=true&tlsCAFile={root%41}"
				s.Client.Files = map[string]pki.File{"root%41": pki.Bundle(pki.CA)}
			}},
		},
	},
	{
		ID:   "uri/cafile-missing",
		Says: "A driver must refuse a tlsCAFile that does not exist before it dials.",
		Because: "URI options spec, tlsCAFile: path to a file with one or more authorities; without it nothing can be " +
			"trusted",
		Claims: claims("M8"),
		Modes:  Once,
		Client: Client{Options: "tls=true&tlsCAFile={gone}", Files: map[string]pki.File{"gone": {Missing: true}}},
		Expect: RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:   "uri/tls-true",
		Variants: []Variant{
			{"directory", func(s *Scenario) { s.Client.Files["gone"] = pki.File{Directory: true} }},
		},
	},
	{
		ID:      "uri/cafile-empty-or-text",
		Says:    "A driver must refuse a tlsCAFile that holds no certificate, and must not blame the server's certificate.",
		Because: "URI options spec, tlsCAFile; mongodb-js/vscode#573: a Java key store reported as self signed certificate",
		Modes:   Once,
		Client:  Client{Options: "tls=true&tlsCAFile={file}", Files: map[string]pki.File{"file": {}}},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "uri/tls-true",
		Variants: []Variant{
			{"text", func(s *Scenario) {
				s.Client.Files["file"] = pki.File{Parts: []pki.Part{{Text: "this is no certificate\n"}}}
			}},
			{"crl", func(s *Scenario) { s.Client.Files["file"] = pki.File{Parts: []pki.Part{{CRL: &pki.CRL{}}}} }},
		},
	},
	{
		ID:      "uri/cafile-der",
		Says:    "A driver must refuse a tlsCAFile in DER form with an error about the file.",
		Because: "mLab, SSL for MongoDB connections: a root in DER form must be converted to PEM first",
		Claims:  claims("L9"),
		Modes:   Once,
		Client: Client{Options: "tls=true&tlsCAFile={file}",
			Files: map[string]pki.File{"file": {Parts: []pki.Part{{CA: pki.CA, As: pemfile.DER}}}}},
		Expect: RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:   "uri/tls-true",
	},
	{
		ID:      "uri/implied-by-cafile",
		Says:    "Does tlsCAFile alone turn TLS on?",
		Because: "URI options spec, tls: drivers MAY enable TLS for other tls options, and MUST document when",
		Client:  Client{Options: "tlsCAFile={ca}"},
		Expect:  Characterised(),
	},
	{
		ID:      "uri/implied-by-keyfile",
		Says:    "Does tlsCertificateKeyFile alone turn TLS on?",
		Because: "URI options spec, tls: drivers MAY enable TLS for other tls options, and MUST document when",
		Client:  Client{URI: plainURI + "?tlsCertificateKeyFile={client}", Cert: &pki.Leaf{}},
		Expect:  Characterised(),
	},
	{
		ID:      "uri/implied-by-insecure",
		Says:    "Does tlsInsecure=true alone turn TLS on?",
		Because: "URI options spec, tls: drivers MAY enable TLS for other tls options, and MUST document when",
		Client:  Client{Options: "tlsInsecure=true"},
		Expect:  Characterised(),
	},
	{
		ID:      "uri/implied-by-revocation-off",
		Says:    "Does tlsDisableCertificateRevocationCheck=true alone turn TLS on?",
		Because: "URI options spec, tls: drivers MAY enable TLS for other tls options, and MUST document when",
		Client:  Client{Options: "tlsDisableCertificateRevocationCheck=true"},
		Expect:  Characterised(),
		Variants: []Variant{
			{"endpoint", func(s *Scenario) { s.Client.Options = "tlsDisableOCSPEndpointCheck=true" }},
		},
	},
	{
		ID:   "uri/implied-order",
		Says: "Which wins where tls=false stands before or after tlsCAFile?",
		Because: "URI options spec, tls: silent; PYTHON-2162 makes it an error, the Go driver documents that the last one " +
			"wins",
		Client: Client{Options: "tls=false&tlsCAFile={ca}"},
		Expect: Characterised(),
		Variants: []Variant{
			{"false-last", func(s *Scenario) { s.Client.Options = "tlsCAFile={ca}&tls=false" }},
		},
	},
	{
		ID:      "uri/code-vs-uri-precedence",
		Says:    "Which wins where the connection string says tls=false and the program asks for TLS?",
		Because: "Connection string spec, Connection options precedence: MUST be documented, is not prescribed",
		Client:  Client{URI: plainURI + "?tls=false", Code: map[string]string{"tls": "true", "tlsCAFile": "{ca}"}},
		Expect:  Characterised(),
	},
	{
		ID:      "uri/tls-ssl-equal-false",
		Says:    "A driver must accept tls and ssl side by side while both are false.",
		Because: "URI options spec: if all instances of tls and ssl have one value an error MUST NOT be raised",
		Claims:  claims("L5"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Client:  Client{URI: plainURI + "?tls=false&ssl=false"},
		Expect:  ConnectsInClear(),
		Variants: []Variant{
			{"ssl-first", func(s *Scenario) { s.Client.URI = plainURI + "?ssl=false&tls=false" }},
		},
	},
	{
		ID:      "uri/revocation-switches",
		Says:    "A driver must accept the switches of revocation beside tls=true, whatever their value.",
		Because: "URI options spec, tests/tls-options.yml: valid, without a warning",
		Modes:   Once,
		Client:  Client{Add: "tlsDisableCertificateRevocationCheck=true"},
		Expect:  Connects(),
		Variants: []Variant{
			{"false", func(s *Scenario) { s.Client.Add = "tlsDisableCertificateRevocationCheck=false" }},
			{"endpoint", func(s *Scenario) { s.Client.Add = "tlsDisableOCSPEndpointCheck=true" }},
			{"endpoint-false", func(s *Scenario) { s.Client.Add = "tlsDisableOCSPEndpointCheck=false" }},
		},
	},
	{
		ID:      "uri/password-alone",
		Says:    "A driver must accept the password of a key without a key.",
		Because: "URI options spec, tests/tls-options.yml: tlsCertificateKeyFilePassword alone is valid",
		Modes:   Once,
		Client:  Client{Add: "tlsCertificateKeyFilePassword=hunter2"},
		Expect:  Connects(),
	},
	{
		ID:      "uri/no-connect-timeout",
		Says:    "A driver must take connectTimeoutMS=0 for no limit.",
		Because: "MongoDB manual, connection string options, connectTimeoutMS: 0 is no timeout; CSOT spec: 0 is infinite",
		Modes:   Once,
		Client:  Client{Add: "connectTimeoutMS=0"},
		Expect:  Connects(),
	},
	{
		ID:      "uri/encoded-slashes",
		Says:    "A driver must decode a path whose slashes are percent-encoded, too.",
		Because: "Connection string spec, Values: MUST be URL decoded; RFC 3986 section 2.4",
		Claims:  claims("M16"),
		Modes:   Once,
		Client:  Client{Options: "tls=true&tlsCAFile={ca}", Quote: AsComponent},
		Expect:  Connects(),
	},
	{
		ID:   "uri/relative-path",
		Says: "A driver must take a relative path in an option for one from the working directory.",
		Because: "POSIX, section 4.16: pathname resolution starts there; URI options spec, tlsCAFile and " +
			"tlsCertificateKeyFile: paths, which may be of any form",
		Claims: claims("M8"),
		Modes:  Once,
		Client: Client{Options: "tls=true&tlsCAFile={ca}", Quote: Relative},
		Expect: Connects(),
		Variants: []Variant{
			{"key-file", func(s *Scenario) { s.Server, s.Client.Cert = demanding, &pki.Leaf{} }},
		},
	},
	{
		ID:      "uri/plus-in-path",
		Says:    "Is a plus sign in a path a plus sign, or a space?",
		Because: "mongodb/specifications#259: the connection string spec says URL decoded, and not by which rule",
		Modes:   Once,
		Client: Client{Options: "tls=true&tlsCAFile={one+two}", Quote: Verbatim,
			Files: map[string]pki.File{"one+two": pki.Bundle(pki.CA)}},
		Expect: Characterised(),
	},
	{
		ID:   "uri/legacy-name",
		Says: "Is an option under a name that drivers once had ignored, refused, warned of or heeded?",
		Because: "URI options spec knows none of them; strings of DocumentDB and Cosmos DB carry ssl_ca_certs and " +
			"ssl_cert_reqs: aws-athena-query-federation#2389, huggingface/Mongoku#79",
		Modes:    Once,
		Client:   Client{Options: "tls=true&ssl_ca_certs={ca}"},
		Expect:   Characterised(),
		Variants: legacyNames,
	},
	{
		ID:      "uri/repeated-option",
		Says:    "Which of two values of one option counts?",
		Because: "Connection string spec, Repeated Keys: undefined, and a warning SHOULD be raised",
		Modes:   Once,
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsCAFile={ca}"},
		Expect:  Characterised(),
		Variants: []Variant{
			{"swapped", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile={ca}&tlsCAFile={other}" }},
			{"insecure", func(s *Scenario) {
				s.Client.Options = "tls=true&tlsCAFile={other}&tlsInsecure=true&tlsInsecure=false"
			}},
			{"insecure-swapped", func(s *Scenario) {
				s.Client.Options = "tls=true&tlsCAFile={other}&tlsInsecure=false&tlsInsecure=true"
			}},
		},
	},
	{
		ID:      "uri/cafile-damaged",
		Says:    "A driver must refuse a tlsCAFile whose only certificate is damaged, before it dials.",
		Because: "URI options spec, tlsCAFile: path to a file with one or more authorities",
		Modes:   Once,
		Client: Client{Options: "tls=true&tlsCAFile={file}",
			Files: map[string]pki.File{"file": {As: pemfile.BadDER, Parts: []pki.Part{{CA: pki.CA}}}}},
		Expect: RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:   "uri/tls-true",
		Variants: []Variant{
			{"base64", damaged(pemfile.BadBase64)}, {"cut", damaged(pemfile.Cut)}, {"escaped", damaged(pemfile.Escaped)},
			{"spaced", damaged(pemfile.Spaced)}, {"pkcs12", damaged(pemfile.PKCS12)},
		},
	},
	{
		ID:      "uri/cafile-key",
		Says:    "A driver must refuse a tlsCAFile that holds a private key only, before it dials.",
		Because: "URI options spec, tlsCAFile: path to a file with one or more authorities",
		Modes:   Once,
		Client: Client{Options: "tls=true&tlsCAFile={file}",
			Files: map[string]pki.File{"file": {Parts: []pki.Part{{CA: pki.CA, Key: true}}}}},
		Expect: RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:   "uri/tls-true",
	},
	{
		ID:      "uri/cafile-odd-path",
		Says:    "A driver must take a path as it is, and refuse what names no file.",
		Because: "URI options spec, tlsCAFile: a path; a shell expands ~, nobody else",
		Modes:   Once,
		Client:  Client{Options: "tls=true&tlsCAFile=~/no/such/ca.pem"},
		Expect:  RefusedBeforeDialing(evidence.KeyLoadError),
		Twin:    "uri/tls-true",
		Variants: []Variant{
			{"quoted", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile=%22{ca}%22" }},
			{"file-url", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile=file://{ca}" }},
			{"space-behind", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile={ca}%20" }},
			{"windows", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile=C:%5Ccerts%5Cca.pem" }},
			{"content", func(s *Scenario) { // Automattic/mongoose#10787
				s.Client.Options = "tls=true&tlsCAFile=-----BEGIN%20CERTIFICATE-----%0AMIIB%0A-----END%20CERTIFICATE-----%0A"
			}},
		},
	},
}

// damaged is a variant in which the only file is written so.
func damaged(as pemfile.Encoding) func(*Scenario) {
	return func(s *Scenario) { s.Client.Files["file"] = pki.File{As: as, Parts: []pki.Part{{CA: pki.CA}}} }
}

// legacyNames are options of older versions, of other drivers, or of nobody, each where it would be needed.
var legacyNames = []Variant{
	legacy("cert-reqs", "ssl_cert_reqs=CERT_NONE"), legacy("match-hostname", "ssl_match_hostname=false"),
	legacy("ca", "sslCA={ca}"), legacy("validate", "sslValidate=false"), legacy("ca-file", "sslCAFile={ca}"),
	legacy("certificate-authority-file", "sslCertificateAuthorityFile={ca}"),
	legacy("allow-invalid-certificates", "sslAllowInvalidCertificates=true"),
	legacy("allow-invalid-hostnames", "sslAllowInvalidHostnames=true"),
	legacy("insecure", "sslInsecure=true"), legacy("verify", "ssl_verify=false"), legacy("tls-ca", "tlsCA={ca}"),
	withKey("keyfile", "ssl_keyfile={client}&ssl_certfile={client}"), withKey("cert", "sslCert={client}&sslKey={client}"),
	withKey("certificate-file", "tlsCertificateFile={client}"),
	{"separate-files", func(s *Scenario) {
		s.Server.RequireClientCert = true
		s.Client = Client{Options: separately + "tlsCertificateFile={certificate}&tlsPrivateKeyFile={key}",
			Files: map[string]pki.File{"certificate": {Parts: []pki.Part{{Leaf: &pki.Leaf{}}}},
				"key": {Parts: []pki.Part{{Leaf: &pki.Leaf{}, Key: true}}}}}
	}},
	{"separate-files-encrypted", func(s *Scenario) { // each of the two holds both
		s.Server.RequireClientCert = true
		s.Client = encrypted(key.AES256, withPassword)
		s.Client.Options = separately + "tlsCertificateFile={client}&tlsPrivateKeyFile={client}"
	}},
	withKey("client-certificate-key-file", "sslClientCertificateKeyFile={client}"),
	withKey("pem-key-file", "sslPEMKeyFile={client}"),
}

// legacy is a variant with this option in place of tlsCAFile.
func legacy(name, option string) Variant {
	return Variant{name, func(s *Scenario) { s.Client.Options = "tls=true&" + option }}
}

// withKey is a variant with this option in place of tlsCertificateKeyFile, where a certificate is required.
func withKey(name, option string) Variant {
	return Variant{name, func(s *Scenario) {
		s.Server.RequireClientCert = true
		s.Client.Cert, s.Client.Options = &pki.Leaf{}, "tls=true&tlsCAFile={ca}&"+option
	}}
}

// separately begins the options of a client whose certificate and key stand in files of their own, as Go has them.
const separately = "tls=true&tlsCAFile={ca}&"

// conflict is a row about two options that exclude each other: their presence is the error, whatever their values and
// order.
func conflict(id, a, b string) Scenario {
	s := Scenario{
		ID: id,
		Says: fmt.Sprintf(
			"A driver must refuse a connection string with both %s and %s, whatever their values and order.",
			a,
			b,
		),
		Because: "URI options spec: the presence of both options MUST be an error while parsing; tests/tls-options.yml",
		Modes:   Once,
		Client:  Client{Add: a + "=true&" + b + "=true"},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "uri/tls-true",
	}
	for _, first := range []string{"true", "false"} {
		for _, second := range []string{"true", "false"} {
			if first != "true" || second != "true" {
				s.Variants = append(s.Variants, Variant{first + "-" + second, func(s *Scenario) {
					s.Client.Add = a + "=" + first + "&" + b + "=" + second
				}})
			}
			s.Variants = append(s.Variants, Variant{"swapped-" + first + "-" + second, func(s *Scenario) {
				s.Client.Add = b + "=" + first + "&" + a + "=" + second
			}})
		}
	}
	return s
}
