package mutant

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers in which something stays from one client to the next. What it is belongs to the address of the server, so
// that other servers, and with them other cases, are left alone.
var states = []Mutant{
	{
		Name: "remembers-trust",
		Says: "The driver verifies a server once in the life of its process: a session or a pin is shared by clients of " +
			"different trust.",
		Driver: remembering(func(known bool, r *evidence.Request, _ *evidence.Request) {
			if known {
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills(
			letIn,
			"state/name-then-another*", "state/revocation-off-then-on", "state/trusted-then-other-ca*",
			"state/insecure-then-strict*", "state/endpoint-off-then-on",
		),
	},
	{
		Name: "remembers-the-first-client",
		Says: "The driver makes its TLS configuration for a server once, from the options of the first client.",
		Driver: remembering(func(_ bool, r, earlier *evidence.Request) {
			if earlier != nil {
				r.URI, r.Code = earlier.URI, earlier.Code
			}
		}),
		Kills: besides(besides(besides(besides(kills(letIn, "state/trusted-then-other-ca*", "state/insecure-then-strict*",
			"state/endpoint-off-then-on"),
			keptOut, "state/other-ca-then-trusted", "state/strict-then-insecure", "state/none-then-certificate"),
			servedIt, "state/certificate-then-none"),
			"must be refused with", "state/login-then-none", "state/login-then-wrong-password"),
			"must", "state/tls12-then-highest", "state/clear-then-tls", "state/tls-then-clear"),
	},
	{
		Name: "remembers-credentials",
		Says: "The driver keeps credentials and certificates by server.",
		Driver: remembering(func(_ bool, r, earlier *evidence.Request) {
			if earlier == nil {
				return
			}
			r.URI = userinfo(*earlier, r.URI)
			for _, name := range []string{"tlsCertificateKeyFile", "authSource"} {
				if value, ok := option(*earlier, name); ok {
					set(r, name, value)
				}
			}
		}),
		Kills: besides(kills(servedIt, "state/certificate-then-none"), "must be refused with", "state/login-then-none",
			"state/login-then-wrong-password"),
	},
	{
		Name: "remembers-failures",
		Says: "The driver gives a server up that an earlier client could not use.",
		Driver: func(i driver.Isolation) driver.Driver {
			return &grudge{Driver: Model(i), against: map[string]evidence.Answer{}}
		},
		Kills: kills(keptOut, "state/other-ca-then-trusted", "state/strict-then-insecure", "state/none-then-certificate"),
	},
}

// memory is a driver that changes a request by what it knows of the server.
type memory struct {
	driver.Driver
	change func(known bool, r, earlier *evidence.Request)

	mu      sync.Mutex
	earlier map[string]*evidence.Request // the first request, by address
	known   map[string]bool              // servers that a client has connected to
}

func remembering(change func(known bool, r, earlier *evidence.Request)) driverOf {
	return func(i driver.Isolation) driver.Driver {
		return &memory{Driver: Model(i), change: change, earlier: map[string]*evidence.Request{}, known: map[string]bool{}}
	}
}

func (m *memory) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	at := place(r)
	m.mu.Lock()
	known, earlier, asked := m.known[at], m.earlier[at], r
	if earlier == nil {
		m.earlier[at] = &asked
	}
	m.mu.Unlock()
	m.change(known, &r, earlier)
	a, err := m.Driver.Do(ctx, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[at] = m.known[at] || a.OK
	return a, err
}

// grudge is a driver that fails at once on a server that has failed it before.
type grudge struct {
	driver.Driver
	mu      sync.Mutex
	against map[string]evidence.Answer
}

func (g *grudge) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	at := place(r)
	g.mu.Lock()
	a, failed := g.against[at]
	g.mu.Unlock()
	if failed {
		return a, nil
	}
	a, err := g.Driver.Do(ctx, r)
	if err == nil && !a.OK {
		g.mu.Lock()
		g.against[at] = a
		g.mu.Unlock()
	}
	return a, err
}

// place is the server of a request: a port may come again in another case, and a server have several names.
func place(r evidence.Request) string {
	at := address(r.URI)
	return r.ID + at[strings.LastIndex(at, ":")+1:]
}

// userinfo gives a connection string the user of an earlier one, if that has any.
func userinfo(earlier evidence.Request, uri string) string {
	from, err1 := url.Parse(earlier.URI)
	to, err2 := url.Parse(uri)
	if err1 != nil || err2 != nil || from.User == nil {
		return uri
	}
	to.User = from.User
	return to.String()
}
