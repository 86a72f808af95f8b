package attempt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/scenarios"
)

// A template fills the texts of a row with the values of one attempt. Its first error stays.
type template struct {
	values map[string]string // by the name of the placeholder
	row    scenarios.Scenario
	client scenarios.Client
	err    error
}

// verbatim fills in the values as they are.
func (t *template) verbatim(text string) string {
	return t.fill(text, func(_, value string) string { return value })
}

// uri quotes each value for a connection string as its placeholder says.
func (t *template) uri(text string) string {
	return t.fill(text, func(name, value string) string {
		var quoting scenarios.Quoting
		if p := scenarios.PlaceholderOf(name, t.row, t.client); p != nil { // else fill says so
			quoting = p.Quote
		}
		if quoting == scenarios.AsPath {
			quoting = cmp.Or(t.client.Quote, quoting)
		}
		switch quoting {
		case scenarios.Verbatim:
			return value
		case scenarios.AsPath:
			return connstring.Path(value)
		case scenarios.Relative:
			return connstring.Path(t.relative(value))
		}
		return connstring.Escape(value)
	})
}

// relative is a path from the working directory, which adapters have from this process.
func (t *template) relative(path string) string {
	from, err := os.Getwd()
	if err == nil {
		path, err = filepath.Rel(from, path)
	}
	t.err = cmp.Or(t.err, err)
	return path
}

// json quotes each value for the inside of a JSON string.
func (t *template) json(text string) string {
	return t.fill(text, func(_, value string) string {
		b, _ := json.Marshal(value) // a string
		return string(b[1 : len(b)-1])
	})
}

func (t *template) fill(text string, quote func(name, value string) string) string {
	return scenarios.Fill(text, func(name string) string {
		value, ok := t.values[name]
		if !ok && t.err == nil {
			t.err = fmt.Errorf("the placeholder {%s} stands for nothing here, in %q", name, text)
		}
		return quote(name, value)
	})
}
