package command

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

func knownAddCommand(file *knownFile) *cobra.Command {
	var from string
	var entry known.Entry
	cmd := &cobra.Command{
		Use: "add CASE", Short: "Add an entry for what a report shows",
		Args: one("a pattern of case ids, such as uri/invalid-bool"),
		Long: `Add appends an entry for the cases that a pattern selects to the file of --known, and leaves what
stands in it as it is. Driver, version, runtime and what happens instead are those of the report; why that is so, and
where it can be read, nobody but you can say.`,
		Example: "  mongotls known add uri/invalid-bool --from out/report.json --known known.yaml \\\n" +
			"    --because 'tls=maybe is an error since 2.9' --see https://example.com/tickets/43",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []struct{ name, value, is string }{
				{"from", from, "the report that shows the failure, such as out/report.json"},
				{"known", file.path, "the file to add it to, such as known.yaml"},
				{"because", entry.Because, "why it is so, in one sentence"},
				{"see", entry.See, "where that can be read: a ticket, a document"}} {
				if flag.value == "" {
					return usage.Errorf("known add needs --%s: %s", flag.name, flag.is)
				}
			}
			r, err := reports.LoadFile(from)
			if err != nil {
				return usage.Errorf("%v", err)
			}
			entry.Case = args[0]
			n, err := observed(&entry, r, from)
			if err != nil {
				return err
			}
			all, err := table()
			if err != nil {
				return err
			}
			if err := known.Add(file.path, entry, all); err != nil {
				return err
			}
			terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()).Para(2, fmt.Sprintf("%s: added %s, %s: %s %s",
				file.path, entry.Case, form.Counted(n, "case", "cases"), entry.Where(), cases.Or(entry.Instead)))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "report.json of a run that shows the failure")
	f.StringVar(&entry.Because, "because", "", "why it is so, in one sentence")
	f.StringVar(&entry.See, "see", "", "where that can be read")
	f.StringVar(&entry.Until, "until", "", "a day, such as 2027-01-31, after which it must be looked at again")
	terminal.Group(f, terminal.KnownFailures, "from", "because", "see", "until")
	return cmd
}

// observed completes an entry with what a report shows of its cases, and says how many of them fail.
func observed(k *known.Entry, r reports.Report, path string) (n int, err error) {
	k.Driver = r.Driver.Name
	if versions.Canonical(r.Driver.Version) != "" {
		k.From = r.Driver.Version
	}
	if on := known.Runtime(r.Driver.Components); on != "" {
		k.Build = []string{on}
	}
	matched := false
	for _, c := range r.Cases {
		if !cases.Matches(k.Case, c.ID) {
			continue
		}
		matched = true
		switch c.Verdict {
		case reports.Violates:
			n++
			instead := c.Reason
			if instead == "" {
				instead = known.Connects
			}
			k.Instead = append(k.Instead, instead)
		case reports.Conforms:
			err = usage.Errorf("%s conforms in %s, and an entry says that a case fails: narrow the pattern %q", c.ID,
				path, k.Case)
		}
	}
	order := func(r evidence.Reason) int { return slices.Index(evidence.Reasons, r) }
	slices.SortFunc(k.Instead, func(a, b evidence.Reason) int { return order(a) - order(b) })
	k.Instead = slices.Compact(k.Instead)
	switch {
	case !matched:
		return 0, usage.Errorf("%s holds no case that %q selects", path, k.Case)
	case n == 0:
		return 0, usage.Errorf("no case that %q selects violates in %s: there is nothing to add", k.Case, path)
	}
	return n, err
}
