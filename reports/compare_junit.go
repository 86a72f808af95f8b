package reports

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// WriteComparisonJUnit writes c as JUnit XML: a test per case that changed, one per ability, and one for the comparison
// itself. Those that chosen names fail; the others pass, with the kind of change as a property.
func WriteComparisonJUnit(w io.Writer, c Comparison, chosen Choice) error {
	c = mapTexts(c, xmlText)
	suites := map[string][]testcase{}
	add := func(area, name, kind, message, evidence string, fails bool) {
		t := testcase{Testcase: junit.Testcase{Name: name, Classname: c.Head.Driver.Name + "." + area}}
		if kind != "" {
			t.Properties = &[]junit.Property{{Name: "change", Value: kind}}
		}
		if fails {
			t.Failure = &junit.Result{Message: message, Type: kind, Data: evidence}
		}
		suites[area] = append(suites[area], t)
	}
	add("compare", c.Title(), "", c.Summary(), "", false)
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
	out := testsuites{Testsuites: junit.Testsuites{Name: "mongotls compare"}}
	for _, area := range slices.Sorted(maps.Keys(suites)) {
		s := testsuite{Testsuite: junit.Testsuite{Name: area, ID: len(out.Suites), Time: seconds(0), Timestamp: c.Head.Started}, Testcases: suites[area]}
		s.AddProperty("base", c.Base.String())
		s.AddProperty("head", c.Head.String())
		slices.SortStableFunc(s.Testcases, func(a, b testcase) int {
			switch {
			case a.Name < b.Name:
				return -1
			case a.Name > b.Name:
				return 1
			}
			return 0
		})
		for _, t := range s.Testcases {
			s.AddTestcase(t.Testcase) // counts
		}
		out.AddSuite(s.Testsuite)
		out.Suites = append(out.Suites, s)
	}
	return out.write(w)
}
