package command

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/terminal"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/overview"
	"github.com/mongotls/mongotls/scenarios"
)

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

// eachReport reads a report, or every report below a directory, one at a time. Files in it named *.json that are no
// reports are named and left out; reports that cannot be read are told of in left besides.
func eachReport(t *terminal.Terminal, path string, left *[]string, do func(path string, r reports.Report)) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return usage.Errorf("%s: no such file or directory", path)
	case !info.IsDir():
		r, err := reports.LoadFile(path)
		if err != nil {
			return usage.Errorf("%v", err)
		}
		do(path, r)
		return nil
	}
	found := false
	err = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		r, err := reports.LoadFile(path)
		if err != nil {
			t.Linef(t.Err, "left out: %v", err)
			if !errors.Is(err, reports.ErrNoReport) {
				*left = append(*left, err.Error())
			}
			return nil
		}
		found = true
		do(path, r)
		return nil
	})
	switch {
	case err != nil:
		return usage.Errorf("%v", err)
	case !found:
		return usage.Errorf("%s: there is no report in it", path)
	}
	return nil
}
