package mutant

import (
	"context"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

var servers = []Mutant{
	{
		Name: "serves-clear-text",
		Says: "The server runs in preferTLS where requireTLS was asked for.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.Mode == scenarios.RequireTLS {
				p.Config.Mode = scenarios.PreferTLS
			}
		}),
		Red: []string{"mode/require-plain-client"},
	},
	{
		Name:    "accepts-any-client-certificate",
		Says:    "The server lets invalid client certificates in.",
		Backend: configured(func(p *server.Plan) { p.Config.AllowInvalidCertificates = true }),
		Red:     []string{"mtls/client-eku-serverauth-only", "time/expired-client-cert"},
	},
	{
		Name:    "needs-no-client-certificate",
		Says:    "The server lets clients without a certificate in.",
		Backend: configured(func(p *server.Plan) { p.Config.AllowConnectionsWithoutCertificates = true }),
		Red:     []string{"mtls/required-none-mongod"},
	},
	{
		Name:    "ignores-the-crl",
		Says:    "The server does not look at its CRL.",
		Backend: configured(func(p *server.Plan) { p.Config.CRLFile = "" }),
		Red:     []string{"crl/server-side-client-revoked"},
	},
	{
		Name: "never-staples",
		Says: "The server sends no OCSP response, as on platforms without stapling.",
		Backend: configured(func(p *server.Plan) {
			p.Config.SetParameter = map[string]string{"ocspEnabled": "false"}
			p.Fault.Response = nil
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
func configured(change func(*server.Plan)) func(server.Backend) server.Backend {
	return func(b server.Backend) server.Backend { return changing{b, change} }
}

type changing struct {
	server.Backend
	change func(*server.Plan)
}

func (b changing) Open(ctx context.Context, plans []server.Plan) (server.Deployment, error) {
	changed := slices.Clone(plans)
	for i := range changed {
		b.change(&changed[i])
	}
	return b.Backend.Open(ctx, changed)
}

type mute struct{ server.Backend }

func (b mute) Open(ctx context.Context, plans []server.Plan) (server.Deployment, error) {
	d, err := b.Backend.Open(ctx, plans)
	return muteDeployment{d}, err
}

type muteDeployment struct{ server.Deployment }

func (d muteDeployment) Seen(ctx context.Context) (evidence.Seen, error) {
	seen, err := d.Deployment.Seen(ctx)
	seen.Log = nil
	for i := range seen.Connections {
		seen.Connections[i].Cause, seen.Connections[i].Text = "", ""
	}
	return seen, err
}
