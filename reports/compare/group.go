package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports"
)

// usually is how many cases make a detail so usual that beside others it need not be repeated.
const usually = 50

// group puts equal changes together, the most harmful first (of what breaks somebody that which no norm decides comes
// last), and among those the most frequent. What so many cases
// share that it says nothing of any, such as the versions of TLS that a new library offers, does not tell them apart.
func group(changes []Change) []Group {
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Case(), b.Case()) })
	times := map[Detail]int{}
	for _, c := range changes {
		for _, d := range c.summary() {
			times[d]++
		}
	}
	byKey := map[string]*Group{}
	for _, c := range changes {
		g := Group{Kind: c.Kind, Regression: breaks(c.Kind) && !c.excused(), Details: c.summary()}
		special := slices.DeleteFunc(slices.Clone(g.Details), func(d Detail) bool {
			return times[d] >= usually && harm(d.Kind) > harm(kindReason) && !better(d.Kind)
		})
		if len(special) > 0 && len(special) < len(g.Details) {
			if g.Kind == g.Details[0].Kind && !better(g.Kind) && harm(g.Kind) > harm(kindReason) {
				g.Kind = special[0].Kind
			}
			g.Details = special
		}
		k := key(g)
		if byKey[k] == nil {
			byKey[k] = &g
		}
		byKey[k].Changes = append(byKey[k].Changes, c)
	}
	var groups []Group
	for _, g := range byKey {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(harm(a.Kind), harm(b.Kind)),
			cmp.Compare(len(b.Changes), len(a.Changes)),
			cmp.Compare(a.Changes[0].Case(), b.Changes[0].Case()))
	})
	return groups
}

// rank puts what breaks somebody first, and of that what a norm decides.
func (g Group) rank() int {
	switch {
	case !breaks(g.Kind):
		return 2
	case slices.ContainsFunc(g.Changes, func(c Change) bool { return c.either().Verdict != reports.Characterised }):
		return 0
	}
	return 1
}

// excused reports whether the user has listed what head does. The built-in list is of what published versions do, and
// excuses none of them to whoever upgrades.
func (c Change) excused() bool {
	return c.Head != nil && c.Head.Verdict == reports.Known && c.Head.KnownFile != ""
}

// summary is what a change has in common with others. Where the outcome or the reason changed, the rest follows from
// it; and of texts only what is not in both.
func (c Change) summary() []Detail {
	var common []Detail
	for _, d := range c.Details {
		switch {
		case c.Kind == kindRestated || d.Kind == kindRestated:
			common = append(common, Detail{Kind: d.Kind, What: d.What})
		case d.Kind == kindText && c.Kind == kindText:
			d.Base, d.Head = changed(d.Base, d.Head)
			common = append(common, d)
		case d.Kind == kindText || harm(c.Kind) <= harm(kindReason) && harm(d.Kind) > harm(kindReason):
		case better(c.Kind) && harm(d.Kind) > harm(kindReason) && d.Kind != c.Kind:
		default:
			common = append(common, d)
		}
	}
	return common
}

// changed cuts off the words that two texts begin and end with.
func changed(a, b string) (string, string) {
	x, y := strings.Fields(a), strings.Fields(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x)+len(y) == 0 { // white space
		return a, b
	}
	return strings.Join(x, " "), strings.Join(y, " ")
}

// fewScenarios are so few that they are named.
const fewScenarios = 3

// few reports whether Where names each scenario.
func (g Group) few() bool {
	scenarios := map[string]bool{}
	for _, c := range g.Changes {
		scenarios[scenario(c.either())] = true
	}
	return len(scenarios) <= fewScenarios
}

// Where says in a few words which cases a group is about: a scenario with its modes, or areas with their numbers.
func (g Group) Where() string {
	scenarios, areas, modes := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range g.Changes {
		of := c.either()
		scenarios[scenario(of)]++
		areas[of.Area]++
		modes[of.Mode]++
	}
	if len(scenarios) == 1 {
		return g.Changes[0].either().Row() + " in " + strings.Join(slices.Sorted(maps.Keys(modes)), ", ")
	}
	if len(scenarios) <= fewScenarios {
		return strings.Join(slices.Sorted(maps.Keys(scenarios)), ", ")
	}
	var parts []string
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", area, areas[area]))
	}
	return fmt.Sprintf("%d scenarios: %s", len(scenarios), strings.Join(parts, ", "))
}
