package scenarios

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each claim is carried by a scenario that can fail.
func TestEveryClaimIsCarried(t *testing.T) {
	carried := map[Claim][]string{}
	for _, s := range All() {
		for _, c := range s.Claims {
			carried[c] = append(carried[c], s.ID)
		}
	}
	seen := map[Claim]bool{}
	for _, c := range Claims {
		require.False(t, seen[c.ID], "%s is listed twice", c.ID)
		seen[c.ID] = true
		require.NotEmpty(t, c.Document, c.ID)
		require.NotEmpty(t, c.Text, c.ID)
		require.NotEmpty(t, carried[c.ID], "no scenario carries %s: %s", c.ID, c.Text)
	}
}
