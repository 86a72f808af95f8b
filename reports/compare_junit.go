package reports

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// WriteComparisonJUnit writes c as JUnit XML: a test per case that changed, one per ability, and one for the comparison
// itself. Those that chosen names fail; the others pass, with the kind of change as a property.
func WriteComparisonJUnit(w io.Writer, c Comparison, chosen Choice) error {
	out := testsuites{Testsuites: junit.Testsuites{Name: "mongotls compare"}}
	out.comparison(c, chosen)
	return out.write(w)
}

// comparison adds the suites of c, one per area.
func (t *testsuites) comparison(c Comparison, chosen Choice) {
	c = mapTexts(c, xmlText)
	suites := map[string][]testcase{}
	add := func(area, name, kind, message, evidence string, fails bool) {
		test := testcase{Testcase: junit.Testcase{Name: name, Classname: c.Head.Driver.Name + "." + area}}
		if kind != "" {
			test.Properties = &[]junit.Property{{Name: "change", Value: kind}}
		}
		if fails {
			test.Failure = &junit.Result{Message: message, Type: kind, Data: evidence}
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
		slices.SortStableFunc(suites[area], func(a, b testcase) int { return cmp.Compare(a.Name, b.Name) })
		s := testsuite{Testsuite: junit.Testsuite{Name: area, ID: len(t.Suites), Time: seconds(0), Timestamp: c.Head.Started}, Testcases: suites[area]}
		s.AddProperty("base", c.Base.String())
		s.AddProperty("head", c.Head.String())
		for _, test := range s.Testcases {
			s.AddTestcase(test.Testcase) // counts
		}
		t.AddSuite(s.Testsuite)
		t.Suites = append(t.Suites, s)
	}
}
