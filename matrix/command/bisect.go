package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/matrix/internal/bisect"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

func bisectCommand() *cobra.Command {
	var name, row, from, to string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bisect",
		Short: "Find the version of a driver in which the verdict of a case changes",
		Long: `Bisect runs one row with published versions of a driver, in the order of their numbers, until it knows
those next to each other between which the verdict changes, or what a driver does that does not conform. Versions are
those of the driver's registry, and what the cache holds. It takes no notice of known failures.

First come the newest and the oldest version. If both have one verdict it looks at some of those between, too; a change
that was undone among versions that nobody looked at is not seen, and the output says how many these are.

Exit code: 0 if the newest version does what it must, 1 if it does not, 2 usage or bad data, 3 if a version could not be
tried or the registry not be asked, 130 interrupted.`,
		Example: `  mongotls bisect --driver node --case name/ipv6
  mongotls bisect --driver go --case err/label-eof/requireTLS --from v2.0.0
  mongotls bisect --driver pymongo+pyopenssl --case ocsp/t2-revoked-stapled --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
			s, err := unversioned(name)
			if err != nil {
				return err
			}
			run, err := oneRow(row)
			if err != nil {
				return err
			}
			told := t.Out
			if asJSON {
				told = t.Err
			}
			r, err := bisected(cmd.Context(), t, told, s, run, from, to)
			r.Case = row
			switch {
			case err != nil:
				return err
			case asJSON:
				if err := form.WriteJSON(t.Out, r); err != nil {
					return fault{err}
				}
			default:
				tellBisected(t, r)
			}
			return bisectedCode(r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "driver", registry.Usual, "`driver`, without a version, of: "+strings.Join(registry.Names(), ", "))
	f.StringVar(&row, "case", "", "`id` of a row, or of one of its cases: name/ipv6, name/ipv6/requireTLS")
	f.StringVar(&from, "from", "", "oldest `version` (default the oldest that the adapter drives)")
	f.StringVar(&to, "to", "", "newest `version` (default the newest that is published)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	terminal.Group(f, terminal.WhatRuns, "driver", "case", "from", "to")
	terminal.Group(f, terminal.Output, "json")
	return cmd
}

// unversioned is the driver of a spec that names no version.
func unversioned(text string) (driver.Spec, error) {
	s, err := registry.Parse(text)
	switch {
	case err != nil:
		return s, err
	case s.Command != "":
		return s, usage.Errorf("--driver %s: what a command runs has one version", text)
	case s.Version != "":
		s.Version = ""
		return s, usage.Errorf("--driver %s: --from and --to name versions, so give the driver's name only: %s", text, s)
	}
	return s, nil
}

// oneRow is the pattern of the cases that an id of a row means, without those of the row's variants, or that of a case
// means.
func oneRow(id string) (pattern string, err error) {
	if id == "" {
		return "", usage.Errorf("bisect needs --case: the id of a row, such as name/ipv6")
	}
	all, err := table()
	if err != nil {
		return "", err
	}
	chosen, err := all.Choose([]string{id}, nil, nil)
	if err != nil {
		return "", err
	}
	for _, c := range chosen {
		switch c.Scenario.ID {
		case id:
			return id + "/**", nil
		case chosen[0].Scenario.ID:
		default:
			return "", usage.Errorf("--case %s selects several rows, such as %s and %s: name one", id, chosen[0].Scenario.ID,
				c.Scenario.ID)
		}
	}
	return id, nil
}

// bisected runs versions of a driver, and tells of each as it ends.
func bisected(
	ctx context.Context, t *terminal.Terminal, told io.Writer, s driver.Spec, run, from, to string,
) (bisect.Result, error) {
	row, _ := registry.Find(s.Name)
	all, unasked := row.Published(ctx, s)
	if ctx.Err() != nil {
		return bisect.Result{}, interrupted("while the versions of " + s.Name + " were being listed: nothing was run")
	}
	if len(all) == 0 && unasked != nil {
		return bisect.Result{}, fault{fmt.Errorf("%s: there is no version here, for the registry was not asked: %w", s,
			unasked)}
	}
	versions, err := bisect.Between(all, from, to)
	if err != nil {
		return bisect.Result{}, err
	}
	t.Linef(t.Err, "%s: %s, %s to %s", s, form.Counted(len(versions), "version", "versions"), versions[0],
		versions[len(versions)-1])
	r, err := bisect.Find(versions, func(version string) (bisect.Try, error) {
		of := s
		of.Version = version
		found, err := tried(ctx, t, of.String(), run)
		unknown, failed := errors.AsType[bisect.Unknown](err)
		switch {
		case failed:
			t.Linef(told, "%-10s %s", version, "not tried: "+unknown.Error())
		case err == nil:
			t.Linef(told, "%-10s %s", version, found.Says())
		}
		return found, err
	})
	r.Driver = s.String()
	if unasked != nil {
		r.Unasked = unasked.Error()
	}
	return r, err
}

// tried runs one version of a driver.
func tried(ctx context.Context, t *terminal.Terminal, spec, run string) (bisect.Try, error) {
	opening, i := t.Installing(ctx, spec)
	s, err := matrix.Open(opening, matrix.Options{Driver: spec, Run: []string{run}, NoBuiltinKnown: true, Seed: 1})
	_, lacking := errors.AsType[registry.Unavailable](err)
	switch {
	case ctx.Err() != nil && err != nil:
		return bisect.Try{}, interrupted(i.Doing())
	case lacking:
		return bisect.Try{}, bisect.Unknown{Err: err}
	case err != nil:
		return bisect.Try{}, classify(err)
	}
	r := s.Run(ctx, func(matrix.Result) {})
	if err := s.Close(); err != nil {
		r.Faults = append(r.Faults, "closing: "+err.Error())
	}
	if r.Interrupted {
		return bisect.Try{}, interrupted("while " + spec + " was being run")
	}
	return bisect.Read(r, run)
}

// tellBisected prints what was found.
func tellBisected(t *terminal.Terminal, r bisect.Result) {
	t.Linef(t.Out, "")
	switch n := len(r.Changes); {
	case len(r.Tried) == 0:
		t.Para(2, "no version could be tried")
	case n == 0:
		t.Para(2, fmt.Sprintf("%s: %s in each version that was tried", r.Case, r.Tried[0].Verdict))
	case n > 1:
		t.Para(2, fmt.Sprintf("the verdict changes %d times:", n))
	}
	for _, c := range r.Changes {
		t.Para(2, c.Says())
	}
	for _, f := range r.Failed {
		t.Para(2, fmt.Sprintf("not tried: %s: %s", f.Version, f.Why))
	}
	if n := len(r.Skipped); n > 0 {
		t.Para(2, fmt.Sprintf("not looked at: %d of %s; a change that was undone among them is not seen", n,
			form.Counted(r.Count, "version", "versions")))
	}
	if r.Unasked != "" {
		t.Para(2, "there may be more versions, for the registry was not asked: "+r.Unasked)
	}
}

// bisectedCode is the end of the command.
func bisectedCode(r bisect.Result) error {
	if n := len(r.Tried); n > 0 && r.Tried[n-1].Version == r.To && r.Tried[n-1].Verdict == reports.Violates {
		return code(exitFailed)
	}
	if len(r.Failed) > 0 || r.Unasked != "" {
		return code(exitHarness)
	}
	return nil
}
