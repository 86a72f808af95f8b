package registry

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/usage"
)

// Parse reads the text of a spec: NAME[@VERSION or @PATH][+COMPONENT...], or exec:COMMAND. A component is a name with a
// version, or with @ and a path. Components may also stand before the version. The error is one of usage,
// in one sentence that says what there is.
func Parse(text string) (driver.Spec, error) {
	if command, ok := strings.CutPrefix(text, driver.Exec); ok {
		command = strings.Join(strings.Fields(command), " ")
		if command == "" {
			return driver.Spec{}, usage.Errorf("driver %q: a command must follow, as in 'exec:node adapter.js'", text)
		}
		return driver.Spec{Command: command}, nil
	}
	end := strings.IndexAny(text+"@", "@+")
	row, ok := Find(text[:end])
	if !ok {
		return driver.Spec{},
			usage.Errorf("unknown driver %q%s: there are %s, as NAME, NAME@VERSION or NAME@./PATH, and exec:COMMAND",
				text, usage.Meant(text[:end], Names()), strings.Join(Names(), ", "))
	}
	s, err := row.parse(text[end:])
	if err != nil {
		return driver.Spec{}, usage.Errorf("driver %q: %w", text, err)
	}
	return s, nil
}

// Change is a spec with what text says in place of what it says itself: a version, components that begin with a +, or
// both; or it is text, if that is a whole spec.
func Change(s driver.Spec, text string) (driver.Spec, error) {
	if _, whole := Find(text[:strings.IndexAny(text+"@", "@+")]); whole || strings.HasPrefix(text, driver.Exec) {
		return Parse(text)
	}
	row, ok := Find(s.Name)
	switch {
	case !ok:
		return s, usage.Errorf("driver %q: what a command runs has one version", s)
	case text == "":
		return s, usage.Errorf("driver %q: a version or a component must follow", s)
	case text[0] != '+':
		text = "@" + text
	}
	change, err := row.parse(text)
	if err != nil {
		return s, usage.Errorf("driver %q: %w", s.Name+text, err)
	}
	if change.Version != "" {
		s.Version = change.Version
	}
	kept := slices.DeleteFunc(slices.Clone(s.Components), func(c driver.Component) bool {
		return slices.ContainsFunc(change.Components,
			func(other driver.Component) bool { return row.role(c) == row.role(other) })
	})
	s.Components = slices.Concat(kept, change.Components)
	return s, row.arrange(s.Components)
}

// parse reads what follows the name.
func (r Row) parse(rest string) (driver.Spec, error) {
	s := driver.Spec{Name: r.Name}
	for rest != "" {
		if rest[0] == '+' {
			var c driver.Component
			var err error
			if c, rest, err = r.component(rest); err != nil {
				return s, err
			}
			s.Components = append(s.Components, c)
			continue
		}
		before := s.Version
		s.Version, rest = cut(rest[1:])
		switch {
		case s.Version == "":
			return s, errors.New("a version or a path must follow the @")
		case before != "":
			return s, fmt.Errorf("it has one version, and these are %s and %s", before, s.Version)
		}
	}
	if r.Ecosystem == ecosystem.Go && s.Version != "" && s.Version[0] >= '0' && s.Version[0] <= '9' {
		s.Version = "v" + s.Version
	}
	return s, r.arrange(s.Components)
}

// cut returns what follows a @ up to the next part. A path, which may hold a + itself, ends where a component of some
// driver begins.
func cut(text string) (value, rest string) {
	end := strings.IndexAny(text+"@", "@+")
	if driver.IsPath(text) {
		end = len(text)
		for _, at := range begins.FindAllStringSubmatchIndex(text, -1) {
			if follows := text[at[1]:]; known(text[at[2]:at[3]]) && (follows == "" || follows[0] == '+' || follows[0] == '@') {
				end = at[0]
				break
			}
		}
	}
	return text[:end], text[end:]
}

// begins is where a component begins, with its name and its version.
var begins = regexp.MustCompile(`\+([A-Za-z]+)(\d[0-9a-z.]*)?`)

// known reports whether some driver has a component of that name.
func known(name string) bool {
	return slices.ContainsFunc(Rows, func(r Row) bool { return r.place(name) >= 0 })
}

// place is where a component stands in the row, -1 if nowhere.
func (r Row) place(name string) int {
	return slices.IndexFunc(r.Components, func(c Component) bool { return strings.EqualFold(c.Name, name) })
}

func (r Row) role(c driver.Component) evidence.Role { return r.Components[r.place(c.Name)].Role }

// component reads a component at the beginning of a text, and returns what follows it.
func (r Row) component(text string) (c driver.Component, rest string, err error) {
	end := strings.IndexAny(text[1:]+"@", "@+") + 1
	at := begins.FindStringSubmatch(text[:end])
	if at == nil || at[0] != text[:end] {
		return c, "", fmt.Errorf("%q is no component with a version: %s", text[:end], r.components())
	}
	place := r.place(at[1])
	if place < 0 {
		return c, "", fmt.Errorf("it has no component %s: %s", text[:end], r.components())
	}
	k := r.Components[place]
	c, rest = driver.Component{Name: k.Name, Version: at[2]}, text[end:]
	switch {
	case c.Version != "" && k.Example == "":
		return c, "", fmt.Errorf("its component +%s takes no version", c.Name)
	case k.Path && c.Version == "" && rest != "" && driver.IsPath(rest[1:]):
		c.Version, rest = cut(rest[1:])
	}
	return c, rest, nil
}

// components says which there are, each with an example of a version.
func (r Row) components() string {
	var all []string
	for _, c := range r.Components {
		text := "+" + c.Name + c.Example
		if c.Path {
			text += " or +" + c.Name + "@/PATH"
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return "it takes none"
	}
	return "there are " + strings.Join(all, ", ")
}

// arrange puts components into the order of the row. The error names two that exclude each other.
func (r Row) arrange(all []driver.Component) error {
	slices.SortStableFunc(all, func(a, b driver.Component) int { return r.place(a.Name) - r.place(b.Name) })
	taken := map[evidence.Role]driver.Component{}
	for _, c := range all {
		if other, twice := taken[r.role(c)]; twice {
			return fmt.Errorf("it has one %s, and these are +%s and +%s", r.role(c), other, c)
		}
		taken[r.role(c)] = c
	}
	return nil
}
