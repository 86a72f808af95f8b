package compare

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// screen is how many groups, and how many reasons of one, are told of before all others.
const screen = 3

// Worst are the groups that a reader must not miss: the first of those that break somebody, may hide that, or are
// chosen.
func (c Comparison) Worst(chosen Choice) (worst []Group) {
	for _, g := range c.Groups {
		if len(worst) < screen && (g.Regression || hides(g.Kind) || chosen.Group(g)) {
			worst = append(worst, g)
		}
	}
	return worst
}

// Because says in words what a group is about, each sentence with the scenarios that it is about.
func (g Group) Because() []string {
	if n := len(g.reasons()); n > 0 && n <= screen { // what else they have in common stands behind the last one
		lines := g.Lines()
		return append(slices.Clone(lines[:n-1]), strings.Join(lines[n-1:], "; "))
	}
	return []string{strings.TrimSuffix(g.Where()+": "+strings.Join(g.Lines(), "; "), ": ")}
}

// Lines are what the cases of a group have in common. That the verdict changed gives way to why, if the reasons are
// few.
func (g Group) Lines() (lines []string) {
	reasons := g.reasons()
	few := len(reasons) > 0 && len(reasons) <= screen
	if few {
		lines = form.Texts(reasons, reason.String)
	}
	for _, d := range g.Details {
		if !few || d.What != verdict {
			lines = append(lines, d.String())
		}
	}
	if !few && len(reasons) > 0 {
		lines = append(lines, fmt.Sprintf("for %d reasons, the first: %s", len(reasons), reasons[0]))
	}
	return lines
}

// A reason is why cases have their verdict in head.
type reason struct {
	says      string
	scenarios []string
}

// String is the reason after the scenarios, if they are few.
func (r reason) String() string {
	if n := len(r.scenarios); n > fewScenarios {
		return fmt.Sprintf("%s and %d more: %s", strings.Join(r.scenarios[:fewScenarios-1], ", "), n-fewScenarios+1, r.says)
	}
	return strings.Join(r.scenarios, ", ") + ": " + r.says
}

// number is what may differ between cases with the same reason: milliseconds, connections, ports.
var number = regexp.MustCompile(`\d+`)

// reasons are those of a group, none where a case has none.
func (g Group) reasons() (all []reason) {
	at := map[string]int{}
	for _, c := range g.Changes {
		says := c.why()
		if says == "" {
			return nil
		}
		k := number.ReplaceAllString(says, "N")
		if _, ok := at[k]; !ok {
			at[k] = len(all)
			all = append(all, reason{says: says})
		}
		if r := &all[at[k]]; !slices.Contains(r.scenarios, c.Head.Name) {
			r.scenarios = append(r.scenarios, c.Head.Name)
		}
	}
	return all
}

// why says why head has another verdict than base, "" where the change of the verdict says it.
func (c Change) why() string {
	says := func(d Detail) bool { return d.What == verdict }
	if c.Head == nil || !slices.ContainsFunc(c.Details, says) ||
		slices.Contains([]string{reports.Conforms, reports.Characterised}, earned(*c.Head)) {
		return ""
	}
	return cmp.Or(c.Head.Known, c.Head.Why)
}
