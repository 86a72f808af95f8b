package mutant

import (
	"context"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

var servers = []Mutant{
	{
		Name: "serves-clear-text",
		Says: "The server runs in preferTLS where requireTLS was asked for.",
		Backend: configured(func(c *standin.Config) {
			if c.Mode == scenarios.RequireTLS {
				c.Mode = scenarios.PreferTLS
			}
		}),
		Red: []string{"mode/require-plain-client"},
	},
	{
		Name:    "accepts-any-client-certificate",
		Says:    "The server lets invalid client certificates in.",
		Backend: configured(func(c *standin.Config) { c.AllowInvalidCertificates = true }),
		Red:     []string{"mtls/client-eku-serverauth-only", "time/expired-client-cert"},
	},
	{
		Name:    "needs-no-client-certificate",
		Says:    "The server lets clients without a certificate in.",
		Backend: configured(func(c *standin.Config) { c.AllowConnectionsWithoutCertificates = true }),
		Red:     []string{"mtls/required-none-mongod"},
	},
	{
		Name:    "ignores-the-crl",
		Says:    "The server does not look at its CRL.",
		Backend: configured(func(c *standin.Config) { c.CRLFile = "" }),
		Red:     []string{"crl/server-side-client-revoked"},
	},
	{
		Name: "never-staples",
		Says: "The server sends no OCSP response, as on platforms without stapling.",
		Backend: configured(func(c *standin.Config) {
			c.SetParameter = map[string]string{"ocspEnabled": "false"}
			c.Staple = nil
		}),
		Red: []string{"ocsp/t1-valid-stapled"},
	},
	{
		Name:    "closes-without-a-log-line",
		Says:    "The server closes, and its log does not say why: the reason is then unknown.",
		Backend: func(b server.Backend) server.Backend { return mute{b} },
		Red:     []string{"mode/require-plain-client", "mtls/required-none-mongod"},
	},
}

// configured is a back end whose servers are configured otherwise than asked.
func configured(change func(*standin.Config)) func(server.Backend) server.Backend {
	return func(b server.Backend) server.Backend { return changing{b, change} }
}

type changing struct {
	server.Backend
	change func(*standin.Config)
}

func (b changing) Open(ctx context.Context, c standin.Config) (server.Session, error) {
	b.change(&c)
	return b.Backend.Open(ctx, c)
}

type mute struct{ server.Backend }

func (b mute) Open(ctx context.Context, c standin.Config) (server.Session, error) {
	s, err := b.Backend.Open(ctx, c)
	return muteSession{s}, err
}

type muteSession struct{ server.Session }

func (s muteSession) Seen(ctx context.Context) (evidence.Seen, error) {
	seen, err := s.Session.Seen(ctx)
	seen.Log = nil
	for i := range seen.Connections {
		seen.Connections[i].Cause, seen.Connections[i].Text = "", ""
	}
	return seen, err
}
