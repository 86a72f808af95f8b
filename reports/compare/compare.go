// Package compare says what changed from one report to another, and what comes of it: to a reader, to a pull request,
// to the exit code of an upgrade.
package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// A Comparison is what changed from one report to another, the most harmful first. It holds what each side said and
// what both witnesses saw of every case that changed, so that a reader needs nothing else.
//
// What is chance between equal runs is no change: the number and order of events and connections, the volatile parts
// of texts (see reports.Report.Stable), elapsed times that differ by less than a factor and a floor, and what differs
// in one mode of a scenario and not in the others, unless it is the outcome, the reason or the verdict.
type Comparison struct {
	Base, Head Side
	// Notes say why the reports do not fit together, one sentence each: other selection, other server, an interrupted
	// run.
	Notes    []string `json:",omitempty"`
	Compared int      // cases that both runs tried, but for the stand-in's self-checks
	// Abilities are those that the driver lost or gained.
	Abilities []Ability `json:",omitempty"`
	// Offers are what ClientHellos offer differently, and what was agreed on otherwise.
	Offers []Offer `json:",omitempty"`
	// Groups are equal changes of many cases.
	Groups []Group `json:",omitempty"`
}

// A Side is a report as a whole.
type Side struct {
	Tool        reports.Tool
	Started     string `json:",omitempty"` // RFC 3339
	Host        string `json:",omitempty"`
	Seed        uint64
	Driver      reports.Driver
	Backend     reports.Backend
	Selection   reports.Selection
	Interrupted bool           `json:",omitempty"`
	Verdicts    map[string]int // of all its cases, see reports.Count
	MedianMS    int            // of the elapsed times of all its cases; the machine's load is in it
}

// An Ability is an entry of Driver.Lacks that changed. Base and Head say what the driver does instead, "" where it
// has it.
type Ability struct {
	Kind       string // see Kinds: "lost" or "gained", "error" if it is lacking in another way
	Name       string
	Base, Head string
}

// A Group is one change that happened to many cases.
type Group struct {
	Kind       string // see Kinds
	Regression bool   // the kind breaks somebody, and no known-failure file of the user's lists it
	Details    []Detail
	Changes    []Change // ordered by case
}

// A Change is a case that differs.
type Change struct {
	Kind    string // see Kinds
	Details []Detail
	// Base and Head are the case as each side reports it, nil where it is missing.
	Base, Head *reports.Case `json:",omitempty"`
}

// A Detail is one thing that differs, in words that are the same for equal changes of different cases.
type Detail struct {
	Kind       string // see Kinds
	What       string // "outcome", "labels", "text" ...
	Base, Head string `json:",omitempty"`
}

// Fits says in one sentence why two reports should not be compared, "" if nothing speaks against it.
func Fits(base, head reports.Report) string {
	if base.Driver.Name != head.Driver.Name {
		return fmt.Sprintf("these are reports of different drivers, %s and %s", base.Driver.Name, head.Driver.Name)
	}
	return ""
}

// Reports says what changed from base to head, without secrets. It takes any two reports; the notes say how far they
// fit.
func Reports(base, head reports.Report) Comparison {
	base, head = base.WithoutSecrets(), head.WithoutSecrets()
	c := Comparison{Base: side(base), Head: side(head), Notes: notes(base, head),
		Abilities: abilities(base.Driver, head.Driver)}
	before, after := observations(base), observations(head)
	pace := newPace(before, after)
	var changes []Change
	var pairs []*pair
	bothUndecided := 0
	for id, b := range before {
		h, ok := after[id]
		switch {
		case ok:
			if b.c.Ran() && h.c.Ran() {
				c.Compared++
			}
			if b.c.Verdict == reports.Inconclusive && h.c.Verdict == reports.Inconclusive {
				bothUndecided++
			}
			p := newPair(b, h, pace)
			p.follows = failing(before, b.c.Twin) != failing(after, h.c.Twin)
			pairs = append(pairs, &p)
		case !head.Interrupted:
			changes = append(changes, Change{Kind: kindGone, Base: &b.c})
		}
	}
	for id, h := range after {
		if _, ok := before[id]; !ok && !base.Interrupted {
			changes = append(changes, Change{Kind: kindNew, Head: &h.c})
		}
	}
	agree(pairs)
	c.Offers = takeOffers(pairs)
	for _, p := range pairs {
		if change, differs := p.change(); differs {
			changes = append(changes, change)
		}
	}
	if bothUndecided > 0 {
		c.Notes = append(
			c.Notes, fmt.Sprintf("%d cases are inconclusive on both sides: nothing is known of them", bothUndecided),
		)
	}
	c.Groups = group(changes)
	return c
}

// failing reports whether a control was run and did not come to a good end.
func failing(side map[string]observed, control string) bool {
	c, ok := side[control]
	return ok && (c.c.Verdict == reports.Known || c.c.Verdict == reports.Violates)
}

// Unchanged reports whether the driver was not seen to behave differently.
func (c Comparison) Unchanged() bool {
	told := func(g Group) bool { return !apart(g.Kind) }
	return len(c.Abilities)+len(c.Offers) == 0 && !slices.ContainsFunc(c.Groups, told)
}

// Unsure reports whether head does not tell of all that base has a verdict on.
func (c Comparison) Unsure() bool {
	return c.Head.Interrupted || slices.ContainsFunc(c.Groups, func(g Group) bool { return hides(g.Kind) })
}

// Case is the id of the case.
func (c Change) Case() string { return c.either().ID }

// either is the case as head reports it, or else base.
func (c Change) either() reports.Case {
	if c.Head != nil {
		return *c.Head
	}
	return *c.Base
}

func side(r reports.Report) Side {
	return Side{
		Tool:        r.Tool,
		Started:     r.Started,
		Host:        r.Host,
		Seed:        r.Seed,
		Driver:      r.Driver,
		Backend:     r.Backend,
		Selection:   r.Selection,
		Interrupted: r.Interrupted,
		Verdicts:    reports.Count(r.Cases),
		MedianMS:    reports.MedianMS(r.Cases),
	}
}

// String names the driver, and what it ran against.
func (s Side) String() string {
	text := strings.TrimSpace(s.Driver.Name + " " + s.Driver.Release())
	if s.Driver.Build != "" {
		text += " (" + s.Driver.Build + ")"
	}
	return text + " against " + strings.TrimSpace(s.Backend.Name+" "+s.Backend.Version)
}

// notes say what besides the driver's version can be the cause of a change.
func notes(base, head reports.Report) (all []string) {
	note := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	differ := func(what, a, b string) {
		if a != b {
			note("%s differs: %s and %s", what, cmp.Or(a, "unknown"), cmp.Or(b, "unknown"))
		}
	}
	switch wrong := Fits(base, head); {
	case wrong != "":
		note("%s: texts, types and events of one are not those of the other", wrong)
	case base.Driver.Release() == head.Driver.Release():
		note("both reports are of %s %s", head.Driver.Name, head.Driver.Release())
	}
	of := components(base.Driver, head.Driver)
	for _, c := range of {
		differ(c.what, c.base, c.head)
	}
	if len(of) == 0 {
		differ("the driver's build", base.Driver.Build, head.Driver.Build)
		differ("the TLS library", base.Driver.TLS, head.Driver.TLS)
	}
	differ("the back end", base.Backend.Name, head.Backend.Name)
	differ("the server's image", base.Backend.Image, head.Backend.Image)
	differ("the server's version", base.Backend.Version, head.Backend.Version)
	differ("the version of "+cmp.Or(head.Tool.Name, "this tool"), base.Tool.Version, head.Tool.Version)
	if base.Seed != head.Seed {
		note("the seed differs: %d and %d", base.Seed, head.Seed)
	}
	if key(base.Selection) != key(head.Selection) {
		note("the selection differs: what only one report holds is not compared")
	}
	for _, r := range []struct {
		name string
		reports.Report
	}{{"base", base}, {"head", head}} {
		for _, c := range r.Cases {
			if c.Outdated {
				note("%s: %s conforms, and is listed as a known failure: remove the entry", r.name, c.ID)
			}
		}
		if r.Interrupted {
			note(
				"the %s run was interrupted: it holds %d cases, and what it lacks is not called gone or new", r.name,
				len(r.Cases),
			)
		}
		if n := len(r.Faults); n > 0 {
			note("the harness had %d faults in the %s run, the first: %s", n, r.name, r.Faults[0])
		}
		if n := len(r.LeftOut); n > 0 {
			note(
				"the %s run did not look at %s, the first: %s", r.name, form.Counted(n, "thing", "things"),
				r.LeftOut[0],
			)
		}
	}
	return all
}

// A component is a part of what the driver runs on that is not the same on both sides; base or head is "" where it has
// none.
type component struct {
	what       string // "the runtime", or its name
	base, head string // name and version
}

// components are those that differ, as far as both reports name them: in the order in which head does.
func components(base, head reports.Driver) (all []component) {
	if len(base.Components) == 0 || len(head.Components) == 0 {
		return nil
	}
	what := func(c evidence.Component) string {
		if c.Role != "" {
			return "the " + string(c.Role)
		}
		return c.Name
	}
	add := func(of evidence.Component, set func(*component, string)) {
		i := slices.IndexFunc(all, func(c component) bool { return c.what == what(of) })
		if i < 0 {
			all, i = append(all, component{what: what(of)}), len(all)
		}
		text := strings.TrimSpace(of.Name + " " + of.Version)
		if of.Detail != "" {
			text += " (" + of.Detail + ")"
		}
		set(&all[i], text)
	}
	for _, c := range head.Components {
		add(c, func(to *component, text string) { to.head = text })
	}
	for _, c := range base.Components {
		add(c, func(to *component, text string) { to.base = text })
	}
	return slices.DeleteFunc(all, func(c component) bool { return c.base == c.head })
}

func abilities(base, head reports.Driver) (all []Ability) {
	stable := func(d reports.Driver) map[string]string { return reports.Report{Driver: d}.Stable().Driver.Lacks }
	before, after := stable(base), stable(head)
	for name, was := range base.Lacks {
		switch is, lacks := head.Lacks[name]; {
		case !lacks:
			all = append(all, Ability{kindGained, name, was, ""})
		case after[name] != before[name]:
			all = append(all, Ability{kindError, name, was, is})
		}
	}
	for name, is := range head.Lacks {
		if _, lacked := base.Lacks[name]; !lacked {
			all = append(all, Ability{kindLost, name, "", is})
		}
	}
	slices.SortFunc(all, func(a, b Ability) int {
		return cmp.Or(cmp.Compare(harm(a.Kind), harm(b.Kind)), cmp.Compare(a.Name, b.Name))
	})
	return all
}
