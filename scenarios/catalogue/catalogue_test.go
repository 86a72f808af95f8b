package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// Every entry has a row of its id, others that state it, or a reason; and what it says is true of the table.
func TestCatalogueIsComplete(t *testing.T) {
	var ids []string
	for _, s := range scenarios.All() {
		ids = append(ids, s.ID)
	}
	seen := map[string]bool{}
	tiers := map[Tier]int{}
	for _, e := range Entries {
		require.False(t, seen[e.ID], "%s stands twice", e.ID)
		seen[e.ID] = true
		tiers[e.Tier]++
		require.Equal(
			t,
			e.Asks == "",
			slices.Contains(ids, e.ID),
			"%s: what it asks is said here if and only if no row says it",
			e.ID,
		)
		if e.Asks == "" {
			require.Empty(t, e.Missing+"", e.ID)
			require.Empty(t, e.Rows, e.ID)
			continue
		}
		require.NotEqual(t, len(e.Rows) > 0, e.Missing != "", "%s: either rows or a reason", e.ID)
		require.Subset(t, ids, e.Rows, e.ID)
	}
	require.Equal(t, map[Tier]int{P1: 249, P2: 126}, tiers)
}

// Each official test has as many cases here as it has, and each case rows that there are, or a reason.
func TestTablesAreComplete(t *testing.T) {
	all := rows()
	for _, table := range Tables {
		require.Len(t, table.Cases, table.Count, table.Name)
		seen := map[string]bool{}
		for _, c := range table.Cases {
			require.False(t, seen[c.Name], "%s: %s stands twice", table.Name, c.Name)
			seen[c.Name] = true
			require.NotEqual(t, len(c.Rows) > 0, c.Missing != "", "%s, %s: either rows or a reason", table.Name, c.Name)
			for _, pattern := range c.Rows {
				require.NotEmpty(t, matching(pattern, all), "%s, %s: no row %s", table.Name, c.Name, pattern)
			}
		}
	}
}

// The server's own tests are all here, and as many of them as can be exercised from outside are marked so.
func TestServersOwnTestsAreComplete(t *testing.T) {
	folders, reach := map[string]int{}, map[string]int{}
	for _, c := range serverFiles {
		folder, _, _ := strings.Cut(c.Name, "/")
		folders[folder]++
		reach[c.Reach]++
	}
	require.Equal(t, map[string]int{"ssl": 67, "ocsp": 8, "sslSpecial": 12}, folders)
	require.Equal(t, map[string]int{Whole: 51, InPart: 32, Outside: 4}, reach)
}

// Each public report has rows that there are, or a reason; and none is lost where rows cite it, too.
func TestPublicReportsAreComplete(t *testing.T) {
	all := rows()
	published := map[string]Report{}
	for _, r := range Reports() {
		require.NotContains(t, published, r.Name, "stands twice")
		published[r.Name] = r
		require.NotEqual(t, len(r.Rows) > 0, r.Missing != "", "%s: either rows or a reason", r.Name)
		for _, pattern := range r.Rows {
			require.NotEmpty(t, matching(pattern, all), "%s: no row %s", r.Name, pattern)
		}
	}
	require.Len(t, Public, 143)
	for _, r := range Public {
		require.NotEmpty(t, r.Seen, r.Name)
		require.Subset(t, published[r.Name].Rows, r.Rows, r.Name)
	}
}
