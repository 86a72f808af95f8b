package server

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/face"
	"github.com/mongotls/mongotls/harness/versions"
)

// Embedded runs stand-ins in this process, new ones for each attempt.
type Embedded struct {
	releases []mongod.Release
	log      io.Writer
}

// NewEmbedded returns the back end, whose stand-ins imitate mongod.Default.
func NewEmbedded() *Embedded { return Imitating(mongod.Default) }

// Imitating returns the back end, whose stand-ins imitate a release, or one of several.
func Imitating(releases ...mongod.Release) *Embedded { return &Embedded{releases: releases} }

// Logging returns the back end whose stand-ins write their logs there, as mongods do. They keep no record then.
func Logging(w io.Writer) *Embedded {
	return &Embedded{releases: []mongod.Release{mongod.Default}, log: w}
}

// Info names the version of the mongod which the stand-in follows, or of each, and whether that was measured.
func (e *Embedded) Info() Info {
	var versions []string
	for _, r := range e.releases {
		versions = append(versions, r.StandIn())
	}
	return Info{Name: "embedded", Version: strings.Join(versions, ", "), Step: noticing}
}

// Cannot says what a stand-in cannot be: one of a release before the options of its row, or on this machine one over
// OpenSSL, where there is none.
func (*Embedded) Cannot(c harness.Case) string {
	if why := tooOld(c.Release, c.Scenario.Since()); why != "" {
		return why
	}
	if c.Scenario.Server.Fault.OpenSSL != nil {
		return face.Missing()
	}
	return ""
}

// tooOld is why a mongod of a version does not run a row that needs a series, "" if it does, or either is not known.
func tooOld(version, since string) string {
	if version == "" || since == "" || versions.Compare(version, since) >= 0 {
		return ""
	}
	return fmt.Sprintf("MongoDB %s cannot do all that this row tells it, which came with %s", version, since)
}

// Open starts the stand-ins.
func (e *Embedded) Open(_ context.Context, l Layout) (Deployment, error) {
	release := e.releases[0]
	if l.Release != "" {
		var ok bool
		if release, ok = mongod.ReleaseOf(l.Release); !ok {
			return nil, fmt.Errorf("the stand-in cannot imitate %s", l.Release)
		}
	}
	return openStandins(l, release.AtLeast(l.Since), e.log)
}

// standinOf is the stand-in of a plan. It logs failures inside its TLS library.
func standinOf(p Plan) standin.Config {
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
func (*Embedded) Close() error { return nil }
