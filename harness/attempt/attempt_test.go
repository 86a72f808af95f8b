package attempt

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// fresh is a driver that wants to be fresh for each request. It counts those that each of its processes has had.
type fresh struct {
	had  []int // requests of each lasting process
	once int   // requests that had a process of their own
}

func (f *fresh) Info() evidence.Info { return evidence.Info{Fresh: true} }
func (f *fresh) Close() error        { return nil }
func (f *fresh) Do(context.Context, evidence.Request) (evidence.Answer, error) {
	f.once++
	return evidence.Answer{OK: true}, nil
}
func (f *fresh) Lasting(context.Context) (driver.Driver, error) {
	f.had = append(f.had, 0)
	return lasting{f, len(f.had) - 1}, nil
}

type lasting struct {
	*fresh
	process int
}

func (l lasting) Do(context.Context, evidence.Request) (evidence.Answer, error) {
	l.had[l.process]++
	return evidence.Answer{OK: true}, nil
}

func runner(t *testing.T, d driver.Driver, b server.Backend) *Runner {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return &Runner{World: w, Driver: d, Backend: b}
}

// Clients that come before another one share its process, and no other case's.
func TestClientsThatComeBeforeShareAProcess(t *testing.T) {
	d := &fresh{}
	r := runner(t, d, &drawn{})
	for i, before := range [][]scenarios.Earlier{nil, {{}, {}}, nil, {{}}} {
		row := scenarios.Scenario{ID: "x/y", Before: before}
		a := r.Run(t.Context(), harness.Case{ID: "x/y/requireTLS", Scenario: row, Mode: scenarios.RequireTLS}, i,
			time.Minute, false)
		require.Empty(t, a.Fault)
	}
	require.Equal(t, []int{3, 2}, d.had)
	require.Equal(t, 2, d.once)
}

// watched is a back end that tells when servers are opened.
type watched struct {
	drawn
	opening func()
}

func (w *watched) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	w.opening()
	return w.drawn.Open(ctx, l)
}

// An attempt that must be alone opens its servers when it is: what they have may not last long.
func TestServersAreOpenedOnceAlone(t *testing.T) {
	b := &watched{}
	r := runner(t, &fresh{}, b)
	var together []bool
	b.opening = func() {
		shared := r.crowd.TryRLock()
		if shared {
			r.crowd.RUnlock()
		}
		together = append(together, shared)
	}
	for i, alone := range []bool{true, false} {
		a := r.Run(t.Context(), harness.Case{ID: "x/y/requireTLS", Scenario: scenarios.Scenario{ID: "x/y"},
			Mode: scenarios.RequireTLS}, i, time.Minute, alone)
		require.Empty(t, a.Fault)
	}
	require.Equal(t, []bool{false, true}, together)
}
