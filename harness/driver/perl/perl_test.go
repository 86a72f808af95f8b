package perl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
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
	recorded, err := os.ReadFile(filepath.Join("testdata", "failures.jsonl"))
	require.NoError(t, err)
	cmd := exec.Command(command[0], append(command[1:], "reasons")...)
	cmd.Env, cmd.Stdin = env, bytes.NewReader(recorded)
	out, err := cmd.Output()
	require.NoError(t, err)
	said := strings.Fields(string(out))
	lines := bufio.NewScanner(bytes.NewReader(recorded))
	for i := 0; lines.Scan(); i++ {
		var row struct{ Reason, Text string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &row))
		require.Greater(t, len(said), i)
		require.Equal(t, row.Reason, said[i], row.Text)
	}
}

func TestTheAdapterKeepsToTheProtocol(t *testing.T) {
	command, env := adapter(t)
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	locked, _, err := world.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "not given"})
	require.NoError(t, err)
	_, ok, err := conformance.Check(t.Context(), conformance.Subject{Command: command, Env: append(os.Environ(), env...),
		LockedKey: locked}, func(f conformance.Finding) {
		require.False(t, f.Wrong, "%s: %s", f.Check, f.Text)
	})
	require.NoError(t, err)
	require.True(t, ok)
}
