package certificate

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/reports"
)

// A report names everything of a certificate that a driver can hold against it.
func TestDescribed(t *testing.T) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	world, err := fixtures.New(fixtures.Options{Seed: 1, Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, world.Close()) })
	odd := pki.Leaf{
		Subject: "CN=odd,DC=example", DNS: []string{"*.example.test"}, IP: []string{"::1"}, Email: []string{"a@example.test"},
		URI: []string{
			"urn:x",
		}, NotAfter: -time.Hour, Usage: []string{pki.AnyUsage, pki.ClientAuth}, Issuer: pki.Self, Key: key.RSA2048,
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
	}}, Described([]*x509.Certificate{pair.Certificate}))
	require.Equal(t, "ECDSA P-256", Described([]*x509.Certificate{authority(t, world)})[0].Key)
	require.Nil(t, Described(nil))
}

func authority(t *testing.T, w *fixtures.World) *x509.Certificate {
	t.Helper()
	pair, err := w.PKI.Authority(pki.CA)
	require.NoError(t, err)
	return pair.Certificate
}
