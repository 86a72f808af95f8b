package compare

import (
	"bytes"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

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
		b.Waits(`document.getElementById("found").textContent === "5 of 5 changes"`)
		all := b.Text("body")
		for _, want := range append(form.Texts(compared().Groups, func(g Group) string { return Phrase(g.Kind) }), "1 regression, 1 ability lost",
			"go v2.8.2 → v2.9.3", "has lost tlsCRLFile", "nothing is known of them", "connects over TLS") {
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
		seen := b.Text("#reading")
		for _, want := range []string{"refuses what it accepted", "connects over TLS", "fails as server-refused at command 2", `<script>alert(1)</script> ]]> & "x"`, `\x1b[31m`} {
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
}
