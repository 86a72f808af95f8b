package compare

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/browser"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// The page of a comparison tells what changed, and shows a case with the evidence of both sides.
func TestComparisonHTML(t *testing.T) {
	page := func(c Comparison) []byte {
		var b bytes.Buffer
		require.NoError(t, WriteHTML(&b, c))
		return b.Bytes()
	}
	require.Equal(t, page(compared()), page(compared()))

	t.Run("overview", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, page(compared()), "", 1440, 1000)
		b.Picture("overview")
		b.Accessible("overview")
		b.Waits(`document.getElementById("found").textContent === "5 of 5 changes"`)
		all := b.Text("body")
		for _, want := range append(
			form.Texts(compared().Groups, func(g Group) string { return Phrase(g.Kind) }), "1 regression, 1 ability lost",
			"go v2.8.2 → v2.9.3", "has lost tlsCRLFile", "nothing is known of them", "connects over TLS",
		) {
			require.Contains(t, all, want)
		}
	})

	t.Run("filters", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, page(compared()), "#kind=pool", 1440, 1000)
		b.Waits(`document.getElementById("found").textContent === "2 of 5 changes"`)
		b.Visit("#area=ocsp")
		b.Waits(`document.getElementById("found").textContent === "1 of 5 changes"`)
		b.Visit("#q=" + "soft-fail+accepted")
		b.Waits(`document.getElementById("found").textContent === "1 of 5 changes"`)
		b.Press(kb.Escape)
		b.At("")
		b.Waits(`document.getElementById("found").textContent === "5 of 5 changes"`)
	})

	t.Run("a case", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, page(compared()), "", 1440, 1000)
		b.Click(`#list [data-key="ocsp/soft-fail/preferTLS"]`)
		b.At("case=ocsp/soft-fail/preferTLS")
		b.Focused("case")
		b.Picture("case")
		b.Accessible("case")
		seen := b.Text("#reading")
		for _, want := range []string{
			"refuses what it accepted", "connects over TLS", "fails as server-refused at command 2",
			`<script>alert(1)</script> ]]> & "x"`, `\x1b[31m`,
		} {
			require.Contains(t, seen, want)
		}
		require.NotContains(t, seen, "hunter")
		require.Equal(t, 2, browser.Eval[int](b, `document.querySelectorAll("#reading .side").length`))
		b.Press("j")
		b.At("case=name/ip-in-san/disabled")
		b.Press(kb.Escape)
		b.At("")
		b.Focused("name/ip-in-san/disabled")
	})

	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, page(Reports(sample.Report(), sample.Again())), "", 390, 800)
		require.Contains(t, b.Text("body"), "Nothing changed")
		b.Visit("#case=nonsense")
		require.Contains(t, b.Text("#reading"), "No change of nonsense is in this comparison.")
	})

	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, page(compared()), "", 390, 844)
		b.Fits("overview")
		b.Accessible("overview")
		b.Visit("#case=ocsp/soft-fail/preferTLS")
		b.Fits("a case")
		b.Accessible("a case")
		b.Picture("phone")
	})
}

// What differs is marked by words, in whole values, and can be seen.
func TestDifferences(t *testing.T) {
	text := func(s string) reports.Case {
		c := sample.Refused(ocspCase)
		c.Attempts[0].Answer.Error.Text = s
		return c
	}
	for name, row := range map[string]struct{ base, head, marked string }{
		"a word":        {"certificate of x is bad", "certificate of xy is bad", "x → xy"},
		"in the middle": {"a b c d e", "a B c D e", "b|d → B|D"},
		"more": {
			"handshake: bad name", "handshake: failed to configure TLS: bad name", " → failed to configure TLS: ",
		},
		"white space":        {"bad name", "bad  name", "␣ → ␣␣"},
		"a line":             {"bad name", "bad\nname", "␣ → ↵\n"},
		"an invisible one":   {"bad name", "bad\u202ename", `bad name → bad\u202ename`},
		"all":                {"x", "y", "x → y"},
		"nothing was before": {"", "y", " → y"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Reports(sample.Of("v1.0.0", text(row.base)), sample.Of("v1.1.0", text(row.head)))
			require.Len(t, c.Groups, 1)
			var content bytes.Buffer
			require.NoError(t, WriteHTML(&content, c))
			b := browser.Open(t, content.Bytes(), "", 1440, 1000)
			whole := browser.Eval[[]string](
				b,
				`[...document.querySelectorAll(".group .details tbody td:not(.arrow)")].map(e => e.textContent)`,
			)
			marks := browser.Eval[[]string](
				b,
				`[...document.querySelectorAll(".group .details tbody td:not(.arrow)")].map(e => [...e.querySelectorAll("mark")].map(m => m.textContent).join("|"))`,
			)
			require.Equal(t, row.marked, strings.Join(marks, " → "))
			for i, want := range []string{row.base, row.head} {
				if strings.IndexFunc(want, func(r rune) bool { return r == '\u202e' || r == '\n' }) < 0 &&
					!strings.Contains(want, "  ") &&
					want != "" {
					require.Equal(t, want, strings.ReplaceAll(whole[i], "␣", " "))
				}
			}
		})
	}
}
