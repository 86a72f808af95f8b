package attempt

import (
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

func authority(t *testing.T, w *fixtures.World) *x509.Certificate {
	t.Helper()
	pair, err := w.PKI.Authority(pki.CA)
	require.NoError(t, err)
	return pair.Certificate
}

// A report shows the certificates of the key files with their chains: none where a file has none, where a mode has no TLS,
// and none of a server that is not ours.
func TestStageCertificates(t *testing.T) {
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, world.Close()) })
	of := func(mode scenarios.Mode, b server.Info, form pki.KeyForm) (server, client []*x509.Certificate) {
		row := scenarios.Scenario{ID: "x/y", Client: scenarios.Client{Cert: &pki.Leaf{}, Form: form}}
		row.Server.Form.Chain = []string{pki.CA}
		s, err := New(world, b, harness.Case{ID: "x/y/" + string(mode), Scenario: row, Mode: mode}, 0)
		require.NoError(t, err)
		_, err = s.Config()
		require.NoError(t, err)
		return s.Certificates()
	}
	ours, theirs := of(scenarios.RequireTLS, server.Info{}, pki.KeyForm{})
	require.Len(t, ours, 2)
	require.Equal(t, authority(t, world), ours[1])
	require.Len(t, theirs, 1)
	ours, theirs = of(scenarios.Disabled, server.Info{}, pki.KeyForm{OmitCert: true})
	require.Empty(t, ours)
	require.Empty(t, theirs)
	ours, theirs = of(scenarios.RequireTLS, server.Info{URI: "mongodb://example.test/"}, pki.KeyForm{})
	require.Empty(t, ours)
	require.Len(t, theirs, 1)
}
