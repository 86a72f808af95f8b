package engine

import (
	"cmp"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/scenarios"
)

// A turn is the cases of one server, in the order that costs the fewest starts: from mode to mode, and in a mode
// controls before the cases that need them. Whoever needs one runs those before it, too. As every turn has that order,
// no two can wait for each other.
type turn struct {
	mu    sync.Mutex
	cases []harness.Case
	next  int
}

// A schedule is all turns. Those of clients that follow each other need the driver's process to themselves, so nobody
// else has to wait for them. Those that mostly wait go beside the busy ones, which pass meanwhile.
type schedule struct{ alone, waiting, busy []*turn }

// schedule puts cases into turns, in the order of the seed: each on its own, or, where servers are shared, those of one
// server together; then all are busy, the largest come first, and last those whose certificate must have expired by
// then.
func (e *Engine) schedule(chosen []harness.Case, seed uint64) (all schedule) {
	order := slices.Clone(chosen)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	shared := e.Attempts.Backend.Info().Shared
	at := map[string]*turn{}
	var turns []*turn
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, name := range e.names(order, shared) {
		c := order[i]
		if at[name] == nil {
			at[name] = &turn{}
			turns = append(turns, at[name])
		}
		at[name].cases = append(at[name].cases, c)
		e.turns[c.ID] = at[name]
	}
	for _, t := range turns {
		slices.SortStableFunc(t.cases, func(a, b harness.Case) int {
			return cmp.Or(slices.Index(scenarios.Modes, a.Mode)-slices.Index(scenarios.Modes, b.Mode), e.depth(a)-e.depth(b))
		})
	}
	if shared {
		slices.SortStableFunc(turns, func(a, b *turn) int {
			return cmp.Or(a.expires()-b.expires(), len(b.cases)-len(a.cases))
		})
		return schedule{busy: turns}
	}
	var ending []*turn // whose certificate runs out while the client works
	for _, t := range turns {
		switch s := t.cases[0].Scenario; {
		case len(s.Before) > 0:
			all.alone = append(all.alone, t)
		case s.Expires(pki.Server) || s.Expires(pki.Client):
			ending = append(ending, t)
		case len(s.Steps) > 0 || s.Server.Responder.Answer == ocsp.Silent:
			all.waiting = append(all.waiting, t)
		default:
			all.busy = append(all.busy, t)
		}
	}
	// They last longest, but processes of a driver that have yet to start would take too much of their time.
	all.waiting = slices.Insert(all.waiting, len(all.waiting)/2, ending...)
	return all
}

// expires is 1 for a turn whose server's certificate must have expired.
func (t *turn) expires() int {
	if t.cases[0].Scenario.Server.Leaf.NotAfter < 0 {
		return 1
	}
	return 0
}

// names are what cases are put together by: what their servers are or, where none is shared, the case itself. So is one
// whose server cannot be: running it says why.
func (e *Engine) names(order []harness.Case, shared bool) []string {
	names := make([]string, len(order))
	var naming errgroup.Group
	naming.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range order {
		names[i] = c.ID
		if !shared || e.Attempts.Backend.Cannot(c) != "" {
			continue
		}
		naming.Go(func() error {
			if plan, err := attempt.PlanOf(e.Attempts.World, e.Attempts.Backend.Info(), c); err == nil {
				names[i] = plan.Shape()
			}
			return nil
		})
	}
	_ = naming.Wait() // no name is an error
	return names
}

// depth is how many controls stand behind a case, each behind the next.
func (e *Engine) depth(c harness.Case) int {
	if c.Twin == "" {
		return 0
	}
	return 1 + e.depth(e.Table.ByID[c.Twin])
}
