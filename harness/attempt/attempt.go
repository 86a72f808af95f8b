// Package attempt brings one case to life: it makes what the case's data asks for (files, certificates, a DNS zone, a
// deployment), lets a driver loose on it once, and collects what both witnesses saw.
package attempt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/server"
)

// settle is how long the server's record may take to end after the driver has closed its client.
const settle = 5 * time.Second

// Run makes one attempt at a case. number tells the attempts of a case apart; limit bounds what the driver may take. What goes
// wrong with the harness itself, and with ctx, stands in Fault.
func Run(ctx context.Context, w *fixtures.World, d driver.Driver, b server.Backend, c harness.Case, number int, limit time.Duration) (a harness.Attempt) {
	if err := run(ctx, w, d, b, c, number, limit, &a); err != nil {
		a.Fault = err.Error()
	}
	if err := ctx.Err(); err != nil {
		a.Fault = harness.Interrupted
	}
	return a
}

func run(ctx context.Context, w *fixtures.World, d driver.Driver, b server.Backend, c harness.Case, number int, limit time.Duration,
	a *harness.Attempt) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s, err := Open(ctx, w, b, c, number)
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
	if a.Answer, err = d.Do(ctx, a.Request); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	a.Seen, err = s.Seen(wait)
	return err
}
