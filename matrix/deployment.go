package matrix

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/matrix/internal/certificate"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// tellOf puts into a report what was seen of the user's deployment. None of its secrets is in the report.
func tellOf(e *server.External, r *reports.Report) {
	named, told := e.Servers()
	for i, s := range named {
		m := member(s)
		m.Case = server.Row(i, s.Host) + "/" + string(e.Mode())
		r.Deployment = append(r.Deployment, m)
		if s.Away != nil {
			r.LeftOut = append(r.LeftOut, fmt.Sprintf("%s: %v", s.Host, s.Away))
		}
	}
	for _, s := range told {
		r.Deployment = append(r.Deployment, member(s))
		r.LeftOut = append(r.LeftOut, fmt.Sprintf("%s: the set sends clients there, and --uri does not name it: the driver "+
			"was not tried with it", s.Host))
	}
	r.LeftOut = append(r.LeftOut, e.LeftOut()...)
	for i := range r.Cases {
		c := &r.Cases[i]
		c.Attempts, c.Why = reports.Without(c.Attempts, e.Secrets()), reports.Without(c.Why, e.Secrets())
	}
}

// member is a host in words.
func member(s sight.Server) reports.Member {
	m := reports.Member{Host: s.Host}
	say := func(format string, args ...any) { m.Says = append(m.Says, fmt.Sprintf(format, args...)) }
	if s.Away != nil {
		say("%v", s.Away)
		return m
	}
	say("%s", role(s))
	switch {
	case s.TLS == nil:
		say("it speaks no TLS (net.tls.mode: disabled, as far as is seen)")
		return m
	case s.Clear:
		say("clients in clear are served, too (net.tls.mode: allowTLS or preferTLS)")
	default:
		say("clients in clear are not served (net.tls.mode: requireTLS)")
	}
	m.Chain = certificate.Described(s.TLS.Chain)
	m.Says = append(m.Says, chain(s.TLS)...)
	m.Says = append(m.Says, handshakes(s.TLS)...)
	if s.Mute == nil && !s.Pings {
		say("it answers a ping only after a login")
	}
	return m
}

// role is what a server is, and of which version.
func role(s sight.Server) string {
	version := "MongoDB " + s.Version
	h := s.Hello
	if s.Version == "" {
		version = fmt.Sprintf("a server of wire version %d", h.MaxWire)
		i := slices.IndexFunc(mongod.Releases, func(r mongod.Release) bool { return r.MaxWireVersion == h.MaxWire })
		if i >= 0 {
			version += ", which is that of MongoDB " + mongod.Releases[i].Series
		}
	}
	switch {
	case s.Mute != nil:
		return fmt.Sprintf("it says nothing to this client: %v", s.Mute)
	case h.Router():
		return version + ", a router (mongos)"
	case h.Set == "":
		return version + ", in no replica set"
	}
	is := "neither primary nor secondary"
	switch {
	case h.Leads:
		is = "primary"
	case h.Second:
		is = "secondary"
	case h.Arbiter:
		is = "arbiter"
	}
	return fmt.Sprintf("%s, %s of the replica set %s, which sends clients to %s", version, is, h.Set,
		strings.Join(h.Members(), ", "))
}

// soon is when a certificate should be renewed, at the latest.
const soon = 30

// chain is the certificates of a server, and what is to be known of them.
func chain(t *sight.TLS) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for i, c := range t.Chain {
		days := int(time.Until(c.NotAfter).Hours() / 24)
		lasts := fmt.Sprintf("expires in %s, on %s", form.Counted(days, "day", "days"),
			c.NotAfter.UTC().Format(time.DateOnly))
		switch {
		case time.Now().After(c.NotAfter):
			lasts = "has expired, on " + c.NotAfter.UTC().Format(time.DateOnly)
		case time.Now().Before(c.NotBefore):
			lasts = "is not valid before " + c.NotBefore.UTC().Format(time.DateOnly)
		case days < soon:
			lasts += ": renew it"
		}
		d := certificate.Described(t.Chain[i : i+1])[0]
		if i == 0 {
			names := "no names"
			if len(d.Names) > 0 {
				names = strings.Join(d.Names, ", ")
			}
			say("its certificate is %s (%s; %s), issued by %s; it %s", d.Subject, names, d.Key, d.Issuer, lasts)
		} else {
			say("it sends %s, issued by %s, too; that %s", d.Subject, d.Issuer, lasts)
		}
	}
	if t.Bad != nil {
		say("for this host and --ca the chain is no good: %v", t.Bad)
	} else {
		say("the chain is good for this host and --ca")
	}
	must := certificate.Described(t.Chain[:1])[0].MustStaple
	switch {
	case t.Staple != sight.NoStaple:
		say("it staples an OCSP response: %s", t.Staple)
	case must:
		say("it staples no OCSP response, which its certificate demands (must-staple)")
	default:
		say("it staples no OCSP response")
	}
	return all
}

// handshakes is what a server takes and asks for in them.
func handshakes(t *sight.TLS) (all []string) {
	var versions, ciphers []string
	for _, v := range t.Offers {
		versions = append(versions, tlswire.VersionName(v))
	}
	for _, c := range t.Ciphers {
		ciphers = append(ciphers, tlswire.CipherName(c))
	}
	text := "it takes TLS " + strings.Join(versions, ", ")
	if len(ciphers) > 0 {
		text += "; up to TLS 1.2 with " + strings.Join(ciphers, ", ") + " (of the suites that Go knows)"
	}
	if t.Cipher13 != 0 {
		text += "; in TLS 1.3 it chooses " + tlswire.CipherName(t.Cipher13)
	}
	all = append(all, text)
	names := form.Counted(t.Names, "authority", "authorities")
	switch {
	case t.Demands:
		all = append(all, fmt.Sprintf("it asks for a client certificate, naming %s, and serves nobody without", names))
	case t.Asks:
		all = append(all, fmt.Sprintf("it asks for a client certificate, naming %s, and serves clients without one", names))
	default:
		all = append(all, "it asks for no client certificate")
	}
	return all
}
