package mutant

import (
	"encoding/pem"
	"slices"
	"strings"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that read connection strings otherwise.
var options = []Mutant{
	{
		Name:   "plaintext-in-spite-of-tls",
		Says:   "The driver loses tls=true on its way and talks in clear wherever the server lets it.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) { o.TLSConfig = nil }),
		Kills: kills("must connect over TLS", "mode/tls", "uri/tls-true", "trust/private-ca", "mtls/optional-none",
			"proto/highest-version",
			"state/clear-then-tls"),
		Coarse: true, // the control is served in clear as well
	},
	{
		Name: "tls-by-default",
		Says: "The driver uses TLS although nobody asked for it.",
		Driver: asking(func(r *evidence.Request) {
			if !strings.Contains(strings.ToLower(r.URI), "tls") && len(r.Code) == 0 {
				set(r, "tlsInsecure", "true")
				set(r, "tls", "true")
			}
		}),
		Kills: kills("must connect in clear", "mode/rolling-plain-client-kept", "set/mixed-modes-clear", "journey/rollout",
			"mode/plain",
			"mode/disabled-plain", "name/dns-rename-old-plain", "state/tls-then-clear"),
	},
	{
		Name:   "ignores-code",
		Says:   "The driver looks at its connection string only.",
		Driver: asking(func(r *evidence.Request) { r.Code = nil }),
		Kills: kills("must connect over TLS", "uri/tls-in-code", "mtls/required-and-given-in-code",
			"key/encrypted-pkcs8-aes@in-code",
			"x509/authsource-external@in-code"),
	},
	{
		Name: "ignores-the-alias",
		Says: "The driver does not know ssl, the older name of tls.",
		Driver: asking(func(r *evidence.Request) {
			if has(*r, "ssl") && !has(*r, "tls") {
				drop(r, "ssl", "tlsCAFile") // which would turn TLS on
			}
		}),
		Kills: kills("must connect over TLS", "uri/ssl-true-alias"),
	},
	{
		Name:   "refuses-what-is-said-twice",
		Says:   "The driver takes every repetition for a contradiction.",
		Driver: refusing(func(r evidence.Request) bool { return len(values(r, "tls", "ssl")) > 1 }),
		Kills: besides(
			kills(keptOut, "uri/tls-ssl-equal@ssl-first", "uri/tls-ssl-equal", "uri/tls-repeated-equal"),
			"must connect in clear", "uri/tls-ssl-equal-false*",
		),
	},
	{
		Name: "sees-contradictions-everywhere",
		Says: "The driver refuses options that go together.",
		Driver: refusing(func(r evidence.Request) bool {
			return has(r, "tlsAllowInvalidHostnames") &&
				(has(r, "tlsDisableOCSPEndpointCheck") || has(r, "tlsAllowInvalidCertificates"))
		}),
		Kills: kills(keptOut, "uri/allow-hosts-plus-ocsp-off", "uri/allow-certs-plus-allow-hosts"),
	},
	{
		Name: "sees-no-contradiction",
		Says: "The driver lets the first of contradictory options count.",
		Driver: asking(func(r *evidence.Request) {
			for _, pair := range [][]string{{"tls", "ssl"}, {"tlsInsecure", "tlsAllowInvalidCertificates"}, {"tlsInsecure",
				"tlsAllowInvalidHostnames"},
				{"tlsInsecure", "tlsDisableOCSPEndpointCheck"}, {"tlsInsecure", "tlsDisableCertificateRevocationCheck"},
				{"tlsAllowInvalidCertificates", "tlsDisableOCSPEndpointCheck"},
				{"tlsAllowInvalidCertificates", "tlsDisableCertificateRevocationCheck"},
				{"tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck"}} {
				seen := false
				keep(r, func(key, _ string) bool {
					of := slices.ContainsFunc(pair, func(name string) bool { return strings.EqualFold(name, key) })
					again := of && seen
					seen = seen || of
					return !again
				})
			}
		}),
		Kills: kills(letInBefore, "uri/tls-ssl-conflict*", "uri/tls-repeated-conflict*", "uri/insecure-vs-*",
			"uri/allow-certs-vs-*",
			"uri/ocsp-off-vs-revocation-off*", "err/no-secret-leak-uri"),
	},
	{
		Name: "knows-no-revocation-switches",
		Says: "The driver refuses the switches of revocation, which it does not know.",
		Driver: refusing(func(r evidence.Request) bool {
			return has(r, "tlsDisableOCSPEndpointCheck") || has(r, "tlsDisableCertificateRevocationCheck")
		}),
		Kills: kills(keptOut, "uri/revocation-switches*"),
	},
	{
		Name: "minds-the-case-of-options",
		Says: "The driver does not know options that are written otherwise.",
		Driver: asking(func(r *evidence.Request) {
			keep(r, func(key, _ string) bool { return key != "TLS" && key != "TLSCAFILE" })
		}),
		Kills: kills("must connect over TLS", "uri/key-case"),
	},
	{
		Name: "decodes-nothing",
		Says: "The driver takes the values of options as they stand.",
		Driver: asking(func(r *evidence.Request) {
			for _, name := range []string{"tlsCAFile", "tlsCertificateKeyFilePassword", "authSource"} {
				for _, pair := range pairs(r.URI) {
					if key, value, _ := strings.Cut(pair, "="); key == name && strings.Contains(value, "%") {
						set(r, name, value)
					}
				}
			}
		}),
		Kills: kills(
			keptOut,
			"uri/encoded-slashes", "key/password-non-ascii", "uri/percent-encoded-path", "key/encrypted-pkcs8-aes",
			"key/encrypted-pkcs8-3des",
		),
	},
	{
		Name: "begins-paths-at-the-root",
		Says: "The driver takes a relative path for one from the root directory.",
		Driver: asking(func(r *evidence.Request) {
			if path, ok := option(*r, "tlsCAFile"); ok && !strings.HasPrefix(path, "/") {
				set(r, "tlsCAFile", "/missing/"+path)
			}
		}),
		Kills: kills(keptOut, "uri/relative-path*"),
	},
	{
		Name: "does-without-the-ca-file",
		Says: "The driver goes on without a tlsCAFile that it cannot use.",
		Driver: asking(func(r *evidence.Request) {
			block, _ := pem.Decode(content(*r, "tlsCAFile"))
			if has(*r, "tlsCAFile") &&
				(block == nil || block.Type != "CERTIFICATE" || leafOf(content(*r, "tlsCAFile")) == nil) {
				drop(r, "tlsCAFile")
			}
		}),
		Kills: kills(
			letInBefore,
			"uri/cafile-damaged*", "uri/cafile-key", "uri/cafile-odd-path*", "uri/cafile-missing*",
			"uri/cafile-empty-or-text*", "uri/cafile-der",
		),
	},
	{
		Name: "takes-what-x509-forbids",
		Says: "The driver ignores what must not stand beside MONGODB-X509.",
		Driver: asking(func(r *evidence.Request) {
			if v, _ := option(*r, "authMechanism"); v == "MONGODB-X509" {
				if v, _ := option(*r, "authSource"); v != "$external" {
					drop(r, "authSource")
				}
				drop(r, "authMechanismProperties")
				r.URI = strings.Replace(r.URI, "user:secret@", "", 1)
			}
		}),
		Kills: kills(letInBefore, "x509/password-given", "x509/authsource-bar*", "x509/mech-properties"),
	},
	{
		Name: "knows-no-load-balancer",
		Says: "The driver drops loadBalanced, and TLS with it.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			if is(r, "loadBalanced") {
				o.TLSConfig = nil
			}
		}),
		Kills: kills("must connect over TLS", "mode/load-balanced"),
	},
	{
		Name:   "drops-the-client-certificate",
		Says:   "The driver reads tlsCertificateKeyFile and does not present it.",
		Driver: presenting(func(evidence.Request, []byte) bool { return false }),
		Kills: kills(
			keptOut,
			"x509/two-certs-same-dn", "mtls/required-and-given*", "x509/no-username*", "x509/speculative-ok",
			"x509/authsource-external*", "x509/path-db-ignored", "x509/other-ca-same-subject",
			"x509/user-from-first-cert-in-pem", "x509/dn-special-chars*", "key/combined-cert-first",
			"crl/server-side-client-good", "state/none-then-certificate", "x509/scram-over-tls@certificate",
		),
	},
}

// has reports whether an option is there.
func has(r evidence.Request, name string) bool {
	_, ok := option(r, name)
	return ok
}

// values are those of options in a connection string.
func values(r evidence.Request, names ...string) (found []string) {
	for _, pair := range pairs(r.URI) {
		if key, value, _ := strings.Cut(pair, "="); slices.ContainsFunc(
			names,
			func(n string) bool { return strings.EqualFold(n, key) },
		) {
			found = append(found, value)
		}
	}
	return found
}

// presenting is a driver that presents only certificates whose key file f is for.
func presenting(f func(evidence.Request, []byte) bool) driverOf {
	return tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
		if c := o.TLSConfig; c != nil && len(c.Certificates) > 0 && !f(r, content(r, "tlsCertificateKeyFile")) {
			c.Certificates, c.GetClientCertificate = nil, nil
		}
	})
}
