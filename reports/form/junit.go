package form

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// JUnit is a file of JUnit XML, valid by the schema of Ant's JUnitReport and by that of Jenkins' xUnit plugin,
// junit-10. What both allow is little: a test has no properties, and what passes says nothing but by Suite.Say.
type JUnit struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []Suite  `xml:"testsuite"`
}

// A Suite is a list of tests, with what they have in common as properties.
type Suite struct {
	ID        int    `xml:"id,attr"`
	Name      string `xml:"name,attr"`
	Package   string `xml:"package,attr"`   // what was tested: no other run has it
	Timestamp string `xml:"timestamp,attr"` // see Timestamp
	Host      string `xml:"hostname,attr"`
	Tests     int    `xml:"tests,attr"`
	Failures  int    `xml:"failures,attr"`
	Errors    int    `xml:"errors,attr"`
	Skipped   int    `xml:"skipped,attr"`
	Time      string `xml:"time,attr"` // see Seconds

	Properties properties `xml:"properties"`
	Cases      []Test     `xml:"testcase"`
	Out        output     `xml:"system-out"` // what there is to say of tests that pass
	Err        output     `xml:"system-err"`
}

// A Test passes unless one of its results is set.
type Test struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"` // made by Add
	Time    string  `xml:"time,attr"`      // see Seconds
	Skipped *Result `xml:"skipped"`
	Error   *Result `xml:"error"`
	Failure *Result `xml:"failure"`
}

// A Result says why a test did not pass.
type Result struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type output struct {
	Text string `xml:",cdata"`
}

type properties struct {
	All []property `xml:"property"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// Set adds a property.
func (s *Suite) Set(name, value string) {
	s.Properties.All = append(s.Properties.All, property{name, value})
}

// Say adds a line about a test to what the suite puts out.
func (s *Suite) Say(test, text string) {
	s.Out.Text += test + ": " + strings.ReplaceAll(text, "\n", " ") + "\n"
}

// Add numbers and counts a suite, names the classes of its tests PACKAGE.NAME, and appends it.
func (j *JUnit) Add(s Suite) {
	s.ID, s.Tests = len(j.Suites), len(s.Cases)
	for i := range s.Cases {
		t := &s.Cases[i]
		t.Class = s.Package + "." + s.Name
		s.Errors += some(t.Error)
		s.Failures += some(t.Failure)
		s.Skipped += some(t.Skipped)
	}
	j.Suites = append(j.Suites, s)
}

func some(r *Result) int {
	if r == nil {
		return 0
	}
	return 1
}

// Write writes the file.
func (j JUnit) Write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(j); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// Seconds is a duration as JUnit has it: "1.234".
func Seconds(ms int) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

// Timestamp is an RFC 3339 time as JUnit has it, in UTC and without a zone. What is no time is the start of 1970, for
// JUnit demands one.
func Timestamp(started string) string {
	t, err := time.Parse(time.RFC3339, started)
	if err != nil {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// XMLText replaces what XML 1.0 (section 2.2) forbids in any form: control characters, surrogates, U+FFFE and U+FFFF.
func XMLText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD ||
			r >= 0x10000 {
			return r
		}
		return '\uFFFD'
	}, s)
}
