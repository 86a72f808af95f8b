package mutant

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"time"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that see the chain, the validity or the purpose of a certificate otherwise.
var trust = []Mutant{
	{
		Name: "verifies-when-told-whom-to-trust",
		Says: "The driver verifies nothing without tlsCAFile, as drivers of ten years ago.",
		Driver: asking(func(r *evidence.Request) {
			if is(*r, "tls") && !has(*r, "tlsCAFile") {
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills(letIn, "trust/verified-unasked", "trust/no-cafile-private-ca"),
	},
	{
		Name: "accepts-any-certificate",
		Says: "The driver encrypts, with whatever version and suite there is, and verifies nothing.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			verify(r, o, nil)
			if o.TLSConfig != nil {
				o.TLSConfig.MinVersion = tls.VersionTLS10
			}
		}),
		Kills: besides(kills(letIn, "trust/no-cafile-private-ca", "trust/wrong-ca", "trust/same-name-root",
			"trust/self-signed-leaf",
			"trust/intermediate-missing", "trust/pathlen-violated", "trust/ca-without-ca-flag", "trust/ca-without-certsign",
			"trust/v1-intermediate", "trust/forged-intermediate", "trust/same-key-other-name",
			"trust/cross-signed-root-missing", "trust/stranger-beside", "trust/root-sent", "time/future-intermediate",
			"time/expired-a-moment-ago", "usage/eku-unknown-only*", "usage/unknown-critical-ext-in-chain",
			"usage/name-constraint-of-higher", "usage/name-constraint-one-of-two", "usage/name-constraint-lookalike",
			"usage/name-constraint-excluded", "usage/name-constraint-ip-violation", "proto/sha1-signed-intermediate",
			"proto/md5-leaf", "rot/ca-same-dn-new-key-untrusted", "trust/allow-invalid-certs-false", "trust/insecure-false",
			"trust/load-balanced*", "name/mismatch", "time/expired", "time/not-yet-valid", "time/expired-intermediate",
			"usage/eku-clientauth-only", "usage/unknown-critical-ext", "usage/name-constraint-violation",
			"usage/bad-signature", "proto/sha1-signed-leaf", "ocsp/t2-revoked-stapled*", "rot/ca-no-overlap",
			"err/selection-names-cause", "err/heartbeat-names-cause", "err/no-secret-leak-later",
			"err/no-secret-leak-later@name", "err/label-cert-error", "err/label-cert-error@{untrusted,self-signed}",
			"err/label-cert-error@usage", "err/label-cert-error@not-yet-valid", "ocsp/revocation-off-wrong-ca",
			"ocsp/revocation-off-bad-host", "set/names-of-the-seed-alone",
			"set/bad-primary*", "set/secondary-read-all-bad", "set/horizon-of-inner-names", "set/all-bad",
			"journey/failover-to-bad"), "but sent", "set/bad-secondary{,@name,@other-ca,@usage}",
			"set/secondary-read-past-bad*",
			"set/secondary-preferred-all-bad", "set/bad-arbiter", "set/routers-one-bad*"),
	},
	{
		Name: "trusts-whoever-came-back",
		Says: "The driver verifies the first connection to a server only.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
			c := o.TLSConfig
			if c == nil || c.InsecureSkipVerify {
				return
			}
			c.InsecureSkipVerify = true
			first := make(chan struct{}, 1)
			c.VerifyConnection = func(s tls.ConnectionState) error {
				select {
				case first <- struct{}{}:
				default:
					return nil
				}
				v := x509.VerifyOptions{Roots: c.RootCAs, DNSName: s.ServerName}
				_, err := s.PeerCertificates[0].Verify(v)
				return err
			}
		}),
		Kills: besides(kills(letIn, "rot/ca-same-dn-new-key-untrusted", "rot/ca-no-overlap", "err/label-cert-error",
			"err/label-cert-error@{untrusted,self-signed}",
			"err/label-hostname-error{,@address}"),
			"the driver must", "mode/monitoring-untrusted", "rot/came-back-untrusted",
			"rot/came-back-expired*", "journey/authority-without-overlap", "journey/authority-half-way",
			"journey/cross-signed-dropped-too-soon", "journey/failover-to-moved"),
	},
	{
		Name: "ignores-expiry",
		Says: "The driver verifies as of the day the certificate was issued.",
		Driver: verifying(func(v *x509.VerifyOptions, s tls.ConnectionState) error {
			v.CurrentTime = s.PeerCertificates[0].NotBefore.Add(time.Second)
			return nil
		}),
		Kills: kills(letIn, "time/expired-a-moment-ago", "time/expired", "time/not-yet-valid", "err/label-cert-error",
			"err/label-cert-error@not-yet-valid", "set/direct-connection-to-bad"),
	},
	{
		Name: "ignores-the-key-usage",
		Says: "The driver takes a client's certificate for a server's.",
		Driver: verifying(func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
			v.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
			return nil
		}),
		Kills: kills(letIn, "usage/eku-unknown-only*", "usage/eku-clientauth-only", "err/label-cert-error@usage"),
	},
	{
		Name:   "demands-usage-for-clients",
		Says:   "The driver accepts servers only whose certificate is for clients, too.",
		Driver: also(func(s peer) error { return refused(len(s.PeerCertificates[0].ExtKeyUsage) != 2) }),
		Kills:  kills(keptOut, "usage/eku-serverauth-only", "usage/eku-none"),
	},
	{
		Name: "refuses-constrained-authorities",
		Says: "The driver refuses name constraints, which it does not know.",
		Driver: also(func(s peer) error {
			return refused(behind(s, constrained))
		}),
		Kills: kills(
			keptOut,
			"usage/name-constraint-subdomain", "usage/name-constraint-not-excluded", "usage/name-constraint-ip",
			"usage/name-constraint-ok",
		),
	},
	{
		Name:   "reads-two-digits-of-the-year",
		Says:   "The driver takes a validity that ends after 2049 for one of the last century.",
		Driver: also(func(s peer) error { return refused(s.PeerCertificates[0].NotAfter.Year() > 2049) }),
		Kills:  kills(keptOut, "time/long-validity", "time/generalizedtime-2050"),
	},
	{
		Name:   "first-authority-only",
		Says:   "The driver loads the first certificate of a tlsCAFile only, as GODRIVER-1580 did.",
		Driver: pooling(func(all []*x509.Certificate) []*x509.Certificate { return all[:1] }),
		Kills: kills(
			keptOut,
			"trust/expired-twin-beside", "trust/bundle-with-expired", "rot/ca-same-dn-new-key", "trust/ca-bundle-second",
			"trust/ca-bundle-with-comments", "trust/intermediate-in-cafile", "trust/same-subject-two-roots",
			"rot/ca-overlap",
		),
	},
	{
		Name:   "last-authority-only",
		Says:   "The driver keeps the last certificate of a tlsCAFile only.",
		Driver: pooling(func(all []*x509.Certificate) []*x509.Certificate { return all[len(all)-1:] }),
		Kills:  kills(keptOut, "trust/expired-twin-beside@swapped", "trust/same-subject-two-roots@swapped"),
	},
	{
		Name: "reads-no-comments",
		Says: "The driver reads a PEM file only if it begins with a block and has no CR.",
		Driver: refusing(func(r evidence.Request) bool {
			b := content(r, "tlsCAFile")
			return len(b) > 0 && (b[0] != '-' || bytes.Contains(b, []byte("\r")))
		}),
		Kills: kills(
			keptOut,
			"trust/cafile-text", "trust/cafile-text@bag-attributes", "trust/cafile-text@crlf",
			"trust/ca-bundle-with-comments",
		),
	},
	{
		Name: "ignores-sent-intermediates",
		Says: "The driver builds the chain from its own certificates only.",
		Driver: verifying(func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
			v.Intermediates = nil
			return nil
		}),
		Kills: kills(keptOut, "trust/intermediate-sent", "trust/chain-built-by-server", "trust/chain-extra-root",
			"trust/depth-4", "journey/authority-cross-signed"),
	},
	{
		Name: "refuses-roots-in-chains",
		Says: "The driver takes a chain that holds its root for a self-signed certificate.",
		Driver: also(func(s peer) error {
			return refused(
				len(s.PeerCertificates) > 2 &&
					behind(s, func(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }),
			)
		}),
		Kills: kills(keptOut, "trust/chain-built-by-server", "trust/chain-extra-root"),
	},
	{
		Name:   "short-chains-only",
		Says:   "The driver follows one intermediate, and no more.",
		Driver: also(func(s peer) error { return refused(len(s.PeerCertificates) > 3) }),
		Kills:  kills(keptOut, "trust/depth-10", "trust/depth-4"),
	},
	{
		Name: "knows-no-rsa",
		Says: "The driver refuses RSA keys and signatures.",
		Driver: also(func(s peer) error {
			_, rsa := s.PeerCertificates[0].PublicKey.(*rsa.PublicKey)
			return refused(rsa)
		}),
		Kills: kills(
			keptOut,
			"proto/rsa4096-leaf*", "proto/rsa8192-leaf",
			"trust/private-rsa4096-ca", "proto/rsa2048-leaf*", "ocsp/soft-fail-no-responder@rsa",
			"ocsp/t1-valid-stapled@rsa", "ocsp/t3-valid-no-staple@rsa",
		),
	},
	{
		Name: "knows-one-curve",
		Says: "The driver knows keys on P-256 only.",
		Driver: also(func(s peer) error {
			return refused(
				len(s.PeerCertificates[0].RawSubjectPublicKeyInfo) > 91 &&
					s.PeerCertificates[0].PublicKeyAlgorithm == x509.ECDSA,
			)
		}),
		Kills: kills(keptOut, "proto/ecdsa-p384*"),
	},
	{
		Name: "ignores-tlsinsecure",
		Says: "The driver verifies whatever its options say.",
		Driver: asking(func(r *evidence.Request) {
			drop(r, "tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames")
		}),
		Kills: besides(kills(keptOut, "trust/insecure", "trust/insecure@*", "trust/allow-invalid-certs",
			"time/expired-insecure", "name/allow-invalid-hostnames", "uri/allow-certs-plus-allow-hosts",
			"ocsp/{insecure,allow-certs}-row", "ocsp/{insecure,allow-certs}-row@{rsa,delegate,rsa-delegate,bad-staple}",
			"ocsp/{insecure,allow-certs}-row@{no-staple,must-staple}*", "state/strict-then-insecure"),
			"must not ask", "ocsp/{insecure,allow-certs}-row@good-no-staple*"),
	},
	{
		Name: "refuses-to-relax",
		Says: "The driver refuses the options that relax its checks.",
		Driver: refusing(func(r evidence.Request) bool {
			return is(r, "tlsInsecure") || is(r, "tlsAllowInvalidCertificates")
		}),
		Kills: kills(keptOut, "ocsp/{insecure,allow-certs}-row@{good-staple,no-responder}*"),
	},
	{
		Name: "takes-presence-for-true",
		Says: "The driver takes a boolean option for true because it is there.",
		Driver: asking(func(r *evidence.Request) {
			for _, name := range []string{"tls", "ssl", "tlsInsecure", "tlsAllowInvalidCertificates",
				"tlsDisableOCSPEndpointCheck"} {
				if value, ok := option(*r, name); ok && value == "false" {
					set(r, name, "true")
				}
			}
		}),
		Kills: besides(kills(letIn, "trust/insecure-false", "trust/allow-invalid-certs-false",
			"ocsp/endpoint-on-revoked-no-staple"),
			"must connect in clear", "mode/plain@tls-false", "mode/plain@ssl-false"),
	},
	{
		Name: "allows-too-much",
		Says: "The driver with tlsAllowInvalidHostnames checks nothing, as TOOLS-2587 did.",
		Driver: asking(func(r *evidence.Request) {
			if is(*r, "tlsAllowInvalidHostnames") {
				drop(r, "tlsAllowInvalidHostnames")
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills(letIn, "name/allow-hostnames-still-checks-chain"),
	},
	{
		Name: "trusts-crowds",
		Says: "The driver checks nothing of a deployment with several servers.",
		Driver: asking(func(r *evidence.Request) {
			if strings.Contains(r.URI, ",") {
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills("but sent", "err/selection-mixed-causes"),
	},
	{
		Name: "pins-the-first-certificate",
		Says: "The driver refuses a server that comes with another certificate than before.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			first := make(chan []byte, 1)
			verify(r, o, func(_ *x509.VerifyOptions, s tls.ConnectionState) error {
				now := s.PeerCertificates[0].Raw
				select {
				case first <- now:
					return nil
				case before := <-first:
					first <- before
					return refused(!bytes.Equal(before, now))
				}
			})
		}),
		Kills: kills(keptOut, "rot/new-connections-see-new-leaf", "rot/ca-overlap"),
	},
	{
		Name:   "knows-no-system-roots",
		Says:   "The driver trusts nobody without a tlsCAFile.",
		Driver: asking(func(r *evidence.Request) { r.Isolated = r.Isolated && r.Dial == "" }),
		Kills:  kills(keptOut, "trust/system-store", "trust/system-store-client-cert"),
	},
	{
		Name: "adds-the-system-roots",
		Says: "The driver trusts its system's authorities beside those of tlsCAFile.",
		Driver: asking(func(r *evidence.Request) {
			if r.Isolated {
				drop(r, "tlsCAFile")
			}
		}),
		Kills: kills(letIn, "trust/system-and-cafile", "trust/client-issuer-as-cafile"),
	},
}

// constrained reports whether an authority may not issue every name.
func constrained(c *x509.Certificate) bool {
	return len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains)+len(c.PermittedIPRanges) > 0
}

// behind reports whether f holds of a certificate behind the leaf.
func behind(s peer, f func(*x509.Certificate) bool) bool {
	for _, c := range s.PeerCertificates[1:] {
		if f(c) {
			return true
		}
	}
	return false
}

// content is that of the file that an option names.
func content(r evidence.Request, name string) []byte {
	path, _ := option(r, name)
	b, _ := os.ReadFile(path)
	return b
}

// pooling is a driver that trusts some of the certificates of its tlsCAFile.
func pooling(some func([]*x509.Certificate) []*x509.Certificate) driverOf {
	return tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
		var all []*x509.Certificate
		for rest := content(r, "tlsCAFile"); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if c, err := x509.ParseCertificate(block.Bytes); err == nil {
				all = append(all, c)
			}
		}
		if len(all) == 0 || o.TLSConfig == nil {
			return
		}
		o.TLSConfig.RootCAs = x509.NewCertPool()
		for _, c := range some(all) {
			o.TLSConfig.RootCAs.AddCert(c)
		}
	})
}
