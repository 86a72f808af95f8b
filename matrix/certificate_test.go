package matrix

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// A report names everything of a certificate that a driver can hold against it.
func TestDescribed(t *testing.T) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	world, err := fixtures.New(fixtures.Options{Seed: 1, Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, world.Close()) })
	odd := pki.Leaf{
		Subject: "CN=odd,DC=example", DNS: []string{"*.example.test"}, IP: []string{"::1"}, Email: []string{"a@example.test"},
		URI: []string{"urn:x"}, NotAfter: -time.Hour, Usage: []string{pki.AnyUsage, pki.ClientAuth}, Issuer: pki.Self, Key: pki.RSA2048,
		Serial: 42, MustStaple: true, OCSP: []string{"http://127.0.0.1:1/x"}, CAFlag: true, CriticalExtension: true,
	}
	pair, err := world.PKI.Leaf(pki.Server, odd)
	require.NoError(t, err)
	require.Equal(t, []reports.Certificate{{
		Subject: "CN=odd,DC=example", Issuer: "CN=odd,DC=example", Serial: "2a",
		NotBefore: "2026-01-01T03:04:05Z", NotAfter: "2026-01-02T02:04:05Z",
		Names: []string{"DNS *.example.test", "IP ::1", "email a@example.test", "URI urn:x"},
		Key:   "RSA 2048", Signature: "SHA256-RSA", KeyUsage: []string{"digitalSignature", "keyCertSign"},
		ExtKeyUsage: []string{"any", "clientAuth"}, CA: true, OCSP: []string{"http://127.0.0.1:1/x"}, MustStaple: true,
		Critical: []string{"1.2.3.4.5.6.7.8.9"},
	}}, described([]*x509.Certificate{pair.Certificate}))
	require.Equal(t, "ECDSA P-256", described([]*x509.Certificate{authority(t, world)})[0].Key)
	require.Nil(t, described(nil))
}

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
		s, err := newStage(world, b, harness.Case{ID: "x/y/" + string(mode), Scenario: row, Mode: mode}, 0)
		require.NoError(t, err)
		_, err = s.plan()
		require.NoError(t, err)
		return s.certificates()
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
