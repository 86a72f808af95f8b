package form

import (
	"fmt"
	"io"
	"strings"
)

// Bounds of a document in bytes. A comment on GitHub takes 65,536 characters and a step summary 1 MiB, so one of this
// size fits both. What is unexpected comes first: in full, then one line each, then as a number.
const (
	MaxMarkdown  = 60_000
	maxTable     = MaxMarkdown / 2
	inFull       = 40_000
	inOneLine    = 50_000
	maxBlock     = 5_000
	maxCell      = 300
	maxStatement = 600
)

// Markdown is a document for a pull request or a job that grows up to MaxMarkdown bytes, and says what it leaves out.
type Markdown struct{ b strings.Builder }

// Write writes the document.
func (m *Markdown) Write(w io.Writer) error {
	_, err := io.WriteString(w, m.b.String())
	return err
}

// add adds a block unless the document would then exceed limit bytes, and reports whether it did.
func (m *Markdown) add(limit int, format string, args ...any) bool {
	block := fmt.Sprintf(format, args...)
	if m.b.Len()+len(block) > limit {
		return false
	}
	m.b.WriteString(block)
	return true
}

// Add adds a block of Markdown if there is room, and reports whether there was.
func (m *Markdown) Add(format string, args ...any) bool { return m.add(MaxMarkdown, format, args...) }

// Table adds rows below a head, each cell of which is Markdown, as far as there is room. what are the rows, in the
// plural.
func (m *Markdown) Table(head, rule []string, rows [][]string, what string) {
	left := 0
	for _, row := range append([][]string{head, rule}, rows...) {
		line := strings.TrimPrefix(strings.Join(row, " | "), " ") // an empty first cell needs no space of its own
		line = "| " + line + " |\n"
		if left > 0 || !m.add(maxTable, "%s", line) {
			left++
		}
	}
	m.Left(left, what)
	m.Add("\n")
}

// Fold adds details that open below a line: in full, as the line alone, or not at all, as there is room. It reports
// whether the line is there. Both are Markdown.
func (m *Markdown) Fold(line, details string) bool {
	return m.add(inFull, "<details><summary>%s</summary>\n\n%s\n</details>\n\n", line, details) ||
		m.add(inOneLine, "%s\n\n", line)
}

// FoldedList adds a list of Markdown below a line that opens it.
func (m *Markdown) FoldedList(line string, items []string) {
	if len(items) > 0 && m.add(MaxMarkdown-1000, "<details><summary>%s</summary>\n\n", line) {
		m.items(items)
		m.b.WriteString("</details>\n") // for which there is room: items leaves it
	}
}

// List adds items of Markdown below a title, unless there is none.
func (m *Markdown) List(title string, items []string) {
	if len(items) > 0 && m.Add("### %s\n\n", title) {
		m.items(items)
	}
}

func (m *Markdown) items(items []string) {
	left := 0
	for _, item := range items {
		if !m.add(MaxMarkdown-500, "- %s\n", item) {
			left++
		}
	}
	m.add(MaxMarkdown-400, "\n")
	m.Left(left, "entries")
}

// Left says how many things were left out, unless none were.
func (m *Markdown) Left(n int, what string) {
	if n > 0 {
		m.add(MaxMarkdown-100, "… and %d more %s, in the report itself.\n\n", n, what)
	}
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
	s = mentions.Replace(active.Replace(Clip(strings.TrimSpace(s), n)))
	if s != "" && strings.IndexByte("-+=0123456789", s[0]) >= 0 {
		s = fmt.Sprintf("&#%d;%s", s[0], s[1:])
	}
	return s
}

// Cell is a short text as part of a line: a cell of a table, a title.
func Cell(s string) string { return prose(s, maxCell) }

// Statement is a text of some sentences as part of a line.
func Statement(s string) string { return prose(s, maxStatement) }

// Paragraph is a longer text as a line.
func Paragraph(s string) string { return prose(s, 4*maxStatement) }

// Code is an id as part of a line.
func Code(s string) string { return "<code>" + active.Replace(Clip(s, maxCell)) + "</code>" }

// Command is a block that holds a command.
func Command(s string) string { return fence("sh", Clip(s, maxStatement)) }

// Block is a block of text.
func Block(s string) string { return fence("text", Clip(s, maxBlock)) }

// fence is a block of code, whatever runs of backticks are in it.
func fence(language, s string) string {
	ticks := "```"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + strings.TrimRight(s, "\n") + "\n" + ticks + "\n"
}
