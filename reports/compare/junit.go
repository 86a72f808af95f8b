package compare

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/mongotls/mongotls/reports/form"
)

// WriteJUnit writes c as JUnit XML: a test per case that changed, one per ability, and one for the comparison
// itself. Those that chosen names fail; the others pass, with the kind of change as a property.
func WriteJUnit(w io.Writer, c Comparison, chosen Choice) error {
	out := form.JUnit{Name: "mongotls compare"}
	c.addSuites(&out, chosen)
	return out.Write(w)
}

// addSuites adds the suites of c, one per area.
func (c Comparison) addSuites(to *form.JUnit, chosen Choice) {
	c = form.MapTexts(c, form.XMLText)
	suites := map[string][]form.Test{}
	add := func(area, name, kind, message, evidence string, fails bool) {
		test := form.Test{Name: name, Class: c.Head.Driver.Name + "." + area}
		if kind != "" {
			test.Set("change", kind)
		}
		if fails {
			test.Failure = &form.Result{Message: message, Type: kind, Text: evidence}
		}
		suites[area] = append(suites[area], test)
	}
	add("compare", c.Title(), "", "", "", false)
	for _, a := range c.Abilities {
		add("abilities", a.Name, a.Kind, a.String(), "", chosen.Ability(a))
	}
	for _, g := range c.Groups {
		for _, change := range g.Changes {
			message := Phrase(g.Kind)
			if len(change.Details) > 0 {
				message = fmt.Sprintf("%s: %s", message, change.Details[0])
			}
			add(change.either().Area, change.Case(), g.Kind, message, change.Evidence(), chosen.Group(g))
		}
	}
	for _, area := range slices.Sorted(maps.Keys(suites)) {
		slices.SortStableFunc(suites[area], func(a, b form.Test) int { return cmp.Compare(a.Name, b.Name) })
		s := form.Suite{Name: area, Time: form.Seconds(0), Timestamp: c.Head.Started, Cases: suites[area]}
		s.Set("base", c.Base.String())
		s.Set("head", c.Head.String())
		to.Add(s)
	}
}
