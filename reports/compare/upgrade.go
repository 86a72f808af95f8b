package compare

import (
	"fmt"
	"io"

	"github.com/mongotls/mongotls/reports/form"
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
		return "several MongoDB drivers or their runtimes changed" + more
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
	return form.Save(
		dir,
		form.File{Name: UpgradeJUnitFile, Write: func(w io.Writer) error { return WriteUpgradeJUnit(w, u, chosen) }},
		form.File{Name: UpgradeMarkdownFile, Write: func(w io.Writer) error { return WriteUpgradeMarkdown(w, u) }},
		form.File{Name: UpgradeJSONFile, Write: func(w io.Writer) error { return WriteUpgrade(w, u) }},
	)
}

// WriteUpgrade writes u as indented JSON.
func WriteUpgrade(w io.Writer, u Upgrade) error { return form.WriteJSON(w, u) }

// maxLeft is how many of what was left out a comment lists.
const maxLeft = 30

// WriteUpgradeMarkdown writes u for a pull request or a job, in at most form.MaxMarkdown bytes.
func WriteUpgradeMarkdown(w io.Writer, u Upgrade) error {
	m := &form.Markdown{}
	if len(u.Comparisons) == 0 || len(u.Left) > 0 {
		m.Add("## MongoDB drivers: %s\n\n", form.Cell(form.Visible(u.Summary())))
	}
	shown := u.Left[:min(len(u.Left), maxLeft)] // before the comparisons, which may fill the rest
	m.List("Not compared", form.Texts(shown, func(l Left) string { return form.Statement(form.Visible(l.Says)) }))
	m.Left(len(u.Left)-len(shown), "entries")
	for _, c := range u.Comparisons {
		c.addTo(m)
	}
	m.Add("From %s to %s.\n", form.Code(form.Visible(u.Base)), form.Code(form.Visible(u.Head)))
	return m.Write(w)
}

// WriteUpgradeJUnit writes u as JUnit XML: see WriteJUnit. What was left out is an error.
func WriteUpgradeJUnit(w io.Writer, u Upgrade, chosen Choice) error {
	var out form.JUnit
	for _, c := range u.Comparisons {
		c.addSuites(&out, chosen)
	}
	s := form.Suite{
		Name:      "upgrade",
		Package:   form.XMLText(fmt.Sprintf("mongotls upgrade %s..%s", u.Base, u.Head)),
		Time:      form.Seconds(0),
		Timestamp: form.Timestamp(""),
		Host:      "localhost",
		Cases:     []form.Test{{Name: "drivers", Time: form.Seconds(0)}},
	}
	s.Say("drivers", form.XMLText(u.Summary()))
	for _, left := range u.Left {
		s.Cases = append(
			s.Cases,
			form.Test{
				Name:  form.XMLText(left.Says),
				Time:  form.Seconds(0),
				Error: &form.Result{Message: "not compared", Type: form.XMLText(left.Kind), Text: form.XMLText(left.Says)},
			},
		)
	}
	out.Add(s)
	return out.Write(w)
}
