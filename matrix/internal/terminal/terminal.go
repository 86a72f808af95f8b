// Package terminal is where people read: reports, comparisons, progress and help, in lines that fit.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/muesli/reflow/wordwrap"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mongotls/mongotls/reports"
)

// A Terminal is results on Out and progress on Err. Colour and the moving line are for terminals only, and NO_COLOR
// turns colour off. Lines and tables fit the width of the terminal, or COLUMNS; without either they are as long as what
// they say.
type Terminal struct {
	Out, Err io.Writer
	width    int // of Out, 0 if nobody knows
	colour   bool
	moving   bool
	bar      *progressbar.ProgressBar
	total    int
	n        map[string]int
}

// New is the terminal of two streams.
func New(out, err io.Writer) *Terminal {
	return &Terminal{Out: out, Err: err, width: widthOf(out), colour: isTerminal(out) && os.Getenv("NO_COLOR") == "",
		moving: isTerminal(err)}
}

// Narrower reports whether lines of so many characters do not fit.
func (t *Terminal) Narrower(than int) bool { return t.width > 0 && t.width < than }

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

// Linef prints a line as it is, to Out or Err.
func (t *Terminal) Linef(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}

// Para prints text in lines that fit: each line of it, further ones indented by hang more than it begins with.
func (t *Terminal) Para(hang int, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		bare := strings.TrimLeft(line, " ")
		indent := len(line) - len(bare)
		t.Linef(t.Out, "%s", hanging(bare, indent, indent+hang, t.width))
	}
}

// Labelled prints what a label says, behind it, in a column of so many characters.
func (t *Terminal) Labelled(column int, label, text string) {
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
	t.Linef(t.Out, "%s%s", first, all[len(first):])
}

// hanging wraps text between words, the first line indented by first and the others by rest. Long words, such as
// addresses and paths, stay whole, so that they can be followed.
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

var colours = map[string]text.Color{reports.Conforms: text.FgGreen, reports.Violates: text.FgRed,
	reports.Known:       text.FgYellow,
	reports.Unsupported: text.FgHiBlack, reports.NotRun: text.FgHiBlack, reports.Inconclusive: text.FgMagenta,
	reports.Characterised: text.FgCyan}

func (t *Terminal) paint(verdict, s string) string {
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
