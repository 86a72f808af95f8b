package standin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a scenario asks for and no mongod can be told to do is known to one file.
func TestFaultsStandInOneFile(t *testing.T) {
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if name == "fault.go" || name == "config.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, word := range []string{".Fault", "config.Staple", "FaultKeyFile", "AdvertiseCAFile"} {
			require.NotContains(t, string(source), word, name)
		}
		require.NotRegexp(t, `\bfault\.[A-Z]`, string(source), "%s reads what a fault is", name)
	}
}
