package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/mongotls/mongotls/reports"
)

// Exit codes of Main. No exit code is a count.
const (
	exitFailed      = 1   // an unexpected verdict
	exitUsage       = 2   // usage or bad data
	exitHarness     = 3   // inconclusive cases, or a fault of the harness
	exitInterrupted = 130 // the report is written all the same
)

// code ends a command with an exit code after everything has been said.
type code int

func (c code) Error() string { return "exit code " + strconv.Itoa(int(c)) }

// fault is an error of the harness itself.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// Main runs a command line and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	log.SetDefault(log.NewNoopLogger()) // what testcontainers says, the back end says in a sentence
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var c code
	var f fault
	switch {
	case err == nil:
		return 0
	case errors.As(err, &c):
		return int(c)
	}
	_, _ = fmt.Fprintln(stderr, "mongotls:", err)
	if errors.As(err, &f) {
		return exitHarness
	}
	return exitUsage
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "mongotls",
		Short: "TLS conformance of MongoDB drivers",
		Long: `mongotls runs MongoDB drivers through TLS scenarios: bad names, expired certificates, revocation, client certificates,
X.509 users, options that contradict each other. It checks that each fails for the right reason, or works.`,
		Example: `  mongotls run                                    everything, with its reports in out/
  mongotls run --run 'name/*' --mode requireTLS   one area in one mode
  mongotls explain name/mismatch                  what a case states, and why
  mongotls report out/report.json                 a saved report again
  mongotls compare old.json new.json              what changed between two reports`,
		SilenceErrors: true, SilenceUsage: true,
		Version: version(),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%v; see `mongotls %s --help`", err, cmd.Name())
	})
	root.AddCommand(runCommand(), listCommand(), explainCommand(), reportCommand(), compareCommand(), upgradeCommand(), knownCommand(),
		mongodCommand(), checkAdapterCommand())
	return root
}

func runCommand() *cobra.Command {
	var o Options
	var seed, out string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the matrix and write its report",
		Long: `Run drives the driver through every chosen case, judges each by what the driver and the server saw, prints a table
and every unexpected verdict, and writes report.html, report.json, junit.xml and summary.md. On GitHub Actions it prints annotations too.

Patterns match the components of a case id, area/name@variant/mode, with * and **; one that stops early selects
everything below it. The twin of a chosen case runs with it, as its control.

Exit code: 0 as expected, 1 unexpected verdict, 2 usage or bad data, 3 inconclusive or a fault of the harness,
130 interrupted (the report is written all the same).`,
		Example: `  mongotls run
  mongotls run --run trust --run 'name/ip*' --skip '**/allowTLS'
  mongotls run --run ocsp/t2-revoked-stapled/requireTLS -v
  mongotls run --backend container --image mongo:4.4
  mongotls run --backend binary --mongod /usr/bin/mongod
  mongotls run --backend external --uri mongodb://db.example.com --ca ca.pem
  mongotls run --known my-known.yaml --out reports/today`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.parse(seed); err != nil {
				return err
			}
			return run(cmd.Context(), o, out, verbose, newTerminal(cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f := cmd.Flags()
	runFlags(f, &o, &seed)
	f.StringVar(&out, "out", "out", "directory for the report's files")
	f.BoolVarP(&verbose, "verbose", "v", false, "print what both sides saw of every case")
	return cmd
}

// runFlags are the flags that say what runs. The seed is a text until parse has read it.
func runFlags(f *pflag.FlagSet, o *Options, seed *string) {
	f.StringVar(&o.Driver, "driver", "go", "driver to run, as NAME, NAME@VERSION or NAME@./PATH, of: "+driverNames())
	f.StringVar(&o.Backend, "backend", "embedded", "where the servers come from: embedded, container, binary or external")
	f.StringVar(&o.Image, "image", "", "image of the containers (default mongo:8.0)")
	f.StringVar(&o.Mongod, "mongod", "", "path of the mongod, for --backend binary")
	f.StringVar(&o.URI, "uri", "", "connection string of a deployment of yours, for --backend external")
	f.StringVar(&o.CA, "ca", "", "PEM file of the authorities of that deployment's certificates")
	f.StringVar(&o.Cert, "cert", "", "PEM file of a client certificate with its key, if that deployment asks for one")
	f.StringSliceVar(&o.Modes, "mode", nil, "modes of the server: disabled, allowTLS, preferTLS, requireTLS (default all)")
	f.StringArrayVar(&o.Run, "run", nil, "pattern of case ids to run; may be repeated (default all)")
	f.StringArrayVar(&o.Skip, "skip", nil, "pattern of case ids to leave out; may be repeated")
	f.IntVar(&o.Jobs, "jobs", 0, "attempts in flight (default four per core)")
	f.StringVar(seed, "seed", "1", "fixes serial numbers, names, keys and order")
	f.StringVar(&o.Known, "known", "", "YAML file of known failures (default: the built-in list)")
	f.BoolVar(&o.StrictKnown, "strict-known", false, "a known failure whose day has passed is an error, not a warning")
}

// parse checks the options that the flags cannot check by themselves.
func (o *Options) parse(seed string) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return usage("--seed %q: a seed is a whole number from 0 to 18446744073709551615", seed)
	}
	o.Seed = n
	if o.Jobs < 0 {
		return usage("--jobs %d: take 1 or more, or 0 for four per core", o.Jobs)
	}
	return nil
}

// run is the command: it always writes the report of what ran, and says what it means by its error.
func run(ctx context.Context, o Options, out string, verbose bool, t *terminal) error {
	report, err := execute(ctx, o, out, t)
	if err != nil {
		return err
	}
	t.report(report, verbose)
	if err := reports.Save(out, report); err != nil {
		return fault{err}
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if err := reports.WriteAnnotations(t.out, report); err != nil {
			return fault{err}
		}
	}
	t.saved(out)
	if c := exit(report); c != 0 {
		return code(c)
	}
	return nil
}

// execute runs what the options say, and tells of its progress. It checks first that out can be written.
func execute(ctx context.Context, o Options, out string, t *terminal) (reports.Report, error) {
	s, err := open(ctx, o)
	if err != nil {
		return reports.Report{}, classify(err)
	}
	if err := reports.Writable(out); err != nil {
		return reports.Report{}, errors.Join(usage("--out: %v", err), s.close())
	}
	for _, k := range s.engine.known {
		if k.expired(time.Now()) {
			t.linef(t.err, "known failure %s: its day, %s, has passed; look at it again", k.Case, k.Until)
		}
	}
	t.begin(len(s.engine.withControls(s.chosen)))
	report := s.run(ctx, t.step)
	t.end()
	if err := s.close(); err != nil {
		report.Faults = append(report.Faults, "closing: "+err.Error())
	}
	return report, nil
}

func classify(err error) error {
	var bad usageError
	if errors.As(err, &bad) {
		return err
	}
	return fault{err}
}

// one is for commands that take one argument.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes 1 argument: %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// version is the module's version, "devel" in a checkout.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
