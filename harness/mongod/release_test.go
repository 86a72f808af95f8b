package mongod

import (
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
