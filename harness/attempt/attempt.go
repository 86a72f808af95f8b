// Package attempt brings one case to life: it makes what the case's data asks for (files, certificates, a DNS zone, a
// deployment), lets a driver loose on it once, and collects what both witnesses saw.
package attempt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
)

// settle is how long the server's record may take to end after the driver has closed its client.
const settle = 5 * time.Second

// A Runner makes attempts with one driver against one back end, any number of them at a time.
type Runner struct {
	World   *fixtures.World
	Driver  driver.Driver
	Backend server.Backend

	// crowd is held for reading by attempts that are under way together, and for writing by one that must be alone.
	crowd sync.RWMutex
}

// Run makes one attempt at a case. number tells the attempts of a case apart; limit bounds what the driver may take,
// without the steps that hold it up.
// One that is made alone has the driver's process to itself, and blames its end on the driver. What goes wrong with the
// harness itself stands in Fault.
func (r *Runner) Run(ctx context.Context, c harness.Case, number int, limit time.Duration,
	alone bool) (a harness.Attempt) {
	if err := r.run(ctx, c, number, limit, alone, &a); err != nil {
		a.Fault = err.Error()
	}
	if ctx.Err() != nil {
		a.Fault = harness.Interrupted
	}
	return a
}

func (r *Runner) run(ctx context.Context, c harness.Case, number int, limit time.Duration, alone bool,
	a *harness.Attempt) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if alone || len(c.Scenario.Before) > 0 { // before there is a certificate that runs out
		r.crowd.Lock()
		defer r.crowd.Unlock()
	} else {
		r.crowd.RLock()
		defer r.crowd.RUnlock()
	}
	s, err := Open(ctx, r.World, r.Backend, c, number)
	if err != nil {
		return err
	}
	defer func() {
		if wrong := s.Close(); wrong != nil {
			err = errors.Join(err, fmt.Errorf("closing the server: %w", wrong))
		}
	}()
	a.Server, a.Client = s.ServerFile, s.ClientFile
	limit += time.Duration(len(c.Scenario.Steps)) * r.Backend.Info().Step
	d := r.Driver
	// Clients that come before another one share its process: it is what stays there that the row is about.
	if l, ok := d.(driver.Laster); ok && len(c.Scenario.Before) > 0 && d.Info().Fresh {
		if d, err = l.Lasting(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
	}
	for _, first := range c.Scenario.Before {
		if a.Request, err = s.Request(first.Client, limit); err != nil {
			return err
		}
		if err = Ask(ctx, d, s, alone, a); err != nil || a.Died {
			return err
		}
		a.Before = append(a.Before, a.Answer)
		s.forget()
	}
	if a.Request, err = s.Request(c.Scenario.Client, limit); err != nil { // whose files take the place of those before
		return err
	}
	return Ask(ctx, d, s, alone, a)
}

// Ask makes the request of an attempt, and waits for what servers that are up saw of it. A driver that is alone has its
// process to itself: its end is the answer.
func Ask(ctx context.Context, d driver.Driver, s server.Deployment, alone bool, a *harness.Attempt) (err error) {
	a.Answer, err = d.Do(ctx, a.Request)
	if died, ok := errors.AsType[*driver.Died](err); ok {
		a.Died = true
		if alone && ctx.Err() == nil {
			a.Answer, err = died.Answer(a.Request), nil
		}
	}
	if err != nil {
		return err
	}
	answered := time.Now()
	wait, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	a.Seen, err = s.Seen(wait)
	a.Seen.ClientAtMS = clientAt(a.Seen, a.Answer, answered)
	return err
}

// clientAt is when the client was first used, on the clock of the deployment. Its adapter has said how long ago that
// was; it was before anybody connected.
func clientAt(s evidence.Seen, a evidence.Answer, answered time.Time) int {
	if s.Began == 0 {
		return 0
	}
	at := int(answered.UnixMilli()-s.Began) - a.ElapsedMS - a.CloseMS
	for _, c := range s.Connections {
		at = min(at, c.AtMS)
	}
	return max(0, at)
}
