package openssl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The file that OPENSSL_CONF names is the policy; none is Debian's.
func TestPolicies(t *testing.T) {
	for name, row := range map[string]struct {
		file string
		want Policy
	}{
		"empty":  {"", Policy{MinProtocol: tls.VersionTLS10, Level: 1}},
		"Debian": {"[system_default_sect]\nMinProtocol = TLSv1.2\nCipherString = DEFAULT@SECLEVEL=2\n", Debian},
		"other": {"MinProtocol=TLSv1.1\n# MinProtocol = TLSv1.3\n CipherString=ALL:@SECLEVEL=0\nMinProtocol=SSL9\n",
			Policy{MinProtocol: tls.VersionTLS11}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "openssl.cnf")
			require.NoError(t, os.WriteFile(path, []byte(row.file), 0o600))
			t.Setenv("OPENSSL_CONF", path)
			require.Equal(t, row.want, FromEnvironment())
		})
	}
	t.Setenv("OPENSSL_CONF", filepath.Join(t.TempDir(), "nosuch"))
	require.Equal(t, none, FromEnvironment())
	require.NoError(t, os.Unsetenv("OPENSSL_CONF"))
	require.Equal(t, Debian, FromEnvironment())
	require.Equal(t, Policy{MinProtocol: tls.VersionTLS12}, Debian.With("ALL:@SECLEVEL=0"))
}

// TLS before 1.2 needs the protocol's permission, and from OpenSSL 3 on level 0.
func TestVersions(t *testing.T) {
	for _, row := range []struct {
		policy Policy
		lowest uint16
	}{
		{Debian, tls.VersionTLS12},
		{none, tls.VersionTLS10},
		{Policy{MinProtocol: tls.VersionTLS10, Level: 1, Generation: 1}, tls.VersionTLS10},
		{Policy{MinProtocol: tls.VersionTLS10, Level: 1, Generation: 3}, tls.VersionTLS12},
		{Policy{MinProtocol: tls.VersionTLS10, Generation: 3}, tls.VersionTLS10},
		{Policy{MinProtocol: tls.VersionTLS13, Generation: 3}, tls.VersionTLS13},
	} {
		for version := uint16(tls.VersionTLS10); version <= tls.VersionTLS13; version++ {
			require.Equal(t, version >= row.lowest, row.policy.Serves(version), "%+v: %#x", row.policy, version)
		}
	}
}

// The levels allow what SSL_CTX_set_security_level says.
func TestLevels(t *testing.T) {
	modulus := func(bits uint) *x509.Certificate {
		return &x509.Certificate{PublicKey: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1)}}
	}
	curve := func(c elliptic.Curve) *x509.Certificate {
		return &x509.Certificate{PublicKey: &ecdsa.PublicKey{Curve: c}}
	}
	for _, row := range []struct {
		key     *x509.Certificate
		highest int // level that allows it
	}{
		{modulus(512), 0}, {modulus(1024), 1}, {modulus(2048), 2},
		{modulus(3072), 3}, {modulus(7680), 4}, {modulus(15360), 5},
		{curve(elliptic.P224()), 2}, {curve(elliptic.P256()), 3}, {curve(elliptic.P384()), 4}, {&x509.Certificate{}, 5},
	} {
		for level := range bits {
			require.Equal(t, level > row.highest, Policy{Level: level}.WeakKey(row.key), "%+v at %d", row, level)
		}
	}
	sha1 := &x509.Certificate{SignatureAlgorithm: x509.ECDSAWithSHA1}
	require.False(t, Policy{Level: 1}.WeakDigest(sha1))
	require.True(t, Policy{Level: 1, Generation: 3}.WeakDigest(sha1))
	require.False(t, Policy{Generation: 3}.WeakDigest(sha1))
	require.True(t, Debian.WeakDigest(sha1))
	require.False(t, Policy{Level: 5}.WeakDigest(&x509.Certificate{SignatureAlgorithm: x509.SHA256WithRSA}))
}
