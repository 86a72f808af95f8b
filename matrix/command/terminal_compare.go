package command

import (
	"fmt"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/mongotls/mongotls/reports/compare"
)

// examples are how many cases of a group are named unless the user asks for all.
const examples = 5

// comparison prints what changed: a line per group, then the cases and the evidence behind them.
func (t *terminal) comparison(c compare.Comparison, chosen compare.Choice, verbose bool) {
	t.linef(t.out, "%s: %s\n", c.Title(), c.Summary())
	t.linef(t.out, "base: %s", c.Base)
	t.linef(t.out, "head: %s", c.Head)
	t.linef(t.out, "%d cases compared; an attempt took %d ms in base and %d ms in head, at the median", c.Compared, c.Base.MedianMS, c.Head.MedianMS)
	for _, n := range c.Notes {
		t.linef(t.out, "note: %s", n)
	}
	for _, a := range c.Abilities {
		t.linef(t.out, "%s: %s %s", t.emphasis(chosen.Ability(a), a.Kind), c.Head.Driver.Name, a)
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
func (t *terminal) groups(groups []compare.Group, chosen compare.Choice) {
	w := grid.NewWriter()
	w.SetStyle(grid.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options.SeparateRows = true
	w.SetColumnConfigs([]grid.ColumnConfig{
		{Number: 2, WidthMax: 20, WidthMaxEnforcer: wrap}, {Number: 4, WidthMax: 60, WidthMaxEnforcer: wrap},
		{Number: 5, WidthMax: 30, WidthMaxEnforcer: wrap}})
	w.AppendHeader(grid.Row{"", "change", "cases", "base → head", "where"})
	for i, g := range groups {
		w.AppendRow(grid.Row{i + 1, t.emphasis(chosen.Group(g), compare.Phrase(g.Kind)), len(g.Changes), details(g.Details, "\n"), g.Where()})
	}
	t.linef(t.out, "\n%s", w.Render())
}

// group prints what is behind a line of the table. The evidence of one case stands for that of all, unless verbose.
func (t *terminal) group(n int, g compare.Group, chosen, verbose bool) {
	cases := "1 case"
	if len(g.Changes) > 1 {
		cases = fmt.Sprintf("%d cases", len(g.Changes))
	}
	t.linef(t.out, "\n%d. %s, %s:", n, t.emphasis(chosen, compare.Phrase(g.Kind)), cases)
	shown := g.Changes
	if !verbose && len(shown) > examples {
		shown = shown[:examples]
	}
	for i, c := range shown {
		t.linef(t.out, "  %s", c.Case())
		if verbose || i == 0 && (chosen || g.Regression) {
			t.linef(t.out, "    %s", strings.ReplaceAll(strings.TrimSpace(c.Evidence()), "\n", "\n    "))
		} else if i == 0 && len(c.Details) > 0 {
			t.linef(t.out, "    %s", details(c.Details, "\n    "))
		}
	}
	if more := len(g.Changes) - len(shown); more > 0 {
		t.linef(t.out, "  and %d more (-v shows all)", more)
	}
}

// wrap wraps each line at its spaces.
func wrap(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = text.WrapSoft(line, width)
	}
	return strings.Join(lines, "\n")
}

func details(all []compare.Detail, separator string) string {
	var lines []string
	for _, d := range all {
		lines = append(lines, fmt.Sprint(d))
	}
	return strings.Join(lines, separator)
}

// emphasis paints what makes the comparison fail.
func (t *terminal) emphasis(fails bool, s string) string {
	if !fails || !t.colour {
		return s
	}
	return text.Colors{text.FgRed}.Sprint(s)
}
