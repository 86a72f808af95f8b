package compare

import (
	"fmt"
	"io"

	"github.com/mongotls/mongotls/reports/form"
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
	return form.Save(
		dir,
		form.File{Name: UpgradeJUnitFile, Write: func(w io.Writer) error { return WriteUpgradeJUnit(w, u, chosen) }},
		form.File{Name: UpgradeMarkdownFile, Write: func(w io.Writer) error { return WriteUpgradeMarkdown(w, u) }},
		form.File{Name: UpgradeJSONFile, Write: func(w io.Writer) error { return WriteUpgrade(w, u) }},
	)
}

// WriteUpgrade writes u as indented JSON.
func WriteUpgrade(w io.Writer, u Upgrade) error { return form.WriteJSON(w, u) }

// WriteUpgradeMarkdown writes u for a pull request or a job, in at most form.MaxMarkdown bytes.
func WriteUpgradeMarkdown(w io.Writer, u Upgrade) error {
	m := &form.Markdown{}
	if len(u.Comparisons) == 0 {
		m.Add("## MongoDB drivers: %s\n\n", form.Cell(form.Visible(u.Summary())))
	}
	for _, c := range u.Comparisons {
		c.addTo(m)
	}
	m.List("Not compared", form.Texts(u.Left, func(s string) string { return form.Statement(form.Visible(s)) }))
	m.Add("From %s to %s.\n", form.Code(form.Visible(u.Base)), form.Code(form.Visible(u.Head)))
	return m.Write(w)
}

// WriteUpgradeJUnit writes u as JUnit XML: see WriteJUnit. A change that was not compared is a skipped test.
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
				Name:    form.XMLText(left),
				Time:    form.Seconds(0),
				Skipped: &form.Result{Message: "not compared", Type: "not compared"},
			},
		)
	}
	out.Add(s)
	return out.Write(w)
}
