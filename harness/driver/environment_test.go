package driver

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Adapters get what they need to run and the isolation, whatever else is set; what could have made a difference is
// named.
func TestTheEnvironmentOfAnAdapter(t *testing.T) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		t.Setenv(name, "") // so that it comes back
		require.NoError(t, os.Unsetenv(name))
	}
	for _, entry := range []string{"PATH=/bin", "HOME=/root", "GODEBUG=fips140=only", "https_proxy=http://p:1",
		"NO_PROXY=x", "NODE_OPTIONS=--inspect",
		"PYTHONPATH=/x", "OPENSSL_CONF=/x", "SSL_CERT_FILE=/x", "LD_PRELOAD=/x", "MONGOTLS_RESOLVER=1.2.3.4:53", "EDITOR=vi",
		"SSL_CERT_DIR=", "LC_ALL=de_DE"} {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	require.Equal(t, []string{"PATH=/bin", "HOME=/root", "LC_ALL=C"}, Isolation{}.Environment())
	require.Equal(t, []string{"PATH=/bin", "HOME=/root", "LC_ALL=C", "MONGOTLS_RESOLVER=127.0.0.1:53",
		"SSL_CERT_FILE=/r.pem", "SSL_CERT_DIR=/r.pem.none"},
		Isolation{Resolver: "127.0.0.1:53", Roots: "/r.pem"}.Environment())
	require.Equal(t, []string{"GODEBUG", "LD_PRELOAD", "NODE_OPTIONS", "NO_PROXY", "OPENSSL_CONF", "PYTHONPATH",
		"SSL_CERT_FILE", "https_proxy"}, Withheld())
}
