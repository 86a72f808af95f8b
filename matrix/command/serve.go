package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/terminal"
)

// A servant holds the server of a case up.
type servant struct {
	seed   uint64
	kept   string
	port   int
	driver string
}

func serveCommand() *cobra.Command {
	var s servant
	cmd := &cobra.Command{
		Use:   "serve CASE",
		Short: "Hold the server of a case up, to connect to it by hand",
		Long: `Serve brings up the server of a case, a stand-in with its certificates and faults, and the OCSP
responder and DNS server that it needs, and prints the connection string of the case's client, and commands to try it
with. It ends with Ctrl-C.

Its files are in a private directory that goes with it; with --kept they are in one that "run --keep" left, and with
--port the server is where it was, so that the connection strings of that run's report work again.`,
		Example: `  mongotls serve time/expired/requireTLS
  mongotls serve time/expired/requireTLS --kept /tmp/mongotls-world-123 --port 40001`,
		Args: one("a case id, such as time/expired/requireTLS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.serve(cmd.Context(), args, terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&s.seed, "seed", 1, "fixes serial numbers, names and keys")
	f.StringVar(&s.kept, "kept", "", "directory that `run --keep` left")
	f.IntVar(&s.port, "port", 0, "port of the server (default a free one)")
	f.StringVar(&s.driver, "driver", "", "name of the driver that the commands are for (default MongoDB's shell)")
	return cmd
}

func (s servant) serve(ctx context.Context, pattern []string, t *terminal.Terminal) (err error) {
	c, err := s.chosen(pattern)
	if err != nil {
		return err
	}
	w, err := fixtures.New(fixtures.Options{Seed: s.seed, Dir: s.kept})
	if err != nil {
		return fault{err}
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	scene, err := attempt.Open(ctx, w, onPort{server.NewEmbedded(), s.port}, c, 0)
	if err != nil {
		return fault{err}
	}
	defer func() { err = errors.Join(err, scene.Close()) }()
	request, err := scene.Request(c.Scenario.Client, time.Minute)
	if err != nil {
		return fault{err}
	}
	addr := scene.Members()[0].Addr
	t.Para(2, fmt.Sprintf("%s: %s", c.ID, c.Scenario.Says))
	const column = 9
	t.Labelled(column, "server", addr.String())
	t.Labelled(column, "files", w.Dir())
	t.Commands(column, []terminal.Hint{{Label: "client", Text: request.URI}})
	t.Commands(column, terminal.ByHand(request, s.driver, addr.String()))
	t.Labelled(column, "mongod", mongodLine(w, c))
	t.Linef(t.Out, "Ctrl-C ends it")
	<-ctx.Done()
	return nil
}

// mongodLine is the command line of a mongod that does the same, or why none does.
func mongodLine(w *fixtures.World, c harness.Case) string {
	if how, can := c.Scenario.Server.Mongod(); !can {
		return how
	}
	plan, err := attempt.PlanOf(w, server.Info{}, c)
	if err != nil {
		return err.Error()
	}
	var unwritten error
	arguments, err := plan.Config.Arguments(func(path string) string { return path }, func(content []byte) string {
		path := filepath.Join(w.Dir(), "mongod.conf")
		unwritten = os.WriteFile(path, content, 0o600)
		return path
	})
	if err := errors.Join(err, unwritten); err != nil {
		return err.Error()
	}
	return "mongod --dbpath DIRECTORY " + strings.Join(arguments, " ")
}

// chosen is the one case that is meant, once the flags are in order.
func (s servant) chosen(pattern []string) (harness.Case, error) {
	all, err := table()
	if err != nil {
		return harness.Case{}, err
	}
	chosen, err := all.Choose(pattern, nil, nil)
	if err != nil {
		return harness.Case{}, err
	}
	if len(chosen) > 1 {
		return harness.Case{}, usage.Errorf("serve takes one case, and %s is %d: write %s", pattern[0], len(chosen),
			chosen[len(chosen)-1].ID)
	}
	if s.port < 0 || s.port > 65535 {
		return harness.Case{}, usage.Errorf("--port %d: a port is a number from 1 to 65535", s.port)
	}
	if info, err := os.Stat(s.kept); s.kept != "" && (err != nil || !info.IsDir()) {
		return harness.Case{}, usage.Errorf("--kept %s: no such directory", s.kept)
	}
	return chosen[0], nil
}

// onPort is a back end whose server is on a port of one's own choice.
type onPort struct {
	server.Backend
	port int
}

func (b onPort) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	l.Members[0].Config.Port = b.port
	return b.Backend.Open(ctx, l)
}
