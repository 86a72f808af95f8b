package perl

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

func TestOpenFails(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	t.Setenv("PATH", "")
	for version, row := range map[string]struct {
		says  string
		usage bool
	}{
		"2.2.1": {"there is 2.2.2 alone, the last version that was made", true},
		"./lib": {"there is 2.2.2 alone", true},
		last:    {"the Debian suite trixie: the program apt-get is needed", false},
	} {
		_, err := Open(t.Context(), driver.Spec{Name: "perl", Version: version}, driver.Isolation{})
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, row.usage, usage.Is(err), version)
	}
}

// adapter is the command line of the adapter, with its environment.
func adapter(t *testing.T) (command, env []string) {
	t.Helper()
	required.Asked(t, "debian", "a Perl of a Debian suite, which would be fetched")
	command, env, err := start(t.Context())
	require.NoError(t, err)
	return command, env
}

// Errors that real servers made the driver give.
func TestReasons(t *testing.T) {
	command, env := adapter(t)
	adaptertest.Reasons(t, env, command)
}

func TestTheAdapterKeepsToTheProtocol(t *testing.T) {
	command, env := adapter(t)
	adaptertest.Protocol(t, env, command)
}
