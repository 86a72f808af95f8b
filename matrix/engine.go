package matrix

import (
	"cmp"
	"context"
	"errors"
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
	"github.com/mongotls/mongotls/harness/evidence"
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

	// crowd is held for reading by attempts that are under way together, and for writing by one that must be alone.
	crowd sync.RWMutex

	mu      sync.Mutex
	results map[string]*memo
}

type memo struct {
	once   sync.Once
	result Result
}

func newEngine(w *fixtures.World, d driver.Driver, b server.Backend, t *table, known []Known) *engine {
	return &engine{world: w, driver: d, backend: b, table: t, known: known,
		limits: []time.Duration{firstLimit, secondLimit}, results: map[string]*memo{}}
}

// result runs a case, after its control, unless that has happened already.
func (e *engine) result(ctx context.Context, id string) Result {
	e.mu.Lock()
	m, ok := e.results[id]
	if !ok {
		m = &memo{}
		e.results[id] = m
	}
	e.mu.Unlock()
	m.once.Do(func() { m.result = e.run(ctx, e.table.byID[id]) })
	return m.result
}

// ended are the results that there are of the chosen cases, ordered by id, and whether those are all.
func (e *engine) ended(chosen []harness.Case) (results []Result, all bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range chosen {
		if m := e.results[c.ID]; m != nil && len(m.result.Attempts) > 0 {
			results = append(results, m.result)
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
	var control *harness.Control
	if c.Twin != "" {
		control = e.result(ctx, c.Twin).control()
	}
	info := e.driver.Info()
	for _, limit := range e.limits {
		a := e.attempt(ctx, c, len(r.Attempts), limit, false)
		r.Attempts = append(r.Attempts, a)
		if a.Died { // who it was, shows the one that ends its process again
			a = e.attempt(ctx, c, len(r.Attempts), limit, true)
			r.Attempts = append(r.Attempts, a)
		}
		i := len(r.Attempts) - 1
		r.Verdict = judge.Judge(expected(c, i), a, info, control)
		if r.Verdict.Kind == harness.Inconclusive && control == nil && e.table.hasGood(c) {
			control = e.result(ctx, scenarios.Good(c.Mode)).control() // how long a good attempt takes
			r.Verdict = judge.Judge(expected(c, i), a, info, control)
		}
		hopeless := c.Twin != "" && !control.Connected()
		if r.Verdict.Kind != harness.Inconclusive && !r.Verdict.Again || hopeless || ctx.Err() != nil {
			break
		}
	}
	r.Verdict, r.Known = apply(e.known, r.Case.ID, r.Verdict)
	return r
}

// control is the result as the control of another case.
func (r Result) control() *harness.Control {
	c := &harness.Control{Verdict: r.Verdict}
	if n := len(r.Attempts); n > 0 {
		c.Attempt = r.Attempts[n-1]
	}
	return c
}

// attempt brings up what the case needs, lets the driver loose on it and collects both witnesses. One that is made alone
// blames the end of the driver's process on the driver.
func (e *engine) attempt(ctx context.Context, c harness.Case, number int, limit time.Duration, alone bool) (a harness.Attempt) {
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
	config, err := stage.config()
	if err != nil {
		return fail(err)
	}
	a.Server, a.Client = stage.certificates()
	session, err := e.backend.Open(ctx, config)
	if err != nil {
		return fail(fmt.Errorf("the server did not start: %w", err))
	}
	defer func() {
		if err := session.Close(); err != nil && a.Fault == "" {
			a.Fault = "closing the server: " + err.Error()
		}
	}()
	ip, port := session.Addr()
	if a.Request, err = stage.request(ip, port, int(limit.Milliseconds())); err != nil {
		return fail(err)
	}
	if alone || len(c.Scenario.Before) > 0 {
		e.crowd.Lock()
		defer e.crowd.Unlock()
	} else {
		e.crowd.RLock()
		defer e.crowd.RUnlock()
	}
	seen := func() (evidence.Seen, error) {
		wait, cancel := context.WithTimeout(ctx, settle)
		defer cancel()
		return session.Seen(wait)
	}
	earlier := 0
	for _, first := range c.Scenario.Before {
		answer, err := e.earlier(ctx, c, first.Client, number, session, a.Request.LimitMS)
		if err != nil {
			return fail(err)
		}
		a.Before = append(a.Before, answer)
		s, err := seen()
		if err != nil {
			return fail(err)
		}
		earlier = len(s.Connections)
	}
	before := e.world.OCSP.Requests(stage.responder)
	a.Answer, err = e.driver.Do(ctx, a.Request)
	if died := (*driver.Died)(nil); errors.As(err, &died) {
		a.Died = true
		if alone && ctx.Err() == nil {
			a.Answer, err = died.Answer(a.Request), nil
		}
	}
	if err != nil {
		return fail(err)
	}
	if a.Seen, err = seen(); err != nil {
		return fail(err)
	}
	a.Seen.Connections = a.Seen.Connections[earlier:]
	a.Seen.OCSPRequests = e.world.OCSP.Requests(stage.responder) - before
	a.Seen.DNS = e.world.DNS.Queries(stage.label)
	if ctx.Err() != nil {
		return fail(ctx.Err())
	}
	return a
}

// earlier makes the request of a client that comes before that of the case, against the same server.
func (e *engine) earlier(ctx context.Context, c harness.Case, client scenarios.Client, number int, s server.Session,
	limitMS int) (evidence.Answer, error) {
	c.Scenario.Client = client
	stage, err := newStage(e.world, e.backend.Info(), c, number)
	if err != nil {
		return evidence.Answer{}, err
	}
	ip, port := s.Addr()
	r, err := stage.request(ip, port, limitMS)
	if err != nil {
		return evidence.Answer{}, err
	}
	return e.driver.Do(ctx, r)
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
	for _, turn := range e.turns(e.withControls(chosen), seed) {
		running.Go(func() error {
			for _, c := range turn {
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

// turns are the cases in the order of the seed, each on its own; or, where servers are shared, those of one server one after
// another through its modes, the largest first, and last those whose certificate must have expired by then.
func (e *engine) turns(cases []harness.Case, seed uint64) (turns [][]harness.Case) {
	order := slices.Clone(cases)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if !e.backend.Info().Shared {
		for _, c := range order {
			turns = append(turns, []harness.Case{c})
		}
		return turns
	}
	at := map[string]int{}
	for _, c := range order {
		name := group(c)
		i, ok := at[name]
		if !ok {
			i = len(turns)
			at[name], turns = i, append(turns, nil)
		}
		turns[i] = append(turns[i], c)
	}
	for _, turn := range turns {
		slices.SortStableFunc(turn, func(a, b harness.Case) int {
			return slices.Index(scenarios.Modes, a.Mode) - slices.Index(scenarios.Modes, b.Mode)
		})
	}
	expires := func(turn []harness.Case) int {
		if turn[0].Scenario.Server.Leaf.NotAfter < 0 {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(turns, func(a, b []harness.Case) int {
		return cmp.Or(expires(a)-expires(b), len(b)-len(a))
	})
	return turns
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
