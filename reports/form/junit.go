package form

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// JUnit is a file of JUnit XML.
type JUnit struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr,omitempty"`
	Time     string   `xml:"time,attr,omitempty"` // see Seconds
	Tests    int      `xml:"tests,attr,omitempty"`
	Errors   int      `xml:"errors,attr,omitempty"`
	Failures int      `xml:"failures,attr,omitempty"`
	Skipped  int      `xml:"skipped,attr,omitempty"`
	Suites   []Suite  `xml:"testsuite"`
}

// A Suite is a list of tests, with what they have in common as properties.
type Suite struct {
	Name       string      `xml:"name,attr"`
	Tests      int         `xml:"tests,attr"`
	Failures   int         `xml:"failures,attr"`
	Errors     int         `xml:"errors,attr"`
	ID         int         `xml:"id,attr"`
	Skipped    int         `xml:"skipped,attr,omitempty"`
	Time       string      `xml:"time,attr"`
	Timestamp  string      `xml:"timestamp,attr,omitempty"`
	Properties *[]Property `xml:"properties>property"`
	Cases      []Test      `xml:"testcase"`
}

// A Test passes unless one of its results is set.
type Test struct {
	Properties *[]Property `xml:"properties>property"`
	Name       string      `xml:"name,attr"`
	Class      string      `xml:"classname,attr"`
	Time       string      `xml:"time,attr,omitempty"`
	Skipped    *Result     `xml:"skipped"`
	Error      *Result     `xml:"error"`
	Failure    *Result     `xml:"failure"`
}

// A Result says why a test did not pass.
type Result struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",cdata"`
}

// A Property is a name with a value.
type Property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// Set adds a property.
func (s *Suite) Set(name, value string) { s.Properties = with(s.Properties, name, value) }

// Set adds a property.
func (t *Test) Set(name, value string) { t.Properties = with(t.Properties, name, value) }

// with keeps a list nil until it has an element, for XML has no empty one.
func with(list *[]Property, name, value string) *[]Property {
	var all []Property
	if list != nil {
		all = *list
	}
	all = append(all, Property{name, value})
	return &all
}

// Add numbers and counts a suite, and appends it.
func (j *JUnit) Add(s Suite) {
	s.ID, s.Tests = len(j.Suites), len(s.Cases)
	for _, t := range s.Cases {
		s.Errors += some(t.Error)
		s.Failures += some(t.Failure)
		s.Skipped += some(t.Skipped)
	}
	j.Tests, j.Errors, j.Failures, j.Skipped = j.Tests+s.Tests, j.Errors+s.Errors, j.Failures+s.Failures, j.Skipped+s.Skipped
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

// Seconds is a time as JUnit has it: "1.234".
func Seconds(ms int) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

// XMLText replaces what XML 1.0 (section 2.2) forbids in any form: control characters, surrogates, U+FFFE and U+FFFF.
func XMLText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			return r
		}
		return '\uFFFD'
	}, s)
}
