package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
)

// Embedded runs the stand-in in this process, one for each attempt.
type Embedded struct{}

// NewEmbedded returns the back end.
func NewEmbedded() *Embedded { return &Embedded{} }

// Info names the version of the mongod which the stand-in follows.
func (*Embedded) Info() Info {
	return Info{Name: "embedded", Version: mongod.Default.Version + " (stand-in)"}
}

// Cannot is always "": a stand-in can be anything.
func (*Embedded) Cannot(harness.Case) string { return "" }

// Open starts a stand-in.
func (*Embedded) Open(_ context.Context, plans []Plan) (Deployment, error) {
	p, err := only(plans)
	if err != nil {
		return nil, err
	}
	e := &embedded{name: p.Name}
	c := standinOf(p)
	if p.Restart != nil {
		again := standinOf(*p.Restart)
		c.Leave = func() { e.restart(again) }
	}
	s, err := standin.Start(c)
	if err != nil {
		return nil, err
	}
	e.servers, e.addr = []*standin.Server{s}, s.Addr()
	return e, nil
}

// standinOf is the stand-in of a plan. It logs failures inside its TLS library.
func standinOf(p Plan) standin.Config {
	c := standin.Config{Config: p.Config, Users: p.Users, Fault: p.Fault.Fault, Staple: p.Fault.Response,
		FaultKeyFile:    p.Fault.KeyFile,
		AdvertiseCAFile: p.Fault.AdvertiseCAFile}
	c.SetParameter = maps.Clone(c.SetParameter)
	if c.SetParameter == nil {
		c.SetParameter = map[string]string{}
	}
	c.SetParameter["logComponentVerbosity"] = `{"network": {"verbosity": 2}}`
	return c
}

// Close has nothing to do: each deployment closes its own server.
func (*Embedded) Close() error { return nil }

// embedded is a stand-in, and what it came back as.
type embedded struct {
	name string
	addr *net.TCPAddr

	mu      sync.Mutex
	servers []*standin.Server
	closed  bool
	err     error // of a restart
}

// restart ends the server, with its connections, and starts another on its port, unless the session has been closed.
func (e *embedded) restart(c standin.Config) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.err = e.servers[0].Close()
	c.Port = e.addr.Port
	s, err := standin.Start(c)
	if err != nil {
		e.err = errors.Join(e.err, fmt.Errorf("the server did not come back: %w", err))
		return
	}
	e.servers = append(e.servers, s)
}

func (e *embedded) Members() []Member { return []Member{{e.name, e.addr.AddrPort()}} }

func (e *embedded) Seen(ctx context.Context) (evidence.Seen, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all evidence.Seen
	for i, server := range e.servers {
		seen := server.Seen(ctx)
		explain(&seen)
		if i == 0 {
			all = seen
		} else {
			all = all.Then(seen)
		}
	}
	return all, e.err
}

func (e *embedded) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	var errs []error
	for _, s := range e.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
