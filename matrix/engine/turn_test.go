package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// A turn is all cases of one server: through the modes, controls first. Those that must wait for a certificate to
// expire come last, and one seed is one order.
func TestSchedule(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	b, err := server.NewBinary("/bin/true")
	require.NoError(t, err)
	table, err := whole()
	require.NoError(t, err)
	e := New(w, nil, b, table, nil)
	all := e.WithControls(table.Cases)
	alone, turns := e.schedule(all, 1)
	require.Empty(t, alone)
	shape := func(c harness.Case) string { return e.names([]harness.Case{c}, true)[0] }
	shapes := map[string]bool{}
	n, expiring := 0, false
	for _, turn := range turns {
		of := shape(turn.cases[0])
		require.False(t, shapes[of], "two turns of %s", turn.cases[0].ID)
		shapes[of] = true
		expires := turn.cases[0].Scenario.Server.Leaf.NotAfter < 0
		require.False(t, expiring && !expires, turn.cases[0].ID)
		expiring = expires
		before := map[string]bool{}
		for i, c := range turn.cases {
			require.Equal(t, of, shape(c), c.ID)
			if i > 0 {
				require.LessOrEqual(
					t,
					slices.Index(scenarios.Modes, turn.cases[i-1].Mode),
					slices.Index(scenarios.Modes, c.Mode),
					c.ID,
				)
			}
			if e.turns[c.Twin] == turn {
				require.True(t, before[c.Twin], "%s is before its control", c.ID)
			}
			before[c.ID] = true
		}
		n += len(turn.cases)
	}
	require.Len(t, all, n)
	require.True(t, expiring)
	_, again := e.schedule(all, 1)
	for i := range turns {
		require.Equal(t, turns[i].cases[0].ID, again[i].cases[0].ID)
	}
}

// Where each case has a server of its own, clients that follow each other hold nobody up, and steps come first.
func TestWhoWaitsComesFirst(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	table, err := whole()
	require.NoError(t, err)
	e := New(w, nil, server.NewEmbedded(), table, nil)
	alone, together := e.schedule(table.Cases, 1)
	require.NotEmpty(t, alone)
	require.NotEmpty(t, together)
	require.Len(t, table.Cases, len(alone)+len(together))
	for _, turn := range alone {
		require.NotEmpty(t, turn.cases[0].Scenario.Before)
	}
	waiting := true
	for _, turn := range together {
		s := turn.cases[0].Scenario
		require.Empty(t, s.Before)
		require.False(t, !waiting && len(s.Steps) > 0, turn.cases[0].ID)
		waiting = len(s.Steps) > 0
	}
}
