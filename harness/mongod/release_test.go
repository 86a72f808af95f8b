package mongod

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What rows ask of 4.4's log and of OpenSSL 1.1.1 is found in those of every release.
func TestWhatReleasesSayOfTheSame(t *testing.T) {
	for _, r := range Releases {
		require.True(t, IsLine(r.LoginFailed, 20428), r.Series)
		require.True(t, IsLine(r.LoggedIn, 20429), r.Series)
		const purpose = "unsupported certificate purpose"
		require.True(t, Says("23256: "+r.Reason(purpose), purpose), r.Series)
		require.Equal(t, "certificate has expired", r.Reason("certificate has expired"))
	}
	require.False(t, IsLine(5286306, 20428))
	require.False(t, IsLine(22988, 20428))
	require.True(t, IsLine(22988, 22988))
	require.False(t, Says("certificate has expired", "unsupported certificate purpose"))
}

// An option that came with a release is unknown to those before it.
func TestOptionsOfReleases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mongod.conf")
	require.NoError(t, os.WriteFile(path, []byte("net: {tls: {mode: requireTLS, certificateKeyFile: k, CAFile: c, "+
		"clusterAuthX509: {extensionValue: x}}}\nsecurity: {clusterAuthMode: x509}\n"), 0o600))
	flags := []string{"mongod", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c",
		"--clusterAuthMode", "x509", "--tlsClusterAuthX509Attributes", "O=x"}
	for _, r := range Releases {
		line, err := Read(flags, r)
		file, fileErr := Read([]string{"mongod", "--config", path}, r)
		if r.Series < "7.0" {
			require.EqualError(t, err, "Error parsing command line: unrecognised option '--tlsClusterAuthX509Attributes'")
			require.EqualError(t, fileErr, "Unrecognized option: net.tls.clusterAuthX509")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "O=x", line.Config.ClusterAuthX509Attributes)
		require.NoError(t, fileErr)
		require.Equal(t, "x", file.Config.ClusterAuthX509ExtensionValue)
		_, err = Read([]string{"mongod", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c",
			"--tlsClusterAuthX509ExtensionValue", "x"}, r)
		require.ErrorContains(t, err, "requires a clusterAuthMode which allows for usage of X509")
	}
}
