package terminal

import (
	"fmt"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/mongotls/mongotls/reports/compare"
	"github.com/mongotls/mongotls/reports/form"
)

// examples are so many cases of a group as are named unless the user asks for all.
const examples = 5

// Comparison prints what changed: the worst in words, a line per group, then the cases and the evidence behind them.
func (t *Terminal) Comparison(c compare.Comparison, chosen compare.Choice, verbose bool) {
	t.Para(2, fmt.Sprintf("%s: %s", c.Title(), c.Summary()))
	for _, g := range c.Worst(chosen) {
		for _, text := range g.Because() {
			t.Para(4, fmt.Sprintf("  %s: %s", t.emphasis(chosen.Group(g), compare.Phrase(g.Kind)), text))
		}
	}
	t.Linef(t.Out, "")
	t.Para(2, fmt.Sprintf("base: %s", c.Base))
	t.Para(2, fmt.Sprintf("head: %s", c.Head))
	t.Para(2, fmt.Sprintf("%s compared; an attempt took %d ms in base and %d ms in head, at the median",
		form.Counted(c.Compared, "case", "cases"), c.Base.MedianMS, c.Head.MedianMS))
	for _, n := range c.Notes {
		t.Para(2, "note: "+n)
	}
	for _, a := range c.Abilities {
		t.Para(2, fmt.Sprintf("%s: %s %s", t.emphasis(chosen.Ability(a), a.Kind), c.Head.Driver.Name, a))
	}
	if len(c.Offers) > 0 {
		t.Linef(t.Out, "\nwhat it offers, and what was agreed on:")
	}
	for _, o := range c.Offers {
		t.Para(4, "  "+o.String())
	}
	if len(c.Groups) == 0 {
		return
	}
	t.groups(c.Groups, chosen)
	for i, g := range c.Groups {
		t.group(i+1, g, chosen.Group(g), verbose)
	}
}

// groups prints the table: what changed, how often, and where.
func (t *Terminal) groups(groups []compare.Group, chosen compare.Choice) {
	var rows []grid.Row
	for i, g := range groups {
		rows = append(rows, grid.Row{i + 1, t.emphasis(chosen.Group(g), compare.Phrase(g.Kind)), len(g.Changes),
			strings.Join(g.Lines(), "\n"), g.Where()})
	}
	t.Linef(t.Out, "")
	t.Table(grid.Row{"", "change", "cases", "base → head", "where"}, rows, []int{0, 20, 0, 60, 30}, true)
}

// group prints what is behind a line of the table. The evidence of one case stands for that of all, unless verbose.
func (t *Terminal) group(n int, g compare.Group, chosen, verbose bool) {
	t.Linef(t.Out, "\n%d. %s, %s:", n, t.emphasis(chosen, compare.Phrase(g.Kind)), form.Counted(len(g.Changes),
		"case", "cases"))
	shown := g.Changes
	if !verbose && len(shown) > examples {
		shown = shown[:examples]
	}
	for i, c := range shown {
		t.Linef(t.Out, "  %s", c.Case())
		if verbose || i == 0 && (chosen || g.Regression) {
			t.Para(2, "    "+strings.ReplaceAll(strings.TrimSpace(c.Evidence()), "\n", "\n    "))
		} else if i == 0 && len(c.Details) > 0 {
			t.Para(2, "    "+details(c.Details, "\n    "))
		}
	}
	if more := len(g.Changes) - len(shown); more > 0 {
		t.Linef(t.Out, "  and %d more (-v shows all)", more)
	}
}

func details(all []compare.Detail, separator string) string {
	var lines []string
	for _, d := range all {
		lines = append(lines, fmt.Sprint(d))
	}
	return strings.Join(lines, separator)
}

// emphasis paints what makes the comparison fail.
func (t *Terminal) emphasis(fails bool, s string) string {
	if !fails || !t.colour {
		return s
	}
	return text.Colors{text.FgRed}.Sprint(s)
}
