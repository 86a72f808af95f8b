package reports

import (
	"encoding/json"
	"io"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// An Upgrade is what changes with the drivers of a repository from one revision to another.
type Upgrade struct {
	Base, Head string // revisions
	// Left are the changes that were not compared, a sentence each, with what kept them from it.
	Left        []string     `json:",omitempty"`
	Comparisons []Comparison `json:",omitempty"`
}

// Summary is what an upgrade comes to, in a sentence.
func (u Upgrade) Summary() string {
	switch {
	case len(u.Comparisons) == 1:
		return u.Comparisons[0].Title() + ": " + u.Comparisons[0].Summary()
	case len(u.Comparisons) > 1:
		return "several MongoDB drivers changed"
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

// WriteUpgradeMarkdown writes u for a pull request or a job, in at most 60,000 bytes.
func WriteUpgradeMarkdown(w io.Writer, u Upgrade) error {
	m := &markdown{}
	if len(u.Comparisons) == 0 {
		m.add(maxMarkdown, "## MongoDB drivers: %s\n\n", prose(visible(u.Summary()), maxCell))
	}
	for _, c := range u.Comparisons {
		m.comparison(c)
	}
	m.list("Not compared", texts(u.Left, visible), func(s string) string { return prose(s, maxStatement) })
	m.add(maxMarkdown, "From %s to %s.\n", code(visible(u.Base)), code(visible(u.Head)))
	_, err := io.WriteString(w, m.String())
	return err
}

// WriteUpgradeJUnit writes u as JUnit XML: see WriteComparisonJUnit. A change that was not compared is a skipped test.
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
		add(testcase{Testcase: junit.Testcase{Name: xmlText(left), Classname: "upgrade", Skipped: &junit.Result{Message: "not compared"}}})
	}
	out.AddSuite(s.Testsuite)
	out.Suites = append(out.Suites, s)
	return out.write(w)
}
