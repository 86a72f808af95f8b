package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
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

// interrupted says what an interrupt met before there was anything to report.
type interrupted string

func (i interrupted) Error() string { return "interrupted " + string(i) }

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
	c := ended(ctx, root.ExecuteContext(ctx), stderr)
	if c > exitFailed && matrix.GoRun() {
		_, _ = fmt.Fprintf(stderr, "mongotls: the exit code is %d, of which `go run` makes 1; a program that is built keeps it: make build, or go install\n", c)
	}
	return c
}

// ended is the exit code of a command that ended with err, which is told unless everything has been said.
func ended(ctx context.Context, err error, stderr io.Writer) int {
	var c code
	var f fault
	var i interrupted
	switch {
	case err == nil:
		return 0
	case errors.As(err, &c):
		return int(c)
	case ctx.Err() != nil:
		if !errors.As(err, &i) {
			i = "before there was anything to report"
		}
		_, _ = fmt.Fprintln(stderr, "mongotls:", i)
		return exitInterrupted
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
		Version: matrix.Version(),
		Args:    verbs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(help)
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		printUsage(cmd.OutOrStderr(), widthOf(cmd.OutOrStderr()), cmd)
		return nil
	})
	root.AddCommand(runCommand(), serveCommand(), listCommand(), explainCommand(), reportCommand(), compareCommand(), upgradeCommand(),
		knownCommand(), mongodCommand(), checkAdapterCommand(), versionCommand())
	return root
}

// one is for commands that take one argument.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage.Errorf("%s takes 1 argument: %s", cmd.CommandPath(), what)
		}
		return nil
	}
}
