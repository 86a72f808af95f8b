package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	htmlrenderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

func asMarkdown(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteMarkdown(&b, r))
	return b.String()
}

func TestMarkdownGolden(t *testing.T) { golden(t, "markdown.golden", []byte(asMarkdown(t, sample()))) }

// shape is the tree of elements that a text renders to.
func shape(t *testing.T, markdown string) string {
	t.Helper()
	var page bytes.Buffer
	renderer := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(htmlrenderer.WithUnsafe()))
	require.NoError(t, renderer.Convert([]byte(markdown), &page))
	root, err := html.Parse(&page)
	require.NoError(t, err)
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if n.Type == html.ElementNode {
			fmt.Fprintf(&b, "%*s%s\n", depth, "", n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return b.String()
}

// said is the sample with a text in every place that a witness or a table can fill.
func said(text string) Report {
	r := mapTexts(sample(), func(s string) string { return text + " " + s + " " + text })
	for i, c := range sample().Cases {
		r.Cases[i].Verdict, r.Cases[i].Subject, r.Cases[i].Area, r.Cases[i].Mode = c.Verdict, c.Subject, c.Area+text, c.Mode
	}
	return r
}

var hostileTexts = []string{
	"</code></summary></details><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "<![CDATA[", "<details>",
	"| a | b |", "` `` ``` ````", "```\n# heading\n", "~~~", "**bold** _it_ ~~s~~", "[x](https://example.test) ![x](y)", "[x]: /y",
	"https://example.test www.example.test a@example.test", "\n\n# heading\n\n- item\n\n> quote\n", "\n---\n", "\\", "&lt;script&gt;",
	"\u202egnp.exe\u2069", "\x00\x1b[31m", "\r\n\r\n<b>", "\u2028", "$x$", "\t\n    code", "- x", "1. x", "+", "===", "---",
}

// Whatever a driver, a server or a certificate says, the summary has the same elements.
func TestMarkdownHostileText(t *testing.T) {
	want := shape(t, asMarkdown(t, said("plain")))
	require.Contains(t, want, "details")
	require.Contains(t, want, "table")
	for _, hostile := range hostileTexts {
		require.Equal(t, want, shape(t, asMarkdown(t, said(hostile))), "%q", hostile)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, hostile := range hostileTexts {
		f.Add(hostile)
	}
	want := ""
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 100 {
			t.Skip("sizes are another test's")
		}
		if want == "" {
			want = shape(t, asMarkdown(t, said("plain")))
		}
		require.Equal(t, want, shape(t, asMarkdown(t, said(text))))
	})
}

// GitHub looks for people and issues in what it has rendered, but not in code.
func TestMarkdownMentionsNobody(t *testing.T) {
	r := sample()
	r.Cases[0].Why, r.Cases[0].ID = "@octocat broke octo/repo#1", "name/x@variant/requireTLS"
	out := asMarkdown(t, r)
	require.Contains(t, out, "&#64;&#8203;octocat broke octo/repo&#35;&#8203;1")
	require.Contains(t, out, "<code>name/x&#64;variant/requireTLS</code>")
}

// A summary fits a comment, and says how much it leaves out, whatever is long or many.
func TestMarkdownIsBounded(t *testing.T) {
	long := strings.Repeat("é<", 1<<14)
	many := sample()
	many.Cases = nil
	for i := range 3000 {
		c := sample().Cases[0]
		c.ID = fmt.Sprintf("name/row-%04d/requireTLS", i)
		many.Cases = append(many.Cases, c)
	}
	areas, entries := sample(), sample()
	for i := range 5000 {
		areas.Cases = append(areas.Cases, Case{ID: fmt.Sprint(i), Area: fmt.Sprint("area-", i), Verdict: Conforms})
		entries.Known = append(entries.Known, KnownEntry{fmt.Sprint(i), "reason", "reference", 1, ""})
		entries.Findings = append(entries.Findings, Finding{"x", fmt.Sprint("finding ", i)})
	}
	for name, r := range map[string]Report{"long": said(long), "many": many, "areas": areas, "entries": entries} {
		t.Run(name, func(t *testing.T) {
			out := asMarkdown(t, r)
			require.LessOrEqual(t, len(out), maxMarkdown)
			require.Equal(t, strings.Count(out, "<details>"), strings.Count(out, "</details>"))
			if name != "long" {
				require.Regexp(t, `… and \d+ more `, out)
			}
		})
	}
	out := asMarkdown(t, many)
	full, lines := strings.Count(out, "<details><summary>FAIL"), strings.Count(out, "\nFAIL ")
	require.Contains(t, out, fmt.Sprintf("… and %d more violations", 3000-full-lines))
}

func TestOutcome(t *testing.T) {
	require.Equal(t, "interrupted, 1 violation, 1 inconclusive case, 1 fault of the harness", outcome(sample()))
	require.Equal(t, "as expected", outcome(Report{Cases: []Case{{Verdict: Known}}}))
}
