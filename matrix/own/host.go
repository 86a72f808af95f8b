package own

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/form"
)

// live is what a server that is up showed of itself.
type live struct {
	host string // host:port
	*sight.TLS
}

const lookLimit = 10 * time.Second

// look opens one connection to a live server, for its handshake, and sends nothing on it but TLS.
func look(ctx context.Context, at string) (*live, error) {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		host, port = at, "27017"
	}
	l := &live{host: net.JoinHostPort(host, port)}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", l.host)
	if err != nil {
		if e, ok := errors.AsType[*net.DNSError](err); ok {
			return nil, usage.Errorf("--from-host: %s does not resolve (%s): look whether the name is right", host, e.Err)
		}
		return nil, usage.Errorf("--from-host: nobody answers at %s: %v", l.host, err)
	}
	defer func() { _ = raw.Close() }() // it has been looked at
	if _, l.TLS, err = new(sight.Eyes).Shake(ctx, raw, l.host); err != nil && len(l.Chain) == 0 {
		return nil, usage.Errorf("--from-host: %s shows no certificate: it does not speak TLS on this port, or not with "+
			"this client (%v)",
			l.host, err)
	}
	return l, nil
}

// notes are what was seen, one sentence each.
func (l *live) notes() []string {
	all := []string{fmt.Sprintf("%s showed %s over %s", l.host, form.Counted(len(l.Chain), "certificate", "certificates"),
		tls.VersionName(l.Version))}
	if l.Staple != sight.NoStaple {
		all = append(all, l.host+" stapled an OCSP response")
	}
	if l.Asks {
		all = append(all, fmt.Sprintf("%s asks for a client certificate, and names %s for it", l.host,
			form.Counted(l.Names, "authority", "authorities")))
	}
	return all
}

// staple is the answer of an issuer's responder about a certificate.
func staple(cert, issuer *x509.Certificate, key crypto.Signer, status int) ([]byte, error) {
	now := time.Now().Truncate(time.Second)
	return ocsp.CreateResponse(issuer, issuer, ocsp.Response{Status: status, SerialNumber: cert.SerialNumber,
		ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(24 * time.Hour), RevokedAt: now.Add(-2 * time.Hour)}, key)
}
