package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/scenarios"
)

// mortal is a driver in one process, which some requests end.
type mortal struct {
	driver.Driver
	fatal string // part of the ids of those requests
	late  bool

	under atomic.Int32 // way
	died  atomic.Bool
}

func (m *mortal) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	alone := m.under.Add(1) == 1
	defer m.under.Add(-1)
	switch {
	case strings.Contains(r.ID, m.fatal):
		m.died.Store(true)
		return evidence.Answer{}, &driver.Died{Text: "the adapter ended: signal: segmentation fault", Late: m.late}
	case m.died.Load() && !alone:
		return evidence.Answer{}, &driver.Died{Text: "the adapter ended: signal: segmentation fault", Late: m.late}
	}
	return m.Driver.Do(ctx, r)
}

// An earlier client that ends the driver's process, or hangs, is the driver's fault, too.
func TestACrashOfAnEarlierClient(t *testing.T) {
	for late, why := range map[bool]string{false: "the driver crashed", true: "the driver hangs"} {
		e := newTestEngine(t, &mortal{Driver: godriver.New(driver.Isolation{}), fatal: "state/insecure-then-strict/",
			late: late})
		e.Limits = []time.Duration{secondLimit}
		v := e.Result(t.Context(), "state/insecure-then-strict/requireTLS").Verdict
		require.Equal(t, evidence.Violates, v.Kind, v.Why)
		require.Contains(t, v.Why, why)
	}
}

// dilatory is a driver that says of some requests that they took long, or found nobody.
type dilatory struct {
	driver.Driver
	answers []evidence.Answer // to the cases that it is asked for, in turn
	asked   atomic.Int32
}

func (d *dilatory) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if !strings.HasPrefix(r.ID, "name/dns-san/") {
		return d.Driver.Do(ctx, r)
	}
	said := d.answers[min(int(d.asked.Add(1)), len(d.answers))-1]
	a, err := d.Driver.Do(ctx, r)
	if said.OK {
		a.ElapsedMS = said.ElapsedMS
		return a, err
	}
	return said, err
}

// What is late, or finds no server, is tried again, beside a good case where the row has no control.
func TestLateAndMissedHoldTwice(t *testing.T) {
	late := evidence.Answer{OK: true, ElapsedMS: 30_000}
	quick := evidence.Answer{OK: true, ElapsedMS: 5}
	none := evidence.Answer{Stage: evidence.AtConnect, Stopped: evidence.AllServersFailed,
		Error: &evidence.Error{Reason: evidence.Unreachable}}
	for name, row := range map[string]struct {
		answers []evidence.Answer
		kind    evidence.Verdict
	}{
		"late":        {[]evidence.Answer{late}, evidence.Violates},
		"late once":   {[]evidence.Answer{late, quick}, evidence.Conforms},
		"missed":      {[]evidence.Answer{none}, evidence.Violates},
		"missed once": {[]evidence.Answer{none, quick}, evidence.Conforms},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, &dilatory{Driver: godriver.New(driver.Isolation{}), answers: row.answers})
			r := e.Result(t.Context(), "name/dns-san/requireTLS")
			require.Equal(t, row.kind, r.Verdict.Kind, r.Verdict.Why)
			require.Len(t, r.Attempts, 2)
		})
	}
}

// busy is a driver that says of the refusals of a case that they took long, and how long its control takes by then.
type busy struct {
	driver.Driver
	control int // ms
}

func (b *busy) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	a, err := b.Driver.Do(ctx, r)
	switch {
	case strings.HasPrefix(r.ID, "name/mismatch/"):
		a.ElapsedMS = 3300
	case strings.HasSuffix(r.ID, "/beside/name/mismatch/requireTLS"):
		a.ElapsedMS = b.control
	}
	return a, err
}

// A refusal that takes long is held against a control of the same time: the machine may have become busy since.
func TestLongRefusals(t *testing.T) {
	for control, kind := range map[int]evidence.Verdict{100: evidence.Violates, 3000: evidence.Conforms} {
		e := newTestEngine(t, &busy{Driver: godriver.New(driver.Isolation{}), control: control})
		r := e.Result(t.Context(), "name/mismatch/requireTLS")
		require.Equal(t, kind, r.Verdict.Kind, r.Verdict.Why)
		require.Len(t, r.Attempts, 2)
	}
}

func newTestEngine(t *testing.T, d driver.Driver) *Engine {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	table, err := whole()
	require.NoError(t, err)
	b := embedded.New()
	t.Cleanup(func() { require.NoError(t, errors.Join(d.Close(), b.Close(), w.Close())) })
	return New(w, d, b, table, nil)
}

// The request that ends the driver's process again, alone, has crashed it; those that were under way with it keep their
// verdicts.
func TestACrashIsTheFaultOfWhoCausesIt(t *testing.T) {
	for late, why := range map[bool]string{false: "the driver crashed", true: "the driver hangs"} {
		e := newTestEngine(t, &mortal{Driver: godriver.New(driver.Isolation{}), fatal: "time/expired/", late: late})
		chosen, err := e.Table.Choose(
			[]string{"time/expired", "time/not-yet-valid", "name/mismatch", "trust/wrong-ca"},
			nil,
			[]scenarios.Mode{scenarios.RequireTLS},
		)
		require.NoError(t, err)
		e.Limits = []time.Duration{secondLimit} // beside which a control is quick on a busy machine, too
		for _, r := range e.All(t.Context(), chosen, 8, 1, func(Result) {}) {
			if strings.HasPrefix(r.Case.ID, "time/expired/") {
				require.Equal(t, evidence.Violates, r.Verdict.Kind, r.Verdict.Why)
				require.Contains(t, r.Verdict.Why, why)
				require.Len(t, r.Attempts, 2)
				continue
			}
			require.Equal(t, evidence.Conforms, r.Verdict.Kind, "%s: %s", r.Case.ID, r.Verdict.Why)
		}
	}
}

// exact is a driver that does nothing twice at a time, as an adapter in a process of its own does. Each time that it
// does the good case, something ends too late.
type exact struct {
	driver.Driver
	mu    sync.Mutex
	under map[string]bool // way
	asked chan struct{}
}

func (x *exact) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	x.mu.Lock()
	twice := x.under[r.ID]
	x.under[r.ID] = true
	x.mu.Unlock()
	if twice {
		return evidence.Answer{}, fmt.Errorf("%s is under way", r.ID)
	}
	if r.ID == "mode/tls/requireTLS" {
		<-x.asked // until the other case has looked for a control
	}
	a, err := x.Driver.Do(ctx, r)
	if strings.HasPrefix(r.ID, "name/dns-san/") {
		a.ElapsedMS = 30_000
	}
	if strings.HasSuffix(r.ID, "/beside") {
		close(x.asked)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.under, r.ID)
	return a, err
}

// A case that needs to know how long a good attempt takes has one, though the good case is under way.
func TestAControlBesideTheGoodCase(t *testing.T) {
	e := newTestEngine(t, &exact{Driver: godriver.New(driver.Isolation{}), under: map[string]bool{},
		asked: make(chan struct{})})
	chosen, err := e.Table.Choose([]string{"mode/tls", "name/dns-san"}, nil, []scenarios.Mode{scenarios.RequireTLS})
	require.NoError(t, err)
	results := e.All(t.Context(), chosen, 8, 1, func(Result) {})
	require.Len(t, results, 2)
	require.Equal(t, evidence.Conforms, results[0].Verdict.Kind, results[0].Verdict.Why)
	require.Equal(t, evidence.Violates, results[1].Verdict.Kind, results[1].Verdict.Why)
	require.Contains(t, results[1].Verdict.Why, "at once")
}

// leaking is a driver in which the first client decides what later ones take, and which takes what has expired in any
// case, and once what is not valid yet.
type leaking struct {
	driver.Driver
	used, early atomic.Bool
}

func (l *leaking) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if l.used.Swap(true) && strings.HasPrefix(r.ID, "name/mismatch/") || strings.HasPrefix(r.ID, "time/expired/") ||
		strings.HasPrefix(r.ID, "time/not-yet-valid/") && !l.early.Swap(true) {
		r.URI += "&tlsInsecure=true"
	}
	return l.Driver.Do(ctx, r)
}

func (l *leaking) Afresh(context.Context) (driver.Driver, error) {
	return &leaking{Driver: l.Driver}, nil
}

// What is red for what an earlier client left behind is told from what is red by itself, and both from what is chance.
func TestRepeat(t *testing.T) {
	e := newTestEngine(t, &leaking{Driver: unclosed{godriver.New(driver.Isolation{})}})
	rows := []string{"name/mismatch", "time/expired", "time/not-yet-valid"}
	chosen, err := e.Table.Choose(rows, nil, []scenarios.Mode{scenarios.RequireTLS})
	require.NoError(t, err)
	results := e.All(t.Context(), chosen, 1, 1, func(Result) {})
	e.Repeat(t.Context(), results)
	repeats := map[string][]evidence.Verdict{}
	for _, r := range results {
		if r.Verdict.Kind == evidence.Violates {
			repeats[r.Case.Scenario.ID] = []evidence.Verdict{r.Verdict.Repeat, r.Verdict.Afresh}
		}
	}
	require.Equal(t, map[string][]evidence.Verdict{
		"name/mismatch":      {evidence.Violates, evidence.Conforms},
		"time/expired":       {evidence.Violates, evidence.Violates},
		"time/not-yet-valid": {evidence.Conforms, ""},
	}, repeats)
}

// unclosed is a driver that others share.
type unclosed struct{ driver.Driver }

func (unclosed) Close() error { return nil }
