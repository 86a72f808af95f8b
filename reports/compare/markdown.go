package compare

import (
	"fmt"
	"io"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

// WriteMarkdown writes c for a pull request or a job: what is compared, how far it fits, a table of what changed,
// and, folded away, the cases with the evidence of one of them. It has at most form.MaxMarkdown bytes, and says what
// it leaves out.
func WriteMarkdown(w io.Writer, c Comparison) error {
	m := &form.Markdown{}
	c.addTo(m)
	return m.Write(w)
}

// addTo adds c to a document, as fully as there is room.
func (c Comparison) addTo(m *form.Markdown) {
	c = form.MapTexts(c, form.Visible)
	m.Add("## %s\n\n", form.Cell(c.Title()+": "+c.Summary()))
	m.Add("%s; %d cases compared; an attempt took %d ms and %d ms at the median\n\n",
		form.Cell(c.Head.String()), c.Compared, c.Base.MedianMS, c.Head.MedianMS)
	worst := []string{}
	for _, g := range c.Worst(nil) {
		worst = append(worst, form.Texts(g.Because(), func(s string) string {
			return "**" + form.Cell(Phrase(g.Kind)) + "**: " + form.Cell(s)
		})...)
	}
	m.List("What matters most", worst)
	m.List("How far the reports fit", form.Texts(c.Notes, form.Statement))
	m.List("Abilities", form.Texts(c.Abilities, func(a Ability) string { return form.Statement(a.String()) }))
	m.List("What it offers", form.Texts(c.Offers, func(o Offer) string { return form.Statement(o.String()) }))
	if len(c.Groups) == 0 {
		m.Add("\n")
		return
	}
	var rows [][]string
	for i, g := range c.Groups {
		rows = append(
			rows,
			[]string{fmt.Sprint(i + 1), g.mark(), fmt.Sprint(len(g.Changes)), g.cell(), form.Cell(g.Where())},
		)
	}
	m.Table(
		[]string{"", "change", "cases", "base → head", "where"},
		[]string{"--:", ":--", "--:", ":--", ":--"},
		rows, "changes",
	)
	left := 0
	for i, g := range c.Groups {
		if apart(g.Kind) {
			continue
		}
		cases := form.Texts(g.Changes, func(c Change) string { return form.Code(c.Case()) })
		more := ""
		if n := len(cases) - 20; n > 0 {
			cases, more = cases[:20], fmt.Sprintf(" and %d more", n)
		}
		line := fmt.Sprintf("%d. %s: %s%s", i+1, form.Cell(Phrase(g.Kind)), strings.Join(cases, ", "), more)
		if !m.Fold(line, form.Block(g.Changes[0].Evidence())) {
			left++
		}
	}
	m.Left(left, "changes")
}

// mark is the phrase of the group, in bold if it is a regression.
func (g Group) mark() string {
	phrase := form.Cell(Phrase(g.Kind))
	if g.Regression {
		return "**" + phrase + "**"
	}
	return phrase
}

// cell is what the cases of a group have in common, as a cell of a table.
func (g Group) cell() string {
	return strings.Join(form.Texts(g.Lines(), form.Cell), "<br>")
}
