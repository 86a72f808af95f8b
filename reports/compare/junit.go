package compare

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/mongotls/mongotls/reports/form"
)

// WriteJUnit writes c as JUnit XML: a test per case that changed, one per ability, and one for the comparison itself.
// Those that chosen names fail; those that have lost their verdict are errors, unless nothing is chosen; the others
// pass, and stand in the output of their suite with the kind of change.
func WriteJUnit(w io.Writer, c Comparison, chosen Choice) error {
	var out form.JUnit
	c.addSuites(&out, chosen)
	return out.Write(w)
}

// addSuites adds the suites of c, one per area.
func (c Comparison) addSuites(to *form.JUnit, chosen Choice) {
	c = form.MapTexts(c, form.XMLText)
	suites := map[string]*form.Suite{}
	add := func(area, name, kind, message, evidence string, fails bool) {
		if suites[area] == nil {
			suites[area] = &form.Suite{Name: cmp.Or(area, "cases"), Package: c.String(), Time: form.Seconds(0),
				Timestamp: form.Timestamp(c.Head.Started), Host: cmp.Or(c.Head.Host, "localhost")}
		}
		s := suites[area]
		test := form.Test{Name: name, Time: form.Seconds(0)}
		switch {
		case fails:
			test.Failure = &form.Result{Message: message, Type: kind, Text: evidence}
		case hides(kind) && chosen.Anything():
			test.Error = &form.Result{Message: message, Type: kind, Text: evidence}
		default:
			s.Say(name, message)
		}
		s.Cases = append(s.Cases, test)
	}
	add("compare", c.Title(), "", c.Summary(), "", false)
	for _, a := range c.Abilities {
		add("abilities", a.Name, a.Kind, a.String(), "", chosen.Ability(a))
	}
	for _, o := range c.Offers {
		add("offers", o.String(), kindOffers, Phrase(kindOffers), "", chosen[kindOffers])
	}
	for _, g := range c.Groups {
		for _, change := range g.Changes {
			message := Phrase(g.Kind)
			if why := change.why(); why != "" {
				message += ": " + why
			} else if len(change.Details) > 0 {
				message = fmt.Sprintf("%s: %s", message, change.Details[0])
			}
			add(change.either().Area, change.Case(), g.Kind, message, change.Evidence(), chosen.Group(g))
		}
	}
	for _, area := range slices.Sorted(maps.Keys(suites)) {
		s := *suites[area]
		slices.SortStableFunc(s.Cases, func(a, b form.Test) int { return cmp.Compare(a.Name, b.Name) })
		s.Set("base", c.Base.String())
		s.Set("head", c.Head.String())
		to.Add(s)
	}
}
