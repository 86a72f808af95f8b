// Package matrix chooses cases, runs them and says what came of them. Test is for a _test.go of yours; Open and Run are
// what the command line (matrix/command) is made of.
package matrix

import (
	"cmp"
	"context"
	"crypto/fips140"
	"errors"
	"slices"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/engine"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// Options choose what runs. The zero value is everything, through the Go driver, against the embedded server.
type Options struct {
	// Driver is "go", the driver that this program is linked with; another version of it, as go@v2.5.0, go@latest or
	// go@./checkout; or exec: and a command, an adapter of your own.
	Driver  string
	Backend string // "embedded", "container", "binary" or "external"
	Image   string // of containers; default mongo:8.0
	Mongod  string // path of the binary
	URI     string // of a deployment of your own, for external, with CA and Cert
	CA      string // PEM file of the authorities of its certificates
	Cert    string // PEM file of a client certificate with its key, if it asks for one
	// CertPassword is asked for the password of that key, if it is encrypted.
	CertPassword func() ([]byte, error)
	// Rate is how many connections a second go to that deployment, at the most; default 10.
	Rate    int
	Imitate string // series of the release that embedded servers imitate, as "8.0"; default 4.4
	// Releases run each case once for each of these series, which embedded servers imitate; "all" is every one. The cases
	// are named apart by them: name/mismatch/requireTLS/8.0.
	Releases []string
	Modes    []string // default: all
	Run      []string // patterns of case ids; default: all
	Skip     []string
	Slow     bool // run slow scenarios, too
	// Jobs are attempts in flight; but for 1, twice as many that mostly wait go beside them. Default six per core.
	Jobs  int
	Seed  uint64 // fixes serial numbers, names, keys and order
	Known string // file of known failures, beside the built-in list
	// NoBuiltinKnown drops the built-in list.
	NoBuiltinKnown bool
	// StrictKnown: a known failure whose day has passed is an error, not a warning.
	StrictKnown bool
	// Keep leaves the files of the run, its certificates and keys, in Session.Dir.
	Keep bool
	// Scenarios are the rows; default scenarios.All().
	Scenarios []scenarios.Scenario
}

// A Result is a case with all that was seen of it and what it means.
type Result = engine.Result

// A Session is an open run: the world, the driver, the back end, and the cases that were chosen.
type Session struct {
	options  Options
	engine   *engine.Engine
	chosen   []harness.Case
	started  time.Time
	checkout string // that the driver is: see install.Checkout
	close    func() error
}

// Open checks the options before anything starts, then brings up the world. Errors of the options are told from others
// by usage.Is.
func Open(ctx context.Context, o Options) (*Session, error) {
	if fips140.Enforced() { // the program itself starts anew without GODEBUG
		return nil, usage.Errorf("GODEBUG=fips140=only keeps this process from making the keys and certificates that " +
			"scenarios ask for: run without it")
	}
	o.Driver, o.Backend = cmp.Or(o.Driver, registry.Usual), cmp.Or(o.Backend, reports.Embedded)
	spec, err := registry.Parse(o.Driver)
	if err != nil {
		return nil, err
	}
	if err := checkBackend(o); err != nil {
		return nil, err
	}
	if o.Scenarios == nil {
		o.Scenarios = scenarios.All()
	}
	modes, err := cases.ParseModes(o.Modes)
	if err != nil {
		return nil, err
	}
	var external *server.External
	if o.Backend == "external" { // whose hosts have rows
		if external, err = openExternal(ctx, o); err != nil {
			return nil, err
		}
		o.Scenarios = slices.Concat(external.Rows(), o.Scenarios)
	}
	table, err := cases.Expand(o.Scenarios)
	if err != nil {
		return nil, usage.Errorf("the scenario table: %v", err)
	}
	if external != nil && external.Mode() != scenarios.RequireTLS {
		table.AlsoIn(external.Mode())
	}
	if len(o.Releases) > 0 {
		table = table.InReleases(series(o.Releases))
	}
	chosen, err := table.Choose(o.Run, o.Skip, modes)
	if err != nil {
		return nil, err
	}
	list, err := known.Load(o.Known, !o.NoBuiltinKnown, table)
	if err != nil {
		return nil, err
	}
	if o.StrictKnown {
		if err := list.Current(time.Now()); err != nil {
			return nil, err
		}
	}
	world, err := fixtures.New(fixtures.Options{Seed: o.Seed, Keep: o.Keep})
	if err != nil {
		return nil, err
	}
	isolation, err := attempt.Isolation(world)
	if err != nil {
		return nil, errors.Join(err, world.Close())
	}
	d, err := registry.Open(ctx, spec, isolation)
	if err != nil {
		return nil, errors.Join(err, world.Close())
	}
	b, err := openBackend(ctx, o, external)
	if err != nil {
		return nil, errors.Join(usage.Errorf("%v", err), d.Close(), world.Close())
	}
	s := assemble(o, world, d, b, table, chosen)
	s.engine.Slow = o.Slow
	if driver.IsPath(spec.Version) {
		s.checkout = install.Checkout(ctx, spec.Version)
	}
	s.engine.Known = list.Due(d.Info(), b.Info().Name, s.engine.WithControls(chosen))
	return s, nil
}

// assemble joins parts that are open already into a session that closes them.
func assemble(
	o Options,
	w *fixtures.World,
	d driver.Driver,
	b server.Backend,
	t *cases.Table,
	chosen []harness.Case,
) *Session {
	return &Session{options: o, engine: engine.New(w, d, b, t, nil), chosen: chosen, started: time.Now(),
		close: func() error { return errors.Join(d.Close(), b.Close(), w.Close()) }}
}

// Dir is where the files of the run are.
func (s *Session) Dir() string { return s.engine.Attempts.World.Dir() }

// Total is the number of cases that Run runs: those that were chosen, and their controls.
func (s *Session) Total() int { return len(s.engine.WithControls(s.chosen)) }

// Overdue says of each known failure whose day has passed that it has.
func (s *Session) Overdue() []string { return s.engine.Known.Overdue(time.Now()) }

// Run runs everything chosen, tells of each case as it ends, and returns the report: complete or, when ctx is done
// before the end, interrupted.
func (s *Session) Run(ctx context.Context, done func(Result)) reports.Report {
	results := s.engine.All(ctx, s.chosen, s.options.Jobs, s.options.Seed, done)
	s.engine.Repeat(ctx, results)
	r := s.report(results)
	r.Interrupted = ctx.Err() != nil
	if external, ok := s.engine.Attempts.Backend.(*server.External); ok {
		tellOf(external, &r)
	}
	return r
}

// Close ends the driver, the servers and the world.
func (s *Session) Close() error { return s.close() }
