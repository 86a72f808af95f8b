package compare

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// Summary is what a comparison comes to, in a few words: "2 regressions, 15 other cases changed", "nothing changed".
func (c Comparison) Summary() string {
	regressed, hidden, improved, other := 0, 0, 0, 0
	for _, g := range c.Groups {
		switch {
		case g.Regression:
			regressed += len(g.Changes)
		case hides(g.Kind):
			hidden += len(g.Changes)
		case better(g.Kind):
			improved += len(g.Changes)
		case !apart(g.Kind):
			other += len(g.Changes)
		}
	}
	lost, gained := 0, 0
	for _, a := range c.Abilities {
		lost += map[bool]int{true: 1}[a.Kind == kindLost]
		gained += map[bool]int{true: 1}[a.Kind == kindGained]
	}
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, form.Counted(n, one, many))
		}
	}
	add(regressed, "regression", "regressions")
	add(lost, "ability lost", "abilities lost")
	add(hidden, "case has lost its verdict", "cases have lost their verdict")
	add(other, "case behaves differently", "cases behave differently")
	add(improved, "case improved", "cases improved")
	add(gained, "ability gained", "abilities gained")
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case c.Head.Interrupted:
		return "nothing changed, as far as head came"
	case len(c.Abilities) > 0:
		return "an ability is lacking in another way"
	case len(c.Offers) > 0:
		return "nothing changed but what it offers in its handshakes"
	}
	return "nothing changed"
}

// Title names what is compared: "go v2.8.2 → v2.9.3", "node 7.9.0+node20.20.2 → 7.9.0+node22.23.5".
func (c Comparison) Title() string {
	base, head := c.Base.Driver.Release(), c.Head.Driver.Release()
	for _, role := range evidence.Roles { // where the runtime differs it is no news that its TLS library does
		if before, after := c.Base.Driver.On(role), c.Head.Driver.On(role); before != after {
			base, head = base+before, head+after
			break
		}
	}
	if c.Base.Driver.Name != c.Head.Driver.Name {
		head = c.Head.Driver.Name + " " + head
	}
	return form.Visible(fmt.Sprintf("%s %s → %s", c.Base.Driver.Name, base, head))
}

// String names what is compared with its build and server, so that no other comparison is named so.
func (c Comparison) String() string {
	against := func(s Side) string {
		return reports.Report{
			Driver:  reports.Driver{Build: s.Driver.Build, TLS: s.Driver.TLS},
			Backend: s.Backend,
		}.Title()
	}
	base, head := against(c.Base), against(c.Head)
	if base != head {
		head = base + " → " + head
	}
	return form.Visible(c.Title() + " " + strings.TrimSpace(head))
}

// String is the change of an ability in one line.
func (a Ability) String() string {
	switch a.Kind {
	case kindGained:
		return form.Visible(fmt.Sprintf("has gained %s (was: %s)", a.Name, a.Base))
	case kindLost:
		return form.Visible(fmt.Sprintf("has lost %s (now: %s)", a.Name, a.Head))
	}
	return form.Visible(fmt.Sprintf("lacks %s in another way: %s → %s", a.Name, a.Base, a.Head))
}

const (
	// cause is the name of a detail that says why, as far as the evidence goes; it has no base.
	cause   = "likely cause"
	verdict = "verdict"
	labels  = "labels"
)

// retried says what comes of a change of labels.
func retried(base, head string) string {
	const label = "RetryableError" // see scenarios.Retryable
	switch was, is := strings.Contains(base, label), strings.Contains(head, label); {
	case is && !was:
		return ", so it will be retried"
	case was && !is:
		return ", so it will not be retried"
	}
	return ""
}

// String is the detail in one line: "labels: none → NetworkError". Texts are quoted, for white space counts.
func (d Detail) String() string {
	say := func(s string) string {
		switch {
		case d.Kind == kindText && s != "":
			return strconv.Quote(s)
		case s == "":
			return "none"
		}
		return strings.ReplaceAll(s, "\n", "; ")
	}
	if d.What == cause {
		return form.Visible(d.What + ": " + d.Head)
	}
	if d.Base == "" && d.Head == "" {
		return form.Visible(d.What + " differs")
	}
	more := ""
	if d.What == labels {
		more = retried(d.Base, d.Head)
	}
	return form.Visible(fmt.Sprintf("%s: %s → %s", d.What, say(d.Base), say(d.Head)) + more)
}

// Evidence is the change as text for people: the statement, what differs, and both witnesses of both sides. Replay is
// not in it: it would run one version only.
func (c Change) Evidence() string {
	var t form.Text
	line := t.Line
	of := c.either()
	line(0, "says", of.Says)
	line(0, "because", of.Because)
	line(0, "expected", of.Expectation)
	for _, d := range c.Details {
		t.Printf("%s\n", d)
	}
	for _, side := range []struct {
		name string
		c    *reports.Case
	}{{"base", c.Base}, {"head", c.Head}} {
		if side.c == nil {
			continue
		}
		line(0, side.name, strings.TrimSuffix(side.c.Verdict+"; "+cmp.Or(side.c.Known, side.c.Why), "; "))
		if len(side.c.Attempts) > 0 {
			a := side.c.Last()
			line(2, "request", a.Request.URI)
			reports.AddAnswer(&t, a.Answer)
			line(4, "events", eventsOf(a))
			for _, s := range distinctTexts(a.Server.Connections, evidence.Connection.String) {
				line(2, "server", s)
			}
			line(2, "fault of the harness", a.Fault)
		}
	}
	return t.String()
}

// distinctTexts are the texts of things, each once, with how often it occurs.
func distinctTexts[T any](all []T, text func(T) string) []string {
	n := map[string]int{}
	var order []string
	for _, v := range all {
		s := text(v)
		if n[s]++; n[s] == 1 {
			order = append(order, s)
		}
	}
	for i, s := range order {
		if n[s] > 1 {
			order[i] = fmt.Sprintf("%d times %s", n[s], s)
		}
	}
	return order
}
