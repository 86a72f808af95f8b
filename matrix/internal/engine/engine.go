// Package engine runs cases: each after its control, several at a time, and each as often as it takes to be sure.
package engine

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/judge"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
)

// Limits of one attempt. They are the harness's own, so reaching one is inconclusive, and tried once more with the
// longer.
const (
	firstLimit  = 10 * time.Second
	secondLimit = 30 * time.Second
	slowly      = 4 * time.Minute // is how much longer a slow row may take
)

// A Result is a case with all that was seen of it and what it means.
type Result struct {
	Case     harness.Case
	Verdict  harness.Verdict
	Attempts []harness.Attempt
	Known    *known.Entry // the entry that made it known, or that it contradicts
}

// An Engine runs cases, each once however often it is asked for, against one driver and one back end.
type Engine struct {
	Attempts *attempt.Runner
	Table    *cases.Table
	Known    known.List
	Limits   []time.Duration // of the attempts of a case
	Slow     bool            // slow rows are run, too

	mu      sync.Mutex
	turns   map[string]*turn // by case
	results map[string]Result
	beside  map[string]func() *harness.Control // of good cases that were wanted before their turn
}

// New is an engine of these parts, which stay the caller's to close.
func New(w *fixtures.World, d driver.Driver, b server.Backend, t *cases.Table, due known.List) *Engine {
	return &Engine{Attempts: &attempt.Runner{World: w, Driver: d, Backend: b}, Table: t, Known: due,
		Limits: []time.Duration{firstLimit, secondLimit}, turns: map[string]*turn{}, results: map[string]Result{},
		beside: map[string]func() *harness.Control{}}
}

// Result runs a case, after its control and what comes before it in its turn, unless that has happened already. A case
// that has no turn is one of its own.
func (e *Engine) Result(ctx context.Context, id string) Result {
	if r, ran := e.result(id); ran {
		return r
	}
	t := e.turn(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if r, ran := e.result(id); ran {
			return r
		}
		c := t.cases[t.next]
		t.next++
		if _, ran := e.result(c.ID); ran {
			continue
		}
		r := e.Run(ctx, c)
		e.mu.Lock()
		e.results[c.ID] = r
		e.mu.Unlock()
	}
}

// result is that of a case that has run.
func (e *Engine) result(id string) (Result, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, ran := e.results[id]
	return r, ran
}

// turn is that of a case, which gets one of its own if it has none.
func (e *Engine) turn(id string) *turn {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns[id] == nil {
		e.turns[id] = &turn{cases: []harness.Case{e.Table.ByID[id]}}
	}
	return e.turns[id]
}

// Ended are the results that there are of the chosen cases, ordered by id, and whether those are all.
func (e *Engine) Ended(chosen []harness.Case) (results []Result, all bool) {
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

// Run runs a case once more, after its control.
func (e *Engine) Run(ctx context.Context, c harness.Case) Result {
	r := Result{Case: c}
	if why := e.cannot(c); why != "" {
		r.Verdict = harness.Verdict{Kind: evidence.NotRun, Why: why}
		return r
	}
	var control *harness.Control
	if c.Twin != "" {
		twin := e.Result(ctx, c.Twin)
		if twin.Verdict.Kind == evidence.NotRun {
			r.Verdict = harness.Verdict{Kind: evidence.NotRun, Why: "its control cannot run here: " + twin.Verdict.Why}
			return r
		}
		control = twin.control()
	}
	info := e.Attempts.Driver.Info()
	for _, limit := range e.Limits {
		if c.Scenario.Slow != "" {
			limit += slowly
		}
		if r.Verdict.Again {
			control = e.slower(ctx, control, c)
		}
		a := e.Attempts.Run(ctx, c, len(r.Attempts), limit, r.Verdict.Alone)
		r.Attempts = append(r.Attempts, a)
		if a.Died && !r.Verdict.Alone { // who it was, shows the one that ends its process again
			a = e.Attempts.Run(ctx, c, len(r.Attempts), limit, true)
			r.Attempts = append(r.Attempts, a)
		}
		i := len(r.Attempts) - 1
		r.Verdict = judge.Judge(attempt.Expected(c, i), a, info, control)
		if good, ok := e.Table.Good(c); ok && control == nil && (r.Verdict.Kind == evidence.Inconclusive || judge.Wants(a)) {
			control = e.good(ctx, good) // how long a good attempt takes
			r.Verdict = judge.Judge(attempt.Expected(c, i), a, info, control)
		}
		hopeless := c.Twin != "" && !control.Connected()
		if r.Verdict.Kind != evidence.Inconclusive && !r.Verdict.Again || hopeless || ctx.Err() != nil {
			break
		}
	}
	r.Verdict, r.Known = known.Apply(e.Known, r.Case.ID, r.Verdict)
	return r
}

// cannot says why a case is not run, "" if it is.
func (e *Engine) cannot(c harness.Case) string {
	if c.Scenario.Slow != "" && !e.Slow {
		return "slow, and --slow was not given: " + c.Scenario.Slow
	}
	return e.Attempts.Backend.Cannot(c)
}

// good is what a good case comes to. It never waits for that case's turn, which may wait for the one that asks: until
// it has come, there is an attempt beside it, with a name of its own, for a driver does nothing twice at a time.
func (e *Engine) good(ctx context.Context, c harness.Case) *harness.Control {
	e.mu.Lock()
	r, ran := e.results[c.ID]
	beside := e.beside[c.ID]
	if beside == nil {
		id := c.ID
		c.ID += "/beside"
		beside = sync.OnceValue(func() *harness.Control {
			return &harness.Control{Attempt: e.Attempts.Run(ctx, c, 0, e.Limits[0], false)}
		})
		e.beside[id] = beside
	}
	e.mu.Unlock()
	if ran {
		return r.control()
	}
	return beside()
}

// slower is the control of a case, made once more, if that takes longer by now: the machine may have become busy.
func (e *Engine) slower(ctx context.Context, control *harness.Control, c harness.Case) *harness.Control {
	twin, ok := e.Table.ByID[c.Twin]
	if !ok || control == nil {
		return control
	}
	twin.ID += "/beside/" + c.ID // a name of its own
	now := harness.Control{Verdict: control.Verdict, Attempt: e.Attempts.Run(ctx, twin, 0, e.Limits[0], false)}
	if !now.Connected() || now.Attempt.Answer.ElapsedMS < control.Attempt.Answer.ElapsedMS {
		return control
	}
	return &now
}

// control is the result as the control of another case.
func (r Result) control() *harness.Control {
	c := &harness.Control{Verdict: r.Verdict}
	if n := len(r.Attempts); n > 0 {
		c.Attempt = r.Attempts[n-1]
	}
	return c
}

// All runs the chosen cases with their controls, jobs at a time, and beside them twice as many of those that mostly
// wait, if the driver can; it tells of each as it ends. An interrupted run returns what it has.
func (e *Engine) All(ctx context.Context, chosen []harness.Case, jobs int, seed uint64, done func(Result)) []Result {
	if jobs <= 0 {
		jobs = 6 * runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	var results []Result
	ended := func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		results = append(results, r)
		done(r)
	}
	turns := e.schedule(e.WithControls(chosen), seed)
	e.takeAll(ctx, turns.alone, jobs, ended)
	// One job is strictly one; and what has to wait for a process of its driver grows old.
	if info := e.Attempts.Driver.Info(); jobs == 1 || info.Fresh || info.Concurrency > 0 {
		e.takeAll(ctx, slices.Concat(turns.waiting, turns.busy), jobs, ended)
	} else {
		var beside sync.WaitGroup
		beside.Go(func() { e.takeAll(ctx, turns.waiting, 2*jobs, ended) })
		e.takeAll(ctx, turns.busy, jobs, ended)
		beside.Wait()
	}
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.Case.ID, b.Case.ID) })
	return results
}

// takeAll takes turns, so many at a time.
func (e *Engine) takeAll(ctx context.Context, turns []*turn, jobs int, ended func(Result)) {
	var running errgroup.Group
	running.SetLimit(jobs)
	for _, t := range turns {
		running.Go(func() error {
			e.take(ctx, t, ended)
			return nil
		})
	}
	_ = running.Wait() // no turn returns an error
}

// take runs the cases of a turn, unless it is interrupted, and tells of each as it ends.
func (e *Engine) take(ctx context.Context, t *turn, ended func(Result)) {
	for _, c := range t.cases {
		if ctx.Err() != nil {
			return
		}
		r := e.Result(ctx, c.ID)
		if r.interrupted() {
			return
		}
		ended(r)
	}
}

func (r Result) interrupted() bool {
	n := len(r.Attempts)
	return n > 0 && r.Attempts[n-1].Fault == harness.Interrupted
}

// WithControls adds the twins that the chosen cases need, and theirs.
func (e *Engine) WithControls(chosen []harness.Case) []harness.Case {
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
			add(e.Table.ByID[c.Twin])
		}
	}
	for _, c := range chosen {
		add(c)
	}
	return all
}
