package reports

import (
	"cmp"
	"slices"
)

// A Total counts the verdicts of one area in one mode.
type Total struct {
	Area, Mode string
	Verdicts   map[string]int // see Count
}

// Count says how often each verdict occurs; verdicts that do not occur are absent.
func Count(cases []Case) map[string]int {
	n := map[string]int{}
	for _, c := range cases {
		n[c.Verdict]++
	}
	return n
}

// SelfCheck says whether c tests nothing but the project's own stand-in.
func (r Report) SelfCheck(c Case) bool {
	return c.Subject == SubjectServer && r.Backend.Name == Embedded
}

// Counted returns the cases that totals and comparisons are about: no self-checks and no derived column "disabled".
func (r Report) Counted() []Case {
	return slices.DeleteFunc(slices.Clone(r.Cases), func(c Case) bool { return c.DerivedDisabled || r.SelfCheck(c) })
}

// Totals counts the verdicts of the counted cases per area and mode, ordered by area, then mode.
func (r Report) Totals() []Total {
	type cell struct{ area, mode string }
	cells := map[cell][]Case{}
	for _, c := range r.Counted() {
		at := cell{c.Area, c.Mode}
		cells[at] = append(cells[at], c)
	}
	var totals []Total
	for at, cases := range cells {
		totals = append(totals, Total{at.area, at.mode, Count(cases)})
	}
	slices.SortFunc(totals, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Mode, b.Mode))
	})
	return totals
}
