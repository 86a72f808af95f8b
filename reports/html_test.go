package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func asHTML(t *testing.T, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteHTML(&b, r))
	return b.Bytes()
}

func TestHTMLIsDeterministicAndHoldsNoSecret(t *testing.T) {
	require.Equal(t, asHTML(t, sample()), asHTML(t, sample()))
	require.Equal(t, 2, bytes.Count(asHTML(t, said("</script><script>alert(1)</script>")), []byte("</script>")), "the two of ours")
}

const caseLink = `#list [data-key="%s"]`

func TestHTML(t *testing.T) {
	chromium := browser(t)
	desktop := func(t *testing.T, r Report, fragment string) *tab {
		return open(t, chromium, asHTML(t, r), fragment, 1440, 1000)
	}
	const id = "name/ip-not-in-san/requireTLS"

	t.Run("overview", func(t *testing.T) {
		b := desktop(t, sample(), "")
		b.picture("overview")
		g := sample().Grid()
		for _, area := range g.Areas {
			for _, mode := range g.Modes {
				if n := g.Cell(area, mode); n != nil {
					require.Equal(t, Words(n), b.cell(area, mode))
				}
			}
		}
		require.Equal(t, "1 conforms", b.cell("name", "self-checks"))
		all := b.text("body")
		for _, want := range append(sample().Sums(), "Interrupted, 1 violation", "go v2.9.3 against embedded 4.4.5", "9223372036854775809",
			"the DNS fixture on 127.0.0.1:5353 went away", "silently ignored", "It says the opposite.") {
			require.Contains(t, all, want)
		}
		b.shows(8)
	})

	t.Run("search", func(t *testing.T) {
		b := desktop(t, sample(), "")
		b.slash()
		b.focused("q")
		b.press("WILDCARD")
		b.shows(1)
		b.at("q=WILDCARD")
		b.back() // one step undoes what was typed
		b.shows(8)
		require.Empty(t, eval[string](b, `document.getElementById("q").value`))
		b.visit("#q=hostnotthere")
		b.shows(0)
		require.Contains(t, b.text("#list"), "No case is like that.")
		b.visit("#q=name/*/require*")
		b.shows(4)
		b.visit("#q=bad+certificate") // what a server said
		b.shows(3)
		b.visit("#q=connection+accepted+22943") // and what its log says
		b.shows(4)
		b.press(kb.Escape)
		b.at("")
		b.shows(8)
	})

	t.Run("filters", func(t *testing.T) {
		b := desktop(t, sample(), "")
		b.click(`button[data-verdict="violates"]`)
		b.click(`button[data-verdict="inconclusive"]`)
		b.shows(2)
		b.at("verdict=violates,inconclusive")
		eval[chromedp.Void](b, `(e => { e.value = "ocsp"; e.dispatchEvent(new Event("change")); })(document.getElementById("area"))`)
		b.shows(1)
		b.at("verdict=violates,inconclusive&area=ocsp")
		b.do(chromedp.Reload()) // a link reproduces the view
		b.shows(1)
		require.Equal(t, "ocsp", eval[string](b, `document.getElementById("area").value`))
		require.Equal(t, []string{"violates", "inconclusive"}, eval[[]string](b, `[...document.querySelectorAll("button[aria-pressed=true]")].map(e => e.dataset.verdict)`))
		b.back()
		b.shows(2)
		b.visit("#mode=self-checks")
		b.shows(1)
		b.visit("#claim=M9&mode=disabled")
		b.shows(1)
		b.visit("#verdict=nonsense&area=nonsense&case=nonsense")
		require.Contains(t, b.text("#reading"), "This report has no case nonsense.")
	})

	t.Run("from a cell to the evidence", func(t *testing.T) {
		b := desktop(t, sample(), "")
		b.click(`[data-key="cell name requireTLS"]`)
		b.at("area=name&mode=requireTLS")
		b.shows(3) // and not the self-check
		b.click(fmt.Sprintf(caseLink, id))
		b.at("area=name&mode=requireTLS&case=" + id)
		b.picture("case")
		seen := b.text("#reading")
		c := sample().Cases[0]
		require.Equal(t, id, c.ID)
		for _, want := range []string{c.Says, c.Why, c.Expectation, c.Because, c.Replay, "the name must be one the certificate carries", "mongodb://app:***@127.0.0.1:40002/",
			`{"createUser":"app","pwd":"***"}`, "mongo.CommandError › driver.Error", "13 Unauthorized", `<script>alert(1)</script> ]]> & "x"`, `\x1b[31m`,
			"Connection 4 from 127.0.0.1:50004", "remote error: tls: bad certificate", "bad-client-cert", "1 left open", "the record was late"} {
			require.Contains(t, seen, want)
		}
		require.NotContains(t, seen, "hunter")
		b.click(".control + a") // the twin
		b.at("area=name&mode=requireTLS&case=name/ip-in-san/requireTLS")
		b.click("#reading details summary")
		seen = b.text("#reading")
		for _, want := range []string{"CN=<script>alert(1)</script>,O=\\u202egnp", "CN=ca,O=mongotls", "DNS localhost", "must staple", "ECDSA P-256", "2026-01-01 03:04", "serverAuth",
			"http://127.0.0.1:8888/c1", "heartbeat succeeded", "authenticate on $external user CN=client,OU=clients,O=mongotls", "2 OCSP requests", "Connection accepted"} {
			require.Contains(t, seen, want)
		}
		b.back()
		b.back()
		b.at("area=name&mode=requireTLS")
		require.True(t, eval[bool](b, `document.getElementById("reading").hidden`))
		b.visit("#case=ocsp/revoked/preferTLS")
		require.Contains(t, b.text("#reading"), "Attempt 2 of 2")
		b.visit("#case=ocsp/crl/preferTLS")
		require.Contains(t, b.text("#reading"), "It did not run here.")
	})

	t.Run("copy", func(t *testing.T) {
		b := desktop(t, sample(), "#case="+id)
		b.click(".command button")
		b.waits(`document.querySelector(".command button").textContent === "Copied"`)
	})

	t.Run("keys", func(t *testing.T) {
		b := desktop(t, sample(), "")
		b.do(chromedp.Focus(chromedp.CSS(`table [tabindex="0"]`)))
		require.Equal(t, 1, eval[int](b, `document.querySelectorAll('table [tabindex="0"]').length`), "one stop of the tab key")
		b.press(kb.ArrowDown)
		b.press(kb.ArrowDown)
		b.focused("cell name disabled") // ocsp has none
		b.press(kb.ArrowRight)
		b.focused("cell name requireTLS")
		require.NotEqual(t, "none", eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`), "the focus is visible")
		b.press(kb.Enter)
		b.at("area=name&mode=requireTLS")
		b.focused("list")
		b.press(kb.Tab) // "clear"
		b.press(kb.Tab) // the area's heading
		b.press(kb.Tab)
		b.focused("name/ip-in-san/requireTLS")
		b.press(kb.ArrowDown)
		b.focused(id)
		b.press(kb.Enter)
		b.focused("case")
		b.press("j")
		b.at("area=name&mode=requireTLS&case=name/wildcard/requireTLS")
		b.press("k")
		b.press("k")
		b.at("area=name&mode=requireTLS&case=name/ip-in-san/requireTLS")
		b.press(kb.Escape)
		b.at("area=name&mode=requireTLS")
		b.focused("name/ip-in-san/requireTLS")
		b.press(kb.Escape)
		b.at("")
		b.slash()
		b.press("revoked")
		b.press(kb.ArrowDown)
		b.focused("ocsp/revoked/preferTLS")
	})

	t.Run("phone", func(t *testing.T) {
		for name, r := range map[string]Report{"sample": sample(), "long texts": said(strings.Repeat("unbroken", 60))} {
			b := open(t, chromium, asHTML(t, r), "", 390, 844)
			fits := func(what string) {
				eval[chromedp.Void](b, `for (const d of document.querySelectorAll("details")) d.open = true`)
				require.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 390, "%s of %s", what, name)
			}
			fits("overview")
			b.picture("phone, " + name)
			for i, c := range r.Cases {
				b.read(c)
				fits(sample().Cases[i].ID)
			}
			b.picture("phone, a case of " + name)
		}
	})

	t.Run("themes", func(t *testing.T) {
		b := desktop(t, sample(), "#case="+id)
		paper := func() string { return eval[string](b, `getComputedStyle(document.body).backgroundColor`) }
		light := paper()
		b.media("", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
		dark := paper()
		require.NotEqual(t, light, dark, "it follows the system")
		b.picture("dark")
		b.click("#theme")
		require.Equal(t, light, paper(), "and the switch overrules it")
		b.do(chromedp.Reload())
		b.shows(8)
		require.Equal(t, light, paper(), "for good")
		b.click("#theme")
		require.Equal(t, dark, paper())
		b.media("print", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
		require.Equal(t, "rgb(255, 255, 255)", paper(), "but paper is white")
		require.Equal(t, "none", eval[string](b, `getComputedStyle(document.querySelector(".controls")).display`))
		b.picture("print")
	})

	t.Run("hostile texts", func(t *testing.T) {
		script := `</script><script>window.hacked = 1</script>`
		all := append([]string{script, `<img src=x onerror="window.hacked = 1">`, `"><svg onload="window.hacked = 1">`, "https://example.test/'onclick=alert(1)//"}, hostileTexts...)
		for _, hostile := range []string{script, "javascript:alert(1)", "__proto__", strings.Join(all, " ")} {
			r := said(hostile)
			b := desktop(t, r, "")
			const elements = `document.querySelectorAll("script, img, svg, iframe, object, details details details, [onerror], [onload], [onclick], [href^=javascript]").length`
			require.Equal(t, 2, eval[int](b, elements), "the data and the script")
			require.Contains(t, b.text("body"), strings.Fields(hostile)[0], "it is shown as text")
			for _, c := range r.Cases {
				b.read(c)
				require.Equal(t, 2, eval[int](b, elements))
				require.Contains(t, b.text("#reading"), strings.Fields(hostile)[0])
			}
			require.False(t, eval[bool](b, `"hacked" in window`))
			require.Empty(t, eval[string](b, `(document.body.textContent.match(/[\u0000-\u0008\u202a-\u202e\u2066-\u2069]/) ?? [""])[0]`))
		}
	})

	t.Run("no network", func(t *testing.T) {
		b := desktop(t, sample(), "")
		require.Equal(t, []string{"connect-src", "img-src", "script-src-elem", "style-src-elem"}, eval[[]string](b, `new Promise(done => {
			const refused = [];
			document.addEventListener("securitypolicyviolation", e => { if (refused.push(e.effectiveDirective) === 4) done(refused.sort()); });
			const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
			add("img", { src: "https://example.test/x" });
			fetch("https://example.test/x").catch(() => {});
			add("script", { textContent: "window.hacked = 1" });
			add("style", { textContent: "body { background: url(https://example.test/x) }" });
		})`))
		require.NotEmpty(t, b.complaints())
	})

	t.Run("a report with nothing in it", func(t *testing.T) {
		b := desktop(t, Report{}, "")
		require.Contains(t, b.text("body"), "As expected")
		b.visit("#case=x")
		b.visit("#q=*(&verdict=known")
	})

	t.Run("many cases", func(t *testing.T) {
		r := many(1500)
		page := asHTML(t, r)
		require.Less(t, len(page), 1<<20)
		b := desktop(t, r, "")
		b.shows(1500)
		timed := func(change string) float64 {
			return eval[float64](b, `(() => { const start = performance.now(); history.replaceState(null, "", "#`+change+`"); dispatchEvent(new Event("hashchange")); document.body.offsetHeight; return performance.now() - start; })()`)
		}
		t.Logf("%d bytes; first search %.0f ms, second %.0f ms, all again %.0f ms, a case %.0f ms", len(page), timed("q=refused"), timed("q=row-00"), timed(""), timed("case="+r.Cases[0].ID))
	})
}

// cell is what a cell of the matrix says.
func (b *tab) cell(area, mode string) string {
	b.Helper()
	return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll('[data-key="cell %s %s"] .tally')].map(e => e.firstChild.textContent + e.lastChild.textContent).join(", ")`, area, mode))
}

// read opens a case.
func (b *tab) read(c Case) {
	b.Helper()
	eval[chromedp.Void](b, fmt.Sprintf(`new Promise(done => {
		addEventListener("hashchange", done, { once: true }); // after the page's own listener
		location.hash = "#" + new URLSearchParams({ case: %s });
	})`, inScript(b.T, c.ID)))
	require.NotEmpty(b, b.text("#reading .says"))
}

// slash presses that key. The browser's protocol would type it as well, whatever the page makes of it.
func (b *tab) slash() {
	b.Helper()
	eval[chromedp.Void](b, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }))`)
}

// inScript is a text as an expression.
func inScript(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	require.NoError(t, err)
	return string(b)
}

// many is a report of n cases of the sample's making.
func many(n int) Report {
	r := sample()
	of := r.Cases
	r.Cases = nil
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		c := of[random.IntN(len(of))]
		area := fmt.Sprintf("area%02d", i%14)
		c.Mode, c.Area, c.Name = Modes[i/14%4], area, fmt.Sprintf("%s/row-%04d", area, i/56)
		c.ID = c.Name + "/" + c.Mode
		r.Cases = append(r.Cases, c)
	}
	return r
}
