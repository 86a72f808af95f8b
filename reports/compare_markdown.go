package reports

import (
	"fmt"
	"io"
	"strings"
)

// WriteComparisonMarkdown writes c for a pull request or a job: what is compared, how far it fits, a table of what changed,
// and, folded away, the cases with the evidence of one of them. It has at most 60,000 bytes, and says what it leaves out.
func WriteComparisonMarkdown(w io.Writer, c Comparison) error {
	m := &markdown{}
	m.comparison(c)
	_, err := io.WriteString(w, m.String())
	return err
}

// comparison adds c, as fully as there is room.
func (m *markdown) comparison(c Comparison) {
	c = mapTexts(c, visible)
	m.add(maxMarkdown, "## %s\n\n", prose(c.Title()+": "+c.Summary(), maxCell))
	m.add(maxMarkdown, "%s; %d cases compared; an attempt took %d ms and %d ms at the median\n\n",
		prose(c.Head.String(), maxCell), c.Compared, c.Base.MedianMS, c.Head.MedianMS)
	m.list("How far the reports fit", c.Notes, func(s string) string { return prose(s, maxStatement) })
	m.list("Abilities", texts(c.Abilities, Ability.String), func(s string) string { return prose(s, maxStatement) })
	if len(c.Groups) > 0 {
		m.add(maxMarkdown, "| | change | cases | base → head | where |\n| --: | :-- | --: | :-- | :-- |\n")
	}
	left := 0
	for i, g := range c.Groups {
		if left > 0 || !m.add(maxMarkdown/2, "| %d | %s | %d | %s | %s |\n", i+1, g.mark(), len(g.Changes), g.cell(), prose(g.Where(), maxCell)) {
			left++
		}
	}
	m.left(left, "changes")
	m.add(maxMarkdown, "\n")
	left = 0
	for i, g := range c.Groups {
		if apart(g.Kind) {
			continue
		}
		cases := texts(g.Changes, func(c Change) string { return code(c.Case()) })
		more := ""
		if n := len(cases) - 20; n > 0 {
			cases, more = cases[:20], fmt.Sprintf(" and %d more", n)
		}
		line := fmt.Sprintf("%d. %s: %s%s", i+1, prose(Phrase(g.Kind), maxCell), strings.Join(cases, ", "), more)
		if !m.add(inFull, "<details><summary>%s</summary>\n\n%s\n</details>\n\n", line, fence("text", clip(g.Changes[0].Evidence(), maxEvidence))) &&
			!m.add(inOneLine, "%s\n\n", line) {
			left++
		}
	}
	m.left(left, "changes")
}

// mark is the phrase of the group, in bold if it is a regression.
func (g Group) mark() string {
	phrase := prose(Phrase(g.Kind), maxCell)
	if g.Regression {
		return "**" + phrase + "**"
	}
	return phrase
}

// cell is what the cases of a group have in common, as a cell of a table.
func (g Group) cell() string {
	return strings.Join(texts(g.Details, func(d Detail) string { return prose(d.String(), maxCell) }), "<br>")
}
