package sight

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// What a server is told is what is seen of it.
func TestLook(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 6})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	file := func(role pki.Role, l pki.Leaf) (string, *x509.Certificate) {
		path, cert, err := w.KeyFile(role, l, pki.KeyForm{})
		require.NoError(t, err)
		return path, cert
	}
	ca, err := w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	client, _ := file(pki.Client, pki.Leaf{})
	pair, err := tls.LoadX509KeyPair(client, client)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	authorities, err := os.ReadFile(ca)
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(authorities))
	for name, row := range map[string]struct {
		leaf   pki.Leaf
		change func(*standin.Config)
		cert   bool
		want   func(t *testing.T, s Server)
	}{
		"disabled": {change: func(c *standin.Config) { c.Config = mongod.Config{Mode: scenarios.Disabled} },
			want: func(t *testing.T, s Server) {
				require.True(t, s.Clear)
				require.Nil(t, s.TLS)
				require.NoError(t, s.Mute)
				require.ErrorContains(t, s.Good(), "speaks no TLS, and serves clients in clear")
			}},
		"allowTLS": {change: func(c *standin.Config) { c.Mode = scenarios.AllowTLS }, want: func(t *testing.T, s Server) {
			require.True(t, s.Clear)
			require.NoError(t, s.Good())
			require.True(t, s.Pings)
		}},
		"requireTLS": {want: func(t *testing.T, s Server) {
			require.False(t, s.Clear)
			require.NoError(t, s.Good())
			require.Equal(t, mongod.Default.Version, s.Version)
			require.Equal(t, NoStaple, s.TLS.Staple)
			require.Equal(t, []uint16{tls.VersionTLS12, tls.VersionTLS13}, s.TLS.Offers)
			require.Contains(t, s.TLS.Ciphers, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
			require.NotZero(t, s.TLS.Cipher13)
			require.True(t, s.TLS.Asks)
			require.Equal(t, 1, s.TLS.Names)
			require.False(t, s.TLS.Demands)
			require.False(t, s.TLS.Public)
		}},
		"TLS 1.3 alone": {change: func(c *standin.Config) { c.DisabledProtocols = "TLS1_0,TLS1_1,TLS1_2" },
			want: func(t *testing.T, s Server) {
				require.Equal(t, []uint16{tls.VersionTLS13}, s.TLS.Offers)
				require.Empty(t, s.TLS.Ciphers)
			}},
		"two ciphers": {change: func(c *standin.Config) {
			c.Fault.Ciphers = []string{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"}
		}, want: func(t *testing.T, s Server) {
			require.ElementsMatch(t, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
				tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, s.TLS.Ciphers)
		}},
		"demands, and has none": {change: func(c *standin.Config) { c.AllowConnectionsWithoutCertificates = false },
			want: func(t *testing.T, s Server) {
				require.True(t, s.TLS.Demands)
				require.ErrorContains(t, s.Good(), "asks for a client certificate")
			}},
		"demands, and gets one": {change: func(c *standin.Config) { c.AllowConnectionsWithoutCertificates = false },
			cert: true, want: func(t *testing.T, s Server) {
				require.True(t, s.TLS.Demands)
				require.NoError(t, s.Good())
			}},
		"another name": {leaf: pki.Leaf{DNS: []string{"db.example.com"}}, want: func(t *testing.T, s Server) {
			require.ErrorContains(t, s.Good(), "certificate is valid for db.example.com")
			require.NoError(t, s.Mute)
		}},
		"expired": {leaf: pki.Leaf{NotAfter: -time.Hour}, want: func(t *testing.T, s Server) {
			require.ErrorContains(t, s.Good(), "expired")
		}},
		"stapled": {change: func(c *standin.Config) {
			_, cert := file(pki.Server, pki.Leaf{})
			c.Staple, err = w.OCSP.Response(ocsp.Behaviour{Answer: ocsp.Revoked}, pki.CA, cert.SerialNumber)
			require.NoError(t, err)
		}, want: func(t *testing.T, s Server) { require.Equal(t, Revoked, s.TLS.Staple) }},
		"rubbish stapled": {change: func(c *standin.Config) { c.Staple = []byte("rubbish") },
			want: func(t *testing.T, s Server) { require.Equal(t, Unreadable, s.TLS.Staple) }},
		"of a set": {change: func(c *standin.Config) {
			c.Set = &replication.Set{Name: "rs0", Version: 1, Hosts: []string{"a:1", "b:2"}, Me: "b:2", Primary: "a:1"}
		}, want: func(t *testing.T, s Server) {
			require.Equal(t, "rs0", s.Hello.Set)
			require.Equal(t, []string{"a:1", "b:2"}, s.Hello.Members())
			require.True(t, s.Hello.Second)
			require.False(t, s.Hello.Router())
		}},
		"a router": {change: func(c *standin.Config) { c.Router = true }, want: func(t *testing.T, s Server) {
			require.True(t, s.Hello.Router())
		}},
		"ends it all": {change: func(c *standin.Config) { c.Fault.Close = scenarios.AtHello },
			want: func(t *testing.T, s Server) {
				require.Nil(t, s.TLS)
				require.ErrorContains(t, s.Good(), "it speaks no TLS")
			}},
		"speaks something else": {change: func(c *standin.Config) { c.Fault.Speak = "SSH-2.0-x\r\n" },
			want: func(t *testing.T, s Server) {
				require.Nil(t, s.TLS)
				require.False(t, s.Clear)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			c := standin.Config{Config: mongod.Config{Mode: scenarios.RequireTLS, CAFile: ca,
				AllowConnectionsWithoutCertificates: true}}
			c.CertificateKeyFile, _ = file(pki.Server, row.leaf)
			if row.change != nil {
				row.change(&c)
			}
			server, err := standin.Start(c)
			require.NoError(t, err)
			defer func() { require.NoError(t, server.Close()) }()
			eyes := Eyes{Roots: roots}
			if row.cert {
				eyes.Cert = &pair
			}
			s := eyes.Look(t.Context(), net.JoinHostPort("localhost", strconv.Itoa(server.Addr().Port)))
			require.NoError(t, s.Away)
			row.want(t, s)
		})
	}
}

// Who does not answer is away, and why.
func TestAway(t *testing.T) {
	eyes := Eyes{}
	require.ErrorContains(t, eyes.Look(t.Context(), "127.0.0.1:1").Away, "nobody answers: ")
	require.ErrorContains(t, eyes.Look(t.Context(), "mongotls.invalid:1").Away, "its name does not resolve")
}
