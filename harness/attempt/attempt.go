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

// Run makes one attempt at a case. number tells the attempts of a case apart; limit bounds what the driver may take.
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
	if a.Request, err = s.Request(c.Scenario.Client, limit); err != nil {
		return err
	}
	if alone || len(c.Scenario.Before) > 0 {
		r.crowd.Lock()
		defer r.crowd.Unlock()
	} else {
		r.crowd.RLock()
		defer r.crowd.RUnlock()
	}
	if a.Before, err = r.before(ctx, s, c, limit); err != nil {
		return err
	}
	if a.Answer, err = r.Driver.Do(ctx, a.Request); err != nil {
		died, ok := errors.AsType[*driver.Died](err)
		a.Died = ok
		if !ok || !alone || ctx.Err() != nil {
			return err
		}
		a.Answer = died.Answer(a.Request)
	}
	a.Seen, err = settled(ctx, s)
	return err
}

// before makes the requests of the clients that come first, one after another.
func (r *Runner) before(ctx context.Context, s *Scene, c harness.Case, limit time.Duration) (answers []evidence.Answer,
	err error) {
	for _, first := range c.Scenario.Before {
		request, err := s.Request(first.Client, limit)
		if err != nil {
			return nil, err
		}
		answer, err := r.Driver.Do(ctx, request)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
		if _, err := settled(ctx, s); err != nil {
			return nil, err
		}
		s.Forget()
	}
	return answers, nil
}

func settled(ctx context.Context, s *Scene) (evidence.Seen, error) {
	wait, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	return s.Seen(wait)
}
