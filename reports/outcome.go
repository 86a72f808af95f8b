package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

// An End is what a run came to: the one truth for its exit code, and for every form of its report.
type End struct {
	// Code is the exit code: 0 as expected, 1 unexpected verdict, 3 inconclusive, not looked at or a fault of the
	// harness, 130 interrupted.
	Code     int
	Headline string   // in a few words: "as expected", "2 violations, 1 fault of the harness"
	Why      []Remark // what there is to say of the run as a whole, the gravest first; verdicts stand with their cases
}

// Exit codes of a run that is not as expected.
const (
	failed      = 1
	unsure      = 3
	interrupted = 130
)

// A Remark is one thing that a reader must know of a run as a whole.
type Remark struct {
	Code int    // the exit code that it leads to by itself, 0 for none
	What string // "fault of the harness", "known failure name/x does not hold"
	Text string // one sentence
}

// String is the remark in one line.
func (r Remark) String() string { return r.What + ": " + r.Text }

// Outcome says what a run came to.
func Outcome(r Report) End {
	var e End
	var headline []string
	say := func(code, n int, one, many string) {
		if n > 0 {
			headline = append(headline, form.Counted(n, one, many))
			e.grave(code)
		}
	}
	remark := func(code int, what string, texts ...string) {
		for _, text := range texts {
			e.Why = append(e.Why, Remark{code, what, text})
		}
	}
	if r.Interrupted {
		headline = append(headline, "interrupted")
		e.grave(interrupted)
		remark(interrupted, "interrupted", "the run was stopped: the report holds what had ended")
	}
	n := Count(r.Cases)
	say(failed, n[Violates], "violation", "violations")
	stale := 0
	for _, k := range r.Known {
		if k.Stale != "" {
			stale++
			remark(failed, "known failure "+k.ID+" does not hold"+k.InFile(), k.Stale)
		}
	}
	say(failed, stale, "known failure that does not hold", "known failures that do not hold")
	say(unsure, n[Inconclusive], "inconclusive case", "inconclusive cases")
	say(unsure, len(r.Faults), "fault of the harness", "faults of the harness")
	remark(unsure, "fault of the harness", r.Faults...)
	say(unsure, len(r.LeftOut), "thing not looked at", "things not looked at")
	remark(unsure, "not looked at", r.LeftOut...)
	ran := slices.ContainsFunc(r.Cases, Case.Ran)
	if !ran && !r.Interrupted {
		headline = append(headline, "nothing was run")
		e.grave(unsure)
		remark(unsure, "nothing was run", "no case was tried, so nothing is known of the driver")
	}
	if e.Code == 0 {
		headline = append(headline, "as expected")
	}
	left := 0
	for _, c := range notRun(r.Cases) {
		left += c.n
		remark(0, "not run here", fmt.Sprintf("%s: %s", form.Counted(c.n, "case", "cases"), c.why))
	}
	if late := late(r.Cases); len(late) > 0 {
		remark(0, "at a second attempt", fmt.Sprintf("%s only there, for chance in the driver or a busy machine: %s",
			form.Counted(len(late), "case conforms", "cases conform"), strings.Join(late, ", ")))
	}
	if left > 0 && ran {
		headline = append(headline, form.Counted(left, "case not run here", "cases not run here"))
	}
	slices.SortStableFunc(e.Why, func(a, b Remark) int { return cmp.Compare(gravity(a.Code), gravity(b.Code)) })
	e.Headline = strings.Join(headline, ", ")
	return e
}

// grave makes a code that of the end, unless that has a graver one.
func (e *End) grave(code int) {
	if gravity(code) < gravity(e.Code) {
		e.Code = code
	}
}

// gravity is the place of an exit code among those of a run, 0 for the one that outweighs the others.
func gravity(code int) int { return slices.Index([]int{interrupted, failed, unsure, 0}, code) }

// Ran reports whether the case was tried at all. In reports of older versions, what the back end had no server for is
// unsupported without an attempt.
func (c Case) Ran() bool {
	return c.Verdict != NotRun && (c.Verdict != Unsupported || len(c.Attempts) > 0)
}

// late are the cases that conform, but not at their first attempt, each with the reason that the driver gave there.
func late(cases []Case) (list []string) {
	for _, c := range cases {
		if len(c.Attempts) > 1 && c.Verdict == Conforms {
			first := cmp.Or(c.Attempts[0].Failure().Reason, "connected")
			list = append(list, fmt.Sprintf("%s (at first %s)", c.ID, first))
		}
	}
	return list
}

// A cause is a reason for which so many cases were not tried.
type cause struct {
	why string
	n   int
}

// notRun are the reasons for which cases were not tried, the most frequent first.
func notRun(cases []Case) []cause {
	n := map[string]int{}
	for _, c := range cases {
		if !c.Ran() {
			n[c.Why]++
		}
	}
	var all []cause
	for why, times := range n {
		all = append(all, cause{why, times})
	}
	slices.SortFunc(all, func(a, b cause) int { return cmp.Or(b.n-a.n, cmp.Compare(a.why, b.why)) })
	return all
}

// InFile names the user's file that an entry stands in, " (FILE)"; "" for the built-in list.
func (k KnownEntry) InFile() string {
	if k.File == "" {
		return ""
	}
	return " (" + k.File + ")"
}
