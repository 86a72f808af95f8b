package attempt

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// drawn is a back end on paper: it keeps the layout that it was given.
type drawn struct {
	info   server.Info
	layout server.Layout
}

func (d *drawn) Info() server.Info          { return d.info }
func (d *drawn) Cannot(harness.Case) string { return "" }
func (d *drawn) Close() error               { return nil }
func (d *drawn) Open(_ context.Context, l server.Layout) (server.Deployment, error) {
	d.layout = l
	return d, nil
}
func (d *drawn) Members() (list []server.Member) {
	for i, m := range d.layout.Members {
		addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(27017+i))
		list = append(list, server.Member{Name: m.Name, Addr: addr})
	}
	return list
}
func (d *drawn) Seen(context.Context) (evidence.Seen, error) { return evidence.Seen{}, nil }

func opened(t *testing.T, b *drawn, mode scenarios.Mode, row scenarios.Scenario) *Scene {
	t.Helper()
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	row.ID = "x/y"
	s, err := Open(t.Context(), w, b, harness.Case{ID: "x/y/" + string(mode), Scenario: row, Mode: mode}, 0)
	require.NoError(t, err)
	return s
}

// A scene knows the certificates of the key files with their chains: none where a file has none, where a mode has no
// TLS, and none of a server that is not ours.
func TestCertificates(t *testing.T) {
	row := scenarios.Scenario{Client: scenarios.Client{Cert: &pki.Leaf{}}}
	row.Server.Form.Chain = []string{pki.CA}
	s := opened(t, &drawn{}, scenarios.RequireTLS, row)
	require.Len(t, s.ServerFile, 2)
	require.True(t, s.ServerFile[1].IsCA)
	require.Len(t, s.ClientFile, 1)

	theirs := server.Info{Host: "example.test", URI: "mongodb://example.test/"}
	s = opened(t, &drawn{info: theirs}, scenarios.RequireTLS, row)
	require.Empty(t, s.ServerFile)
	require.Len(t, s.ClientFile, 1)

	row.Client.Form.OmitCert = true
	s = opened(t, &drawn{}, scenarios.Disabled, row)
	require.Empty(t, s.ServerFile)
	require.Empty(t, s.ClientFile)
}

// A deployment of the user's is reached by its own name, with the files that the user gave, and alone.
func TestDeploymentOfTheUser(t *testing.T) {
	b := &drawn{info: server.Info{Host: "db.example.com", CA: "/theirs/ca.pem", Cert: "/theirs/client.pem"}}
	s := opened(t, b, scenarios.RequireTLS, scenarios.Scenario{})
	r, err := s.Request(scenarios.Client{Cert: &pki.Leaf{}}, time.Second)
	require.NoError(t, err)
	require.Equal(t,
		"mongodb://db.example.com:27017/?tls=true&tlsCAFile=/theirs/ca.pem&tlsCertificateKeyFile=/theirs/client.pem"+
			"&directConnection=true", r.URI)
	r, err = s.Request(scenarios.Client{Options: "tls=true&tlsCAFile={other}"}, time.Second)
	require.NoError(t, err)
	require.NotContains(t, r.URI, "/theirs/ca.pem")
}

// The user's certificate goes to every client of theirs that asks for TLS, unless that would change what the row is
// about.
func TestCertificateOfTheUser(t *testing.T) {
	const file, password = "&tlsCertificateKeyFile=/theirs/my%20client.pem", "&tlsCertificateKeyFilePassword=a%26b"
	b := &drawn{info: server.Info{Host: "db.example.com", CA: "/ca.pem", Cert: "/theirs/my client.pem",
		CertPassword: "a&b"}}
	for name, row := range map[string]struct {
		client scenarios.Client
		added  bool
	}{
		"default":             {scenarios.Client{}, true},
		"one of its own":      {scenarios.Client{Cert: &pki.Leaf{}}, true},
		"further options":     {scenarios.Client{Add: "tlsInsecure=true"}, true},
		"ssl":                 {scenarios.Client{Options: "SSL=true"}, true},
		"a string of its own": {scenarios.Client{URI: "mongodb://{host}:{port}?tls=true"}, true},
		"in clear":            {scenarios.Client{Options: "tls=false"}, false},
		"what implies TLS":    {scenarios.Client{Options: "tlsInsecure=true"}, false},
		"no file, a password": {scenarios.Client{Add: "tlsCertificateKeyFilePassword=x"}, false},
	} {
		s := opened(t, b, scenarios.RequireTLS, scenarios.Scenario{})
		r, err := s.Request(row.client, time.Second)
		require.NoError(t, err, name)
		for _, option := range []string{file, password} {
			require.Equal(t, row.added, strings.Contains(r.URI+"&", option+"&"), "%s: %s", name, r.URI)
		}
	}
	s := opened(t, b, scenarios.RequireTLS, scenarios.Scenario{
		Expect: scenarios.RefusedBeforeDialing(evidence.ParseError)})
	r, err := s.Request(scenarios.Client{}, time.Second)
	require.NoError(t, err)
	require.NotContains(t, r.URI, file)
	s = opened(t, b, scenarios.RequireTLS, scenarios.Scenario{})
	r, err = s.Request(scenarios.Client{URI: "mongodb://{host}:{port}/", Code: map[string]string{"tls": "true"}},
		time.Second)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"tls": "true", "tlsCertificateKeyFile": "/theirs/my client.pem",
		"tlsCertificateKeyFilePassword": "a&b"}, r.Code)
	require.NotContains(t, r.URI, "/theirs/")
}

// A value is quoted for where it stands: in a connection string, in a command, or nowhere.
func TestQuoting(t *testing.T) {
	odd := &pki.Leaf{Subject: `CN=a \"quoted\" name`}
	s := opened(t, &drawn{}, scenarios.RequireTLS, scenarios.Scenario{})
	r, err := s.Request(scenarios.Client{Cert: odd, URI: "mongodb://{subject}@{host}:{port}/?{options}",
		Code: map[string]string{"username": "{subject}"},
		Do:   []scenarios.Command{{DB: "$external", JSON: `{"createUser": "{subject}", "roles": []}`}}}, time.Second)
	require.NoError(t, err)
	subject := r.Code["username"]
	require.Contains(t, subject, `"`)
	var command struct{ CreateUser string }
	require.NoError(t, json.Unmarshal([]byte(r.Commands[0].JSON), &command))
	require.Equal(t, subject, command.CreateUser)
	user, _, _ := strings.Cut(strings.TrimPrefix(r.URI, "mongodb://"), "@")
	require.NotContains(t, user, `"`)
	require.NotContains(t, user, " ")
	require.Contains(t, r.URI, "tlsCAFile=/") // slashes of paths stay readable
}

// A quotation mark at either end of a value belongs to it.
func TestQuotedQuotes(t *testing.T) {
	tpl := template{values: map[string]string{"id": `"x"`}}
	require.Equal(t, `{"a": "\"x\""}`, tpl.json(`{"a": "{id}"}`))
}

// A placeholder that stands for nothing is an error, never text that stays.
func TestUnknownPlaceholder(t *testing.T) {
	s := opened(t, &drawn{}, scenarios.RequireTLS, scenarios.Scenario{})
	_, err := s.Request(scenarios.Client{Add: "appName={nobody}"}, time.Second)
	require.ErrorContains(t, err, "the placeholder {nobody} stands for nothing here")
	_, err = s.Request(scenarios.Client{Do: []scenarios.Command{{DB: "admin", JSON: `{"ping": "{subject}"}`}}},
		time.Second)
	require.ErrorContains(t, err, "{subject}")
}

// Whatever is filled in has a row in the table of placeholders, or is a file or a member of the row.
func TestEveryPlaceholderIsListed(t *testing.T) {
	b := &drawn{info: server.Info{Host: "db.example.com", CA: "/ca.pem", Cert: "/client.pem", CertPassword: "a/b"}}
	row := scenarios.Scenario{Members: []scenarios.Member{{Name: "first", Host: "a-{id}.test"}, {Name: "second"},
		{Name: "third", Role: scenarios.Hidden}},
		Client: scenarios.Client{Files: map[string]pki.File{"mine": {}}, Cert: &pki.Leaf{},
			Options: "tls=true&tlsCAFile={mine}&a={ca}&b={other}&c={public}&d={intermediate}&e={client}"}}
	for _, info := range []server.Info{{}, b.info} {
		b.info = info
		s := opened(t, b, scenarios.RequireTLS, row)
		tpl, err := s.template(s.supply.client(row.Client, row.Expect))
		require.NoError(t, err)
		require.Subset(t, slices.Collect(maps.Keys(tpl.values)),
			strings.Fields("id host port seeds options first first.port third.port mine ca other public intermediate client"))
		for name := range tpl.values {
			require.NotNil(t, scenarios.PlaceholderOf(name, row, row.Client), name)
		}
		_, given := tpl.values["keypassword"]
		require.Equal(t, info.Cert != "", given)
	}
}

// Addresses of members stand as they are, whether one or all of them are written; what one of them is called in the
// zone is its port.
func TestAddressesOfMembers(t *testing.T) {
	s := opened(t, &drawn{}, scenarios.RequireTLS, scenarios.Scenario{Members: []scenarios.Member{
		{Name: "first", Host: "a-{id}.test"}, {Name: "second"}, {Name: "third", Role: scenarios.Hidden}}})
	r, err := s.Request(scenarios.Client{URI: "mongodb://{seeds}/?{options}", Options: "tls=true"}, time.Second)
	require.NoError(t, err)
	require.Equal(t, "mongodb://a-"+s.label+".test:27017,localhost:27018/?tls=true", r.URI)
	r, err = s.Request(scenarios.Client{URI: "mongodb://{third}/?a={id}"}, time.Second)
	require.NoError(t, err)
	require.Equal(t, "mongodb://localhost:27019/?a="+s.label, r.URI)
	zone, err := s.zone("{id}.test. 60 IN SRV 0 0 {second.port} a.test.")
	require.NoError(t, err)
	require.Equal(t, s.label+".test. 60 IN SRV 0 0 27018 a.test.", zone)
	_, err = s.zone("{nobody.port}")
	require.ErrorContains(t, err, "{nobody.port}")
}
