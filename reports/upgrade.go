package reports

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// An Upgrade is what changes with the drivers of a repository from one revision to another.
type Upgrade struct {
	Base, Head string // revisions
	// Left is what changed, or could not be looked at, and was not compared.
	Left        []Left       `json:",omitempty"`
	Comparisons []Comparison `json:",omitempty"`
}

// A Left is something that an upgrade leaves out.
type Left struct {
	Kind string // a word or two for what kept it from being compared: "unread", "no adapter"
	Says string // a sentence that names its files
}

// String is the sentence.
func (l Left) String() string { return l.Says }

// Summary is what an upgrade comes to, in a sentence.
func (u Upgrade) Summary() string {
	more := ""
	if n := len(u.Left); n > 0 {
		more = fmt.Sprintf("; %d more could not be compared", n)
	}
	switch {
	case len(u.Comparisons) == 1:
		return u.Comparisons[0].Title() + ": " + u.Comparisons[0].Summary() + more
	case len(u.Comparisons) > 1:
		return "several MongoDB drivers changed" + more
	case len(u.Left) > 0:
		return "no change of a MongoDB driver could be compared"
	}
	return "no MongoDB driver changed"
}

// The files that SaveUpgrade writes.
const (
	UpgradeJSONFile     = "upgrade.json"
	UpgradeJUnitFile    = "upgrade.xml"
	UpgradeMarkdownFile = "upgrade.md"
)

// SaveUpgrade writes u into dir, like Save. In JUnit what chosen names fails.
func SaveUpgrade(dir string, u Upgrade, chosen Choice) error {
	asJUnit := func(w io.Writer, u Upgrade) error { return WriteUpgradeJUnit(w, u, chosen) }
	return save(dir, u, file[Upgrade]{UpgradeJUnitFile, asJUnit}, file[Upgrade]{UpgradeMarkdownFile, WriteUpgradeMarkdown},
		file[Upgrade]{UpgradeJSONFile, WriteUpgrade})
}

// WriteUpgrade writes u as indented JSON.
func WriteUpgrade(w io.Writer, u Upgrade) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(u)
}

// maxLeft is how many of what was left out a comment lists.
const maxLeft = 30

// WriteUpgradeMarkdown writes u for a pull request or a job, in at most 60,000 bytes.
func WriteUpgradeMarkdown(w io.Writer, u Upgrade) error {
	m := &markdown{}
	if len(u.Comparisons) == 0 || len(u.Left) > 0 {
		m.add(maxMarkdown, "## MongoDB drivers: %s\n\n", prose(visible(u.Summary()), maxCell))
	}
	shown := u.Left[:min(len(u.Left), maxLeft)] // before the comparisons, which may fill the rest
	m.list("Not compared", texts(shown, Left.String), func(s string) string { return prose(visible(s), maxStatement) })
	m.left(len(u.Left)-len(shown), "entries")
	for _, c := range u.Comparisons {
		m.comparison(c)
	}
	m.add(maxMarkdown, "From %s to %s.\n", code(visible(u.Base)), code(visible(u.Head)))
	_, err := io.WriteString(w, m.String())
	return err
}

// WriteUpgradeJUnit writes u as JUnit XML: see WriteComparisonJUnit. What was left out is an error.
func WriteUpgradeJUnit(w io.Writer, u Upgrade, chosen Choice) error {
	out := testsuites{Testsuites: junit.Testsuites{Name: "mongotls upgrade"}}
	for _, c := range u.Comparisons {
		out.comparison(c, chosen)
	}
	s := testsuite{Testsuite: junit.Testsuite{Name: "upgrade", ID: len(out.Suites), Time: seconds(0)}}
	add := func(t testcase) {
		s.AddTestcase(t.Testcase) // counts
		s.Testcases = append(s.Testcases, t)
	}
	add(testcase{Testcase: junit.Testcase{Name: "drivers", Classname: "upgrade"}})
	for _, left := range u.Left {
		add(testcase{Testcase: junit.Testcase{Name: xmlText(left.Says), Classname: "upgrade",
			Error: &junit.Result{Message: "not compared", Type: xmlText(left.Kind), Data: xmlText(left.Says)}}})
	}
	out.AddSuite(s.Testsuite)
	out.Suites = append(out.Suites, s)
	return out.write(w)
}
