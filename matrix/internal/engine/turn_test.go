package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
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
	first := e.schedule(all, 1)
	require.Empty(t, first.alone)
	require.Empty(t, first.waiting)
	turns := first.busy
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
	again := e.schedule(all, 1)
	for i := range turns {
		require.Equal(t, turns[i].cases[0].ID, again.busy[i].cases[0].ID)
	}
}

// Where each case has a server of its own, clients that follow each other hold nobody up, and what mostly waits goes
// beside the rest.
func TestWhoWaitsHoldsNobodyUp(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	table, err := whole()
	require.NoError(t, err)
	e := New(w, nil, embedded.New(), table, nil)
	turns := e.schedule(table.Cases, 1)
	require.Len(t, table.Cases, len(turns.alone)+len(turns.waiting)+len(turns.busy))
	for _, turn := range turns.alone {
		require.NotEmpty(t, turn.cases[0].Scenario.Before)
	}
	waits := func(turn *turn) bool {
		s := turn.cases[0].Scenario
		return len(s.Steps) > 0 || s.Expires(pki.Server) || s.Expires(pki.Client) || s.Server.Responder.Answer == ocsp.Silent
	}
	for _, turn := range turns.waiting {
		require.Empty(t, turn.cases[0].Scenario.Before)
		require.True(t, waits(turn), turn.cases[0].ID)
	}
	for _, turn := range turns.busy {
		require.Empty(t, turn.cases[0].Scenario.Before)
		require.False(t, waits(turn), turn.cases[0].ID)
	}
	require.False(t, turns.waiting[0].cases[0].Scenario.Expires(pki.Server), "the processes of a driver have to start first")
}

// crowded is a driver that remembers how many requests were under way together.
type crowded struct {
	driver.Driver
	concurrency int // that it says it has
	under, most atomic.Int32
}

func (c *crowded) Info() evidence.Info {
	info := c.Driver.Info()
	info.Concurrency = c.concurrency
	return info
}

func (c *crowded) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	defer c.under.Add(-1)
	for now := c.under.Add(1); ; {
		most := c.most.Load()
		if now <= most || c.most.CompareAndSwap(most, now) {
			return c.Driver.Do(ctx, r)
		}
	}
}

// What waits goes beside the others. But one job is one case at a time, whether it waits or not; and a driver whose
// processes take one client each has no more of them than there are jobs.
func TestJobs(t *testing.T) {
	for name, row := range map[string]struct{ jobs, concurrency, most int }{
		"one": {1, 0, 1}, "some": {2, 0, 6}, "a process each": {2, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := &crowded{Driver: godriver.New(driver.Isolation{}), concurrency: row.concurrency}
			e := newTestEngine(t, d)
			chosen, err := e.Table.Choose([]string{"time/expired", "rot/leaf-renewed", "journey/list-appears"}, nil, nil)
			require.NoError(t, err)
			require.NotEmpty(t, e.All(t.Context(), chosen, row.jobs, 1, func(Result) {}))
			require.LessOrEqual(t, int(d.most.Load()), row.most)
			if row.concurrency == 0 && row.jobs > 1 {
				require.Greater(t, int(d.most.Load()), row.jobs)
			}
		})
	}
}
