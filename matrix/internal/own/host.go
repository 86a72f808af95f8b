package own

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/form"
)

// live is what a server that is up showed of itself.
type live struct {
	host  string // host:port
	clear bool   // clients without TLS are served
	*sight.TLS
}

const lookLimit = 30 * time.Second

// look looks at a live server, and sends it nothing but TLS and hello.
func look(ctx context.Context, at string) (*live, error) {
	if strings.Contains(at, "://") {
		return nil, usage.Errorf("--from-host takes HOST:PORT, not a connection string: --uri is for that")
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		host, port = strings.Trim(at, "[]"), "27017"
	}
	l := &live{host: net.JoinHostPort(host, port)}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	s := (&sight.Eyes{Brief: true}).Look(ctx, l.host)
	if s.Away != nil {
		return nil, usage.Errorf("--from-host: %s: %w", l.host, s.Away)
	}
	if l.TLS, l.clear = s.TLS, s.Clear; l.TLS == nil {
		return nil, usage.Errorf("--from-host: %s shows no certificate: %w, or TLS of a kind that is not known here",
			l.host, s.Good())
	}
	return l, nil
}

// disabled are the versions that it does not take, as a mongod is told of them.
func (l *live) disabled() string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(mongod.Protocols)) {
		if !slices.Contains(l.Offers, mongod.Protocols[name]) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

// notes are what was seen, one sentence each.
func (l *live) notes() []string {
	var offers []string
	for _, v := range l.Offers {
		offers = append(offers, tls.VersionName(v))
	}
	all := []string{l.host + " showed " + form.Counted(len(l.Chain), "certificate", "certificates") + " over " +
		tls.VersionName(l.Version) + ", and takes " + strings.Join(offers, ", ")}
	if l.clear {
		all = append(all, l.host+" serves clients without TLS, too")
	}
	if l.Staple != sight.NoStaple {
		all = append(all, l.host+" stapled an OCSP response: "+string(l.Staple))
	}
	says := ""
	switch {
	case l.Demands:
		says = ", and serves nobody without one"
	case l.Asks:
		says = ", and serves clients without one, too"
	}
	if l.Asks {
		all = append(all, l.host+" asks for a client certificate, names "+
			form.Counted(l.Names, "authority", "authorities")+" for it"+says)
	}
	return all
}

// staple is the answer of an issuer's responder about a certificate.
func staple(cert, issuer *x509.Certificate, key crypto.Signer, says sight.Staple) ([]byte, error) {
	if says == sight.Unreadable {
		return []byte("no OCSP response"), nil
	}
	now := time.Now().Truncate(time.Second)
	response := ocsp.Response{Status: ocsp.Good, SerialNumber: cert.SerialNumber,
		ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(24 * time.Hour)}
	switch says {
	case sight.Revoked:
		response.Status, response.RevokedAt = ocsp.Revoked, now.Add(-2*time.Hour)
	case sight.Unknown:
		response.Status = ocsp.Unknown
	case sight.Expired:
		response.ThisUpdate, response.NextUpdate = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	}
	return ocsp.CreateResponse(issuer, issuer, response, key)
}
