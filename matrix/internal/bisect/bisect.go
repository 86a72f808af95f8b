// Package bisect finds the versions of a driver in which the verdict of a case changes.
package bisect

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/reports"
)

// A Result is what was found.
type Result struct {
	Driver  string // without a version: "node", "pymongo+pyopenssl"
	Case    string // pattern of the cases of one row
	From    string // oldest version of the range
	To      string // newest one
	Count   int    // of the versions in it
	Tried   []Try  // the oldest first
	Changes []Change
	Failed  []Failed `json:",omitempty"` // the oldest first
	// Skipped are the versions that nobody looked at: a change that was undone among them is not seen.
	Skipped []string `json:",omitempty"`
	// Unasked says why there may be more versions: the registry could not be asked.
	Unasked string `json:",omitempty"`
}

// A Try is what a version does.
type Try struct {
	Version string
	Verdict string            // the gravest of its cases
	Reason  evidence.Reason   `json:",omitempty"` // of the first case with that verdict; Connects for none
	Why     string            `json:",omitempty"` // one sentence, likewise
	Cases   map[string]string // verdicts by case id
}

// state is what versions between which nothing changed have in common: the verdict and, where that does not say what
// the driver does, the reason.
func (t Try) state() string {
	if t.Verdict == reports.Characterised || t.Verdict == reports.Violates {
		return t.Verdict + " " + string(t.Reason)
	}
	return t.Verdict
}

// A Change is two versions that differ. Those between them could not be tried.
type Change struct{ Before, After Try }

// Failed is a version of which nothing is known.
type Failed struct{ Version, Why string }

// Unknown is the error of trying a version of which then nothing is known: it cannot be installed, or nothing was
// proved. Others are tried all the same.
type Unknown struct{ Err error }

func (u Unknown) Error() string { return u.Err.Error() }

// Find tries versions, which are in order, until it knows those next to each other in which the verdict changes. The
// error is one of try that is no Unknown.
func Find(versions []string, try func(version string) (Try, error)) (r Result, err error) {
	h := history{n: len(versions), states: map[int]string{}, failed: map[int]bool{}}
	tried, failed := map[int]Try{}, map[int]Failed{}
	for at, more := h.next(); more; at, more = h.next() {
		t, err := try(versions[at])
		if unknown, ok := errors.AsType[Unknown](err); ok {
			h.failed[at], failed[at] = true, Failed{versions[at], unknown.Error()}
			continue
		}
		if err != nil {
			return r, err
		}
		t.Version = versions[at]
		h.states[at], tried[at] = t.state(), t
	}
	r = Result{From: versions[0], To: versions[len(versions)-1], Count: len(versions), Tried: []Try{}, Changes: []Change{}}
	for i, version := range versions {
		if t, ok := tried[i]; ok {
			if n := len(r.Tried); n > 0 && r.Tried[n-1].state() != t.state() {
				r.Changes = append(r.Changes, Change{r.Tried[n-1], t})
			}
			r.Tried = append(r.Tried, t)
		} else if f, ok := failed[i]; ok {
			r.Failed = append(r.Failed, f)
		} else {
			r.Skipped = append(r.Skipped, version)
		}
	}
	return r, nil
}

// gravity is the order in which the verdicts of the cases of one row count.
var gravity = []string{reports.Violates, reports.Inconclusive, reports.NotRun, reports.Unsupported,
	reports.Characterised, reports.Conforms}

// Read is what a report says of the cases of a row, of which that in mode disabled counts only where it is named: it is
// derived, and states something else. The error is Unknown where nothing was proved.
func Read(r reports.Report, pattern string) (Try, error) {
	t := Try{Cases: map[string]string{}}
	grave := func(verdict string) int { return slices.Index(gravity, verdict) }
	for _, c := range r.Cases {
		if !cases.Matches(pattern, c.ID) || c.DerivedDisabled && c.ID != pattern {
			continue
		}
		t.Cases[c.ID] = c.Verdict
		if t.Verdict == "" || grave(c.Verdict) < grave(t.Verdict) {
			t.Verdict, t.Reason, t.Why = c.Verdict, cmp.Or(c.Reason, known.Connects), c.Why
		}
	}
	switch {
	case len(r.Faults) > 0:
		return t, Unknown{errors.New(r.Faults[0])}
	case t.Verdict == "":
		return t, Unknown{errors.New("the case did not run")}
	case t.Verdict == reports.Inconclusive, t.Verdict == reports.NotRun:
		return t, Unknown{fmt.Errorf("%s: %s", t.Verdict, t.Why)}
	}
	return t, nil
}

// Says is the verdict and the reason, and where the cases of the row differ, those that have this verdict.
func (t Try) Says() string {
	text := fmt.Sprintf("%s (%s)", t.Verdict, t.Reason)
	var with []string
	for _, id := range slices.Sorted(maps.Keys(t.Cases)) {
		if t.Cases[id] == t.Verdict {
			with = append(with, id)
		}
	}
	if len(with) < len(t.Cases) {
		text += fmt.Sprintf(" in %d of %d cases, %s", len(with), len(t.Cases), with[0])
	}
	return text
}

// Says is a sentence with both versions.
func (c Change) Says() string {
	before, after := c.Before, c.After
	switch {
	case before.Verdict == reports.Conforms && after.Verdict == reports.Violates:
		return fmt.Sprintf("last good version %s, first bad version %s", before.Version, after.Version)
	case before.Verdict == reports.Violates && after.Verdict == reports.Conforms:
		return fmt.Sprintf("last bad version %s, first good version %s", before.Version, after.Version)
	}
	return fmt.Sprintf("%s: %s, then %s: %s", before.Version, before.Says(), after.Version, after.Says())
}
