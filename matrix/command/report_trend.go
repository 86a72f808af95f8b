package command

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/overview"
)

func trendCommand() *cobra.Command {
	var asJSON bool
	var html string
	cmd := &cobra.Command{
		Use:   "trend DIR",
		Short: "Say what many saved reports show together",
		Long: `Trend reads every report below a directory and shows, per version of a driver and back end, the cases
that newly fail, those whose verdict or reason flips between equal runs, and those that have become slower. Files
named *.json that are no reports are left out and named.`,
		Example: "  mongotls report trend reports/\n  mongotls report trend reports/ --html trend.html",
		Args:    one("the directory of the reports"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "html", "json"); err != nil {
				return err
			}
			t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
			digests, left, err := digests(t, args[0])
			if err != nil {
				return err
			}
			trend := overview.NewTrend(digests, left)
			switch {
			case asJSON:
				if err := overview.WriteTrend(t.Out, trend); err != nil {
					return fault{err}
				}
			case cmd.Flags().Changed("html"):
				if info, err := os.Stat(html); html == "" || err == nil && info.IsDir() {
					return usage.Errorf("--html %q: name the file to write, such as trend.html", html)
				}
				if err := overview.SaveTrendHTML(html, trend); err != nil {
					return usage.Errorf("--html: %v", err)
				}
			default:
				for _, l := range trend.Lines {
					trendLine(t, l)
				}
			}
			return unread(left)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.StringVar(&html, "html", "", "write a page that needs nothing else, with plots, into this file")
	return cmd
}

// digests reads the reports below a directory, one at a time, and says which it could not read.
func digests(t *terminal.Terminal, dir string) (all []overview.Digest, left []string, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, nil, usage.Errorf("%s: no such directory", dir)
	}
	err = eachReport(t, dir, &left, func(path string, r reports.Report) {
		all = append(all, overview.NewDigest(path, r))
	})
	return all, left, err
}

// trendLine prints what the runs of a version show.
func trendLine(t *terminal.Terminal, l overview.Line) {
	t.Para(2, l.Summary())
	newest := l.Runs[len(l.Runs)-1]
	t.Para(2, fmt.Sprintf("  newest: %s, %d ms at the median: %s", newest.Started, newest.MedianMS,
		reports.Words(newest.Verdicts)))
	for _, list := range []struct {
		title string
		cases []overview.Series
	}{{"newly failing", l.Failing}, {"flaky", l.Flaky}, {"slower", l.Slower}} {
		if len(list.cases) > 0 {
			t.Linef(t.Out, "  %s:", list.title)
		}
		for _, c := range list.cases {
			t.Para(2, fmt.Sprintf("    %s: %s", c.ID, strings.ReplaceAll(c.Why, "\n", " ")))
		}
	}
	t.Linef(t.Out, "")
}
