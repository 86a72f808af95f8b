package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	return form.Save(dir, t.page(HTMLFile),
		form.File{Name: JSONFile, Write: func(w io.Writer) error { return Write(w, t) }})
}

// SaveHTML writes t as a page into a file of that path, complete or not at all.
func SaveHTML(path string, t Trial) error {
	return form.Save(filepath.Dir(path), t.page(filepath.Base(path)))
}

func (t Trial) page(name string) form.File {
	return form.File{Name: name, Write: func(w io.Writer) error { return WriteHTML(w, t) }}
}

// LoadFile loads a try that Write wrote. The error is one sentence, and starts with the path.
func LoadFile(path string) (t Trial, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return t, fmt.Errorf("%s: %w", path, form.Cause(err))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var version struct{ Schema int }
	if err = json.Unmarshal(data, &version); err == nil && version.Schema != Schema {
		err = fmt.Errorf("version %d is unknown, this program reads version %d", version.Schema, Schema)
	}
	if err == nil {
		err = dec.Decode(&t)
	}
	if err == nil {
		err = t.check()
	}
	if err != nil {
		return Trial{}, fmt.Errorf("%s: this try cannot be read: %w", path, err)
	}
	return t, nil
}

// check refuses what no try writes, and would be shown as if all were well.
func (t Trial) check() error {
	for _, w := range t.Worlds {
		for _, r := range w.Rows {
			if plural[r.Verdict] == "" {
				return fmt.Errorf("there is no verdict %q", r.Verdict)
			}
		}
	}
	return nil
}
