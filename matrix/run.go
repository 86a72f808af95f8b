// Package matrix makes the cases, runs them and says what came of them. It has two faces on one engine: Main is the
// command line, Test is for a _test.go of yours.
package matrix

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// Options choose what runs. The zero value is everything, through the Go driver, against the embedded server.
type Options struct {
	// Driver is "go", the driver that this program is linked with; another version of it, as go@v2.5.0, go@latest or
	// go@./checkout; or exec: and a command, an adapter of your own.
	Driver  string
	Backend string   // "embedded", "container", "binary" or "external"
	Image   string   // of containers; default mongo:8.0
	Mongod  string   // path of the binary
	URI     string   // of a deployment of your own, for external, with CA and Cert
	CA      string   // PEM file of the authorities of its certificates
	Cert    string   // PEM file of a client certificate with its key, if it asks for one
	Modes   []string // default: all
	Run     []string // patterns of case ids; default: all
	Skip    []string
	Jobs    int    // attempts in flight; default four per core
	Seed    uint64 // fixes serial numbers, names, keys and order
	Known   string // file of known failures; default: the built-in list
	// StrictKnown: a known failure whose day has passed is an error, not a warning.
	StrictKnown bool
	// Scenarios are the rows; default scenarios.All().
	Scenarios []scenarios.Scenario
}

// A session is an open run: the world, the parts and what was chosen.
type session struct {
	options Options
	engine  *engine
	chosen  []harness.Case
	started time.Time
	close   func() error
}

// open checks the options before anything starts, then brings up the world.
func open(ctx context.Context, o Options) (*session, error) {
	o.Driver, o.Backend = or(o.Driver, "go"), or(o.Backend, "embedded")
	if _, err := parseDriver(o.Driver); err != nil {
		return nil, err
	}
	if o.Scenarios == nil {
		o.Scenarios = scenarios.All()
	}
	modes, err := parseModes(o.Modes)
	if err != nil {
		return nil, err
	}
	t, err := expand(o.Scenarios)
	if err != nil {
		return nil, usage("the scenario table: %v", err)
	}
	chosen, err := t.choose(o.Run, o.Skip, modes)
	if err != nil {
		return nil, err
	}
	known, err := loadKnown(o.Known, t)
	if err != nil {
		return nil, err
	}
	if o.StrictKnown {
		if err := known.current(time.Now()); err != nil {
			return nil, err
		}
	}
	started := time.Now()
	world, err := fixtures.New(fixtures.Options{Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	roots, err := world.File("system-roots", publicRoots)
	if err != nil {
		return nil, errors.Join(err, world.Close())
	}
	d, err := openDriver(ctx, o.Driver, driver.Isolation{Resolver: world.DNS.Addr(), Roots: roots})
	if err != nil {
		return nil, errors.Join(err, world.Close())
	}
	b, err := openBackend(ctx, o)
	if err != nil {
		return nil, errors.Join(usage("%v", err), d.Close(), world.Close())
	}
	s := assemble(o, world, d, b, t, chosen)
	s.started = started
	s.engine.known = known.due(d.Info(), b.Info().Name, s.engine.withControls(chosen))
	return s, nil
}

// assemble joins parts that are open already into a session that closes them.
func assemble(o Options, w *fixtures.World, d driver.Driver, b server.Backend, t *table, chosen []harness.Case) *session {
	return &session{options: o, engine: newEngine(w, d, b, t, nil), chosen: chosen, started: time.Now(),
		close: func() error { return errors.Join(d.Close(), b.Close(), w.Close()) }}
}

// run runs everything chosen and returns the report, complete or, when ctx is done before the end, interrupted.
func (s *session) run(ctx context.Context, done func(Result)) reports.Report {
	results := s.engine.all(ctx, s.chosen, s.options.Jobs, s.options.Seed, done)
	r := s.report(results)
	r.Interrupted = ctx.Err() != nil
	return r
}

func or(value, otherwise string) string {
	if strings.TrimSpace(value) == "" {
		return otherwise
	}
	return value
}

// exit is the exit code of a finished run: see Main.
func exit(r reports.Report) int {
	n := reports.Count(r.Cases)
	stale := slices.ContainsFunc(r.Known, func(k reports.KnownEntry) bool { return k.Stale != "" })
	switch {
	case r.Interrupted:
		return 130
	case n[reports.Violates] > 0 || stale:
		return 1
	case n[reports.Inconclusive] > 0 || len(r.Faults) > 0:
		return 3
	}
	return 0
}
