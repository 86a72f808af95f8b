package registry

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each pair is of one driver, on two things, and can be read again.
func TestRuntimes(t *testing.T) {
	pairs, err := Runtimes()
	require.NoError(t, err)
	for _, p := range pairs {
		require.Equal(t, p.From.Name, p.To.Name)
		require.Equal(t, p.From.Version, p.To.Version)
		require.NotEmpty(t, p.From.Components)
		require.NotEqual(t, p.From.Components, p.To.Components)
		again, err := Parse(p.To.String())
		require.NoError(t, err)
		require.Equal(t, p.To, again)
	}
}
