package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// Bounds of a summary in bytes. A comment on GitHub takes 65,536 characters and a step summary 1 MiB, so one of this size
// fits both. What is unexpected comes first: in full, then one line each, then as a number.
const (
	maxMarkdown  = 60_000
	inFull       = 40_000
	inOneLine    = 50_000
	maxEvidence  = 5_000
	maxCell      = 300
	maxStatement = 600
)

// WriteMarkdown writes r as a summary for a pull request or a job: what was tested, the table, every unexpected verdict
// with the command that replays it and its evidence folded away, and what else a reader should know. It has at most
// 60,000 bytes, and says what it leaves out. Text of the witnesses stays text: it can neither close an element nor
// start one, and mentions nobody.
func WriteMarkdown(w io.Writer, r Report) error {
	r = mapTexts(r.withoutSecrets(), visible)
	sortCases(r.Cases)
	m := &markdown{}
	m.head(r)
	m.table(r)
	m.add(maxMarkdown, "%s\n\n", strings.Join(r.Sums(), "\\\n"))
	m.list("Faults of the harness", r.Faults, func(f string) string { return prose(f, maxStatement) })
	m.cases("Violations", r.Cases, Violates)
	m.cases("Inconclusive cases", r.Cases, Inconclusive)
	m.list("Findings", texts(r.Findings, func(f Finding) string { return f.Text }), func(f string) string { return prose(f, maxStatement) })
	m.list("Documents that are wrong", texts(r.Documents, func(d Document) string {
		return fmt.Sprintf("%s: %s %s", prose(strings.Join(d.Claims, ", "), maxCell), prose(d.Text, maxStatement), code(d.Case))
	}), asItIs)
	m.list("Known failures that do not hold", texts(r.Known, KnownEntry.stale), func(s string) string { return prose(s, maxStatement) })
	m.known(r)
	_, err := io.WriteString(w, m.String())
	return err
}

// markdown is a summary that grows up to its bound.
type markdown struct{ strings.Builder }

// add adds a block unless the summary would then exceed limit bytes, and says whether it did.
func (m *markdown) add(limit int, format string, args ...any) bool {
	block := fmt.Sprintf(format, args...)
	if m.Len()+len(block) > limit {
		return false
	}
	m.WriteString(block)
	return true
}

func (m *markdown) head(r Report) {
	m.add(maxMarkdown, "## %s\n\n", prose(cmp.Or(r.Tool.Name, "mongotls")+": "+outcome(r), maxCell))
	about := func(first string, more ...string) string {
		text := "<strong>" + prose(first, maxCell) + "</strong>"
		more = texts(more, func(s string) string { return prose(s, maxCell) })
		if in := strings.Join(more, ", "); in != "" {
			text += " (" + in + ")"
		}
		return text
	}
	m.add(maxMarkdown, "%s against %s, seed %d, %.1f s\n\n",
		about(r.Driver.Name+" "+r.Driver.Version, r.Driver.Build, r.Driver.TLS),
		about(r.Backend.Name+" "+r.Backend.Version, r.Backend.Image, r.Backend.Digest, r.Backend.Path, r.Backend.URI),
		r.Seed, float64(r.DurationMS)/1000)
}

func (m *markdown) table(r Report) {
	g := r.Grid()
	if len(g.Areas) == 0 {
		return
	}
	rows := []string{"area", ":--"}
	for _, mode := range g.Modes {
		rows[0] += " | " + prose(mode, maxCell)
		rows[1] += " | :--"
	}
	for _, area := range g.Areas {
		row := prose(area, maxCell)
		for _, mode := range g.Modes {
			row += " | " + marks(g.Cell(area, mode))
		}
		rows = append(rows, row)
	}
	left := 0
	for _, row := range rows {
		if left > 0 || !m.add(maxMarkdown/2, "| %s |\n", row) {
			left++
		}
	}
	m.left(left, "areas")
	m.add(maxMarkdown, "\n")
}

// marks are counts with the marks of their verdicts, the unexpected ones in bold: "43 ok, **7 FAIL**".
func marks(counts map[string]int) string {
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

// cases writes the cases of one verdict, as fully as there is room.
func (m *markdown) cases(title string, all []Case, verdict string) {
	n, left := Count(all)[verdict], 0
	if n == 0 || !m.add(maxMarkdown, "### %s (%d)\n\n", title, n) {
		return
	}
	for _, c := range all {
		if c.Verdict != verdict {
			continue
		}
		line := fmt.Sprintf("%s %s: %s", Marks[verdict], code(c.ID), prose(c.Why, maxStatement))
		replay := c.Replay
		c.Replay = "" // it stands by itself, to be copied
		details := fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n%s\n</details>\n\n", line,
			fence("sh", clip(replay, maxStatement)), fence("text", clip(Evidence(c), maxEvidence)))
		if !m.add(inFull, "%s", details) && !m.add(inOneLine, "%s\n\n", line) {
			left++
		}
	}
	m.left(left, strings.ToLower(title))
}

func (m *markdown) known(r Report) {
	var lines []string
	cases := 0
	for _, k := range r.Known {
		if k.Matched > 0 {
			cases += k.Matched
			lines = append(lines, fmt.Sprintf("%s (%d): %s (%s)", code(k.ID), k.Matched, prose(k.Reason, maxStatement), prose(k.Reference, maxStatement)))
		}
	}
	if len(lines) > 0 && m.add(maxMarkdown-1000, "<details><summary>%d known failures in %d cases</summary>\n\n", len(lines), cases) {
		m.items(lines, asItIs)
		m.WriteString("</details>\n") // for which there is room: items leaves it
	}
}

func (m *markdown) list(title string, items []string, text func(string) string) {
	if len(items) > 0 && m.add(maxMarkdown, "### %s\n\n", title) {
		m.items(items, text)
	}
}

func (m *markdown) items(items []string, text func(string) string) {
	left := 0
	for _, item := range items {
		if !m.add(maxMarkdown-500, "- %s\n", text(item)) {
			left++
		}
	}
	m.add(maxMarkdown-400, "\n")
	m.left(left, "entries")
}

// left says how many things were left out.
func (m *markdown) left(n int, what string) {
	if n > 0 {
		m.add(maxMarkdown-100, "… and %d more %s, in the report itself.\n\n", n, what)
	}
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// outcome is what a run came to, in a few words: "as expected", "2 violations, 1 inconclusive", "interrupted, ...".
func outcome(r Report) string {
	n := Count(r.Cases)
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, counted(n, one, many))
		}
	}
	if r.Interrupted {
		parts = append(parts, "interrupted")
	}
	add(n[Violates], "violation", "violations")
	add(n[Inconclusive], "inconclusive case", "inconclusive cases")
	add(len(r.Faults), "fault of the harness", "faults of the harness")
	if len(parts) == 0 {
		return "as expected"
	}
	return strings.Join(parts, ", ")
}

// active are the characters that can mean something in GitHub's Markdown inside a line. As numeric character references
// they are text: CommonMark 0.31, section 2.5.
var active = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
	"[", "&#91;", "]", "&#93;", "|", "&#124;", "~", "&#126;", `\`, "&#92;", "$", "&#36;", "@", "&#64;",
	"#", "&#35;", "://", "&#58;//", "www.", "www&#46;", "\n", " ", "\t", " ")

// mentions keeps GitHub from finding people and issues in what it has rendered; it does not look into code.
var mentions = strings.NewReplacer("&#64;", "&#64;&#8203;", "&#35;", "&#35;&#8203;")

// prose is a text of at most n bytes as part of a line, or as the whole of it: its first character starts no list.
func prose(s string, n int) string {
	s = mentions.Replace(active.Replace(clip(strings.TrimSpace(s), n)))
	if s != "" && strings.IndexByte("-+=0123456789", s[0]) >= 0 {
		s = fmt.Sprintf("&#%d;%s", s[0], s[1:])
	}
	return s
}

// code is an id as part of a line.
func code(s string) string { return "<code>" + active.Replace(clip(s, maxCell)) + "</code>" }

// fence is a block of code, whatever runs of backticks are in it.
func fence(language, s string) string {
	ticks := "```"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + strings.TrimRight(s, "\n") + "\n" + ticks + "\n"
}

func asItIs(s string) string { return s }

// texts are the texts of things that have one.
func texts[T any](all []T, text func(T) string) (out []string) {
	for _, v := range all {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}
