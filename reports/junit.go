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

// WriteJUnit writes r as JUnit XML: one suite per area, with the coordinates of the run as properties, and the case's
// id as the test's name. Violates is a failure, inconclusive an error; unsupported, not run and known are skipped;
// what is characterised passes, and stands in the output of its suite. What there is to say of the run as a whole
// fails in a suite of its own.
func WriteJUnit(w io.Writer, r Report) error {
	r = form.MapTexts(r.WithoutSecrets(), form.XMLText)
	sortCases(r.Cases)
	areas := map[string]*form.Suite{}
	elapsed := map[string]int{} // milliseconds
	for _, c := range r.Cases {
		if areas[c.Area] == nil {
			s := r.suite(c.Area)
			s.Set("file", HTMLFile+"#area="+c.Area) // with the evidence
			areas[c.Area] = &s
		}
		elapsed[c.Area] += c.milliseconds()
		r.addTest(areas[c.Area], c)
	}
	var out form.JUnit
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		s := *areas[area]
		s.Time = form.Seconds(elapsed[area])
		out.Add(s)
	}
	if s := r.ofTheRun(); len(s.Cases) > 0 {
		out.Add(s)
	}
	return out.Write(w)
}

// suite is an empty suite. Its package tells it from those of other drivers, versions, builds and back ends.
func (r Report) suite(name string) form.Suite {
	s := form.Suite{
		Name:      cmp.Or(name, "cases"),
		Package:   r.Title(),
		Time:      form.Seconds(0),
		Timestamp: form.Timestamp(r.Started),
		Host:      cmp.Or(r.Host, "localhost"),
	}
	s.Set("driver", r.Driver.Name)
	s.Set("driver-version", r.Driver.Version)
	s.Set("driver-build", r.Driver.Build)
	s.Set("driver-tls", r.Driver.TLS)
	s.Set("backend", r.Backend.Name)
	s.Set("server-version", r.Backend.Version)
	if len(r.Withheld) > 0 {
		s.Set("withheld", strings.Join(r.Withheld, " "))
	}
	s.Set("seed", fmt.Sprint(r.Seed))
	s.Set("tool", strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version))
	s.Set("outcome", Outcome(r).Headline)
	return s
}

func (r Report) addTest(s *form.Suite, c Case) {
	t := form.Test{Name: c.ID, Time: form.Seconds(c.milliseconds())}
	if r.SelfCheck(c) {
		s.Say(c.ID, "self-check of the stand-in")
	}
	if c.Inferred {
		s.Say(c.ID, "against a release that is inferred, not measured")
	}
	if c.DerivedDisabled {
		s.Say(c.ID, "derived, of the column disabled")
	}
	switch why := cmp.Or(c.Why, c.Verdict); c.Verdict {
	case Conforms:
	case Violates:
		t.Failure = &form.Result{Message: why, Type: string(cmp.Or(c.Reason, "connected")), Text: Evidence(c)}
	case Unsupported, NotRun:
		t.Skipped = &form.Result{Message: why, Type: c.Verdict}
	case Known:
		t.Skipped = &form.Result{Message: cmp.Or(c.Known, why), Type: c.Verdict}
	case Characterised:
		s.Say(c.ID, c.Verdict+": "+why)
	default: // inconclusive; and what is no verdict at all must not pass
		t.Error = &form.Result{Message: why, Type: cmp.Or(c.Verdict, "no verdict"), Text: Evidence(c)}
	}
	s.Cases = append(s.Cases, t)
}

// ofTheRun is a suite of all that makes an exit code other than 0, but for cases.
func (r Report) ofTheRun() form.Suite {
	s := r.suite("the run as a whole")
	times := map[string]int{}
	for _, w := range Outcome(r).Why {
		if w.Code == 0 {
			continue
		}
		t := form.Test{Name: w.What, Time: form.Seconds(0)}
		if times[w.What]++; times[w.What] > 1 {
			t.Name += fmt.Sprintf(" (%d)", times[w.What])
		}
		if result := (&form.Result{Message: w.Text, Type: "exit code " + fmt.Sprint(w.Code)}); w.Code == failed {
			t.Failure = result
		} else {
			t.Error = result
		}
		s.Cases = append(s.Cases, t)
	}
	return s
}

// milliseconds is how long the attempts took.
func (c Case) milliseconds() int {
	ms := 0
	for _, a := range c.Attempts {
		ms += a.Answer.ElapsedMS + a.Answer.CloseMS
	}
	return ms
}
