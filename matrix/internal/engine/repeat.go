package engine

import (
	"context"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// How many cases run again, how many at a time, and for how long in all: where more is wrong, some of them tell enough.
const (
	repeatCases = 20
	repeatJobs  = 4
	repeatLimit = time.Minute
)

// Repeat runs cases that violate unexpectedly once more, and notes what they come to: one that conforms is chance. One
// that violates again runs as the first client of a new process of the driver, too. If it conforms there, what an
// earlier client left behind turned it red.
func (e *Engine) Repeat(ctx context.Context, results []Result) {
	ctx, cancel := context.WithTimeout(ctx, repeatLimit)
	defer cancel()
	var running errgroup.Group
	running.SetLimit(repeatJobs)
	for i, n := 0, 0; i < len(results) && n < repeatCases; i++ {
		r := &results[i]
		if r.Verdict.Kind == evidence.Violates && !r.Verdict.Listed {
			n++
			running.Go(func() error {
				r.Verdict.Repeat = e.repeat(ctx, e.Attempts.Driver, r.Case, "/again")
				if r.Verdict.Repeat != evidence.Conforms {
					r.Verdict.Afresh = e.afresh(ctx, r.Case)
				}
				return nil
			})
		}
	}
	_ = running.Wait() // what cannot be run is not told of
}

// afresh is what a case comes to in a new process of the driver, as repeat tells it; "" where each client has its own.
func (e *Engine) afresh(ctx context.Context, c harness.Case) evidence.Verdict {
	renewer, ok := e.Attempts.Driver.(driver.Renewer)
	if !ok || e.Attempts.Driver.Info().Fresh {
		return ""
	}
	d, err := renewer.Afresh(ctx)
	if err != nil {
		return ""
	}
	defer func() { _ = d.Close() }()
	return e.repeat(ctx, renewed{d, e.Attempts.Driver.Info()}, c, "/afresh")
}

// repeat is what a case comes to in a further run, beside the controls that there are: Conforms, Violates or, where
// nothing is learnt, "". Its names, which end as given, are its own.
func (e *Engine) repeat(ctx context.Context, d driver.Driver, c harness.Case, end string) evidence.Verdict {
	alone := New(e.Attempts.World, d, e.Attempts.Backend, e.Table, nil)
	alone.Limits, alone.Slow = e.Limits, e.Slow
	e.mu.Lock()
	alone.results = maps.Clone(e.results)
	e.mu.Unlock()
	c.ID += end
	r := alone.Run(ctx, c)
	if kind := r.Verdict.Kind; kind == evidence.Conforms || kind == evidence.Violates {
		return kind
	}
	return ""
}

// renewed is a driver in a new process, with what is known of it.
type renewed struct {
	driver.Driver
	info evidence.Info
}

func (r renewed) Info() evidence.Info { return r.info }
