package trial

import (
	"io"

	"github.com/mongotls/mongotls/reports/form"
)

// Names of the files of a try.
const (
	JSONFile = "try.json"
	HTMLFile = "try.html"
)

// Write writes t as indented JSON.
func Write(w io.Writer, t Trial) error { return form.WriteJSON(w, t) }

// Save writes both files into dir.
func Save(dir string, t Trial) error {
	return form.Save(dir, form.File{Name: HTMLFile, Write: func(w io.Writer) error { return WriteHTML(w, t) }},
		form.File{Name: JSONFile, Write: func(w io.Writer) error { return Write(w, t) }})
}
