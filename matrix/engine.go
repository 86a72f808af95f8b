package matrix

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/judge"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// Limits of one attempt. They are the harness's own, so reaching one is inconclusive, and tried once more with the longer.
const (
	firstLimit  = 10 * time.Second
	secondLimit = 30 * time.Second
	// settle is how long the server's record may take to end after the driver has closed its client.
	settle = 5 * time.Second
)

// interrupted is the fault of an attempt that the user stopped. Its case is left out of the report.
const interrupted = "interrupted"

// A Result is a case with all that was seen of it and what it means.
type Result struct {
	Case     harness.Case
	Verdict  harness.Verdict
	Attempts []harness.Attempt
	Known    *Known // the entry that made it known, or that it contradicts
}

// An engine runs cases, each once however often it is asked for, against one driver and one back end.
type engine struct {
	world   *fixtures.World
	driver  driver.Driver
	backend server.Backend
	table   *table
	known   []Known
	limits  []time.Duration

	mu      sync.Mutex
	turns   map[string]*turn // by case
	results map[string]Result
}

// A turn is the cases of one server, in the order that costs the fewest starts: from mode to mode, and in a mode controls
// before the cases that need them. Whoever needs one runs those before it, too. As every turn has that order, no two can
// wait for each other.
type turn struct {
	mu    sync.Mutex
	cases []harness.Case
	next  int
}

func newEngine(w *fixtures.World, d driver.Driver, b server.Backend, t *table, known []Known) *engine {
	return &engine{world: w, driver: d, backend: b, table: t, known: known,
		limits: []time.Duration{firstLimit, secondLimit}, turns: map[string]*turn{}, results: map[string]Result{}}
}

// result runs a case, after its control and what comes before it in its turn, unless that has happened already. A case that
// has no turn is one of its own.
func (e *engine) result(ctx context.Context, id string) Result {
	e.mu.Lock()
	r, ran := e.results[id]
	t := e.turns[id]
	if t == nil {
		t = &turn{cases: []harness.Case{e.table.byID[id]}}
		e.turns[id] = t
	}
	e.mu.Unlock()
	if ran {
		return r
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		e.mu.Lock()
		r, ran = e.results[id]
		e.mu.Unlock()
		if ran {
			return r
		}
		c := t.cases[t.next]
		t.next++
		r = e.run(ctx, c)
		e.mu.Lock()
		e.results[c.ID] = r
		e.mu.Unlock()
	}
}

// ended are the results that there are of the chosen cases, ordered by id, and whether those are all.
func (e *engine) ended(chosen []harness.Case) (results []Result, all bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range chosen {
		if r := e.results[c.ID]; len(r.Attempts) > 0 {
			results = append(results, r)
		}
	}
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.Case.ID, b.Case.ID) })
	return results, len(results) == len(chosen)
}

func (e *engine) run(ctx context.Context, c harness.Case) Result {
	r := Result{Case: c}
	if why := e.backend.Cannot(c); why != "" {
		r.Verdict = harness.Verdict{Kind: harness.Unsupported, Why: why}
		return r
	}
	var control *harness.Verdict
	if c.Twin != "" {
		twin := e.result(ctx, c.Twin)
		control = &twin.Verdict
	}
	info := e.driver.Info()
	for i, limit := range e.limits {
		a := e.attempt(ctx, c, i, limit)
		r.Attempts = append(r.Attempts, a)
		r.Verdict = judge.Judge(expected(c, i), a, info, control)
		hopeless := control != nil && control.Kind != harness.Conforms
		if r.Verdict.Kind != harness.Inconclusive || hopeless || ctx.Err() != nil {
			break
		}
	}
	r.Verdict, r.Known = apply(e.known, r.Case.ID, r.Verdict)
	return r
}

// attempt brings up what the case needs, lets the driver loose on it and collects both witnesses.
func (e *engine) attempt(ctx context.Context, c harness.Case, number int, limit time.Duration) (a harness.Attempt) {
	fail := func(err error) harness.Attempt {
		a.Fault = err.Error()
		if ctx.Err() != nil {
			a.Fault = interrupted
		}
		return a
	}
	if ctx.Err() != nil {
		return fail(ctx.Err())
	}
	stage, err := newStage(e.world, e.backend.Info(), c, number)
	if err != nil {
		return fail(err)
	}
	plan, err := stage.plan()
	if err != nil {
		return fail(err)
	}
	a.Server, a.Client = stage.certificates()
	deployment, err := e.backend.Open(ctx, []server.Plan{plan})
	if err != nil {
		return fail(fmt.Errorf("the server did not start: %w", err))
	}
	defer func() {
		if err := deployment.Close(); err != nil && a.Fault == "" {
			a.Fault = "closing the server: " + err.Error()
		}
	}()
	if a.Request, err = stage.request(deployment.Members()[0], int(limit.Milliseconds())); err != nil {
		return fail(err)
	}
	before := e.world.OCSP.Requests(stage.responder)
	if a.Answer, err = e.driver.Do(ctx, a.Request); err != nil {
		return fail(err)
	}
	wait, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	if a.Seen, err = deployment.Seen(wait); err != nil {
		return fail(err)
	}
	a.Seen.OCSPRequests = e.world.OCSP.Requests(stage.responder) - before
	a.Seen.DNS = e.world.DNS.Queries(stage.label)
	if ctx.Err() != nil {
		return fail(ctx.Err())
	}
	return a
}

// all runs the chosen cases with their controls, jobs at a time, and tells of each as it ends. An interrupted run returns
// what it has.
func (e *engine) all(ctx context.Context, chosen []harness.Case, jobs int, seed uint64, done func(Result)) []Result {
	if jobs <= 0 {
		jobs = 4 * runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	var results []Result
	var running errgroup.Group
	running.SetLimit(jobs)
	for _, t := range e.schedule(e.withControls(chosen), seed) {
		running.Go(func() error {
			for _, c := range t.cases {
				if ctx.Err() != nil {
					return nil
				}
				r := e.result(ctx, c.ID)
				if r.interrupted() {
					return nil
				}
				mu.Lock()
				results = append(results, r)
				done(r)
				mu.Unlock()
			}
			return nil
		})
	}
	_ = running.Wait() // no case returns an error
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.Case.ID, b.Case.ID) })
	return results
}

func (r Result) interrupted() bool {
	n := len(r.Attempts)
	return n > 0 && r.Attempts[n-1].Fault == interrupted
}

// schedule puts cases into turns, in the order of the seed: each on its own, or, where servers are shared, those of one
// server together; then the largest come first, and last those whose certificate must have expired by then.
func (e *engine) schedule(cases []harness.Case, seed uint64) []*turn {
	order := slices.Clone(cases)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	shared := e.backend.Info().Shared
	names := make([]string, len(order))
	var naming errgroup.Group
	naming.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range order {
		names[i] = c.ID
		if shared {
			naming.Go(func() error { names[i] = e.shape(c); return nil })
		}
	}
	_ = naming.Wait() // it has no errors
	at := map[string]*turn{}
	var turns []*turn
	for i, c := range order {
		name := names[i]
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
	expires := func(t *turn) int {
		if t.cases[0].Scenario.Server.Leaf.NotAfter < 0 {
			return 1
		}
		return 0
	}
	if shared {
		slices.SortStableFunc(turns, func(a, b *turn) int { return cmp.Or(expires(a)-expires(b), len(b.cases)-len(a.cases)) })
	}
	return turns
}

// depth is how many controls stand behind a case, each behind the next.
func (e *engine) depth(c harness.Case) int {
	if c.Twin == "" {
		return 0
	}
	return 1 + e.depth(e.table.byID[c.Twin])
}

// shape tells the servers of cases apart. One that cannot be is its case's own: running it says why.
func (e *engine) shape(c harness.Case) string {
	if e.backend.Cannot(c) != "" {
		return c.ID
	}
	stage, err := newStage(e.world, e.backend.Info(), c, 0)
	if err != nil {
		return c.ID
	}
	plan, err := stage.plan()
	if err != nil {
		return c.ID
	}
	return plan.Shape()
}

// withControls adds the twins that the chosen cases need, and theirs.
func (e *engine) withControls(chosen []harness.Case) []harness.Case {
	in := map[string]bool{}
	var all []harness.Case
	var add func(c harness.Case)
	add = func(c harness.Case) {
		if in[c.ID] {
			return
		}
		in[c.ID] = true
		all = append(all, c)
		if c.Twin != "" {
			add(e.table.byID[c.Twin])
		}
	}
	for _, c := range chosen {
		add(c)
	}
	return all
}
