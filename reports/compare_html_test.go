package reports

import (
	"bytes"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// The page of a comparison tells what changed, and shows a case with the evidence of both sides.
func TestComparisonHTML(t *testing.T) {
	page := func(c Comparison) []byte {
		var b bytes.Buffer
		require.NoError(t, WriteComparisonHTML(&b, c))
		return b.Bytes()
	}
	require.Equal(t, page(compared()), page(compared()))
	chromium := browser(t)

	t.Run("overview", func(t *testing.T) {
		b := open(t, chromium, page(compared()), "", 1440, 1000)
		b.picture("overview")
		b.waits(`document.getElementById("found").textContent === "5 of 5 changes"`)
		all := b.text("body")
		for _, want := range append(texts(compared().Groups, func(g Group) string { return Phrase(g.Kind) }), "1 regression, 1 ability lost",
			"go v2.8.2 → v2.9.3", "has lost tlsCRLFile", "nothing is known of them", "connects over TLS") {
			require.Contains(t, all, want)
		}
	})

	t.Run("filters", func(t *testing.T) {
		b := open(t, chromium, page(compared()), "#kind=pool", 1440, 1000)
		b.waits(`document.getElementById("found").textContent === "2 of 5 changes"`)
		b.visit("#area=ocsp")
		b.waits(`document.getElementById("found").textContent === "1 of 5 changes"`)
		b.visit("#q=" + "soft-fail+accepted")
		b.waits(`document.getElementById("found").textContent === "1 of 5 changes"`)
		b.press(kb.Escape)
		b.at("")
		b.waits(`document.getElementById("found").textContent === "5 of 5 changes"`)
	})

	t.Run("a case", func(t *testing.T) {
		b := open(t, chromium, page(compared()), "", 1440, 1000)
		b.click(`#list [data-key="ocsp/soft-fail/preferTLS"]`)
		b.at("case=ocsp/soft-fail/preferTLS")
		b.focused("case")
		b.picture("case")
		seen := b.text("#reading")
		for _, want := range []string{"refuses what it accepted", "connects over TLS", "fails as server-refused at command 2", `<script>alert(1)</script> ]]> & "x"`, `\x1b[31m`} {
			require.Contains(t, seen, want)
		}
		require.NotContains(t, seen, "hunter")
		require.Equal(t, 2, eval[int](b, `document.querySelectorAll("#reading .side").length`))
		b.press("j")
		b.at("case=name/ip-in-san/disabled")
		b.press(kb.Escape)
		b.at("")
		b.focused("name/ip-in-san/disabled")
	})

	t.Run("nothing", func(t *testing.T) {
		b := open(t, chromium, page(Compare(sample(), again())), "", 390, 800)
		require.Contains(t, b.text("body"), "Nothing changed")
		b.visit("#case=nonsense")
		require.Contains(t, b.text("#reading"), "No change of nonsense is in this comparison.")
	})
}
