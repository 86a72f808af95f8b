package openssl

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"
)

// A cipher list chooses what OpenSSL's would, of what crypto/tls has.
func TestCipherLists(t *testing.T) {
	const (
		ecdsa128 = tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
		rsa256   = tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
		kx128    = tls.TLS_RSA_WITH_AES_128_GCM_SHA256
	)
	for list, want := range map[string][]uint16{
		"ECDHE-ECDSA-AES128-GCM-SHA256":                        {ecdsa128},
		"NOSUCH:ECDHE-ECDSA-AES128-GCM-SHA256":                 {ecdsa128},
		"ECDHE-RSA-AES256-GCM-SHA384,AES128-GCM-SHA256":        {rsa256, kx128},
		"AESGCM:!kRSA:!ECDSA:!AES128":                          {rsa256},
		"ECDHE+ECDSA+AESGCM+AES128@SECLEVEL=0":                 {ecdsa128},
		"AES128-GCM-SHA256:-ALL:ECDHE-RSA-AES256-GCM-SHA384":   {rsa256},
		"!ECDHE-ECDSA-AES128-GCM-SHA256:ECDSA+AES128+AESGCM:x": nil,
		"DHE-RSA-AES256-GCM-SHA384":                            nil, // known to OpenSSL, not to crypto/tls
	} {
		got, err := CipherSuites(list)
		require.NoError(t, err, list)
		require.ElementsMatch(t, want, got, list)
	}
	whole, err := CipherSuites("")
	require.NoError(t, err)
	require.Len(t, whole, len(ciphers), "mongod's own list takes all that is HIGH")
	for _, list := range []string{"NOSUCH", ":", "!ALL"} {
		_, err := CipherSuites(list)
		require.ErrorIs(t, err, errNoCipher, list)
	}
}

func FuzzCipherLists(f *testing.F) {
	f.Add("HIGH:!EXPORT:!aNULL@STRENGTH")
	f.Add("ALL:+RSA:-SHA1")
	f.Fuzz(func(_ *testing.T, list string) { _, _ = CipherSuites(list) })
}
