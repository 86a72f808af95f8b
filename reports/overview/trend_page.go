package overview

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// WriteTrendHTML writes t as one page that needs nothing else: each line with its runs as a plot, and the cases that newly
// fail, flip or have become slower.
func WriteTrendHTML(w io.Writer, t Trend) error {
	var short []string
	for _, l := range t.Lines {
		short = append(short, l.Summary())
	}
	return form.Page{Title: "Trend", Short: short, Data: map[string]any{"Title": "Trend", "Lines": t.Lines, "Summaries": short, "Verdicts": reports.Verdicts},
		Parts: []form.Part{{Files: pageFiles, Name: "trend"}}}.Write(w)
}

// SaveTrendHTML writes t as a page into a file of that path, complete or not at all.
func SaveTrendHTML(path string, t Trend) error {
	return form.Save(filepath.Dir(path), form.File{Name: filepath.Base(path), Write: func(w io.Writer) error { return WriteTrendHTML(w, t) }})
}

// Summary is a line in one sentence.
func (l Line) Summary() string {
	return fmt.Sprintf("%s: %d runs, %d cases newly fail, %d flip, %d are slower", l, len(l.Runs), len(l.Failing), len(l.Flaky), len(l.Slower))
}
