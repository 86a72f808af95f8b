package terminal

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"

	"github.com/mongotls/mongotls/internal/program"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// A Look is what there is to see of a report, and beside it.
type Look struct {
	Every bool   // case, and not only what is not as expected
	Page  string // file of the report's page, "" if there is none
	Kept  string // directory of the run's files, "" if they are gone
}

// Report prints the table, then a block for each scenario and cause that is not as expected, with its evidence, then
// what else a reader should know, and last what failed, by id.
func (t *Terminal) Report(r reports.Report, l Look) {
	r = r.WithoutSecrets()
	t.Para(2, fmt.Sprintf("%s %s (%s) against %s, seed %d\n", r.Driver.Name, r.Driver.Release(), r.Driver.Build,
		r.Backend, r.Seed))
	t.deployment(r)
	t.matrix(r)
	blocks := blocksOf(r, l.Every)
	for _, b := range blocks {
		t.block(b, r, l)
	}
	t.known(r)
	t.remarks(r)
	for _, f := range r.Findings {
		t.Para(2, "finding: "+f.Text)
	}
	for _, d := range r.Documents {
		t.Para(2, fmt.Sprintf("document: %s is wrong: %s (%s)", and(d.Claims), d.Text, d.Case))
	}
	t.failed(blocks, l.Page)
	t.sums(r)
}

// deployment prints what the user's own is, host by host, and what the driver makes of it.
func (t *Terminal) deployment(r reports.Report) {
	for _, m := range r.Deployment {
		t.Para(2, m.Host)
		for _, text := range m.Says {
			t.Para(4, "  "+text)
		}
		if i := slices.IndexFunc(r.Cases, func(c reports.Case) bool { return c.ID == m.Case }); i >= 0 {
			c := r.Cases[i]
			t.Para(4, fmt.Sprintf("  %s %s: %s", t.paint(c.Verdict, reports.Marks[c.Verdict]), r.Driver.Name, c.Why))
		}
		t.Linef(t.Out, "")
	}
}

// remarks are what there is to say of the run as a whole.
func (t *Terminal) remarks(r reports.Report) {
	for _, w := range reports.Outcome(r).Why {
		t.Para(2, w.String())
	}
}

// matrix prints areas by modes. The disabled column stands there too, the self-checks of the stand-in do not. Where a
// line is too long for the terminal, each count has its own.
func (t *Terminal) matrix(r reports.Report) {
	g := r.Grid()
	header := grid.Row{"area"}
	for _, m := range g.Modes {
		header = append(header, m)
	}
	in := func(separator string) (rows []grid.Row) {
		for _, area := range g.Areas {
			row := grid.Row{area}
			for _, mode := range g.Modes {
				row = append(row, strings.Join(tally(g.Cell(area, mode), t.paint), separator))
			}
			rows = append(rows, row)
		}
		return rows
	}
	if rows := in(", "); t.fits(header, rows) {
		t.Table(header, rows, nil, false)
	} else {
		t.Table(header, in("\n"), nil, true)
	}
}

// A block is cases of one scenario that ended in the same way, for the same cause.
type block struct {
	verdict string
	cases   []reports.Case // in the order of the report
}

// shown is the case whose evidence stands for all: in the last of the modes.
func (b block) shown() reports.Case {
	return slices.MaxFunc(b.cases, func(x, y reports.Case) int {
		return slices.Index(reports.Modes, x.Mode) - slices.Index(reports.Modes, y.Mode)
	})
}

// title names the cases: a scenario or a variant, and its modes, or as many of those as there are.
func (b block) title() string {
	modes := map[string][]string{}
	for _, c := range b.cases {
		row := c.Row()
		modes[row] = append(modes[row], c.Mode)
	}
	var all []string
	for _, row := range slices.Sorted(maps.Keys(modes)) {
		slices.SortFunc(modes[row], func(x, y string) int {
			return slices.Index(reports.Modes,
				x) - slices.Index(reports.Modes, y)
		})
		all = append(all, row+" in "+and(modes[row]))
	}
	return strings.Join(all, "; ")
}

// blocksOf are the blocks of what is not as expected, in the order of the table; with every set, each case is one of
// its own.
func blocksOf(r reports.Report, every bool) []block {
	var chosen []reports.Case
	for _, c := range r.Cases {
		if every || unexpected(c.Verdict) {
			chosen = append(chosen, c)
		}
	}
	cause := map[string]string{} // of a case, without what differs from attempt to attempt
	for _, c := range (reports.Report{Cases: chosen}).Stable().Cases {
		cause[c.ID] = c.Why
		if c.Twin != "" {
			cause[c.ID] = strings.ReplaceAll(c.Why, c.Twin, reports.Case{ID: c.Twin, Mode: c.Mode, Release: c.Release}.Row())
		}
	}
	rank := map[string]int{}
	for i, area := range r.Grid().Areas {
		rank[area] = i
	}
	slices.SortStableFunc(chosen, func(a, b reports.Case) int {
		return cmp.Or(rank[a.Area]-rank[b.Area], cmp.Compare(a.Name, b.Name))
	})
	at := map[string]int{}
	var blocks []block
	for _, c := range chosen {
		key := fmt.Sprintf("%q", []any{c.Name, c.DerivedDisabled, c.Verdict, c.Reason, c.Repeat, c.Afresh, cause[c.ID]})
		i, ok := at[key]
		if !ok || every {
			i = len(blocks)
			at[key], blocks = i, append(blocks, block{verdict: c.Verdict})
		}
		blocks[i].cases = append(blocks[i].cases, c)
	}
	return blocks
}

func unexpected(verdict string) bool {
	return verdict == reports.Violates || verdict == reports.Inconclusive
}

// block prints what is stated, what was expected and what was seen instead, once for all its cases.
func (t *Terminal) block(b block, r reports.Report, l Look) {
	c := b.shown()
	t.Linef(t.Out, "")
	title, verdict := b.title(), b.verdict
	if len(b.cases) == 1 {
		title = c.ID
	}
	t.Para(5, fmt.Sprintf("%s %s: %s", t.paint(verdict, reports.Marks[verdict]), title, t.paint(verdict, verdict)))
	const column = 9
	t.Labelled(column, "says", c.Says)
	t.Labelled(column, "because", c.Because)
	t.Labelled(column, "expected", c.Expectation)
	if unexpected(verdict) {
		t.Labelled(column, "but", c.Why)
		t.Labelled(column, "again", c.Again())
	} else {
		t.Labelled(column, "why", c.Why)
	}
	t.Labelled(column, "known as", c.Known)
	if c.Twin != "" {
		t.Labelled(column, "control", c.Twin+", the same without the defect")
	}
	for _, claim := range r.Claims {
		if slices.Contains(c.Claims, claim.ID) {
			t.Labelled(column, "claim", fmt.Sprintf("%s of %s: %s", claim.ID, claim.Document, claim.Text))
		}
	}
	t.Commands(column, append([]Hint{{"replay", c.Replay}}, t.byHand(c, r, l.Kept)...))
	evidence := reports.Evidence(reports.Case{Attempts: c.Attempts})
	if len(b.cases) > 1 && evidence != "" {
		t.Linef(t.Out, "\n  the evidence of %s:", c.ID)
	}
	t.Para(2, "  "+strings.ReplaceAll(strings.Trim(evidence, "\n"), "\n", "\n  "))
}

// byHand says how to go on by hand with what was kept: the server of a case comes up again, and its connection string
// works.
func (t *Terminal) byHand(c reports.Case, r reports.Report, kept string) []Hint {
	if kept == "" || r.Backend.Name != reports.Embedded || len(c.Attempts) == 0 {
		return nil
	}
	request := c.Last().Request
	serve := fmt.Sprintf("%s serve %s --seed %d --driver %s --kept %s", program.Name(), c.ID, r.Seed, r.Driver.Name,
		quoted(kept))
	_, addr := hostOf(request.URI)
	if _, port, err := net.SplitHostPort(addr); err == nil {
		return append([]Hint{{"by hand", serve + " --port " + port}}, ByHand(request, r.Driver.Name, "")...)
	}
	return []Hint{{"by hand", serve}} // which says the rest
}

// pageOf is the address of a case in the page, "" if there is none.
func pageOf(page, id string) string {
	path, err := filepath.Abs(page)
	if _, missing := os.Stat(path); page == "" || err != nil || missing != nil {
		return ""
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String() + "#case=" + id
}

// known prints the entries that explained something, those of one reason together.
func (t *Terminal) known(r reports.Report) {
	type reason struct{ because, see, file string }
	patterns, n := map[reason][]string{}, map[reason]int{}
	var order []reason
	for _, k := range r.Known {
		if k.Matched == 0 {
			continue
		}
		of := reason{k.Reason, k.Reference, k.InFile()}
		if n[of] == 0 {
			order = append(order, of)
		}
		patterns[of], n[of] = append(patterns[of], k.ID), n[of]+k.Matched
	}
	if len(order) == 0 {
		t.Linef(t.Out, "")
		return
	}
	t.Linef(t.Out, "\nknown failures of this driver:")
	for _, of := range order {
		t.Para(4, fmt.Sprintf("  %s (%s)%s: %s", strings.Join(patterns[of], ", "), form.Counted(n[of], "case",
			"cases"), of.file, of.because))
		t.Para(2, "      "+of.see)
	}
	t.Linef(t.Out, "")
}

// failed lists what is not as expected by id, to be copied, with the way into the page.
func (t *Terminal) failed(blocks []block, page string) {
	n := 0
	var lines []string
	for _, b := range blocks {
		if !unexpected(b.verdict) {
			continue
		}
		for _, c := range b.cases {
			n++
			lines = append(lines, fmt.Sprintf("  %s %s", t.paint(b.verdict, reports.Marks[b.verdict]), c.ID))
		}
		if link := pageOf(page, b.shown().ID); link != "" {
			lines = append(lines, "       "+link)
		}
	}
	if n > 0 {
		t.Linef(t.Out, "\nnot as expected: %s\n%s", form.Counted(n, "case", "cases"), strings.Join(lines, "\n"))
	}
}

// sums ends a report: what counts, and what is kept out of it.
func (t *Terminal) sums(r reports.Report) {
	t.Linef(t.Out, "")
	for _, sum := range r.Sums() {
		t.Para(2, sum)
	}
	seconds := float64(r.DurationMS) / 1000
	if r.Interrupted {
		t.Linef(t.Out, "interrupted after %.1f s: the report holds what had ended", seconds)
		return
	}
	t.Linef(t.Out, "done in %.1f s", seconds)
}

// Saved says where the reports are, and what else was kept.
func (t *Terminal) Saved(dir, kept string) {
	t.Para(2, fmt.Sprintf("\nwritten to %s: %s, %s, %s, %s", dir, reports.HTMLFile, reports.JSONFile,
		reports.JUnitFile, reports.MarkdownFile))
	if kept != "" {
		t.Para(2, "kept: "+kept+" holds the certificates and keys of the run; remove it when you are done")
	}
}
