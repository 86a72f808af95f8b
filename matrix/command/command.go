// Package command is the command line: one file for each verb.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	_ "github.com/mongotls/mongotls/harness/server/container" // the back end of that name
	"github.com/mongotls/mongotls/internal/program"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
)

// Exit codes of Main. No exit code is a count.
const (
	exitFailed      = 1   // an unexpected verdict
	exitUsage       = 2   // usage or bad data
	exitHarness     = 3   // inconclusive cases, a driver or runtime that cannot be had, or a fault of the harness
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

// quiet keeps testcontainers from saying what the back end says in a sentence.
var quiet = sync.OnceFunc(func() { log.SetDefault(log.NewNoopLogger()) })

// Main runs a command line and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	if err := driver.Purge(); err != nil {
		_, _ = fmt.Fprintln(stderr, "mongotls: starting without GODEBUG:", err)
		return exitHarness
	}
	quiet()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	c := ended(ctx, root.ExecuteContext(ctx), stderr)
	if c > exitFailed && program.ByGoRun() {
		_, _ = fmt.Fprintf(stderr, "mongotls: the exit code is %d, of which `go run` makes 1; "+
			"a program that is built keeps it: make build, or go install\n", c)
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
	_, lacking := errors.AsType[registry.Unavailable](err)
	if errors.As(err, &f) || lacking && !driver.IsMalformed(err) {
		return exitHarness
	}
	return exitUsage
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "mongotls",
		Short: "TLS conformance of MongoDB drivers",
		Long: `mongotls runs MongoDB drivers through TLS scenarios: bad names, expired certificates, revocation,
client certificates, X.509 users, options that contradict each other. It checks that each fails for the right reason,
or works.`,
		Example: `  mongotls run                                    everything, with its reports in out/
  mongotls run --run 'name/*' --mode requireTLS   one area in one mode
  mongotls explain name/mismatch                  what a case states, and why
  mongotls report out/report.json                 a saved report again
  mongotls compare old.json new.json              what changed between two reports`,
		SilenceErrors: true, SilenceUsage: true,
		Version: program.Version(),
		Args:    verbs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(terminal.Help)
	root.SetUsageFunc(terminal.Usage)
	root.AddCommand(runCommand(), tryCommand(), serveCommand(), listCommand(), explainCommand(), reportCommand(),
		bisectCommand(),
		compareCommand(),
		upgradeCommand(), knownCommand(), mongodCommand(), checkAdapterCommand(), versionCommand())
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

// flagError is what is wrong with a flag, with the one that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	meant := ""
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name, _, _ = strings.Cut(name, "=")
		meant = strings.Replace(usage.Meant(name, names), "mean ", "mean --", 1)
	}
	return usage.Errorf("%v%s; see `%s --help`", err, meant, cmd.CommandPath())
}

// verbs is for commands that do nothing but have verbs: whatever stands in the place of one is misspelt.
func verbs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage.Errorf("unknown command %q%s; `%s --help` lists them", args[0], usage.Meant(args[0], names),
		cmd.CommandPath())
}
