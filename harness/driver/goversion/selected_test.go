package goversion

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
)

// An application's go.mod selects what the application builds with.
func TestSelected(t *testing.T) {
	dir := t.TempDir()
	checkout := filepath.Join(dir, "fork")
	require.NoError(t, os.MkdirAll(checkout, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(checkout, "go.mod"), []byte("module "+module2+"\n"), 0o600))
	gomod := filepath.Join(dir, "go.mod")
	require.True(t, isSelection(gomod))
	require.False(t, isSelection(dir))
	require.False(t, isSelection("v2.9.3"))
	for name, row := range map[string]struct{ content, version, says string }{
		"required":       {"require " + module2 + " v2.9.3", "v2.9.3", ""},
		"the old module": {"require " + module1 + " v1.17.10", "v1.17.10", ""},
		"another version": {
			"require " + module2 + " v2.9.3\nreplace " + module2 + " => " + module2 + " v2.5.0", "v2.5.0", "",
		},
		"a directory": {"require " + module2 + " v2.9.3\nreplace " + module2 + " => ./fork", checkout, ""},
		"a fork": {
			"require " + module2 + " v2.9.3\nreplace " + module2 + " => example.com/fork/v2 v2.9.4", "",
			"it replaces the driver by example.com/fork/v2 v2.9.4",
		},
		"no driver":        {"", "", "it selects no MongoDB driver"},
		"no go.mod at all": {"nonsense", "", "the Go tool does not read it: "},
	} {
		require.NoError(t, os.WriteFile(gomod, []byte("module example.com/app\n\ngo 1.24\n\n"+row.content+"\n"), 0o600))
		version, err := selected(t.Context(), gomod)
		require.Equal(t, row.version, version, name)
		if row.says != "" {
			require.ErrorContains(t, err, row.says, name)
			require.NotContains(t, err.Error(), "\n", name)
			require.True(t, usage.Is(err), name)
		} else {
			require.NoError(t, err, name)
		}
	}
}
