package reports

import (
	"io"
	"path/filepath"

	"github.com/mongotls/mongotls/reports/form"
)

// The files that Save writes.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	MarkdownFile = "summary.md"
	HTMLFile     = "report.html"
)

// Save writes r into dir, which it creates if it is missing, as report.json, junit.xml, summary.md and report.html.
// All are complete before any takes its name, so nobody sees half a report, and a failure to write leaves older ones as
// they were.
func Save(dir string, r Report) error {
	// The model last: what it replaces is lost only when all else has succeeded.
	return form.Save(
		dir, r.file(JUnitFile, WriteJUnit), r.file(MarkdownFile, WriteMarkdown), r.file(HTMLFile, WriteHTML),
		r.file(JSONFile, Write),
	)
}

// SaveHTML writes r as a page into a file of that path, complete or not at all.
func SaveHTML(path string, r Report) error {
	return form.Save(filepath.Dir(path), r.file(filepath.Base(path), WriteHTML))
}

func (r Report) file(name string, write func(io.Writer, Report) error) form.File {
	return form.File{Name: name, Write: func(w io.Writer) error { return write(w, r) }}
}
