package scenarios

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each claim is carried by a scenario that can fail, or listed with the reason why not; never both.
func TestEveryClaimIsAccountedFor(t *testing.T) {
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
		reason, uncarried := Uncarried[c.ID]
		if uncarried {
			require.NotEmpty(t, reason, c.ID)
			require.Empty(t, carried[c.ID], "%s is carried: take it off the list of those that are not", c.ID)
		} else {
			require.NotEmpty(t, carried[c.ID], "no scenario carries %s, and no reason says why: %s", c.ID, c.Text)
		}
	}
	for c := range Uncarried {
		require.True(t, seen[c], "there is no claim %s", c)
	}
}
