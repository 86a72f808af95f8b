package known

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/scenarios"
)

// WriteMarkdown writes entries as Markdown, driver by driver: what each deviates from, in which versions, and the
// command that shows it. The error is that of w.
func WriteMarkdown(out io.Writer, entries List) error {
	var w strings.Builder
	byID := map[string]scenarios.Scenario{}
	for _, s := range scenarios.All() {
		byID[s.ID] = s
	}
	heading := ""
	for len(entries) > 0 {
		k := entries[0]
		n := 1
		for n < len(entries) && entries[n].Number == k.Number && entries[n].Driver == k.Driver &&
			entries[n].File == k.File {
			n++
		}
		patterns := make([]string, n)
		for i, other := range entries[:n] {
			patterns[i] = other.Case
		}
		entries = entries[n:]
		if k.Driver != heading {
			heading = k.Driver
			fmt.Fprintf(&w, "\n## %s\n\n", heading)
		}
		fmt.Fprintf(&w, "- %s: **%s.**\n", k.Where(), strings.TrimSuffix(k.Because, "."))
		if row, ok := byID[rowOf(patterns[0])]; ok {
			fmt.Fprintf(&w, "  %s %s.\n", row.Says, strings.TrimSuffix(row.Because, "."))
		}
		fmt.Fprintf(&w, "  See: %s.\n  `mongotls run --driver %s%s`\n", strings.TrimSuffix(k.See, "."), specOf(k),
			selecting(patterns))
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// rowOf is the scenario that a pattern begins with.
func rowOf(pattern string) string {
	parts := strings.Split(pattern, "/")
	name := strings.Join(parts[:min(2, len(parts))], "/")
	name, _, _ = strings.Cut(name, "@")
	return strings.TrimRight(name, "*")
}

func selecting(patterns []string) string {
	var flags strings.Builder
	for _, p := range patterns {
		if strings.ContainsAny(p, "*?[{") {
			p = "'" + p + "'"
		}
		flags.WriteString(" --run " + p)
	}
	return flags.String()
}

// asked are the components of a spec that asks for a build, none if the driver takes none of that name.
func asked(row registry.Row, build string) []driver.Component {
	c, err := parseComponent(build)
	if err != nil {
		return nil
	}
	takes := func(k registry.Component) bool { return strings.EqualFold(k.Name, c.name) }
	i := slices.IndexFunc(row.Components, takes)
	if i < 0 {
		return nil
	}
	of := driver.Component{Name: row.Components[i].Name}
	if row.Components[i].Example != "" {
		of.Version = cmp.Or(c.prefix, c.from)
	}
	return []driver.Component{of}
}

// specOf is a driver that shows the deviation: the default version if the entry speaks of it, for all that is known,
// else the first one.
func specOf(k Entry) driver.Spec {
	s := driver.Spec{Name: k.Driver}
	row, ok := registry.Find(k.Driver)
	if !ok {
		return s
	}
	if len(k.Build) > 0 {
		s.Components = asked(row, k.Build[0])
	}
	if k.Before != "" || versions.Compare(k.From, row.Default()) > 0 {
		s.Version = cmp.Or(k.From, row.Oldest())
	}
	return s
}
