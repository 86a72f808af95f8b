package known

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
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
			fmt.Fprintf(&w, "  %s %s.\n", row.Says, linked(strings.TrimSuffix(row.Because, ".")))
		}
		spec := specOf(k)
		fmt.Fprintf(&w, "  See: %s. %s; %s.\n  `mongotls run --driver %s%s`\n", linked(strings.TrimSuffix(k.See, ".")),
			reported(k), seen(k), spec, selecting(patterns))
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

// asked are the components of a spec that asks for one of the builds that an entry speaks of, none if the driver takes
// none of that name, or runs on it by itself.
func asked(row registry.Row, builds []string) []driver.Component {
	for _, build := range builds {
		c, err := parseComponent(build)
		if err != nil {
			continue
		}
		takes := func(k registry.Component) bool { return strings.EqualFold(k.Name, c.name) }
		i := slices.IndexFunc(row.Components, takes)
		switch carrier, ok := row.Carriers[strings.ToLower(c.name)]; {
		case i < 0 && ok:
			return []driver.Component{carrier}
		case i < 0:
			continue
		}
		of := driver.Component{Name: row.Components[i].Name}
		if row.Components[i].Example != "" {
			of.Version = c.version(row.Components[i].Example)
		}
		if of.Version != "" || i > 0 {
			return []driver.Component{of}
		}
	}
	return nil
}

// version is one of those that the component is of, "" if all are: the last one before a range of 1.x ends, as those
// of Go are counted, else one that is at hand.
func (c component) version(example string) string {
	var major, minor int
	if n, _ := fmt.Sscanf(c.before, "%d.%d", &major, &minor); n == 2 && minor > 0 && c.from == "" {
		return fmt.Sprintf("%d.%d", major, minor-1)
	}
	if c.before != "" && c.from == "" {
		return example
	}
	return cmp.Or(c.prefix, c.from)
}

// specOf is a driver that shows the deviation: in the default version if the entry speaks of it, else in the newest
// one of the documents, else in the first one.
func specOf(k Entry) driver.Spec {
	s := driver.Spec{Name: k.Driver}
	row, ok := registry.Find(k.Driver)
	if !ok {
		return s
	}
	s.Components = asked(row, k.Build)
	if last := newest(row, k); last != row.Default() || last == "" {
		s.Version = cmp.Or(last, first(row, k))
	}
	return s
}

// first is the first version that an entry speaks of.
func first(row registry.Row, k Entry) string { return cmp.Or(k.From, row.Since, row.Oldest()) }

// newest is the newest version of the documents that an entry speaks of, "" if it speaks of none.
func newest(row registry.Row, k Entry) string {
	for _, v := range slices.Backward(row.Versions) {
		if k.covers(v) {
			return v
		}
	}
	return ""
}

// seen says in which versions the deviation has been seen.
func seen(k Entry) string {
	row, _ := registry.Find(k.Driver)
	text := fmt.Sprintf("first seen in %s, last in %s", first(row, k), cmp.Or(newest(row, k), first(row, k)))
	if k.Before != "" {
		text += ", not in " + k.Before
	}
	return text
}
