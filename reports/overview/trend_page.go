package overview

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// WriteTrendHTML writes t as one page that needs nothing else: for each driver its versions side by side, with their
// runs as plots of the same axes, and the cases that newly fail, flip or have become slower.
func WriteTrendHTML(w io.Writer, t Trend) error {
	short := slices.Clone(t.LeftOut)
	var summaries []string
	for _, l := range t.Lines {
		summaries = append(summaries, l.Summary())
	}
	return form.Page{
		Title: "Trend",
		Short: append(short, summaries...),
		Data:  map[string]any{"Title": "Trend", "Trend": t, "Summaries": summaries, "Verdicts": reports.Verdicts},
		Parts: []form.Part{{Files: pageFiles, Name: "uplot/uplot"}, {Files: pageFiles, Name: "trend"}},
	}.Write(
		w,
	)
}

// SaveTrendHTML writes t as a page into a file of that path, complete or not at all. Runs lead to the pages that lie
// beside their reports.
func SaveTrendHTML(path string, t Trend) error {
	t = form.MapTexts(t, strings.Clone) // a copy of its own
	for _, l := range t.Lines {
		for i := range l.Runs {
			l.Runs[i].Page = pageOf(l.Runs[i].File, filepath.Dir(path))
		}
	}
	return form.Save(
		filepath.Dir(path),
		form.File{Name: filepath.Base(path), Write: func(w io.Writer) error { return WriteTrendHTML(w, t) }},
	)
}

// pageOf is the address of the page that lies beside a report, from a directory; "" if there is none.
func pageOf(report, dir string) string {
	page := filepath.Join(filepath.Dir(report), reports.HTMLFile)
	if _, err := os.Stat(page); err != nil {
		return ""
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	to, err := filepath.Abs(page)
	if err != nil {
		return ""
	}
	relative, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	return (&url.URL{Path: filepath.ToSlash(relative)}).EscapedPath()
}

// Summary is a line in one sentence.
func (l Line) Summary() string {
	return fmt.Sprintf(
		"%s: %s, %s, %s, %s", l, form.Counted(len(l.Runs), "run", "runs"),
		form.Counted(len(l.Failing), "case newly fails", "cases newly fail"),
		form.Counted(len(l.Flaky), "flips", "flip"), form.Counted(len(l.Slower), "is slower", "are slower"),
	)
}
