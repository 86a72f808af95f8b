package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/compare"
	"github.com/mongotls/mongotls/reports/form"
)

// A comparer is how the user wants two reports compared.
type comparer struct {
	failOn                []string
	across, verbose       bool
	markdown, json, junit bool
	out                   string
}

func compareCommand() *cobra.Command {
	var c comparer
	var o options
	var from, to string
	cmd := &cobra.Command{
		Use:   "compare BASE HEAD",
		Short: "Say what changes between two reports, or two versions of a driver",
		Long: `Compare says what a driver does differently from one report to another, the most harmful first: what it
accepts and used to refuse, what it refuses and used to accept, where it hangs, where it speaks in clear, where it
fails for another reason, with other types, codes or labels, where its pools behave differently, and how its texts
changed. Of what breaks somebody, that which no norm decides comes last. Equal changes of many cases are one line; what
the handshakes offer otherwise stands once, above them. What is chance between equal runs is no change.

With --from and --to, which name versions of the driver, components that it runs on, or both, it runs both first, and
keeps their reports in --out.

Exit code: 0 if nothing that --fail-on names changed, 1 if something did, 2 usage or bad data, 3 if nothing did as far
as head tells, but cases have lost their verdict there: they are inconclusive or gone, or the run was interrupted; and
for a driver or a runtime that cannot be had, or a fault of the harness; 130 interrupted. With --fail-on none it is
never 1, nor 3 for what head does not tell.

--fail-on takes regressions, any, none, or kinds of change: ` + strings.Join(compare.Kinds(), ", ") + `.
A regression is one of the first six kinds that no known-failure file of yours, --known, lists; what the built-in list
knows of head is news to whoever upgrades.`,
		Example: `  mongotls compare base/report.json head/report.json
  mongotls compare --driver go --from v2.5.0 --to v2.9.3
  mongotls compare --driver node@7.9.0 --from +node22 --to +node24
  mongotls compare base/report.json head/report.json --fail-on regressions,reason,labels --markdown`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
			chosen, err := c.parse(cmd)
			if err != nil {
				return err
			}
			if from == "" && to == "" {
				if len(args) != 2 {
					return usage.Errorf("%s takes 2 arguments, the report files BASE and HEAD, or --from and --to",
						cmd.CommandPath())
				}
				if name := runs(cmd); name != "" {
					return usage.Errorf("--%s says what to run, and the reports have been run: drop it, or take "+
						"--from and --to", name)
				}
				return c.files(t, args[0], args[1], chosen)
			}
			switch {
			case len(args) > 0:
				return usage.Errorf("--from and --to run both versions: drop %s", strings.Join(args, " "))
			case from == "" || to == "":
				return usage.Errorf("--from and --to go together: give both versions")
			}
			if err := o.parse(); err != nil {
				return err
			}
			base, head, err := sides(o.Driver, from, to)
			if err != nil {
				return err
			}
			c.out = cmp.Or(c.out, "out")
			comparison, err := c.versions(cmd.Context(), t, o.Options, base, head, c.out)
			if err != nil {
				return err
			}
			return c.tell(t, comparison, chosen)
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&from, "from", "", "version to start from, such as v2.5.0, or component, such as +node22")
	f.StringVar(&to, "to", "", "version or component to go to")
	f.BoolVar(&c.across, "across-drivers", false, "compare reports of different drivers all the same")
	c.flags(f)
	terminal.Group(f, terminal.WhatRuns, "from", "to", "across-drivers")
	return cmd
}

// flags are those of every command that compares.
func (c *comparer) flags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.failOn, "fail-on", []string{"regressions"}, "what makes the exit code 1")
	f.StringVar(&c.out, "out", "", "directory for the files (default out, and none for two report files)")
	f.BoolVar(&c.markdown, "markdown", false, "print Markdown, for a pull request or a job")
	f.BoolVar(&c.json, "json", false, "print JSON, with all evidence")
	f.BoolVar(&c.junit, "junit", false, "print JUnit XML, in which fails what --fail-on names")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "print what both sides saw of every case that changed")
	terminal.Group(f, terminal.Output, "fail-on", "out", "markdown", "json", "junit", "verbose")
}

// parse checks the flags, and says what makes the comparison fail.
func (c *comparer) parse(cmd *cobra.Command) (compare.Choice, error) {
	chosen, err := compare.Choose(c.failOn)
	if err != nil {
		return nil, usage.Errorf("--fail-on: %v", err)
	}
	return chosen, exclusive(cmd, "markdown", "json", "junit")
}

// files compares two saved reports.
func (c comparer) files(t *terminal.Terminal, basePath, headPath string, chosen compare.Choice) error {
	base, err := reports.LoadFile(basePath)
	if err != nil {
		return usage.Errorf("%v", err)
	}
	head, err := reports.LoadFile(headPath)
	if err != nil {
		return usage.Errorf("%v", err)
	}
	if wrong := compare.Fits(base, head); wrong != "" && !c.across {
		return usage.Errorf("%s and %s: %s; --across-drivers compares them all the same", basePath, headPath, wrong)
	}
	if c.out != "" {
		if err := form.Writable(c.out); err != nil {
			return usage.Errorf("--out: %v", err)
		}
	}
	return c.tell(t, compare.Reports(base, head), chosen)
}

// sides are the two drivers of a comparison: each is the driver with what --from or --to says in place.
func sides(text, from, to string) (base, head driver.Spec, err error) {
	s, err := registry.Parse(text)
	if err != nil {
		return base, head, err
	}
	if s.Command != "" {
		return base, head, usage.Errorf("--driver %s: what a command runs has one version: run both, and compare the "+
			"reports", text)
	}
	if base, err = registry.Change(s, from); err != nil {
		return base, head, usage.Errorf("--from: %v", err)
	}
	if head, err = registry.Change(s, to); err != nil {
		return base, head, usage.Errorf("--to: %v", err)
	}
	if s.Version != "" && (base.Version != s.Version || head.Version != s.Version) {
		s.Version = ""
		return base, head, usage.Errorf("--driver %s: --from and --to name the versions, so give the driver's name "+
			"only: %s", text, s)
	}
	return base, head, nil
}

// versions runs two drivers, keeps their reports below dir, and compares them. Neither runs before both are there. They
// run at once where the servers are those of this process, of which each has its own; other servers cost memory, or
// connections of somebody's, and who says how many attempts are in flight means those of one run.
func (c comparer) versions(
	ctx context.Context, t *terminal.Terminal, o matrix.Options, from, to driver.Spec, dir string,
) (result compare.Comparison, err error) {
	outs := [2]string{filepath.Join(dir, "base"), filepath.Join(dir, "head")}
	var sessions [2]*matrix.Session
	for i, spec := range []driver.Spec{from, to} {
		o.Driver = spec.String()
		if sessions[i], err = session(ctx, o, t); err == nil {
			continue
		}
		if i > 0 {
			err = errors.Join(err, sessions[0].Close())
		}
		return result, err
	}
	for _, out := range outs {
		if err := form.Writable(out); err != nil {
			return result, errors.Join(usage.Errorf("--out: %v", err), sessions[0].Close(), sessions[1].Close())
		}
	}
	t.Linef(t.Err, "base: %s", from)
	t.Linef(t.Err, "head: %s", to)
	var running errgroup.Group
	if o.Backend != reports.Embedded || o.Jobs > 0 {
		running.SetLimit(1)
	}
	var told sync.Mutex
	var sides [2]reports.Report
	t.Begin(sessions[0].Total() + sessions[1].Total())
	for i, s := range sessions {
		running.Go(func() error {
			sides[i] = s.Run(ctx, func(r matrix.Result) {
				told.Lock()
				defer told.Unlock()
				t.Step(r)
			})
			closing(s, &sides[i])
			return reports.Save(outs[i], sides[i])
		})
	}
	err = running.Wait()
	t.End()
	switch {
	case err != nil:
		return result, fault{err}
	case sides[0].Interrupted || sides[1].Interrupted:
		return result, interrupted(fmt.Sprintf("while %s and %s were being run: nothing is compared; "+
			"what had ended is in %s", from, to, dir))
	}
	return compare.Reports(sides[0], sides[1]), nil
}

// tell writes a comparison in the form that was asked for, and ends with its exit code.
func (c comparer) tell(t *terminal.Terminal, comparison compare.Comparison, chosen compare.Choice) error {
	var err error
	switch {
	case c.markdown:
		err = compare.WriteMarkdown(t.Out, comparison)
	case c.json:
		err = compare.Write(t.Out, comparison)
	case c.junit:
		err = compare.WriteJUnit(t.Out, comparison, chosen)
	default:
		t.Comparison(comparison, chosen, c.verbose)
	}
	if err == nil && c.out != "" {
		if err = compare.Save(c.out, comparison, chosen); err == nil {
			t.Linef(t.Err, "written to %s: %s, %s, %s, %s", c.out, compare.HTMLFile, compare.JSONFile,
				compare.JUnitFile, compare.MarkdownFile)
		}
	}
	if err != nil {
		return fault{err}
	}
	return exitOf(chosen, comparison)
}

// exitOf is the exit code that comparisons come to.
func exitOf(chosen compare.Choice, all ...compare.Comparison) error {
	switch {
	case slices.ContainsFunc(all, func(c compare.Comparison) bool { return chosen.Of(c) > 0 }):
		return code(exitFailed)
	case chosen.Anything() && slices.ContainsFunc(all, compare.Comparison.Unsure):
		return code(exitHarness)
	}
	return nil
}

// exclusive says that two of the flags, which all print to stdout, are set.
func exclusive(cmd *cobra.Command, names ...string) error {
	var set []string
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			set = append(set, "--"+name)
		}
	}
	if len(set) > 1 {
		return usage.Errorf("%s do not go together: take one form at a time", strings.Join(set, " and "))
	}
	return nil
}

// runs is the name of a flag that says what runs and was given, or "".
func runs(cmd *cobra.Command) (given string) {
	var o options
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.flags(all)
	all.VisitAll(func(f *pflag.Flag) {
		if given == "" && cmd.Flags().Changed(f.Name) {
			given = f.Name
		}
	})
	return given
}
