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

// How many cases run afresh, how many at a time, and for how long in all: where more is wrong, some of them tell
// enough.
const (
	afreshCases = 20
	afreshJobs  = 4
	afreshLimit = time.Minute
)

// Afresh runs cases that violate unexpectedly once more, each as the first client of a new process of the driver, and
// notes what they come to there. One that conforms was turned red by what an earlier client had left behind.
func (e *Engine) Afresh(ctx context.Context, results []Result) {
	renewer, ok := e.Attempts.Driver.(driver.Renewer)
	if !ok || e.Attempts.Driver.Info().Fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, afreshLimit)
	defer cancel()
	var running errgroup.Group
	running.SetLimit(afreshJobs)
	for i, n := 0, 0; i < len(results) && n < afreshCases; i++ {
		r := &results[i]
		if r.Verdict.Kind == evidence.Violates && !r.Verdict.Listed {
			n++
			running.Go(func() error {
				r.Verdict.Afresh = e.afresh(ctx, renewer, r.Case)
				return nil
			})
		}
	}
	_ = running.Wait() // what cannot be run is not told of
}

// afresh is what a case comes to in a new process of the driver, beside the controls that there are: Conforms, Violates
// or, where nothing is learnt, "".
func (e *Engine) afresh(ctx context.Context, renewer driver.Renewer, c harness.Case) evidence.Verdict {
	d, err := renewer.Afresh(ctx)
	if err != nil {
		return ""
	}
	defer func() { _ = d.Close() }()
	alone := New(e.Attempts.World, renewed{d, e.Attempts.Driver.Info()}, e.Attempts.Backend, e.Table, nil)
	alone.Limits, alone.Slow = e.Limits, e.Slow
	e.mu.Lock()
	alone.results = maps.Clone(e.results)
	e.mu.Unlock()
	c.ID += "/afresh" // its names are its own
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
