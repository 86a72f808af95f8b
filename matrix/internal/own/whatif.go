package own

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/mongotls/mongotls/fixtures/pki/clone"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/scenarios"
)

// A WhatIf is what is to be otherwise than it is. The zero value is nothing.
type WhatIf struct {
	At     time.Time // drivers see that day
	Renew  bool      // the certificate has new dates
	Issuer string    // PEM file of the authority that is to issue it from now on
	// Staple is what the server staples: "must" has the certificate demand it, "lost" does so and sends none, "revoked"
	// says that it has been revoked.
	Staple string
}

// Staples are the values of WhatIf.Staple.
var Staples = []string{"must", "lost", "revoked"}

// none reports whether everything is to be as it is.
func (w WhatIf) none() bool { return w == WhatIf{} }

func (w WhatIf) check(g *given) error {
	asked := 0
	for _, is := range []bool{!w.At.IsZero(), w.Renew, w.Issuer != "", w.Staple != ""} {
		if is {
			asked++
		}
	}
	switch {
	case asked > 1:
		return usage.Errorf("--at, --renew, --issuer and --staple are one question each: take one at a time")
	case asked > 0 && g.config.Mode == scenarios.Disabled:
		return usage.Errorf("the mode is disabled: without TLS there is no certificate to ask about")
	}
	return nil
}

// worlds are the states that are tried, each with its files in dir.
func (g *given) worlds(dir string) ([]*world, error) {
	asGiven := func(name string) (*world, error) {
		if g.config.Mode == scenarios.Disabled || g.cert != nil {
			return g.original(name), nil
		}
		return g.cloned(dir, name, state{})
	}
	w := g.whatIf
	if w.none() {
		one, err := asGiven("as given")
		return []*world{one}, err
	}
	var states []state
	var names []string
	add := func(name string, s state) { names, states = append(names, name), append(states, s) }
	switch {
	case !w.At.IsZero():
		add("on "+w.At.Format(time.DateOnly), state{shift: time.Until(w.At).Truncate(time.Second) * -1})
	case w.Renew:
		change := clone.Change{NotBefore: time.Now().Add(-time.Hour).Truncate(time.Second)}
		add("before the renewal", state{})
		add("during the renewal", state{then: change})
		add("after the renewal", state{leaf: change})
	case w.Issuer != "":
		f, err := credential.ReadCertificates("--issuer", w.Issuer)
		if err != nil {
			return nil, err
		}
		next := f.Certs[0]
		if !next.IsCA {
			return nil, usage.Errorf("--issuer: %s begins with %s, which is no authority", w.Issuer, credential.NameOf(next))
		}
		if contains(g.ca.Certs, next) {
			return nil, usage.Errorf("--issuer: %s begins with %s, which the drivers trust already: name the authority that "+
				"is to follow", w.Issuer, credential.NameOf(next))
		}
		g.notes = append(g.notes, prefixed(f)...)
		old, both := g.ca.Certs, append(append([]*x509.Certificate{}, g.ca.Certs...), f.Certs...)
		change := clone.Change{Issuer: next}
		add("before: old certificate, old trust", state{})
		add("clients first: old certificate, both trusted", state{trusted: both})
		add("then the servers: new certificate, both trusted", state{leaf: change, trusted: both, sent: f.Certs})
		add("after: new certificate, new trust", state{leaf: change, trusted: f.Certs, sent: f.Certs})
		add("a client forgotten: new certificate, old trust", state{leaf: change, trusted: old, sent: f.Certs})
		add("cross-signed: new certificate, old trust, the new authority signed by the old",
			state{leaf: change, trusted: old, sent: f.Certs, crossed: true})
	case w.Staple == "must":
		add("must-staple, and stapled", state{leaf: clone.Change{MustStaple: true}, staple: sight.Good})
	case w.Staple == "lost":
		add("must-staple, and the staple is lost", state{leaf: clone.Change{MustStaple: true}})
	case w.Staple == "revoked":
		add("revoked, and the staple says so", state{staple: sight.Revoked})
	default:
		return nil, usage.Errorf("--staple %q: take one of must, lost, revoked", w.Staple)
	}
	var all []*world
	for i, s := range states {
		one, err := g.cloned(dir, names[i], s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
		all = append(all, one)
	}
	return all, nil
}
