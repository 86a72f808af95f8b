package mutant

import (
	"crypto/tls"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that negotiate otherwise.
var versions = []Mutant{
	{
		Name:   "speaks-tls12-at-most",
		Says:   "The driver does not know TLS 1.3.",
		Driver: configuring(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }),
		Kills: besides(kills("TLS 1.3 must be negotiated", "proto/highest-version", "state/tls12-then-highest"),
			"must connect over TLS",
			"proto/tls13-only-server"),
	},
	{
		Name:   "speaks-tls13-only",
		Says:   "The driver does not know TLS 1.2.",
		Driver: configuring(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS13, 0 }),
		Kills: kills("must connect over TLS", "proto/tls12-only-server", "proto/rsa2048-leaf@tls12",
			"mtls/required-and-given@tls12",
			"x509/no-username@tls12", "ocsp/t1-valid-stapled@tls12"),
	},
	{
		Name:   "ignores-limits-of-versions",
		Says:   "The driver negotiates the highest version, whatever its program demands.",
		Driver: asking(func(r *evidence.Request) { drop(r, "tlsMinVersion", "tlsMaxVersion") }),
		Kills: besides(kills(servedIt, "proto/tls13-server-tls12-client", "proto/tls12-server-tls13-client",
			"proto/tls10-client"),
			"TLS 1.2 must be negotiated", "proto/tls12-client"),
	},
	{
		Name:   "speaks-tls10",
		Says:   "The driver still takes TLS 1.0 and 1.1.",
		Driver: configuring(func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }),
		Kills:  kills(letIn, "proto/tls11-server*"),
	},
	{
		Name: "takes-triple-des",
		Says: "The driver still offers suites that are broken.",
		Driver: configuring(func(c *tls.Config) {
			for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				c.CipherSuites = append(c.CipherSuites, s.ID)
			}
		}),
		Kills: kills(servedIt, "proto/no-shared-cipher"),
	},
}

func configuring(f func(*tls.Config)) driverOf {
	return tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
		if o.TLSConfig != nil {
			f(o.TLSConfig)
		}
	})
}
