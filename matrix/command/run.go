package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

func runCommand() *cobra.Command {
	var o options
	var out string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the matrix and write its report",
		Long: `Run drives the driver through every chosen case, judges each by what the driver and the server saw,
prints a table and every unexpected verdict, and writes report.html, report.json, junit.xml and summary.md. On GitHub
Actions it prints annotations too.

Patterns match the components of a case id, area/name@variant/mode, with * and **; one that stops early selects
everything below it. The twin of a chosen case runs with it, as its control.

With --release each case runs once against each of several releases, in one report; its id ends with the release. What
is inferred of a release, and not measured, is marked in every report.

With --keep the certificates and keys of the run stay, in a private directory that the output names, and with them the
ways to go on by hand. The command that replays a case keeps them.

Exit code: 0 as expected, 1 unexpected verdict, 2 usage or bad data, 3 inconclusive, a driver or a runtime that
cannot be had, or a fault of the harness, 130 interrupted (the report is written all the same).`,
		Example: `  mongotls run
  mongotls run --run trust --run 'name/ip*' --skip '**/allowTLS'
  mongotls run --run ocsp/t2-revoked-stapled/requireTLS -v
  mongotls run --release all --run '**/requireTLS/8.0'
  mongotls run --backend container --image mongo:4.4
  mongotls run --backend binary --mongod /usr/bin/mongod
  mongotls run --backend external --uri mongodb://db.example.com --ca ca.pem
  mongotls run --known my-known.yaml --out reports/today`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.parse(); err != nil {
				return err
			}
			return run(cmd.Context(), o.Options, out, verbose, terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&out, "out", "out", "`directory` for the report's files")
	f.BoolVarP(&verbose, "verbose", "v", false, "print what both sides saw of every case")
	f.BoolVar(&o.Keep, "keep", false, "keep the certificates and keys of the run, to go on by hand")
	terminal.Group(f, terminal.Output, "out", "verbose", "keep")
	return cmd
}

// run is the command: it always writes the report of what ran, and says what it means by its error.
func run(ctx context.Context, o matrix.Options, out string, verbose bool, t *terminal.Terminal) error {
	report, kept, err := execute(ctx, o, out, t)
	if err != nil {
		return err
	}
	saved := reports.Save(out, report)
	l := terminal.Look{Every: verbose, Kept: kept}
	if saved == nil {
		l.Page = filepath.Join(out, reports.HTMLFile)
	}
	t.Report(report, l)
	if saved != nil {
		return fault{saved}
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if err := reports.WriteAnnotations(t.Out, report); err != nil {
			return fault{err}
		}
	}
	t.Saved(out, kept)
	if c := reports.Outcome(report).Code; c != 0 {
		return code(c)
	}
	return nil
}

// execute runs what the options say, and tells of its progress. It checks first that out can be written. kept is where
// the files of the run still are, "" if they are gone.
func execute(
	ctx context.Context, o matrix.Options, out string, t *terminal.Terminal,
) (r reports.Report, kept string, err error) {
	s, err := session(ctx, o, t)
	if err != nil {
		return r, "", err
	}
	if err := form.Writable(out); err != nil {
		return r, "", errors.Join(usage.Errorf("--out: %v", err), s.Close())
	}
	t.Begin(s.Total())
	r = s.Run(ctx, t.Step)
	t.End()
	closing(s, &r)
	if o.Keep {
		kept = s.Dir()
	}
	return r, kept, nil
}

// session opens what the options say, and tells of known failures whose day has passed.
func session(ctx context.Context, o matrix.Options, t *terminal.Terminal) (*matrix.Session, error) {
	s, err := opened(ctx, t, o.Driver, func(ctx context.Context) (*matrix.Session, error) { return matrix.Open(ctx, o) })
	if err != nil {
		return nil, err
	}
	for _, says := range s.Overdue() {
		t.Linef(t.Err, "%s", says)
	}
	return s, nil
}

// closing closes a session that has run; what goes wrong is a fault in its report.
func closing(s *matrix.Session, r *reports.Report) {
	if err := s.Close(); err != nil {
		r.Faults = append(r.Faults, "closing: "+err.Error())
	}
}

// opened opens what takes a driver, which may have to be installed first, and tells of that.
func opened[T any](
	ctx context.Context, t *terminal.Terminal, driver string, open func(context.Context) (T, error),
) (T, error) {
	opening, i := t.Installing(ctx, driver)
	it, err := open(opening)
	switch {
	case ctx.Err() != nil && err != nil:
		return it, interrupted(i.Doing() + ": nothing was run")
	case err != nil:
		return it, classify(err)
	}
	t.Installed(i)
	return it, nil
}

func classify(err error) error {
	if usage.Is(err) {
		return err
	}
	return fault{err}
}

// options are those of every verb that runs the matrix, as flags.
type options struct {
	matrix.Options
	seed         string // a text until parse has read it
	passwordFile string // of the key of Cert
}

func (o *options) flags(f *pflag.FlagSet) {
	f.StringVar(&o.Driver, "driver", registry.Usual,
		"`driver` to run, as NAME, NAME@VERSION or NAME@./PATH, of: "+strings.Join(registry.Names(), ", "))
	f.StringVar(&o.Backend, "backend", reports.Embedded,
		"where the servers come from: "+strings.Join(server.Backends, ", "))
	f.StringVar(&o.Image, "image", "", "`image` of the containers (default "+mongod.Image+")")
	f.StringVar(&o.Mongod, "mongod", "", "`path` of the mongod, for --backend binary")
	f.StringVar(&o.Imitate, "imitate", "", "`release` that embedded servers imitate, of "+
		strings.Join(mongod.Series(), ", ")+" (default "+mongod.Default.Series+"); all but "+mongod.Default.Series+
		" is inferred, not measured")
	f.StringSliceVar(&o.Releases, "release", nil, "`release`s to run each case against, of "+
		strings.Join(mongod.Series(), ", ")+", or all; embedded servers imitate them, and cases are named apart by them")
	f.StringVar(&o.URI, "uri", "", "connection `string` of a deployment of yours, for --backend external")
	f.StringVar(&o.CA, "ca", "", "PEM `file` of the authorities of that deployment's certificates (default that of --uri)")
	f.StringVar(&o.Cert, "cert", "", "PEM `file` of a client certificate with its key, if that deployment asks for one "+
		"(default that of --uri)")
	f.StringVar(&o.passwordFile, "cert-password-file", "", "`file` with the password of that key (or set MONGOTLS_CERT_PASSWORD)")
	f.IntVar(&o.Rate, "rate", 0, "`connections` a second to that deployment, at the most (default 10)")
	f.StringSliceVar(&o.Modes, "mode", nil,
		"`mode`s of the server: disabled, allowTLS, preferTLS, requireTLS (default all)")
	f.StringArrayVar(&o.Run, "run", nil, "`pattern` of case ids to run; may be repeated (default all)")
	f.StringArrayVar(&o.Skip, "skip", nil, "`pattern` of case ids to leave out; may be repeated")
	f.BoolVar(&o.Slow, "slow", false, "run scenarios that take minutes, too")
	f.IntVar(&o.Jobs, "jobs", 0, "attempts in flight; but for 1, twice as many that mostly wait go beside them (default six per core)")
	f.StringVar(&o.seed, "seed", "1", "`number` that fixes serial numbers, names, keys and order")
	f.StringVar(&o.Known, "known", "", "YAML `file` of known failures, beside the built-in list")
	f.BoolVar(&o.NoBuiltinKnown, "no-builtin-known", false, "drop the built-in list of known failures")
	f.BoolVar(&o.StrictKnown, "strict-known", false, "a known failure whose day has passed is an error, not a warning")
	terminal.Group(f, terminal.WhatRuns, "driver", "mode", "run", "skip", "slow", "seed", "jobs")
	terminal.Group(f, terminal.Servers, "backend", "image", "mongod", "imitate", "release", "uri", "ca", "cert",
		"cert-password-file", "rate")
	terminal.Group(f, terminal.KnownFailures, "known", "no-builtin-known", "strict-known")
}

// parse checks the options that the flags cannot check by themselves.
func (o *options) parse() error {
	n, err := strconv.ParseUint(o.seed, 10, 64)
	if err != nil {
		return usage.Errorf("--seed %q: a seed is a whole number from 0 to 18446744073709551615", o.seed)
	}
	o.Seed = n
	o.CertPassword = func() ([]byte, error) { return terminal.Password("cert", o.passwordFile) }
	if _, err := registry.Parse(o.Driver); err != nil {
		return err
	}
	if o.passwordFile != "" && o.Backend != "external" {
		return usage.Errorf("--cert-password-file goes with --backend external")
	}
	if o.Jobs < 0 {
		return usage.Errorf("--jobs %d: take 1 or more, or 0 for six per core", o.Jobs)
	}
	return nil
}
