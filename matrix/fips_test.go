package matrix

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
)

// Where FIPS mode forbids what fixtures are made of, one sentence says so.
func TestFIPSModeIsRefused(t *testing.T) {
	if fips140.Enforced() {
		_, err := Open(t.Context(), Options{})
		require.ErrorContains(t, err, "GODEBUG=fips140=only keeps this process from making")
		require.True(t, usage.Is(err))
		return
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	self.Env = append(os.Environ(), "GODEBUG=fips140=only")
	out, _ := self.CombinedOutput() // it fails for the session that all tests of this package share
	require.Regexp(t, `(?m)^PASS$`, string(out))
	require.NotContains(t, string(out), "panic")
}
