package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/reports"
)

// A terminal is where people read: results on out, progress on err. Colour and the moving line are for terminals only,
// and NO_COLOR turns colour off.
type terminal struct {
	out, err io.Writer
	colour   bool
	moving   bool
	bar      *progressbar.ProgressBar
	total    int
	n        map[string]int
}

func newTerminal(out, err io.Writer) *terminal {
	return &terminal{out: out, err: err, colour: isTerminal(out) && os.Getenv("NO_COLOR") == "", moving: isTerminal(err)}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// begin starts the progress of a run of total cases.
func (t *terminal) begin(total int) {
	t.total, t.n = total, map[string]int{}
	if !t.moving {
		t.linef(t.err, "running %d cases", total)
		return
	}
	t.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(t.err), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("running"),
		progressbar.OptionSetPredictTime(false))
}

// step tells of one more case.
func (t *terminal) step(r matrix.Result) {
	t.n[string(r.Verdict.Kind)]++
	if t.bar != nil {
		t.bar.Describe(reports.Words(t.n))
		_ = t.bar.Add(1) // a bar that cannot be drawn is no fault of the run
		return
	}
	done := 0
	for _, n := range t.n {
		done += n
	}
	if done%100 == 0 {
		t.linef(t.err, "%d of %d: %s", done, t.total, reports.Words(t.n))
	}
}

func (t *terminal) end() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}

func (t *terminal) saved(dir string) {
	t.linef(t.out, "\nwritten to %s: %s, %s, %s, %s", dir, reports.HTMLFile, reports.JSONFile, reports.JUnitFile, reports.MarkdownFile)
}

func (t *terminal) linef(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}

// report prints the table, then every unexpected verdict with its evidence, then what else a reader should know.
func (t *terminal) report(r reports.Report, verbose bool) {
	t.linef(t.out, "%s %s (%s) against %s, seed %d\n", r.Driver.Name, r.Driver.Version, r.Driver.Build, r.Backend, r.Seed)
	t.matrix(r)
	for _, c := range r.Cases {
		unexpected := c.Verdict == reports.Violates || c.Verdict == reports.Inconclusive
		if unexpected || verbose {
			t.linef(t.out, "\n%s %s: %s", t.paint(c.Verdict, reports.Marks[c.Verdict]), c.ID, t.paint(c.Verdict, c.Verdict))
			t.linef(t.out, "  %s", strings.ReplaceAll(strings.TrimSpace(reports.Evidence(c)), "\n", "\n  "))
		}
	}
	t.known(r)
	for _, w := range reports.Outcome(r).Why {
		t.linef(t.out, "%s", w)
	}
	for _, f := range r.Findings {
		t.linef(t.out, "finding: %s", f.Text)
	}
	for _, d := range r.Documents {
		t.linef(t.out, "document: %s is wrong: %s (%s)", strings.Join(d.Claims, ", "), d.Text, d.Case)
	}
	t.sums(r)
}

var colours = map[string]text.Color{reports.Conforms: text.FgGreen, reports.Violates: text.FgRed, reports.Known: text.FgYellow,
	reports.Unsupported: text.FgHiBlack, reports.NotRun: text.FgHiBlack, reports.Inconclusive: text.FgMagenta, reports.Characterised: text.FgCyan}

func (t *terminal) paint(verdict, s string) string {
	if !t.colour {
		return s
	}
	return text.Colors{colours[verdict]}.Sprint(s)
}

// matrix prints areas by modes. The disabled column and the self-checks of the stand-in stand apart.
func (t *terminal) matrix(r reports.Report) {
	w := grid.NewWriter()
	w.SetStyle(grid.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	g := r.Grid()
	header := grid.Row{"area"}
	for _, m := range g.Modes {
		header = append(header, m)
	}
	w.AppendHeader(header)
	for _, area := range g.Areas {
		row := grid.Row{area}
		for _, mode := range g.Modes {
			row = append(row, t.cell(g.Cell(area, mode)))
		}
		w.AppendRow(row)
	}
	t.linef(t.out, "%s", w.Render())
}

func (t *terminal) cell(n map[string]int) string {
	var parts []string
	for _, verdict := range reports.Verdicts {
		if n[verdict] > 0 {
			parts = append(parts, t.paint(verdict, fmt.Sprintf("%d %s", n[verdict], reports.Marks[verdict])))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *terminal) known(r reports.Report) {
	first := true
	for _, k := range r.Known {
		if k.Matched == 0 {
			continue
		}
		if first {
			t.linef(t.out, "\nknown failures of this driver:")
			first = false
		}
		t.linef(t.out, "  %s (%d cases): %s\n      %s", k.ID, k.Matched, k.Reason, k.Reference)
	}
	if !first {
		t.linef(t.out, "")
	}
}

// sums ends a report: what counts, and what is kept out of it.
func (t *terminal) sums(r reports.Report) {
	t.linef(t.out, "")
	for _, sum := range r.Sums() {
		t.linef(t.out, "%s", sum)
	}
	seconds := float64(r.DurationMS) / 1000
	if r.Interrupted {
		t.linef(t.out, "interrupted after %.1f s: the report holds what had ended", seconds)
		return
	}
	t.linef(t.out, "done in %.1f s", seconds)
}
