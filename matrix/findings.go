package matrix

import (
	"fmt"
	"io"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/scenarios"
)

// writeFindings writes entries as Markdown, driver by driver: what each deviates from, in which versions, and the
// command that shows it.
func writeFindings(w io.Writer, entries []Known) {
	byID := map[string]scenarios.Scenario{}
	for _, s := range scenarios.All() {
		byID[s.ID] = s
	}
	heading := ""
	for len(entries) > 0 {
		k := entries[0]
		n := 1
		for n < len(entries) && entries[n].entry == k.entry && entries[n].Driver == k.Driver {
			n++
		}
		patterns := make([]string, n)
		for i, other := range entries[:n] {
			patterns[i] = other.Case
		}
		entries = entries[n:]
		if k.Driver != heading {
			heading = k.Driver
			_, _ = fmt.Fprintf(w, "\n## %s\n\n", heading)
		}
		_, _ = fmt.Fprintf(w, "- %s: **%s.**\n", k.where(), strings.TrimSuffix(k.Because, "."))
		if row, ok := byID[rowOf(patterns[0])]; ok {
			_, _ = fmt.Fprintf(w, "  %s %s.\n", row.Says, strings.TrimSuffix(row.Because, "."))
		}
		_, _ = fmt.Fprintf(w, "  See: %s.\n  `mongotls run --driver %s%s`\n", strings.TrimSuffix(k.See, "."), k.spec(),
			selecting(patterns))
	}
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

// spec is a driver that shows the deviation: the default version if the entry speaks of it, for all that is known, else
// the first one.
func (k Known) spec() driver.Spec {
	s := driver.Spec{Name: k.Driver}
	row, ok := registry.Find(k.Driver)
	if !ok {
		return s
	}
	s.Components, _ = row.Build(k.Build)
	if k.Before != "" {
		s.Version = or(k.From, row.Oldest())
	}
	return s
}
