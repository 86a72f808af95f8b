// Package embedded is the back end of stand-ins in this process.
package embedded

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/face"
)

// A Backend runs stand-ins, new ones for each attempt.
type Backend struct {
	releases []mongod.Release
	log      io.Writer
}

// New returns the back end, whose stand-ins imitate mongod.Default.
func New() *Backend { return Imitating(mongod.Default) }

// Imitating returns the back end, whose stand-ins imitate a release, or one of several.
func Imitating(releases ...mongod.Release) *Backend { return &Backend{releases: releases} }

// Logging returns the back end whose stand-ins write their logs there, as mongods do. They keep no record then.
func Logging(w io.Writer) *Backend {
	return &Backend{releases: []mongod.Release{mongod.Default}, log: w}
}

// Info names the version of the mongod which the stand-in follows, or of each, and whether that was measured.
func (b *Backend) Info() server.Info {
	var versions []string
	for _, r := range b.releases {
		versions = append(versions, r.StandIn())
	}
	return server.Info{Name: "embedded", Version: strings.Join(versions, ", "), Step: server.Noticing}
}

// Cannot says what a stand-in cannot be: one of a release before the options of its row, or on this machine one over
// OpenSSL, where there is none.
func (*Backend) Cannot(c harness.Case) string {
	if why := server.TooOld(c.Release, c.Scenario.Since()); why != "" {
		return why
	}
	if c.Scenario.Server.Fault.OpenSSL != nil {
		return face.Missing()
	}
	return ""
}

// Open starts the stand-ins.
func (b *Backend) Open(_ context.Context, l server.Layout) (server.Deployment, error) {
	release := b.releases[0]
	if l.Release != "" {
		var ok bool
		if release, ok = mongod.ReleaseOf(l.Release); !ok {
			return nil, fmt.Errorf("the stand-in cannot imitate %s", l.Release)
		}
	}
	return openStandins(l, release.AtLeast(l.Since), b.log)
}

// standinOf is the stand-in of a plan. It logs failures inside its TLS library.
func standinOf(p server.Plan) standin.Config {
	c := standin.Config{Config: p.Config, Users: p.Users, Fault: p.Fault.Fault, Staple: p.Fault.Response,
		FaultKeyFile: p.Fault.KeyFile, AdvertiseCAFile: p.Fault.AdvertiseCAFile, SystemCAFile: p.SystemCAFile}
	c.SetParameter = maps.Clone(c.SetParameter)
	if c.SetParameter == nil {
		c.SetParameter = map[string]string{}
	}
	c.SetParameter[mongod.LogComponentVerbosity] = `{"network": {"verbosity": 2}}`
	return c
}

// Close has nothing to do: each deployment closes its own servers.
func (*Backend) Close() error { return nil }
