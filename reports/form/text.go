package form

import (
	"fmt"
	"strings"
)

// Text is text for people, made of lines with a label.
type Text struct{ b strings.Builder }

// Line adds "label: text", indented by so many spaces, unless text is empty. Further lines of the text stand below
// its label. Of a long text the middle is left out: a report of data has it whole.
func (t *Text) Line(indent int, label, text string) {
	if text != "" {
		text = short(text)
		text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent+2))
		fmt.Fprintf(&t.b, "%*s%s: %s\n", indent, "", label, text)
	}
}

// How many characters of a text stay, and how many of them at its end, such as a reason or dates.
const longest, ending = 1000, 300

func short(text string) string {
	all := []rune(text)
	if len(all) <= longest {
		return text
	}
	rest := len(all) - longest
	return fmt.Sprintf("%s … %d more characters … %s", string(all[:longest-ending]), rest, string(all[len(all)-ending:]))
}

// Printf adds a text as it is.
func (t *Text) Printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

// String is the text so far, with every character of it visible.
func (t *Text) String() string { return Visible(t.b.String()) }

// Counted is a number with its noun.
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Texts are the texts of things that have one.
func Texts[T any](all []T, text func(T) string) (out []string) {
	for _, v := range all {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}
