package own

import (
	"maps"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/scenarios"
)

// layout is the servers at some hosts, which belong together: the members of the set that the string names, or routers.
func (s *Session) layout(w *world, hosts []string) server.Layout {
	g := s.given
	l := server.Layout{}
	set, inSet := g.option("replicaSet")
	l.Set = set
	for i, host := range hosts {
		p := s.plan(w)
		if len(hosts) > 1 {
			p.Name = host
		}
		name := connstring.HostOf(host)
		switch {
		case inSet && i == 0:
			p.Seat = &server.Seat{Role: scenarios.Primary, Host: name, Me: name}
		case inSet:
			p.Seat = &server.Seat{Role: scenarios.Secondary, Host: name, Me: name}
		case len(hosts) > 1:
			p.Seat = &server.Seat{Role: scenarios.Mongos, Host: name, Me: name}
		}
		l.Members = append(l.Members, p)
	}
	if w.renewed != "" {
		next := l.Members[0]
		next.Config.CertificateKeyFile = w.renewed
		l.Steps = []server.Step{{After: 1, Says: "the first host comes back with the renewed certificate", Restart: &next}}
	}
	return l
}

// plan is what each of the servers is told.
func (s *Session) plan(w *world) server.Plan {
	g := s.given
	c := g.config
	c.BindIP, c.Port, c.LogPath = nil, 0, ""
	c.Other = nil
	c.CertificateKeyFile, c.CertificateKeyFilePassword = w.keyFile, w.password
	c.CAFile = w.serverCA
	if c.SetParameter = maps.Clone(c.SetParameter); c.SetParameter == nil {
		c.SetParameter = map[string]string{}
	}
	c.SetParameter[mongod.OCSPEnabled] = strconv.FormatBool(w.hasStaple) // the responders are somebody's, and not asked
	if w.mode == scenarios.Disabled {
		c = mongod.Config{Mode: w.mode, Authorization: c.Authorization}
	}
	p := server.Plan{Config: c, Fault: server.Fault{Response: w.staple}}
	if balanced, _ := g.string.Get("loadBalanced"); balanced == "true" {
		p.Fault.LoadBalancer = true
	}
	if u := g.user(w); u != nil {
		p.Users, p.Config.Authorization = []mongod.User{*u}, true
	}
	return p
}

// option is one of the connection string or, where that has it not, of its TXT record.
func (g *given) option(name string) (string, bool) {
	if value, ok := g.string.Get(name); ok || g.zone == nil {
		return value, ok
	}
	text := connstring.String{}
	for pair := range strings.SplitSeq(strings.Join(g.zone.texts, "&"), "&") {
		key, value, _ := strings.Cut(pair, "=")
		text.Options = append(text.Options, connstring.Option{Name: key, Value: value})
	}
	return text.Get(name)
}

// user is the one that the connection string logs in as, nil for none. It exists, and its password is right: whether
// that is so in the user's deployment cannot be known here.
func (g *given) user(w *world) *mongod.User {
	user, password := g.string.Credential()
	mechanism, _ := g.string.Get("authMechanism")
	roles := []string{"readWriteAnyDatabase@admin"}
	if strings.EqualFold(mechanism, "MONGODB-X509") {
		if w.client == nil {
			return nil
		}
		name, err := dn.Format(w.client.Certs[0].RawSubject)
		if err != nil {
			return nil
		}
		return &mongod.User{DB: "$external", Name: name, Roles: roles}
	}
	if user == "" {
		return nil
	}
	db := "admin"
	if g.string.DB != "" {
		db = g.string.DB
	}
	if source, ok := g.option("authSource"); ok {
		db = source
	}
	return &mongod.User{DB: db, Name: user, Password: password, Roles: roles}
}
