package mutant

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strings"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that compare names otherwise.
var names = []Mutant{
	{
		Name: "skips-the-name-check",
		Says: "The driver checks the chain, not the host name: the default of many libraries before 2015.",
		Driver: verifying(func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
			v.DNSName = ""
			return nil
		}),
		Kills: kills(
			letIn,
			"name/idn-wildcard-inside", "name/wildcard-twice", "name/wildcard-address", "name/leading-dot-in-san",
			"name/nul-in-san", "name/empty-in-san", "name/space-in-san", "name/parent-domain", "name/longer-name",
			"name/cn-beside-address", "name/ip-neighbour", "name/ipv6-neighbour", "state/name-then-another*",
			"name/mismatch", "name/ip-not-in-san", "name/dns-not-in-san", "name/ip-as-dns-san",
			"name/cn-match-san-mismatch", "name/no-names", "name/other-san-types", "name/wildcard-two-labels",
			"name/wildcard-bare-domain", "name/wildcard-inside", "name/dns-rename-old-tls", "name/advertised-mismatch",
			"ocsp/revocation-off-bad-host", "err/no-secret-leak-later@name", "err/label-hostname-error{,@address}",
			"trust/load-balanced@name", "state/insecure-then-strict@name",
		),
	},
	matching("falls-back-on-the-common-name", "The driver takes the common name for one of the certificate's names.",
		func(c *x509.Certificate, host string) bool {
			return c.Subject.CommonName == host || c.VerifyHostname(host) == nil
		},
		kills(letIn, "name/cn-match-san-mismatch", "name/cn-beside-address")),
	matching(
		"looks-at-the-common-name-alone",
		"The driver compares the host with the common name, where there is one of a host.",
		func(c *x509.Certificate, host string) bool {
			if strings.Contains(c.Subject.CommonName, ".") {
				return c.Subject.CommonName == host
			}
			return c.VerifyHostname(host) == nil
		},
		kills(keptOut, "name/cn-mismatch-san-match"),
	),
	matching("takes-addresses-for-names", "The driver compares an IP address with DNS entries.",
		func(c *x509.Certificate, host string) bool {
			return slices.Contains(c.DNSNames, host) || c.VerifyHostname(host) == nil
		},
		kills(letIn, "name/ip-as-dns-san")),
	matching(
		"trusts-an-address-behind-a-name",
		"The driver accepts a host whose address, and not whose name, the certificate carries.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil || len(c.IPAddresses) == 1 && len(c.DNSNames) == 0
		},
		kills(letIn, "name/dns-not-in-san"),
	),
	matching("reads-other-entries", "The driver takes the host of a URI or e-mail entry for a name.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil ||
				slices.ContainsFunc(c.EmailAddresses, func(a string) bool { return strings.HasSuffix(a, "@"+host) })
		},
		kills(letIn, "name/other-san-types")),
	matching("takes-no-names-for-any", "The driver skips the check where there is nothing to compare with.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil || len(c.DNSNames)+len(c.IPAddresses)+len(c.URIs)+len(c.EmailAddresses) == 0
		},
		kills(letIn, "name/no-names")),
	matching("gives-up-at-an-odd-name",
		"The driver refuses a certificate one of whose names is none, as pyca/service-identity#35 has it.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil && !slices.ContainsFunc(c.DNSNames, func(name string) bool {
				return strings.Contains(strings.TrimPrefix(name, "*."), "*") || net.ParseIP(name) != nil
			})
		},
		kills(keptOut, "name/odd-beside", "name/odd-beside@address")),
	matching("ends-names-at-nul", "The driver compares names as C does its strings, as browsers did until 2009.",
		func(c *x509.Certificate, host string) bool {
			name, _, _ := strings.Cut(first(c.DNSNames), "\x00")
			return c.VerifyHostname(host) == nil || name == host
		},
		kills(letIn, "name/nul-in-san")),
	matching("compares-ends", "The driver looks whether one of the two names ends or begins with the other.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil || slices.ContainsFunc(c.DNSNames, func(name string) bool {
				return strings.HasSuffix(host, name) || strings.HasPrefix(name, host) || strings.HasSuffix(name, host)
			})
		},
		kills(letIn, "name/parent-domain", "name/longer-name", "name/leading-dot-in-san", "name/empty-in-san")),
	matching("trims-names", "The driver trims the names of certificates.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil || strings.TrimSpace(first(c.DNSNames)) == host
		},
		kills(letIn, "name/space-in-san")),
	matching("compares-networks", "The driver compares the beginning of IP addresses.",
		func(c *x509.Certificate, host string) bool {
			a := net.ParseIP(strings.Trim(host, "[]"))
			return c.VerifyHostname(host) == nil || a != nil && slices.ContainsFunc(c.IPAddresses, func(b net.IP) bool {
				half := net.CIDRMask(64, 128)
				return a.To16().Mask(half).Equal(b.To16().Mask(half))
			})
		},
		kills(letIn, "name/ip-neighbour", "name/ipv6-neighbour")),
	matching("stretches-wildcards", "The driver lets a wildcard stand for any number of labels, wherever it stands.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil || slices.ContainsFunc(c.DNSNames, func(name string) bool {
				before, after, wild := strings.Cut(name, "*")
				return wild && strings.HasPrefix(host, before) && strings.HasSuffix(host, strings.TrimPrefix(after, "."))
			})
		},
		kills(letIn, "name/wildcard-two-labels", "name/wildcard-bare-domain", "name/wildcard-inside",
			"name/idn-wildcard-inside")),
	matching("knows-no-wildcards", "The driver takes a wildcard for the name of a host.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil && !strings.HasPrefix(first(c.DNSNames), "*")
		},
		kills(keptOut, "name/wildcard")),
	matching("minds-the-case-of-names", "The driver compares names byte by byte.",
		func(c *x509.Certificate, host string) bool {
			return slices.Contains(c.DNSNames, host) || net.ParseIP(strings.Trim(host, "[]")) != nil
		},
		kills(keptOut, "name/wildcard-upper-case", "name/case-insensitive")),
	matching("looks-at-a-few-names", "The driver gives up after fifty names.",
		func(c *x509.Certificate, host string) bool {
			return c.VerifyHostname(host) == nil && len(c.DNSNames) <= 50
		},
		kills(keptOut, "name/many-sans")),
	matching(
		"checks-another-name", "The driver expects every server to be called localhost.",
		func(c *x509.Certificate, _ string) bool { return c.VerifyHostname("localhost") == nil },
		kills(keptOut, "name/dns-san", "name/dns-rename-new", "name/advertised", "name/ip-in-san", "name/ipv6",
			"name/ipv6-in-full", "name/critical-san", "set/one-certificate", "set/certificate-each",
			"set/other-name-of-itself", "set/secondary-read", "set/mixed-modes", "set/primary-given-certificate",
			"set/hidden-seed", "set/horizon", "set/routers", "set/prefers-tls",
			"journey/rollout-tls"),
	),
	{
		Name: "checks-the-seed's-name",
		Says: "The driver checks the name of the seed, whichever member it dials.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			verify(r, o, func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
				v.DNSName = host(r.URI)
				return nil
			})
		}),
		Kills: besides(kills(letIn, "name/advertised-mismatch", "set/names-of-the-seed-alone"), keptOut,
			"set/certificate-each"),
	},
	{
		Name: "asks-for-no-name",
		Says: "The driver sends no server name.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			if c := o.TLSConfig; c != nil && !c.InsecureSkipVerify {
				verify(r, o, func(*x509.VerifyOptions, tls.ConnectionState) error { return nil })
				c.ServerName = "127.0.0.1"
			}
		}),
		Kills: besides(kills("must name", "name/dns-san"), keptOut, "name/sni-present"),
	},
	{
		Name: "asks-for-no-name-where-it-checks-none",
		Says: "The driver with tlsInsecure sends no server name.",
		Driver: configuring(func(c *tls.Config) {
			if c.InsecureSkipVerify {
				c.ServerName = "127.0.0.1"
			}
		}),
		Kills: kills("must name", "name/sni-insecure"),
	},
	{
		Name:   "cuts-long-names",
		Says:   "The driver has room for a hundred bytes of a host's name.",
		Driver: refusing(func(r evidence.Request) bool { return len(host(r.URI)) > 100 }),
		Kills:  kills(keptOut, "name/sni-long"),
	},
	{
		Name: "knows-no-a-labels",
		Says: "The driver compares internationalised names as people read them.",
		Driver: also(func(p peer) error {
			return refused(strings.HasPrefix(first(p.PeerCertificates[0].DNSNames), "xn--"))
		}),
		Kills: kills(keptOut, "name/idn"),
	},
	{
		Name:   "minds-underscores",
		Says:   "The driver refuses names that are none of RFC 952.",
		Driver: refusing(func(r evidence.Request) bool { return strings.Contains(host(r.URI), "_") }),
		Kills:  kills(keptOut, "name/underscore"),
	},
	{
		Name: "gives-up-at-other-entries",
		Says: "The driver stops at the first entry that is no DNS name.",
		Driver: also(func(p peer) error {
			return refused(len(p.PeerCertificates[0].URIs)+len(p.PeerCertificates[0].EmailAddresses) > 0)
		}),
		Kills: kills(keptOut, "name/behind-other-types"),
	},
	{
		Name: "asks-for-addresses",
		Says: "The driver sends an IP address as a server name.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			if c := o.TLSConfig; c != nil && net.ParseIP(strings.Trim(host(r.URI), "[]")) != nil {
				c.InsecureSkipVerify, c.ServerName = true, "127-0-0-1"
			}
		}),
		Kills: kills("must carry no server name", "name/ip-in-san", "name/ipv6"),
	},
}

func first(list []string) string { return append(list, "")[0] }

// matching is a driver with a comparison of names of its own.
func matching(name, says string, match func(c *x509.Certificate, host string) bool, k []Kill) Mutant {
	return Mutant{
		Name:  name,
		Says:  says,
		Kills: k,
		Driver: verifying(func(v *x509.VerifyOptions, s tls.ConnectionState) error {
			host := v.DNSName
			v.DNSName = ""
			return namedBy(match(s.PeerCertificates[0], host), s.PeerCertificates[0], host)
		}),
	}
}

func namedBy(matches bool, c *x509.Certificate, host string) error {
	if matches {
		return nil
	}
	return x509.HostnameError{Certificate: c, Host: host}
}
