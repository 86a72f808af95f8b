package command

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/matrix/terminal"
)

// options are those of every verb that runs the matrix, as flags.
type options struct {
	matrix.Options
	seed string // a text until parse has read it
}

func (o *options) flags(f *pflag.FlagSet) {
	f.StringVar(&o.Driver, "driver", "go",
		"`driver` to run, as NAME, NAME@VERSION or NAME@./PATH, of: "+strings.Join(registry.Names(), ", "))
	f.StringVar(&o.Backend, "backend", "embedded", "where the servers come from: "+strings.Join(matrix.Backends, ", "))
	f.StringVar(&o.Image, "image", "", "`image` of the containers (default mongo:8.0)")
	f.StringVar(&o.Mongod, "mongod", "", "`path` of the mongod, for --backend binary")
	f.StringVar(&o.Imitate, "imitate", "", "`release` that embedded servers imitate, of "+
		strings.Join(mongod.Series(), ", ")+" (default 4.4); all but 4.4 is inferred, not measured")
	f.StringVar(&o.URI, "uri", "", "connection `string` of a deployment of yours, for --backend external")
	f.StringVar(&o.CA, "ca", "", "PEM `file` of the authorities of that deployment's certificates")
	f.StringVar(&o.Cert, "cert", "", "PEM `file` of a client certificate with its key, if that deployment asks for one")
	f.StringSliceVar(&o.Modes, "mode", nil,
		"`mode`s of the server: disabled, allowTLS, preferTLS, requireTLS (default all)")
	f.StringArrayVar(&o.Run, "run", nil, "`pattern` of case ids to run; may be repeated (default all)")
	f.StringArrayVar(&o.Skip, "skip", nil, "`pattern` of case ids to leave out; may be repeated")
	f.IntVar(&o.Jobs, "jobs", 0, "attempts in flight (default four per core)")
	f.StringVar(&o.seed, "seed", "1", "`number` that fixes serial numbers, names, keys and order")
	f.StringVar(&o.Known, "known", "", "YAML `file` of known failures, beside the built-in list")
	f.BoolVar(&o.NoBuiltinKnown, "no-builtin-known", false, "drop the built-in list of known failures")
	f.BoolVar(&o.StrictKnown, "strict-known", false, "a known failure whose day has passed is an error, not a warning")
	terminal.Group(f, terminal.WhatRuns, "driver", "mode", "run", "skip", "seed", "jobs")
	terminal.Group(f, terminal.Servers, "backend", "image", "mongod", "imitate", "uri", "ca", "cert")
	terminal.Group(f, terminal.KnownFailures, "known", "no-builtin-known", "strict-known")
}

// parse checks the options that the flags cannot check by themselves.
func (o *options) parse() error {
	n, err := strconv.ParseUint(o.seed, 10, 64)
	if err != nil {
		return usage.Errorf("--seed %q: a seed is a whole number from 0 to 18446744073709551615", o.seed)
	}
	o.Seed = n
	if _, err := matrix.ParseDriver(o.Driver); err != nil {
		name, _, _ := strings.Cut(o.Driver, "@")
		return usage.Errorf("%w%s", err, usage.Meant(name, registry.Names()))
	}
	if o.Jobs < 0 {
		return usage.Errorf("--jobs %d: take 1 or more, or 0 for four per core", o.Jobs)
	}
	return nil
}
