package reports_test

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

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func asMarkdown(t *testing.T, r reports.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reports.WriteMarkdown(&b, r))
	return b.String()
}

func TestMarkdownGolden(t *testing.T) {
	sample.Golden(t, "markdown.golden", []byte(asMarkdown(t, sample.Report())))
}

// shape is the tree of elements that a text renders to.
func shape(t *testing.T, markdown string) string {
	t.Helper()
	var page bytes.Buffer
	renderer := goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithRendererOptions(htmlrenderer.WithUnsafe()),
	)
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

// Whatever a driver, a server or a certificate says, the summary has the same elements.
func TestMarkdownHostileText(t *testing.T) {
	want := shape(t, asMarkdown(t, sample.Said("plain")))
	require.Contains(t, want, "details")
	require.Contains(t, want, "table")
	for _, hostile := range sample.Hostile {
		require.Equal(t, want, shape(t, asMarkdown(t, sample.Said(hostile))), "%q", hostile)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, hostile := range sample.Hostile {
		f.Add(hostile)
	}
	want := ""
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 100 {
			t.Skip("sizes are another test's")
		}
		if want == "" {
			want = shape(t, asMarkdown(t, sample.Said("plain")))
		}
		require.Equal(t, want, shape(t, asMarkdown(t, sample.Said(text))))
	})
}

// GitHub looks for people and issues in what it has rendered, but not in code.
func TestMarkdownMentionsNobody(t *testing.T) {
	r := sample.Report()
	r.Cases[0].Why, r.Cases[0].ID = "@octocat broke octo/repo#1", "name/x@variant/requireTLS"
	out := asMarkdown(t, r)
	require.Contains(t, out, "&#64;&#8203;octocat broke octo/repo&#35;&#8203;1")
	require.Contains(t, out, "<code>name/x&#64;variant/requireTLS</code>")
}

// A summary fits a comment, and says how much it leaves out, whatever is long or many.
func TestMarkdownIsBounded(t *testing.T) {
	long := strings.Repeat("é<", 1<<12)
	many := sample.Report()
	many.Cases = nil
	for i := range 3000 {
		c := sample.Report().Cases[0]
		c.ID = fmt.Sprintf("name/row-%04d/requireTLS", i)
		many.Cases = append(many.Cases, c)
	}
	areas, entries := sample.Report(), sample.Report()
	for i := range 5000 {
		areas.Cases = append(
			areas.Cases,
			reports.Case{ID: fmt.Sprint(i), Area: fmt.Sprint("area-", i), Verdict: reports.Conforms},
		)
		entries.Known = append(
			entries.Known,
			reports.KnownEntry{ID: fmt.Sprint(i), Reason: "reason", Reference: "reference", Matched: 1},
		)
		entries.Findings = append(entries.Findings, reports.Finding{"x", fmt.Sprint("finding ", i)})
	}
	for name, r := range map[string]reports.Report{
		"long": sample.Said(long), "many": many, "areas": areas, "entries": entries,
	} {
		t.Run(name, func(t *testing.T) {
			out := asMarkdown(t, r)
			require.LessOrEqual(t, len(out), form.MaxMarkdown)
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
