package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// The library's types know no properties of a test case, so these embed them and put their own lists in front.
type (
	testsuites struct {
		junit.Testsuites
		Suites []testsuite `xml:"testsuite"`
	}
	testsuite struct {
		junit.Testsuite
		Testcases []testcase `xml:"testcase"`
	}
	testcase struct {
		Properties *[]junit.Property `xml:"properties>property,omitempty"`
		junit.Testcase
	}
)

// WriteJUnit writes r as JUnit XML: one suite per area, with the coordinates of the run as properties, and the case's id
// as the test's name. Violates is a failure, inconclusive an error, unsupported and known are skipped, characterised
// passes with a property. A fault of the harness is an error in a suite of its own.
func WriteJUnit(w io.Writer, r Report) error {
	r = mapTexts(r.withoutSecrets(), xmlText)
	sortCases(r.Cases)
	areas := map[string][]testcase{}
	for _, c := range r.Cases {
		areas[c.Area] = append(areas[c.Area], r.testcase(c))
	}
	out := testsuites{Testsuites: junit.Testsuites{Name: "mongotls", Time: seconds(r.DurationMS)}}
	add := func(name string, cases []testcase, ms int) {
		s := testsuite{Testsuite: r.suite(name, len(out.Suites), ms), Testcases: cases}
		for _, c := range cases {
			s.AddTestcase(c.Testcase) // counts
		}
		out.AddSuite(s.Testsuite)
		out.Suites = append(out.Suites, s)
	}
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		ms := 0
		for _, c := range r.Cases {
			if c.Area == area {
				ms += c.milliseconds()
			}
		}
		add(area, areas[area], ms)
	}
	var entries []testcase
	for _, k := range r.Known {
		if k.Stale != "" {
			entries = append(entries, testcase{Testcase: junit.Testcase{Name: k.ID, Classname: r.Driver.Name + ".known failures",
				Failure: &junit.Result{Message: k.Stale, Type: "stale"}}})
		}
	}
	if len(entries) > 0 {
		add("known failures", entries, 0)
	}
	if len(r.Faults) > 0 {
		var cases []testcase
		for i, fault := range r.Faults {
			cases = append(cases, testcase{Testcase: junit.Testcase{
				Name: fmt.Sprintf("fault %d", i+1), Classname: r.Driver.Name + ".harness",
				Error: &junit.Result{Message: fault, Type: "harness"},
			}})
		}
		add("harness", cases, 0)
	}
	return out.write(w)
}

func (t testsuites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(t); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r Report) suite(name string, id, ms int) junit.Testsuite {
	s := junit.Testsuite{Name: name, ID: id, Time: seconds(ms), Timestamp: r.Started}
	s.AddProperty("driver", r.Driver.Name)
	s.AddProperty("driver-version", r.Driver.Version)
	s.AddProperty("driver-build", r.Driver.Build)
	s.AddProperty("driver-tls", r.Driver.TLS)
	s.AddProperty("backend", r.Backend.Name)
	s.AddProperty("server-version", r.Backend.Version)
	s.AddProperty("seed", fmt.Sprint(r.Seed))
	s.AddProperty("tool", strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version))
	if r.Interrupted {
		s.AddProperty("interrupted", "true")
	}
	return s
}

func (r Report) testcase(c Case) testcase {
	t := testcase{Testcase: junit.Testcase{Name: c.ID, Classname: r.Driver.Name + "." + c.Area, Time: seconds(c.milliseconds())}}
	var properties []junit.Property
	property := func(name, value string) {
		properties = append(properties, junit.Property{Name: name, Value: value})
		t.Properties = &properties // stays nil without any: no empty element
	}
	if r.SelfCheck(c) {
		property("self-check", "true")
	}
	if c.DerivedDisabled {
		property("column", "disabled")
	}
	switch why := cmp.Or(c.Why, c.Verdict); c.Verdict {
	case Conforms:
	case Violates:
		t.Failure = &junit.Result{Message: why, Type: string(cmp.Or(c.Reason, "connected")), Data: Evidence(c)}
	case Unsupported:
		t.Skipped = &junit.Result{Message: why, Type: c.Verdict}
	case Known:
		t.Skipped = &junit.Result{Message: cmp.Or(c.Known, why), Type: c.Verdict}
	case Characterised:
		property(Characterised, why)
	default: // inconclusive; and what is no verdict at all must not pass
		t.Error = &junit.Result{Message: why, Type: c.Verdict, Data: Evidence(c)}
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

func seconds(ms int) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

// xmlText replaces what XML 1.0 (section 2.2) forbids in any form: control characters, surrogates, U+FFFE and U+FFFF.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			return r
		}
		return '\uFFFD'
	}, s)
}
