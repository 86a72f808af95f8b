// Package schema holds files against the formats of others, for the tests of those that write them.
package schema

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// An element of an XML format.
type element struct {
	attributes map[string]*regexp.Regexp // that it may have
	required   []string                  // of these
	content    *regexp.Regexp            // of the names of its children, each with a space behind it
	text       bool                      // it may hold text
}

var (
	whole    = regexp.MustCompile(`^\s*[+-]?[0-9]{1,9}\s*$`)
	decimal  = regexp.MustCompile(`^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$`)
	dateTime = regexp.MustCompile(
		`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$`,
	)
	filled   = regexp.MustCompile(`\S`)
	anything = regexp.MustCompile(``)
	nothing  = regexp.MustCompile(`^$`)
)

func all(value *regexp.Regexp, names ...string) map[string]*regexp.Regexp {
	of := map[string]*regexp.Regexp{}
	for _, name := range names {
		of[name] = value
	}
	return of
}

// jenkins is what the xUnit plugin of Jenkins reads, its schema junit-10.
var jenkins = map[string]element{
	"testsuites": {
		attributes: all(anything, "name", "time", "tests", "failures", "disabled", "errors"),
		content:    regexp.MustCompile(`^(testsuite )*$`),
	},
	"testsuite": {
		attributes: all(
			anything, "name", "tests", "failures", "errors", "time", "disabled", "skipped", "skips", "timestamp",
			"hostname", "id", "package", "assertions", "file", "skip", "log", "url",
		),
		required: []string{"tests"},
		content:  regexp.MustCompile(`^((testsuite|properties|testcase|system-out|system-err) )*$`),
	},
	"properties": {content: regexp.MustCompile(`^(property )*$`)},
	"property":   {attributes: all(anything, "name", "value"), required: []string{"name", "value"}, content: nothing},
	"testcase": {
		attributes: all(
			anything, "name", "assertions", "time", "timestamp", "classname", "status", "class", "file", "line",
			"log", "group", "url",
		),
		required: []string{
			"name",
		},
		content: regexp.MustCompile(`^((skipped|error|failure|rerunFailure|rerunError|system-out|system-err) )*$`),
	},
	"skipped":    {attributes: all(anything, "type", "message"), content: nothing, text: true},
	"error":      {attributes: all(anything, "type", "message"), content: nothing, text: true},
	"failure":    {attributes: all(anything, "type", "message"), content: nothing, text: true},
	"system-out": {content: nothing, text: true},
	"system-err": {content: nothing, text: true},
}

// ant is the schema of Ant's JUnitReport.
var ant = map[string]element{
	"testsuites": {content: regexp.MustCompile(`^(testsuite )*$`)},
	"testsuite": {
		attributes: map[string]*regexp.Regexp{
			"name": filled, "timestamp": dateTime, "hostname": filled, "tests": whole, "failures": whole,
			"errors": whole, "skipped": whole, "time": decimal, "package": anything, "id": whole,
		},
		required: []string{"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "package", "id"},
		content:  regexp.MustCompile(`^properties (testcase )*system-out system-err $`),
	},
	"properties": {content: regexp.MustCompile(`^(property )*$`)},
	"property": {
		attributes: map[string]*regexp.Regexp{"name": filled, "value": anything},
		required:   []string{"name", "value"},
		content:    nothing,
	},
	"testcase": {
		attributes: map[string]*regexp.Regexp{"name": anything, "classname": anything, "time": decimal},
		required:   []string{"name", "classname", "time"},
		content:    regexp.MustCompile(`^((skipped|error|failure) )?$`),
	},
	"skipped": {attributes: all(anything, "type", "message"), content: nothing, text: true}, // of any type
	"error": {
		attributes: all(anything, "type", "message"),
		required:   []string{"type"},
		content:    nothing,
		text:       true,
	},
	"failure": {
		attributes: all(anything, "type", "message"),
		required:   []string{"type"},
		content:    nothing,
		text:       true,
	},
	"system-out": {content: nothing, text: true},
	"system-err": {content: nothing, text: true},
}

// CheckJUnit says what in a file of JUnit XML is not as Ant or Jenkins wants it: by their schemas, and by what these
// cannot say, that the counts are right and that no test occurs twice.
func CheckJUnit(file []byte) error {
	return errors.Join(check("Jenkins", jenkins, file), check("Ant", ant, file), counts(file))
}

// check holds a file against a format, the first element of which is testsuites.
func check(name string, format map[string]element, file []byte) error {
	type open struct {
		name     string
		children string
	}
	stack := []open{{}}
	dec := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		at := func(format string, args ...any) error {
			line, _ := dec.InputPos()
			return fmt.Errorf("%s, line %d: %s", name, line, fmt.Sprintf(format, args...))
		}
		top := &stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e, ok := format[token.Name.Local]
			if !ok || token.Name.Space != "" {
				return at("element %s is unknown", token.Name.Local)
			}
			top.children += token.Name.Local + " "
			stack = append(stack, open{name: token.Name.Local})
			missing := slices.Clone(e.required)
			for _, a := range token.Attr {
				value, ok := e.attributes[a.Name.Local]
				if !ok {
					return at("%s has no attribute %s", token.Name.Local, a.Name.Local)
				}
				if !value.MatchString(a.Value) {
					return at("%s: %s=%q", token.Name.Local, a.Name.Local, a.Value)
				}
				missing = slices.DeleteFunc(missing, func(s string) bool { return s == a.Name.Local })
			}
			if len(missing) > 0 {
				return at("%s lacks %s", token.Name.Local, strings.Join(missing, ", "))
			}
		case xml.EndElement:
			if !format[top.name].content.MatchString(top.children) {
				return at("%s holds %s", top.name, top.children)
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 && !format[top.name].text {
				return at("%s holds text", top.name)
			}
		}
	}
	if root := stack[0].children; root != "testsuites " {
		return fmt.Errorf("%s: the file holds %s", name, root)
	}
	return nil
}

func counts(file []byte) error {
	type test struct {
		Name    string    `xml:"name,attr"`
		Class   string    `xml:"classname,attr"`
		Skipped *struct{} `xml:"skipped"`
		Error   *struct{} `xml:"error"`
		Failure *struct{} `xml:"failure"`
	}
	var read struct {
		Suites []struct {
			ID       int    `xml:"id,attr"`
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Errors   int    `xml:"errors,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Cases    []test `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(file, &read); err != nil {
		return err
	}
	seen := map[test]bool{}
	for i, s := range read.Suites {
		said := [5]int{s.ID, s.Tests, s.Failures, s.Errors, s.Skipped}
		counted := [5]int{i, len(s.Cases)}
		for _, c := range s.Cases {
			for j, set := range []bool{c.Failure != nil, c.Error != nil, c.Skipped != nil} {
				if set {
					counted[2+j]++
				}
			}
			if id := (test{Name: c.Name, Class: c.Class}); seen[id] {
				return fmt.Errorf("%s %s occurs twice", c.Class, c.Name)
			} else {
				seen[id] = true
			}
		}
		if said != counted {
			return fmt.Errorf(
				"suite %s says id, tests, failures, errors, skipped %v, and has %v", s.Name, said, counted,
			)
		}
	}
	return nil
}
