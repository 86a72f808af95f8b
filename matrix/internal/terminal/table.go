package terminal

import (
	"fmt"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table prints rows below a header. Where it is too wide, the widest of the columns that may be wrapped become
// narrower, down to what their words need; none is wider than widest says, 0 for any.
func (t *Terminal) Table(header grid.Row, rows []grid.Row, widest []int, separated bool) {
	width, least := columns(header, rows)
	for i, n := range widest {
		if n > 0 {
			width[i] = min(width[i], n)
		}
	}
	for t.width > 0 && across(width) > t.width {
		i := -1
		for j := range width {
			if width[j] > least[j] && (i < 0 || width[j] > width[i]) {
				i = j
			}
		}
		if i < 0 {
			break // as narrow as it can be
		}
		width[i]--
	}
	w := grid.NewWriter()
	w.SetStyle(grid.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options.SeparateRows = separated
	var configs []grid.ColumnConfig
	for i, n := range width {
		configs = append(configs, grid.ColumnConfig{Number: i + 1, WidthMax: n, WidthMaxEnforcer: wrap})
	}
	w.SetColumnConfigs(configs)
	w.AppendHeader(header)
	w.AppendRows(rows)
	t.Linef(t.Out, "%s", w.Render())
}

// fits reports whether a table is narrow enough as it is.
func (t *Terminal) fits(header grid.Row, rows []grid.Row) bool {
	width, _ := columns(header, rows)
	return t.width == 0 || across(width) <= t.width
}

// columns are the widths of columns, and how narrow they can become.
func columns(header grid.Row, rows []grid.Row) (width, least []int) {
	width, least = make([]int, len(header)), make([]int, len(header))
	for _, row := range append([]grid.Row{header}, rows...) {
		for i, cell := range row {
			for line := range strings.SplitSeq(fmt.Sprint(cell), "\n") {
				width[i] = max(width[i], text.StringWidthWithoutEscSequences(line))
				for word := range strings.FieldsSeq(line) {
					least[i] = max(least[i], min(text.StringWidthWithoutEscSequences(word), narrowest))
				}
			}
		}
	}
	return width, least
}

// across is the width of a table: each column with a blank on both sides, and the lines between them.
func across(width []int) int {
	total := 1
	for _, n := range width {
		total += n + 3
	}
	return total
}

// narrowest is how much of a long word stays together in a column.
const narrowest = 12

// wrap wraps each line at its spaces.
func wrap(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = text.WrapSoft(line, width)
	}
	return strings.Join(lines, "\n")
}
