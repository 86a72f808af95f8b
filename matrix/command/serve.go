package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/served"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports/addresses"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/scenarios"
)

// A servant holds the servers of cases up.
type servant struct {
	seed   uint64
	kept   string
	port   int
	driver string
	all    bool
	mode   string
}

func serveCommand() *cobra.Command {
	var s servant
	cmd := &cobra.Command{
		Use:   "serve CASE | --all [PATTERN]...",
		Short: "Hold the server of a case up, or those of all, to connect to them by hand",
		Long: `Serve brings up the server of a case, a stand-in with its certificates and faults, and the OCSP
responder that it needs, and prints the connection string of the case's client, commands to try it with, and then the
server's log as it is written. It ends with Ctrl-C.

With --all it brings up every scenario that the patterns select, each on a port of its own, and a page that lists them
as addresses. With --port they have the same ports each time.

Its files are in a private directory that goes with it; with --kept they are in one that "run --keep" left, and with
--port the server is where it was, so that the connection strings of that run's report work again.`,
		Example: `  mongotls serve time/expired/requireTLS
  mongotls serve --all
  mongotls serve --all name trust --mode preferTLS --port 30000
  mongotls serve time/expired/requireTLS --kept /tmp/mongotls-world-123 --port 40001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !s.all {
				if err := one("a case id, such as time/expired/requireTLS; or --all")(cmd, args); err != nil {
					return err
				}
			}
			return s.serve(cmd.Context(), args, terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f := cmd.Flags()
	f.BoolVar(&s.all, "all", false, "serve every scenario that the patterns select, and a page of their addresses")
	f.StringVar(&s.mode, "mode", "", "`mode` of the servers of --all (default requireTLS)")
	f.Uint64Var(&s.seed, "seed", 1, "fixes serial numbers, names and keys")
	f.StringVar(&s.kept, "kept", "", "directory that `run --keep` left")
	f.IntVar(&s.port, "port", 0, "port of the server, the first one of --all (default any free one)")
	f.StringVar(&s.driver, "driver", "", "name of the driver that the commands are for (default: those of every family)")
	return cmd
}

func (s servant) serve(ctx context.Context, patterns []string, t *terminal.Terminal) (err error) {
	chosen, err := s.chosen(patterns)
	if err != nil {
		return err
	}
	w, err := fixtures.New(fixtures.Options{Seed: s.seed, Dir: s.kept})
	if err != nil {
		return fault{err}
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	log := terminal.NewLive(t)
	name := func(c harness.Case) string {
		if s.all {
			return c.ID
		}
		return ""
	}
	leftOut := map[string]int{}
	if s.all {
		chosen = slices.DeleteFunc(chosen, func(c harness.Case) bool {
			why := served.Cannot(c)
			if why != "" {
				leftOut[why]++
			}
			return why != ""
		})
	}
	if s.all {
		t.Linef(t.Err, "starting %s", form.Counted(len(chosen), "server", "servers"))
	}
	up, err := served.All(ctx, w, chosen, s.port, func(c harness.Case) io.Writer { return log.Of(name(c)) })
	if err != nil {
		return fault{err}
	}
	defer func() { err = errors.Join(err, served.Close(up)) }()
	if s.all {
		return s.list(ctx, up, leftOut, w.Dir(), t, log)
	}
	s.tell(up[0], w.Dir(), t)
	log.Begin()
	<-ctx.Done()
	return nil
}

// tell prints how to connect to the server of one case.
func (s servant) tell(up *served.Server, files string, t *terminal.Terminal) {
	t.Para(2, fmt.Sprintf("%s: %s", up.Case.ID, up.Case.Scenario.Says))
	const column = 9
	t.Labelled(column, "server", up.Addr)
	t.Labelled(column, "files", files)
	t.Commands(column, []terminal.Hint{{Label: "client", Text: up.Request.URI}})
	t.Commands(column, terminal.ByHand(up.Request, s.driver, up.Addr))
	t.Labelled(column, "mongod", up.Mongod)
	t.Linef(t.Out, "Ctrl-C ends it")
}

// list serves the page of the addresses until ctx is done.
func (s servant) list(ctx context.Context, up []*served.Server, leftOut map[string]int, files string,
	t *terminal.Terminal, log *terminal.Live) error {
	l := addresses.List{Mode: string(up[0].Case.Mode), Files: files}
	for _, server := range up {
		l.Addresses = append(l.Addresses, address(server))
	}
	for _, why := range slices.Sorted(maps.Keys(leftOut)) {
		l.LeftOut = append(l.LeftOut, fmt.Sprintf("%s: %s", form.Counted(leftOut[why], "scenario", "scenarios"), why))
	}
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fault{err}
	}
	page := http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) { _ = addresses.WriteHTML(w, l) })} // who left does not miss it
	ended := make(chan error, 1)
	go func() { ended <- page.Serve(at) }()
	for _, a := range l.Addresses {
		t.Linef(t.Out, "%s %s", a.Addr, a.Case)
	}
	for _, left := range l.LeftOut {
		t.Para(2, "not served: "+left)
	}
	t.Linef(t.Out, "files: %s", files)
	t.Linef(t.Out, "page: http://%s/", at.Addr())
	t.Linef(t.Out, "Ctrl-C ends it")
	log.Begin()
	<-ctx.Done()
	err = page.Close()
	if wrong := <-ended; !errors.Is(wrong, http.ErrServerClosed) {
		err = errors.Join(err, wrong)
	}
	return err
}

// address is a server for the page.
func address(server *served.Server) addresses.Address {
	c := server.Case
	a := addresses.Address{Case: c.ID, Area: cases.Area(c.ID), Says: c.Scenario.Says,
		Expectation: c.Scenario.Expect.Sentence(), Connects: c.Scenario.Expect.Positive(),
		Norm: c.Scenario.Expect.Outcome != scenarios.Unspecified, Addr: server.Addr, URI: server.Request.URI}
	for _, hint := range terminal.ByHand(server.Request, "", server.Addr) {
		switch hint.Label {
		case "openssl":
			a.OpenSSL = hint.Text
		case "note":
			a.Note = hint.Text
		}
	}
	return a
}

// chosen are the cases that are meant, once the flags are in order.
func (s servant) chosen(patterns []string) ([]harness.Case, error) {
	if s.port < 0 || s.port > 65535 {
		return nil, usage.Errorf("--port %d: a port is a number from 1 to 65535", s.port)
	}
	if info, err := os.Stat(s.kept); s.kept != "" && (err != nil || !info.IsDir()) {
		return nil, usage.Errorf("--kept %s: no such directory", s.kept)
	}
	if _, known := registry.Find(s.driver); s.driver != "" && !known {
		return nil, usage.Errorf("--driver %q%s: take the name of one", s.driver, usage.Meant(s.driver, registry.Names()))
	}
	if s.mode != "" && !s.all {
		return nil, usage.Errorf("--mode goes with --all: a case has its mode")
	}
	all, err := table()
	if err != nil {
		return nil, err
	}
	var modes []scenarios.Mode
	if s.all {
		mode := s.mode
		if mode == "" {
			mode = string(scenarios.RequireTLS)
		}
		if modes, err = cases.ParseModes([]string{mode}); err != nil {
			return nil, err
		}
	}
	chosen, err := all.Choose(patterns, nil, modes)
	if err != nil {
		return nil, err
	}
	if !s.all && len(chosen) > 1 {
		return nil, usage.Errorf("serve takes one case, and %s is %d: write %s, or --all", patterns[0], len(chosen),
			chosen[len(chosen)-1].ID)
	}
	return chosen, nil
}
