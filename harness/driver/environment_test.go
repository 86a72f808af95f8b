package driver

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
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
		"NO_PROXY=x", "NODE_OPTIONS=--inspect", "JAVA_TOOL_OPTIONS=-Dx=y",
		"PYTHONPATH=/x", "OPENSSL_CONF=/x", "SSL_CERT_FILE=/x", "LD_PRELOAD=/x", "MONGOTLS_RESOLVER=1.2.3.4:53", "EDITOR=vi",
		"SSL_CERT_DIR=", "LC_ALL=de_DE"} {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	require.Equal(t, []string{"PATH=/bin", "HOME=/root", "LC_ALL=C"}, Isolation{}.Environment())
	require.Equal(t, []string{"PATH=/bin", "HOME=/root", "LC_ALL=C", "MONGOTLS_RESOLVER=127.0.0.1:53",
		"SSL_CERT_FILE=/r.pem", "SSL_CERT_DIR=/r.pem.none"},
		Isolation{Resolver: "127.0.0.1:53", Roots: "/r.pem"}.Environment())
	require.Equal(t, []string{"GODEBUG", "JAVA_TOOL_OPTIONS", "LD_PRELOAD", "NODE_OPTIONS",
		"NO_PROXY", "OPENSSL_CONF", "PYTHONPATH",
		"SSL_CERT_FILE", "https_proxy"}, Withheld())
}

// Purge comes back with nothing done, or does not come back: the program runs again, without GODEBUG, and knows it.
func TestPurge(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for _, value := range []string{"", "fips140=only"} {
		cmd := exec.Command(self, "an argument")
		cmd.Env = append(os.Environ(), fakeEnv+"=purges", "GODEBUG="+value, "LD_PRELOAD=")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		names := slices.DeleteFunc(Withheld(), func(name string) bool { return name == "LD_PRELOAD" })
		if value != "" {
			names = append(names, "GODEBUG")
			slices.Sort(names)
		}
		require.Equal(t, fmt.Sprintf("an argument %q %q\n", "", names), string(out))
	}
}
