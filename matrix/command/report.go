package command

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/overview"
	"github.com/mongotls/mongotls/reports/trial"
	"github.com/mongotls/mongotls/scenarios"
)

func reportCommand() *cobra.Command {
	var verbose, markdown, annotations, drivers bool
	var html, out string
	cmd := &cobra.Command{
		Use:   "report FILE | report --drivers FILE|DIR...",
		Short: "Print a saved report again, or turn it into another form",
		Long: `Report prints the table and every unexpected verdict of a report.json, and ends with the exit code of
its run. What a try wrote, try.json, it shows as the try did.

With --drivers it lays the reports of many drivers and versions side by side, in words and as a table of areas; with
--out as pages whose every cell leads to its evidence.

Turned into another form, it ends with 0 whatever the verdicts.`,
		Example: `  mongotls report out/report.json
  mongotls report out/report.json --html page.html
  mongotls report out/report.json --markdown >> "$GITHUB_STEP_SUMMARY"
  mongotls report --drivers out/drivers --out pages`,
		Args: func(cmd *cobra.Command, args []string) error {
			if drivers && len(args) > 1 {
				return nil
			}
			return one("the report file, such as out/report.json")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "html", "markdown", "annotations", "drivers"); err != nil {
				return err
			}
			switch {
			case drivers:
				return sideBySide(cmd, args, out)
			case cmd.Flags().Changed("out"):
				return usage.Errorf("--out goes with --drivers; --html FILE writes the page of one report")
			}
			r, err := reports.LoadFile(args[0])
			switch {
			case errors.Is(err, reports.ErrTrial) && (markdown || annotations):
				return usage.Errorf("%s: a try has a table and a page: take --html, or no form", args[0])
			case errors.Is(err, reports.ErrTrial):
				return again(cmd, args[0], html, verbose)
			case err != nil:
				return usage.Errorf("%v", err)
			case cmd.Flags().Changed("html"):
				return page(html, func(path string) error { return reports.SaveHTML(path, r) })
			case markdown:
				return converted(cmd, r, reports.WriteMarkdown)
			case annotations:
				return converted(cmd, r, reports.WriteAnnotations)
			}
			page := filepath.Join(filepath.Dir(args[0]), reports.HTMLFile)
			terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()).Report(r, terminal.Look{Every: verbose, Page: page})
			if c := reports.Outcome(r).Code; c != 0 {
				return code(c)
			}
			return nil
		},
	}
	cmd.AddCommand(trendCommand())
	f := cmd.Flags()
	f.BoolVarP(&verbose, "verbose", "v", false, "print what both sides saw of every case")
	f.StringVar(&html, "html", "", "write a page that needs nothing else into this file")
	f.BoolVar(&markdown, "markdown", false, "print a summary in Markdown, for a pull request or a job")
	f.BoolVar(&annotations, "annotations", false, "print annotations for GitHub Actions")
	f.BoolVar(&drivers, "drivers", false, "lay many reports, or those below directories, side by side")
	f.StringVar(&out, "out", "", "with --drivers: write pages into this directory, rather than print Markdown")
	return cmd
}

// again shows what a try wrote, or makes a page of it.
func again(cmd *cobra.Command, path, html string, verbose bool) error {
	t, err := trial.LoadFile(path)
	switch {
	case err != nil:
		return usage.Errorf("%v", err)
	case cmd.Flags().Changed("html"):
		return page(html, func(path string) error { return trial.SaveHTML(path, t) })
	}
	terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()).Trial(t, verbose)
	if c := t.Code(); c != 0 {
		return code(c)
	}
	return nil
}

// page writes a page into a file that is named by --html.
func page(path string, save func(path string) error) error {
	if info, err := os.Stat(path); path == "" || err == nil && info.IsDir() {
		return usage.Errorf("--html %q: name the file to write, such as report.html", path)
	}
	if err := save(path); err != nil {
		return usage.Errorf("--html: %v", err)
	}
	return nil
}

func converted(cmd *cobra.Command, r reports.Report, write func(io.Writer, reports.Report) error) error {
	if err := write(cmd.OutOrStdout(), r); err != nil {
		return fault{err}
	}
	return nil
}

// sideBySide lays the reports of many drivers side by side: as Markdown, or as pages in the directory out.
func sideBySide(cmd *cobra.Command, paths []string, out string) error {
	t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
	newest := map[[4]string]reports.Report{} // of each driver, version and build
	var left []string
	for _, path := range paths {
		err := eachReport(t, path, &left, func(_ string, r reports.Report) {
			key := [4]string{r.Driver.Name, r.Driver.Version, r.Driver.Build, r.Backend.String()}
			if r.Started >= newest[key].Started {
				newest[key] = r
			}
		})
		if err != nil {
			return err
		}
	}
	all := slices.Collect(maps.Values(newest))
	if cmd.Flags().Changed("out") {
		if err := overview.SaveDrivers(out, all, questions(), left); err != nil {
			return usage.Errorf("--out: %v", err)
		}
		t.Linef(t.Err, "written to %s", filepath.Join(out, overview.DriversFile))
		return unread(left)
	}
	if err := overview.WriteDriversMarkdown(t.Out, overview.NewDrivers(all, questions(), left)); err != nil {
		return fault{err}
	}
	return unread(left)
}

// unread is the end of a command that could not read some of the reports.
func unread(left []string) error {
	if len(left) > 0 {
		return code(exitHarness)
	}
	return nil
}

func questions() []overview.Question {
	var all []overview.Question
	for _, q := range scenarios.Questions {
		all = append(all, overview.Question{Topic: q.Topic, Does: q.Does, Row: q.Row, By: overview.By(q.By)})
	}
	return all
}

// eachReport loads reports, one at a time. Those that are left out are named, and in left if they are reports.
func eachReport(t *terminal.Terminal, path string, left *[]string, do func(path string, r reports.Report)) error {
	err := reports.LoadEach(path, do, func(err error) {
		t.Linef(t.Err, "left out: %v", err)
		if !errors.Is(err, reports.ErrNoReport) && !errors.Is(err, reports.ErrTrial) {
			*left = append(*left, err.Error())
		}
	})
	if err != nil {
		return usage.Errorf("%v", err)
	}
	return nil
}
