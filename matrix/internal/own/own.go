// Package own tries what people have: their certificates, connection strings and configurations, in place of the
// scenarios' ones. It runs a stand-in as their server, on loopback and under the names of their hosts, lets drivers
// loose on it, and says in words who connects, who refuses what, and what to change.
//
// Private keys stay in their files: the server reads its own where it is, and of others nobody needs any, for what is
// tried without one is a clone under new keys.
package own

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/program"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/trial"
)

// Options are what somebody has, any part of it. Paths are of PEM files.
type Options struct {
	Cert     string // the server's chain and key
	Chain    string // its chain, whose key is somewhere else
	FromHost string // host:port of a live server that shows its chain
	CA       string // authorities that drivers trust; default those of the URI, or of this machine
	Client   string // certificate and key of the drivers
	URI      string // default: each name of the certificate
	Config   string // a mongod's configuration file
	Zone     string // zone file with the SRV and TXT records of the URI
	Resolve  bool   // ask the resolver of this machine for them, once
	Mode     string // net.tls.mode; default that of Config, else requireTLS
	Drivers  []driver.Spec
	Steps    []Step // between two of Drivers
	WhatIf   WhatIf
	// Password is asked for the password of a key that is encrypted; what names its option: "cert", "client".
	Password func(what string) ([]byte, error)

	open func(context.Context, driver.Spec, driver.Isolation) (driver.Driver, error) // default that of the registry
}

// A Step is an upgrade of a driver, or of what it runs on: places in Options.Drivers.
type Step struct{ From, To int }

// A Session is a try that is ready: everything was read, and nothing has started.
type Session struct {
	options Options
	given   *given
	worlds  []*world
	files   *fixtures.World
	lookups sync.Mutex // held while names of a seed list lead to one host
}

// Open reads all that the options name. Errors that the user has to mend are told from others by usage.Is.
func Open(ctx context.Context, o Options) (*Session, error) {
	if len(o.Drivers) == 0 {
		return nil, usage.Errorf("no driver is named: take --driver, or --drivers mine")
	}
	if o.open == nil {
		o.open = registry.Open
	}
	g, err := read(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	s := &Session{options: o, given: g, files: files}
	if s.worlds, err = g.worlds(files.Dir()); err == nil {
		err = s.starts(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	return s, nil
}

// starts sees that there is a server at all.
func (s *Session) starts(ctx context.Context) error {
	for _, w := range s.worlds {
		deployment, err := embedded.New().Open(ctx, s.layout(w, s.given.hosts[:1]))
		if err != nil {
			return usage.Errorf("such a server does not start: %w", err)
		}
		if err := deployment.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Close removes whatever was written.
func (s *Session) Close() error { return s.files.Close() }

// Total is the number of rows that Run makes.
func (s *Session) Total() int { return len(s.worlds) * len(s.options.Drivers) * len(s.given.places()) }

// Run lets every driver loose on every host of every world, and on all of them together, and tells of each row.
// installing is told which driver is being installed.
func (s *Session) Run(ctx context.Context, installing func(spec string), done func(trial.Row)) trial.Trial {
	began := time.Now()
	g := s.given
	t := trial.Trial{Schema: trial.Schema, Tool: reports.Tool{Name: "mongotls", Version: program.Version()},
		Started: began.UTC().Format(time.RFC3339), Hosts: g.hosts, Notes: g.notes, LeftOut: g.leftOut}
	for _, w := range s.worlds {
		if ctx.Err() != nil {
			break
		}
		t.Worlds = append(t.Worlds, s.world(ctx, w, installing, done))
	}
	hosts := g.hosts
	if g.string.SRV {
		hosts = g.string.Hosts
	}
	t.URI = g.original("").uri(g.string, hosts...)
	t.Interrupted = ctx.Err() != nil
	t.DurationMS = int(time.Since(began).Milliseconds())
	return t.Without(g.secrets)
}

// world runs the drivers beside each other. A driver sees the hosts one after another, because the names of a seed
// list are one set of records.
func (s *Session) world(ctx context.Context, w *world, installing func(string), done func(trial.Row)) trial.World {
	drivers, rows := s.drivers(ctx, driver.Isolation{Resolver: s.files.DNS.Addr(), Roots: w.roots}, installing)
	first := firsts(drivers)
	var all sync.WaitGroup
	var telling sync.Mutex
	for _, at := range s.given.places() {
		for i, d := range drivers {
			if first[i] != i {
				continue
			}
			all.Go(func() {
				row := s.attempt(ctx, d, w, at, i)
				rows[i] = append(rows[i], row)
				telling.Lock()
				defer telling.Unlock()
				done(row)
			})
		}
		all.Wait()
	}
	for _, d := range drivers {
		if d != nil {
			if err := d.Close(); err != nil {
				s.given.leftOut = append(s.given.leftOut, fmt.Sprintf("a driver did not end well: %v", err))
			}
		}
	}
	out := trial.World{Name: w.name, Server: w.described(), Rows: slices.Concat(rows...)}
	for i, of := range first {
		if of >= 0 {
			rows[i] = rows[of]
		}
	}
	out.Changes = s.changes(w, out.Rows)
	for _, step := range s.options.Steps {
		out.Steps = append(out.Steps, trial.NewStep(rows[step.From], rows[step.To]))
	}
	return out
}

// drivers opens the drivers, beside each other. One that cannot be run is nil, and has a row at every place that says
// so.
func (s *Session) drivers(ctx context.Context, isolation driver.Isolation,
	installing func(string)) (drivers []driver.Driver, rows [][]trial.Row) {
	specs := s.options.Drivers
	drivers, rows = make([]driver.Driver, len(specs)), make([][]trial.Row, len(specs))
	var all sync.WaitGroup
	for i, spec := range specs {
		all.Go(func() {
			telling := install.Telling(ctx, func() { installing(spec.String()) })
			d, err := s.options.open(telling, spec, isolation)
			if err == nil {
				drivers[i] = d
				return
			}
			for _, at := range s.given.places() {
				rows[i] = append(rows[i], trial.Row{Driver: spec.String(), Host: at.name, Verdict: trial.NotRun,
					Says: fmt.Sprintf("the driver cannot be run: %v", err)})
			}
		})
	}
	all.Wait()
	return drivers, rows
}

// firsts are, for each driver, the first that turned out to be the same, which runs once; -1 for none.
func firsts(drivers []driver.Driver) []int {
	first := make([]int, len(drivers))
	for i, d := range drivers {
		first[i] = slices.IndexFunc(drivers, func(other driver.Driver) bool {
			return d != nil && other != nil && reflect.DeepEqual(d.Info(), other.Info())
		})
	}
	return first
}
