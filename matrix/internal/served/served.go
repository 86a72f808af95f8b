// Package served holds the servers of cases up, so that people can connect to them by hand.
package served

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/scenarios"
)

// A Server is that of a case, or are those of its members.
type Server struct {
	Case    harness.Case
	Addr    string           // of the first
	Request evidence.Request // of the case's client
	Mongod  string           // the command line of a mongod that does the same, or why none does
	scene   *attempt.Scene
}

// Close ends it.
func (s *Server) Close() error { return s.scene.Close() }

// Open brings up the servers of a case, the first on that port and the others on those after it, 0 for any. Their logs
// go to log.
func Open(ctx context.Context, w *fixtures.World, c harness.Case, port int, log io.Writer) (*Server, error) {
	scene, err := attempt.Open(ctx, w, onPort{embedded.Logging(log), port}, c, 0)
	if err != nil {
		return nil, err
	}
	request, err := scene.Request(c.Scenario.Client, time.Minute)
	if err != nil {
		return nil, errors.Join(err, scene.Close())
	}
	return &Server{c, scene.Members()[0].Addr.String(), request, mongodLine(w, c), scene}, nil
}

// mongodLine is the command line of a mongod that does the same, or why none does.
func mongodLine(w *fixtures.World, c harness.Case) string {
	if how, can := c.Scenario.Server.Mongod(); !can {
		return how
	}
	plan, err := attempt.PlanOf(w, server.Info{}, c)
	if err != nil {
		return err.Error()
	}
	var unwritten error
	line, err := plan.Config.Line(func(content []byte) string {
		path := filepath.Join(w.Dir(), strings.NewReplacer("/", "-", "@", "-").Replace(c.ID)+".conf")
		unwritten = os.WriteFile(path, content, 0o600)
		return path
	})
	if err := errors.Join(err, unwritten); err != nil {
		return err.Error()
	}
	return line
}

// Cannot says why nobody can connect to the server of a case by hand, "" if that can be.
func Cannot(c harness.Case) string {
	s := c.Scenario
	switch {
	case s.Expect.Outcome == scenarios.BeforeDialing:
		return "it is about a connection string that leads nowhere"
	case s.Client.Zone != "":
		return "it needs the harness's DNS"
	case s.Client.SystemRoots:
		return "it needs an authority among those of the system"
	case len(s.Steps)+len(s.Before) > 0:
		return "it is about what happens one after another"
	case c.Derived:
		return "its server is that of mode/disabled-plain"
	}
	return embedded.New().Cannot(c)
}

// All brings up the servers of cases, each on a port that follows those of the one before it. log is what their logs
// go to, by case.
func All(ctx context.Context, w *fixtures.World, cases []harness.Case, port int,
	log func(harness.Case) io.Writer) (all []*Server, err error) {
	all = make([]*Server, len(cases))
	var opening errgroup.Group
	opening.SetLimit(8)
	for i, c := range cases {
		at := port
		if port > 0 {
			port += max(1, len(c.Scenario.Members))
		}
		opening.Go(func() (err error) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if all[i], err = Open(ctx, w, c, at, log(c)); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
			return nil
		})
	}
	if err = opening.Wait(); err != nil {
		return nil, errors.Join(err, Close(all))
	}
	return all, nil
}

// Close ends servers, those that there are.
func Close(all []*Server) error {
	errs := make([]error, len(all))
	var ending sync.WaitGroup
	for i, s := range all {
		if s != nil {
			ending.Go(func() { errs[i] = s.Close() })
		}
	}
	ending.Wait()
	return errors.Join(errs...)
}

// onPort is a back end whose servers are on ports of one's own choice.
type onPort struct {
	server.Backend
	port int
}

func (b onPort) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	for i := range l.Members {
		if b.port > 0 {
			l.Members[i].Config.Port = b.port + i
		}
	}
	return b.Backend.Open(ctx, l)
}
