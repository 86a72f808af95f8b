package attempt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/scenarios"
)

// A template fills the texts of a row with the values of one attempt. Its first error stays.
type template struct {
	values map[string]string // by the name of the placeholder
	paths  scenarios.Quoting // instead of that of paths, if it is set
	err    error
}

// verbatim fills in the values as they are.
func (t *template) verbatim(text string) string {
	return t.fill(text, func(_, value string) string { return value })
}

// uri quotes each value for a connection string as its placeholder says.
func (t *template) uri(text string) string {
	return t.fill(text, func(name, value string) string {
		quoting := quotingOf(name)
		if quoting == scenarios.AsPath {
			quoting = cmp.Or(t.paths, quoting)
		}
		switch quoting {
		case scenarios.Verbatim:
			return value
		case scenarios.AsPath: // or the address of a member: drivers need not decode its colon
			return connstring.Path(value)
		}
		return connstring.Escape(value)
	})
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

// quotingOf is how a placeholder is quoted in a connection string: one that the table does not list names a file of the
// row.
func quotingOf(name string) scenarios.Quoting {
	i := slices.IndexFunc(scenarios.Placeholders, func(p scenarios.Placeholder) bool { return p.Name == name })
	if i < 0 {
		return scenarios.AsPath
	}
	return scenarios.Placeholders[i].Quote
}
