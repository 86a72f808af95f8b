package trial

import (
	"slices"
	"strings"
)

// A Line is what a table shows of a driver: what happens at hosts at which the same does.
type Line struct {
	Driver  string
	Hosts   []string // empty: at all
	Verdict Verdict
	Says    string
	Do      []string // what to change
}

// Lines are the rows, those of a driver that say the same in one.
func (w World) Lines() (lines []Line) {
	hosts := map[string]int{}
	for _, r := range w.Rows {
		hosts[r.Host]++
		line := Line{Driver: r.Driver, Verdict: r.Verdict, Says: r.Says, Do: w.changesOf(r)}
		i := slices.IndexFunc(lines, func(l Line) bool {
			return l.Driver == line.Driver && l.Says == line.Says && slices.Equal(l.Do, line.Do)
		})
		if i < 0 {
			i = len(lines)
			lines = append(lines, line)
		}
		lines[i].Hosts = append(lines[i].Hosts, r.Host)
	}
	for i := range lines {
		if len(lines[i].Hosts) == len(hosts) {
			lines[i].Hosts = nil
		}
	}
	return lines
}

// changesOf is what to change for a row.
func (w World) changesOf(r Row) (all []string) {
	for _, c := range w.Changes {
		if slices.Contains(c.Drivers, r.Driver) && (len(c.Hosts) == 0 || slices.Contains(c.Hosts, r.Host)) &&
			r.Verdict != Connects && r.Verdict != NotRun && !slices.Contains(all, c.Do) {
			all = append(all, c.Do)
		}
	}
	return all
}

// Where says at which hosts, "" for all.
func (l Line) Where() string {
	if len(l.Hosts) == 0 {
		return ""
	}
	return "at " + strings.Join(l.Hosts, ", ")
}
