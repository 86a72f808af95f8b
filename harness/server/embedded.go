package server

import (
	"context"
	"maps"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/standin"
)

// Embedded runs the stand-in in this process, one for each attempt.
type Embedded struct{}

// NewEmbedded returns the back end.
func NewEmbedded() *Embedded { return &Embedded{} }

// Info names the version of the mongod which the stand-in follows.
func (*Embedded) Info() Info { return Info{Name: "embedded", Version: standin.Version + " (stand-in)"} }

// Cannot is always "": a stand-in can be anything.
func (*Embedded) Cannot(harness.Case) string { return "" }

// Open starts a stand-in.
func (*Embedded) Open(_ context.Context, c standin.Config) (Session, error) {
	c.SetParameter = maps.Clone(c.SetParameter)
	if c.SetParameter == nil {
		c.SetParameter = map[string]string{}
	}
	c.SetParameter["logComponentVerbosity"] = `{"network": {"verbosity": 2}}`
	s, err := standin.Start(c)
	if err != nil {
		return nil, err
	}
	return embedded{s}, nil
}

// Close has nothing to do: each session closes its own server.
func (*Embedded) Close() error { return nil }

type embedded struct{ server *standin.Server }

func (e embedded) Addr() (string, int) {
	addr := e.server.Addr()
	return addr.IP.String(), addr.Port
}

func (e embedded) Seen(ctx context.Context) (harness.Seen, error) {
	seen := e.server.Seen(ctx)
	explain(&seen)
	return seen, nil
}

func (e embedded) Close() error { return e.server.Close() }
