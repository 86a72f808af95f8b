package scenarios

import (
	"fmt"

	"github.com/mongotls/mongotls/fixtures/pki"
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
}

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
