// Package mongotlstest gives the tests of an application a MongoDB server that speaks TLS: in a chosen mode, with
// certificates of its own, on loopback, in some milliseconds.
//
//	func TestStore(t *testing.T) {
//		server := mongotlstest.Start(t, mongotlstest.RequireTLS(), mongotlstest.ClientCertificates())
//		client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
//		...
//	}
//
// The server is the stand-in, which does what a mongod does about TLS and authentication and keeps a few documents in
// memory; with Image it is a mongod in a container. It ends with the test, and its files with it.
package mongotlstest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/scenarios"
)

// An Option of Start.
type Option func(*plan)

type plan struct {
	mode   scenarios.Mode
	leaf   pki.Leaf
	client bool
	x509   bool
	users  []mongod.User
	image  string
}

// RequireTLS is a server that serves nobody without TLS. It is the default.
func RequireTLS() Option { return func(p *plan) { p.mode = scenarios.RequireTLS } }

// AllowTLS is a server that serves clients with TLS and without.
func AllowTLS() Option { return func(p *plan) { p.mode = scenarios.AllowTLS } }

// PreferTLS is one that takes them, too, and as a member of a cluster would itself use TLS.
func PreferTLS() Option { return func(p *plan) { p.mode = scenarios.PreferTLS } }

// Disabled is a server without TLS, for clients that must not talk to one.
func Disabled() Option { return func(p *plan) { p.mode = scenarios.Disabled } }

// ClientCertificates is a server that refuses clients without a certificate, as a mongod with a CAFile does.
func ClientCertificates() Option { return func(p *plan) { p.client = true } }

// X509User is a server that demands client certificates and logins; the subject of the client's certificate is a
// user, and URI logs in as that.
func X509User() Option { return func(p *plan) { p.client, p.x509 = true, true } }

// User is a server that demands logins. The first user of this kind is the one of URI. A role is written role@database.
func User(name, password string, roles ...string) Option {
	return func(p *plan) {
		p.users = append(p.users, mongod.User{DB: "admin", Name: name, Password: password, Roles: roles})
	}
}

// Certificate is a server whose certificate differs so from a good one: pki.Leaf{NotAfter: -time.Hour} has expired.
func Certificate(leaf pki.Leaf) Option { return func(p *plan) { p.leaf = leaf } }

// Image is a mongod in a container of an image, such as "mongo:8.0". The test binary must import
// harness/server/container, for its name alone.
func Image(name string) Option { return func(p *plan) { p.image = name } }

// A Server is up until its test ends.
type Server struct {
	t          testing.TB
	plan       plan
	world      *fixtures.World
	deployment server.Deployment
	subject    string // of the client's certificate
	caFile     string
	clientFile string
}

// Start brings up a server for a test, which fails if there can be none.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s := &Server{t: t, plan: plan{mode: scenarios.RequireTLS}}
	for _, o := range opts {
		o(&s.plan)
	}
	var err error
	if s.world, err = fixtures.New(fixtures.Options{Seed: uint64(time.Now().UnixNano())}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.ended(s.world.Close()) })
	backend, err := s.backend()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.ended(backend.Close()) })
	if s.plan.mode == scenarios.Disabled && s.plan.client {
		t.Fatal("mongotlstest.Disabled: without TLS there are no client certificates")
	}
	p, err := s.told()
	if err != nil {
		t.Fatal(err)
	}
	if s.deployment, err = backend.Open(t.Context(), server.Layout{Members: []server.Plan{p}}); err != nil {
		t.Fatalf("the server does not start: %v", err)
	}
	t.Cleanup(func() { s.ended(s.deployment.Close()) })
	return s
}

func (s *Server) ended(err error) {
	if err != nil {
		s.t.Errorf("ending the server: %v", err)
	}
}

func (s *Server) backend() (server.Backend, error) {
	switch {
	case s.plan.image == "":
		return embedded.New(), nil
	case server.Container == nil:
		s.t.Fatal("mongotlstest.Image: import _ \"github.com/mongotls/mongotls/harness/server/container\"")
	}
	return server.Container(s.t.Context(), s.plan.image)
}

// told is what the server is told, with its files.
func (s *Server) told() (p server.Plan, err error) {
	c := mongod.Config{Mode: s.plan.mode, AllowConnectionsWithoutCertificates: !s.plan.client}
	if c.CertificateKeyFile, _, err = s.world.KeyFile(pki.Server, s.plan.leaf, pki.KeyForm{}); err != nil {
		return p, err
	}
	if s.caFile, err = s.world.File("ca", pki.Bundle(pki.CA)); err != nil {
		return p, err
	}
	c.CAFile = s.caFile
	path, cert, err := s.world.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{})
	if err != nil {
		return p, err
	}
	s.clientFile = path
	if s.subject, err = dn.Format(cert.RawSubject); err != nil {
		return p, err
	}
	users := s.plan.users
	if s.plan.x509 {
		users = append(users, mongod.User{DB: "$external", Name: s.subject})
	}
	for i := range users {
		if users[i].Roles == nil {
			users[i].Roles = []string{"readWriteAnyDatabase@admin"}
		}
	}
	if s.plan.mode == scenarios.Disabled {
		c = mongod.Config{Mode: s.plan.mode}
	}
	c.Authorization = len(users) > 0
	return server.Plan{Config: c, Users: users, Once: true}, nil
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.deployment.Members()[0].Addr }

// CAFile is a PEM file of the authority that clients are to trust.
func (s *Server) CAFile() string { return s.caFile }

// ClientFile is a PEM file of a client's certificate and key.
func (s *Server) ClientFile() string { return s.clientFile }

// Subject is that of the client's certificate, as a mongod prints it: the name of its user.
func (s *Server) Subject() string { return s.subject }

// URI is a connection string with which any driver connects, by the name localhost.
func (s *Server) URI() string {
	var options []string
	if s.plan.mode != scenarios.Disabled {
		options = append(options, "tls=true", "tlsCAFile="+connstring.Path(s.caFile))
	}
	if s.plan.client {
		options = append(options, "tlsCertificateKeyFile="+connstring.Path(s.clientFile))
	}
	login := ""
	switch {
	case s.plan.x509:
		options = append(options, "authMechanism=MONGODB-X509")
	case len(s.plan.users) > 0:
		u := s.plan.users[0]
		login = url.UserPassword(u.Name, u.Password).String() + "@"
		options = append(options, "authSource=admin")
	}
	_, port, _ := strings.Cut(s.Addr().String(), ":")
	return "mongodb://" + login + "localhost:" + port + "/?" + strings.Join(options, "&")
}

// TLSConfig is what URI says of TLS, for clients that are told so in code: nil for none.
func (s *Server) TLSConfig() *tls.Config {
	s.t.Helper()
	if s.plan.mode == scenarios.Disabled {
		return nil
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	authority, err := os.ReadFile(s.caFile)
	if err != nil {
		s.t.Fatal(err)
	}
	config.RootCAs.AppendCertsFromPEM(authority)
	if s.plan.client {
		pair, err := tls.LoadX509KeyPair(s.clientFile, s.clientFile)
		if err != nil {
			s.t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// Connections are those that clients have made and ended, as the server saw them. Those that are still open are
// waited for, for a while.
func (s *Server) Connections() []evidence.Connection {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	seen, err := s.deployment.Seen(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return seen.Connections
}
