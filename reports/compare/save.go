package compare

import (
	"io"

	"github.com/mongotls/mongotls/reports/form"
)

// The files that Save writes.
const (
	JSONFile     = "compare.json"
	JUnitFile    = "compare.xml"
	MarkdownFile = "compare.md"
	HTMLFile     = "compare.html"
)

// Save writes c into dir, as reports.Save writes a report. In JUnit what chosen names fails.
func Save(dir string, c Comparison, chosen Choice) error {
	file := func(name string, write func(io.Writer, Comparison) error) form.File {
		return form.File{Name: name, Write: func(w io.Writer) error { return write(w, c) }}
	}
	junit := form.File{Name: JUnitFile, Write: func(w io.Writer) error { return WriteJUnit(w, c, chosen) }}
	return form.Save(dir, junit, file(MarkdownFile, WriteMarkdown), file(HTMLFile, WriteHTML), file(JSONFile, Write))
}

// Write writes c as indented JSON. Equal comparisons are equal byte for byte.
func Write(w io.Writer, c Comparison) error { return form.WriteJSON(w, c) }
