package reports

import (
	"slices"
)

// A Grid is the table of a report, areas by modes. It holds the column "disabled" and leaves out the self-checks.
type Grid struct {
	Areas []string // in the order of the report
	Modes []string // that occur, in the order of a rolling upgrade
	cells map[[2]string]map[string]int
}

// Cell says how often each verdict occurs in an area and a mode; nil is an empty cell.
func (g Grid) Cell(area, mode string) map[string]int { return g.cells[[2]string{area, mode}] }

// Grid counts the verdicts of every case that is no self-check.
func (r Report) Grid() Grid {
	g := Grid{cells: map[[2]string]map[string]int{}}
	for _, c := range r.Cases {
		if r.SelfCheck(c) {
			continue
		}
		at := [2]string{c.Area, c.Mode}
		if g.cells[at] == nil {
			g.cells[at] = map[string]int{}
		}
		g.cells[at][c.Verdict]++
		g.Areas, g.Modes = append(g.Areas, c.Area), append(g.Modes, c.Mode)
	}
	g.Areas, g.Modes = Arranged(g.Areas, r.Areas), Arranged(g.Modes, Modes)
	return g
}

// Arranged returns the distinct names, those that order knows first.
func Arranged(names, order []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	rank := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}
