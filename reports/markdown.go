package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

// WriteMarkdown writes r as a summary for a pull request or a job: what was tested, the table, every unexpected
// verdict with the command that replays it and its evidence folded away, and what else a reader should know. It has
// at most form.MaxMarkdown bytes, and says what it leaves out. Text of the witnesses stays text: it can neither close
// an element nor start one, and mentions nobody.
func WriteMarkdown(w io.Writer, r Report) error {
	r = form.MapTexts(r.WithoutSecrets(), form.Visible)
	sortCases(r.Cases)
	m := &form.Markdown{}
	addHead(m, r)
	for _, member := range r.Deployment {
		m.List(form.Cell(member.Host), form.Texts(member.Says, form.Statement))
	}
	addTable(m, r)
	m.Add("%s\n\n", strings.Join(form.Texts(r.Sums(), counted), "\\\n"))
	m.List("Of the run as a whole", form.Texts(Outcome(r).Why, func(w Remark) string {
		return fmt.Sprintf("**%s**: %s", form.Cell(w.What), form.Statement(w.Text))
	}))
	addCases(m, "Violations", r.Cases, Violates)
	addCases(m, "Inconclusive cases", r.Cases, Inconclusive)
	m.List("Findings", form.Texts(r.Findings, func(f Finding) string { return form.Statement(f.Text) }))
	m.List("Documents that are wrong", form.Texts(r.Documents, func(d Document) string {
		return fmt.Sprintf(
			"%s: %s %s", form.Cell(strings.Join(d.Claims, ", ")), form.Statement(d.Text), form.Code(d.Case),
		)
	}))
	addKnown(m, r)
	return m.Write(w)
}

// counted is a text that begins with a number, which makes no list of it.
func counted(s string) string {
	text := strings.TrimLeft(s, "0123456789 ")
	return strings.TrimSuffix(s, text) + form.Cell(text)
}

func addHead(m *form.Markdown, r Report) {
	m.Add("## %s\n\n", form.Cell(cmp.Or(r.Tool.Name, "mongotls")+": "+Outcome(r).Headline))
	about := func(first string, more ...string) string {
		text := "<strong>" + form.Cell(first) + "</strong>"
		if in := strings.Join(form.Texts(more, form.Cell), ", "); in != "" {
			text += " (" + in + ")"
		}
		return text
	}
	m.Add("%s against %s, seed %d, %.1f s\n\n",
		about(r.Driver.Name+" "+r.Driver.Version, r.Driver.Build, r.Driver.TLS),
		about(r.Backend.Name+" "+r.Backend.Version, r.Backend.Image, r.Backend.Digest, r.Backend.Path, r.Backend.URI),
		r.Seed, float64(r.DurationMS)/1000)
}

func addTable(m *form.Markdown, r Report) {
	g := r.Grid()
	if len(g.Areas) == 0 {
		return
	}
	head, rule := []string{"area"}, []string{":--"}
	for _, mode := range g.Modes {
		head, rule = append(head, form.Cell(mode)), append(rule, ":--")
	}
	var rows [][]string
	for _, area := range g.Areas {
		row := []string{form.Cell(area)}
		for _, mode := range g.Modes {
			row = append(row, Tally(g.Cell(area, mode)))
		}
		rows = append(rows, row)
	}
	m.Table(head, rule, rows, "areas")
}

// Tally is Markdown of counts with the marks of their verdicts, the unexpected ones in bold: "43 ok, **7 FAIL**".
func Tally(counts map[string]int) string {
	var parts []string
	for _, verdict := range Verdicts {
		n := counts[verdict]
		part := fmt.Sprintf("%d %s", n, Marks[verdict])
		if verdict == Violates || verdict == Inconclusive {
			part = "**" + part + "**"
		}
		if n > 0 {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// addCases writes the cases of one verdict, as fully as there is room.
func addCases(m *form.Markdown, title string, all []Case, verdict string) {
	n, left := Count(all)[verdict], 0
	if n == 0 || !m.Add("### %s (%d)\n\n", title, n) {
		return
	}
	for _, c := range all {
		if c.Verdict != verdict {
			continue
		}
		line := fmt.Sprintf("%s %s: %s", Marks[verdict], form.Code(c.ID), form.Statement(c.Why))
		replay := c.Replay
		c.Replay = "" // it stands by itself, to be copied
		if !m.Fold(line, form.Command(replay)+"\n"+form.Block(Evidence(c))) {
			left++
		}
	}
	m.Left(left, strings.ToLower(title))
}

func addKnown(m *form.Markdown, r Report) {
	var lines []string
	cases := 0
	for _, k := range r.Known {
		if k.Matched > 0 {
			cases += k.Matched
			lines = append(
				lines,
				fmt.Sprintf(
					"%s (%d): %s (%s)", form.Code(k.ID), k.Matched, form.Statement(k.Reason),
					form.Statement(k.Reference),
				),
			)
		}
	}
	m.FoldedList(fmt.Sprintf("%d known failures in %d cases", len(lines), cases), lines)
}
