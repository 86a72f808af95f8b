package own

import (
	"bytes"
	"crypto/x509"
	"net"
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki/clone"
)

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && clone.Signed(c, c)
}

func signedBy(c, issuer *x509.Certificate) bool { return clone.Signed(c, issuer) }

// A way is how a certificate leads to an authority.
type way struct {
	path     []*x509.Certificate // the leaf first
	anchored bool                // it ends at one that is trusted
	root     bool                // which signs itself
}

// climb goes from a leaf to an authority that is trusted, by signatures; those that are trusted come first, and of
// them those that are valid and sign themselves.
func climb(leaf *x509.Certificate, sent, trusted []*x509.Certificate) way {
	w := way{path: []*x509.Certificate{leaf}}
	for {
		last := w.path[len(w.path)-1]
		if contains(trusted, last) {
			w.anchored = true
		}
		if selfSigned(last) {
			w.root = w.anchored
			return w
		}
		next := issuerOf(last, trusted, w.path)
		if next == nil {
			next = issuerOf(last, sent, w.path)
		}
		if next == nil {
			return w
		}
		w.path = append(w.path, next)
	}
}

func contains(all []*x509.Certificate, c *x509.Certificate) bool {
	for _, other := range all {
		if other.Equal(c) {
			return true
		}
	}
	return false
}

// issuerOf is who of all issued a certificate, and is not on the way already; nil for nobody.
func issuerOf(c *x509.Certificate, all, path []*x509.Certificate) (found *x509.Certificate) {
	for _, a := range all {
		if contains(path, a) || !signedBy(c, a) {
			continue
		}
		if found == nil || found.NotAfter.Before(a.NotAfter) {
			found = a
		}
	}
	return found
}

// namesake is an authority that has the name of a certificate's issuer and another key, nil for none.
func namesake(c *x509.Certificate, all []*x509.Certificate) *x509.Certificate {
	for _, a := range all {
		if bytes.Equal(a.RawSubject, c.RawIssuer) && !signedBy(c, a) {
			return a
		}
	}
	return nil
}

// namesOf are the hosts that a certificate is for; of a wildcard, one that it covers. Without alternative names it is
// the common name.
func namesOf(c *x509.Certificate) (hosts []string) {
	for _, name := range c.DNSNames {
		hosts = append(hosts, strings.Replace(name, "*.", "any.", 1))
	}
	for _, ip := range c.IPAddresses {
		hosts = append(hosts, literal(ip))
	}
	if len(hosts) == 0 && c.Subject.CommonName != "" && !strings.ContainsAny(c.Subject.CommonName, " /@") {
		hosts = []string{c.Subject.CommonName}
	}
	return hosts
}

// literal is an address as a connection string writes it.
func literal(ip net.IP) string {
	if ip.To4() == nil {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}
