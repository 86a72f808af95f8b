package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/adapter"
	"github.com/mongotls/mongotls/reports/form"
)

func checkAdapterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check-adapter CMD [ARGS...]",
		Short: "Check that a program is an adapter as docs/adapters.md describes it",
		Long: `Check-adapter starts the program and prints a line for each check: what it says of itself, operations
and lines that it cannot know, many requests at once, cancelling, limits, its end, its standard input and output;
then, against stand-ins, whether it has what it does not say it lacks, and lacks what it says it lacks; and that
nothing stays from one client to the next. What passes can be run as --driver 'exec:CMD ARGS'.

Exit code: 0 if every check passes, 1 if one fails, 2 usage, 3 a fault of the harness.`,
		Example: `  mongotls check-adapter python3 adapter.py
  mongotls check-adapter ./adapter --verbose`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("mongotls check-adapter takes a command: mongotls check-adapter python3 adapter.py")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return checkAdapter(cmd.Context(), args, cmd.OutOrStdout())
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows CMD is its own
	return cmd
}

func checkAdapter(ctx context.Context, command []string, out io.Writer) (err error) {
	if command[0], err = exec.LookPath(command[0]); err != nil {
		return usage.Errorf("%v", err)
	}
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		return fault{err}
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	isolation, err := attempt.Isolation(world)
	if err != nil {
		return fault{err}
	}
	locked, _, err := world.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "not given"})
	if err != nil {
		return fault{err}
	}
	checks, failed := 0, 0
	tell := func(f conformance.Finding) {
		if ctx.Err() != nil {
			return // what was interrupted proves nothing
		}
		mark := "ok"
		if checks++; f.Wrong {
			mark, failed = "FAIL", failed+1
		}
		_, _ = fmt.Fprintf(out, "%-4s  %-36s  %s\n", mark, f.Check, f.Text)
	}
	subject := conformance.Subject{Command: command, Env: isolation.Environment(), LockedKey: locked}
	err = checkAll(ctx, subject, world, tell)
	switch {
	case ctx.Err() != nil:
		return interrupted("after " + form.Counted(checks, "check", "checks"))
	case err != nil:
		return fault{err}
	}
	_, _ = fmt.Fprintf(out, "checks: %d, failed: %d\n", checks, failed)
	if failed > 0 {
		return code(exitFailed)
	}
	return nil
}

// checkAll checks the program and then, if it can be asked at all, the driver behind it.
func checkAll(
	ctx context.Context, s conformance.Subject, w *fixtures.World, tell func(conformance.Finding),
) (err error) {
	_, ok, err := conformance.Check(ctx, s, tell)
	if err != nil || !ok {
		return err
	}
	d, err := driver.Start(ctx, s.Command[0], s.Command[1:], s.Env)
	if err != nil { // which has said already what is wrong with it
		return nil //nolint:nilerr // see above
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	p, err := adapter.New(w, d, tell)
	if err != nil {
		return err
	}
	return p.Probe(ctx)
}
