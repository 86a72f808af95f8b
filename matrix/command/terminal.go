package command

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/muesli/reflow/wordwrap"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mongotls/mongotls/reports"
)

// A terminal is where people read: results on out, progress on err. Colour and the moving line are for terminals only,
// and NO_COLOR turns colour off. Lines and tables fit the width of the terminal, or COLUMNS; without either they are as long as
// what they say.
type terminal struct {
	out, err io.Writer
	width    int // of out, 0 if nobody knows
	colour   bool
	moving   bool
	bar      *progressbar.ProgressBar
	total    int
	n        map[string]int
}

func newTerminal(out, err io.Writer) *terminal {
	return &terminal{out: out, err: err, width: widthOf(out), colour: isTerminal(out) && os.Getenv("NO_COLOR") == "", moving: isTerminal(err)}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

func widthOf(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

func (t *terminal) linef(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}

// para prints text in lines that fit: each line of it, further ones indented by hang more than it begins with.
func (t *terminal) para(hang int, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		bare := strings.TrimLeft(line, " ")
		indent := len(line) - len(bare)
		t.linef(t.out, "%s", hanging(bare, indent, indent+hang, t.width))
	}
}

// labelled prints what a label says, behind it, in a column of so many characters.
func (t *terminal) labelled(column int, label, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	first := fmt.Sprintf("  %-*s ", column, label)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") { // each may be indented, as YAML is
		bare := strings.TrimLeft(line, " ")
		indent := len(first) + len(line) - len(bare)
		lines = append(lines, hanging(bare, indent, indent, t.width))
	}
	all := strings.Join(lines, "\n")
	t.linef(t.out, "%s%s", first, all[len(first):])
}

// hanging wraps text between words, the first line indented by first and the others by rest. Long words, such as addresses and
// paths, stay whole, so that they can be followed.
func hanging(text string, first, rest, width int) string {
	indent := strings.Repeat(" ", first)
	if width <= rest+20 { // of no use
		return indent + text
	}
	w := wordwrap.NewWriter(width - max(first, rest))
	w.Breakpoints = nil
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return indent + strings.ReplaceAll(w.String(), "\n", "\n"+strings.Repeat(" ", rest))
}

// table prints rows below a header. Where it is too wide, the widest of the columns that may be wrapped become narrower, down to
// what their words need; none is wider than widest says, 0 for any.
func (t *terminal) table(header grid.Row, rows []grid.Row, widest []int, separated bool) {
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
	t.linef(t.out, "%s", w.Render())
}

// fits reports whether a table is narrow enough as it is.
func (t *terminal) fits(header grid.Row, rows []grid.Row) bool {
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

var colours = map[string]text.Color{reports.Conforms: text.FgGreen, reports.Violates: text.FgRed, reports.Known: text.FgYellow,
	reports.Unsupported: text.FgHiBlack, reports.NotRun: text.FgHiBlack, reports.Inconclusive: text.FgMagenta, reports.Characterised: text.FgCyan}

func (t *terminal) paint(verdict, s string) string {
	if !t.colour {
		return s
	}
	return text.Colors{colours[verdict]}.Sprint(s)
}

// and joins the words of a list: "a, b and c".
func and(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// tally is counts with the marks of their verdicts: "43 ok", "2 FAIL".
func tally(n map[string]int, paint func(verdict, s string) string) (parts []string) {
	for _, verdict := range reports.Verdicts {
		if n[verdict] > 0 {
			parts = append(parts, paint(verdict, fmt.Sprintf("%d %s", n[verdict], reports.Marks[verdict])))
		}
	}
	return parts
}

func plain(_, s string) string { return s }
