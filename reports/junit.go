package reports

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

// WriteJUnit writes r as JUnit XML: one suite per area, with the coordinates of the run as properties, and the case's id
// as the test's name. Violates is a failure, inconclusive an error, unsupported and known are skipped, characterised
// passes with a property. A fault of the harness is an error in a suite of its own.
func WriteJUnit(w io.Writer, r Report) error {
	r = form.MapTexts(r.WithoutSecrets(), form.XMLText)
	sortCases(r.Cases)
	areas := map[string][]Case{}
	for _, c := range r.Cases {
		areas[c.Area] = append(areas[c.Area], c)
	}
	out := form.JUnit{Name: "mongotls", Time: form.Seconds(r.DurationMS)}
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		ms := 0
		var tests []form.Test
		for _, c := range areas[area] {
			ms += c.milliseconds()
			tests = append(tests, r.test(c))
		}
		out.Add(r.suite(area, ms, tests))
	}
	var entries, faults []form.Test
	for _, k := range r.Known {
		if k.Stale != "" {
			entries = append(entries, form.Test{Name: k.ID, Class: r.Driver.Name + ".known failures", Failure: &form.Result{Message: k.Stale, Type: "stale"}})
		}
	}
	for i, fault := range r.Faults {
		faults = append(faults, form.Test{Name: fmt.Sprintf("fault %d", i+1), Class: r.Driver.Name + ".harness", Error: &form.Result{Message: fault, Type: "harness"}})
	}
	if len(entries) > 0 {
		out.Add(r.suite("known failures", 0, entries))
	}
	if len(faults) > 0 {
		out.Add(r.suite("harness", 0, faults))
	}
	return out.Write(w)
}

func (r Report) suite(name string, ms int, tests []form.Test) form.Suite {
	s := form.Suite{Name: name, Time: form.Seconds(ms), Timestamp: r.Started, Cases: tests}
	s.Set("driver", r.Driver.Name)
	s.Set("driver-version", r.Driver.Version)
	s.Set("driver-build", r.Driver.Build)
	s.Set("driver-tls", r.Driver.TLS)
	s.Set("backend", r.Backend.Name)
	s.Set("server-version", r.Backend.Version)
	s.Set("seed", fmt.Sprint(r.Seed))
	s.Set("tool", strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version))
	if r.Interrupted {
		s.Set("interrupted", "true")
	}
	return s
}

func (r Report) test(c Case) form.Test {
	t := form.Test{Name: c.ID, Class: r.Driver.Name + "." + c.Area, Time: form.Seconds(c.milliseconds())}
	if r.SelfCheck(c) {
		t.Set("self-check", "true")
	}
	if c.DerivedDisabled {
		t.Set("column", "disabled")
	}
	switch why := cmp.Or(c.Why, c.Verdict); c.Verdict {
	case Conforms:
	case Violates:
		t.Failure = &form.Result{Message: why, Type: string(cmp.Or(c.Reason, "connected")), Text: Evidence(c)}
	case Unsupported:
		t.Skipped = &form.Result{Message: why, Type: c.Verdict}
	case Known:
		t.Skipped = &form.Result{Message: cmp.Or(c.Known, why), Type: c.Verdict}
	case Characterised:
		t.Set(Characterised, why)
	default: // inconclusive; and what is no verdict at all must not pass
		t.Error = &form.Result{Message: why, Type: c.Verdict, Text: Evidence(c)}
	}
	return t
}

// milliseconds is how long the attempts took.
func (c Case) milliseconds() int {
	ms := 0
	for _, a := range c.Attempts {
		ms += a.Answer.ElapsedMS + a.Answer.CloseMS
	}
	return ms
}
