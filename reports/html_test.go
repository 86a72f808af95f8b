package reports_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/browser"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func asHTML(t *testing.T, r reports.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reports.WriteHTML(&b, r))
	return b.Bytes()
}

func TestHTMLIsDeterministicAndHoldsNoSecret(t *testing.T) {
	require.Equal(t, asHTML(t, sample.Report()), asHTML(t, sample.Report()))
	require.Equal(
		t,
		2,
		bytes.Count(asHTML(t, sample.Said("</script><script>alert(1)</script>")), []byte("</script>")),
		"the two of ours",
	)
}

// The title names the runtime, so that the tabs of two can be told apart.
func TestHTMLTitle(t *testing.T) {
	r := sample.Report()
	for _, version := range []string{"24.16.0", "24.17.0"} {
		r.Driver.Components = []evidence.Component{{Name: "openssl", Version: "3.5", Role: evidence.TLSLibrary},
			{Name: "node", Version: version, Role: evidence.Runtime}}
		title := html.EscapeString(r.Driver.Name+" "+r.Driver.Version) + "&#43;node" + version + ": "
		require.True(t, strings.Contains(string(asHTML(t, r)), "<title>"+title), title)
	}
}

const caseLink = `#list [data-key="%s"]`

func TestHTML(t *testing.T) {
	desktop := func(t *testing.T, r reports.Report, fragment string) *browser.Tab {
		return browser.Open(t, asHTML(t, r), fragment, 1440, 1000)
	}
	const id = "name/ip-not-in-san/requireTLS"

	t.Run("overview", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		b.Picture("overview")
		b.Accessible("overview")
		g := sample.Report().Grid()
		for _, area := range g.Areas {
			for _, mode := range g.Modes {
				if n := g.Cell(area, mode); n != nil {
					require.Equal(t, reports.Words(n), cell(b, area, mode))
				}
			}
		}
		require.Equal(t, "1 conforms", cell(b, "name", "self-checks"))
		all := b.Text("body")
		for _, want := range append(
			sample.Report().Sums(), "Interrupted, 1 violation", "go v2.9.3 against embedded 4.4.5", "9223372036854775809",
			"the DNS fixture on 127.0.0.1:5353 went away", "silently ignored", "It says the opposite.",
			"The deployment", "db1.example.com:27017", "its certificate is CN=<b>db1</b>",
		) {
			require.Contains(t, all, want)
		}
		b.Shows(8)
		require.Regexp(t, `^Not as expected\s*2\s`, b.Text("#violations"))
		require.True(t, browser.Eval[bool](b, `document.querySelector("#violations").getBoundingClientRect().bottom <
			document.querySelector("table").getBoundingClientRect().top`), "the page opens with what is not as expected")
		b.Click(`#violations a`)
		require.Contains(t, browser.Eval[string](b, `location.hash`), "case=")
	})

	t.Run("search", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		b.Slash()
		b.Focused("q")
		b.Press("WILDCARD")
		b.Shows(1)
		b.At("q=WILDCARD")
		b.Back() // one step undoes what was typed
		b.Shows(8)
		require.Empty(t, browser.Eval[string](b, `document.getElementById("q").value`))
		b.Visit("#q=hostnotthere")
		b.Shows(0)
		require.Contains(t, b.Text("#list"), "No case is like that.")
		b.Visit("#q=name/*/require*")
		b.Shows(4)
		b.Visit("#q=bad+certificate") // what a server said
		b.Shows(3)
		b.Visit("#q=connection+accepted+22943") // and what its log says
		b.Shows(4)
		b.Press(kb.Escape)
		b.At("")
		b.Shows(8)
	})

	t.Run("filters", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		b.Click(`button[data-verdict="violates"]`)
		b.Click(`button[data-verdict="inconclusive"]`)
		b.Shows(2)
		b.At("verdict=violates,inconclusive")
		browser.Eval[chromedp.Void](
			b,
			`(e => { e.value = "ocsp"; e.dispatchEvent(new Event("change")); })(document.getElementById("area"))`,
		)
		b.Shows(1)
		b.At("verdict=violates,inconclusive&area=ocsp")
		b.Do(chromedp.Reload()) // a link reproduces the view
		b.Shows(1)
		require.Equal(t, "ocsp", browser.Eval[string](b, `document.getElementById("area").value`))
		require.Equal(
			t,
			[]string{"violates", "inconclusive"},
			browser.Eval[[]string](b, `[...document.querySelectorAll("button[aria-pressed=true]")].map(e => e.dataset.verdict)`),
		)
		b.Back()
		b.Shows(2)
		b.Visit("#mode=self-checks")
		b.Shows(1)
		b.Visit("#claim=M9&mode=disabled")
		b.Shows(1)
		b.Visit("#verdict=nonsense&area=nonsense&case=nonsense")
		require.Contains(t, b.Text("#reading"), "This report has no case nonsense.")
	})

	t.Run("from a cell to the evidence", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		b.Click(`[data-key="cell name requireTLS"]`)
		b.At("area=name&mode=requireTLS")
		b.Shows(3) // and not the self-check
		b.Click(fmt.Sprintf(caseLink, id))
		b.At("area=name&mode=requireTLS&case=" + id)
		b.Picture("case")
		b.Accessible("case")
		seen := b.Text("#reading")
		c := sample.Report().Cases[0]
		require.Equal(t, id, c.ID)
		for _, want := range []string{
			c.Says, c.Why, c.Again(), c.Expectation, c.Because, c.Replay, "the name must be one the certificate carries",
			"mongodb://app:***@127.0.0.1:40002/", `{"createUser":"app","pwd":"***"}`, "mongo.CommandError › driver.Error",
			"13 Unauthorized", `<script>alert(1)</script> ]]> & "x"`, `\x1b[31m`, "Connection 4 from 127.0.0.1:50004",
			"remote error: tls: bad certificate", "bad-client-cert", "1 left open", "the record was late",
		} {
			require.Contains(t, seen, want)
		}
		require.NotContains(t, seen, "hunter")
		b.Click(".control + a") // the twin
		b.At("area=name&mode=requireTLS&case=name/ip-in-san/requireTLS")
		b.Click("#reading details summary")
		seen = b.Text("#reading")
		for _, want := range []string{
			"CN=<script>alert(1)</script>,O=\\u202egnp", "CN=ca,O=mongotls", "DNS localhost", "must staple", "ECDSA P-256",
			"2026-01-01 03:04", "serverAuth", "http://127.0.0.1:8888/c1", "heartbeat succeeded",
			"authenticate on $external user CN=client,OU=clients,O=mongotls", "2 OCSP requests", "Connection accepted",
		} {
			require.Contains(t, seen, want)
		}
		b.Back()
		b.Back()
		b.At("area=name&mode=requireTLS")
		require.True(t, browser.Eval[bool](b, `document.getElementById("reading").hidden`))
		b.Visit("#case=ocsp/revoked/preferTLS")
		require.Contains(t, b.Text("#reading"), "Attempt 2 of 2")
		b.Accessible("a case with two attempts")
		b.Visit("#case=ocsp/crl/preferTLS")
		require.Contains(t, b.Text("#reading"), "It did not run here.")
	})

	// What a driver and the members of a set did, and what happened to them, is on one time line.
	t.Run("time line", func(t *testing.T) {
		t.Parallel()
		c := sample.Accepted("journey/failover/requireTLS")
		a := &c.Attempts[0]
		a.Answer.ElapsedMS, a.Answer.Events = 700, []evidence.Event{{Kind: evidence.HeartbeatFailed, AtMS: 15}}
		hello := evidence.CommandSeen{Name: "hello", AtMS: 112}
		a.Server = evidence.Seen{ClientAtMS: 100,
			Connections: []evidence.Connection{
				{ID: 1, Member: "a", AtMS: 110, Commands: []evidence.CommandSeen{hello, {Name: "find", AtMS: 120}}},
				{ID: 2, Member: "b", AtMS: 110, Commands: []evidence.CommandSeen{hello, {Name: "insert", AtMS: 700}}},
			},
			Steps: []evidence.StepSeen{{Text: "b is elected", After: 1, Member: "b", AtMS: 130, TookMS: 400}}}
		b := desktop(t, sample.Of("1", c), "#case="+c.ID)
		lanes := browser.Eval[[][]string](b, `[...document.querySelectorAll(".lane")].map(
			l => [l.querySelector("h3").textContent, ...[...l.querySelectorAll("li")].map(e => e.textContent)])`)
		in := func(lane int, words ...string) {
			for _, word := range words {
				i := slices.IndexFunc(lanes[lane], func(text string) bool { return strings.Contains(text, word) })
				require.GreaterOrEqual(t, i, 0, "%q in its order in %q", word, lanes[lane])
				lanes[lane] = lanes[lane][i+1:]
			}
		}
		require.Len(t, lanes, 3)
		in(0, "since the deployment was started", "115 ms", "find at a", "b is elected", "insert at b", "800 ms")
		in(1, "since the deployment was started", "110 ms", "hello", "120 ms")
		in(2, "since the deployment was started", "hello", "130 ms", "700 ms")
	})

	t.Run("copy", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "#case="+id)
		b.Click(".command button")
		b.Waits(`document.querySelector(".command button").textContent === "Copied"`)
	})

	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		b.Do(chromedp.Focus(chromedp.CSS(`table [tabindex="0"]`)))
		require.Equal(
			t,
			1,
			browser.Eval[int](b, `document.querySelectorAll('table [tabindex="0"]').length`),
			"one stop of the tab key",
		)
		b.Press(kb.ArrowDown)
		b.Press(kb.ArrowDown)
		b.Focused("cell name disabled") // ocsp has none
		b.Press(kb.ArrowRight)
		b.Focused("cell name requireTLS")
		require.NotEqual(
			t,
			"none",
			browser.Eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`),
			"the focus is visible",
		)
		b.Press(kb.Enter)
		b.At("area=name&mode=requireTLS")
		b.Focused("list")
		b.Press(kb.Tab) // "clear"
		b.Press(kb.Tab) // the area's heading
		b.Press(kb.Tab)
		b.Focused("name/ip-in-san/requireTLS")
		b.Press(kb.ArrowDown)
		b.Focused(id)
		b.Press(kb.Enter)
		b.Focused("case")
		b.Press("j")
		b.At("area=name&mode=requireTLS&case=name/wildcard/requireTLS")
		b.Press("k")
		b.Press("k")
		b.At("area=name&mode=requireTLS&case=name/ip-in-san/requireTLS")
		b.Press(kb.Escape)
		b.At("area=name&mode=requireTLS")
		b.Focused("name/ip-in-san/requireTLS")
		b.Press(kb.Escape)
		b.At("")
		b.Slash()
		b.Press("revoked")
		b.Press(kb.ArrowDown)
		b.Focused("ocsp/revoked/preferTLS")
	})

	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		for name, r := range map[string]reports.Report{
			"sample": sample.Report(), "long texts": sample.Said(strings.Repeat("unbroken", 60)),
		} {
			b := browser.Open(t, asHTML(t, r), "", 390, 844)
			fits := func(what string) {
				browser.Eval[chromedp.Void](b, `for (const d of document.querySelectorAll("details")) d.open = true`)
				b.Fits(what + " of " + name)
			}
			fits("overview")
			b.Picture("phone, " + name)
			for i, c := range r.Cases {
				read(b, c)
				fits(sample.Report().Cases[i].ID)
			}
			b.Picture("phone, a case of " + name)
		}
	})

	t.Run("themes", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "#case="+id)
		paper := func() string { return browser.Eval[string](b, `getComputedStyle(document.body).backgroundColor`) }
		light := paper()
		b.Media("", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
		dark := paper()
		require.NotEqual(t, light, dark, "it follows the system")
		b.Picture("dark")
		b.Accessible("dark")
		b.Click("#theme")
		require.Equal(t, light, paper(), "and the switch overrules it")
		b.Do(chromedp.Reload())
		b.Shows(8)
		require.Equal(t, light, paper(), "for good")
		b.Click("#theme")
		require.Equal(t, dark, paper())
		b.Media("print", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
		require.Equal(t, "rgb(255, 255, 255)", paper(), "but paper is white")
		require.Equal(t, "none", browser.Eval[string](b, `getComputedStyle(document.querySelector(".controls")).display`))
		b.Picture("print")
	})

	t.Run("hostile texts", func(t *testing.T) {
		t.Parallel()
		script := `</script><script>window.hacked = 1</script>`
		all := append(
			[]string{
				script,
				`<img src=x onerror="window.hacked = 1">`,
				`"><svg onload="window.hacked = 1">`,
				"https://example.test/'onclick=alert(1)//",
			},
			sample.Hostile...)
		for _, hostile := range []string{script, "javascript:alert(1)", "__proto__", strings.Join(all, " ")} {
			r := sample.Said(hostile)
			b := desktop(t, r, "")
			const elements = `document.querySelectorAll("script, img, svg, iframe, object, details details details, [onerror], [onload], [onclick], [href^=javascript]").length`
			require.Equal(t, 2, browser.Eval[int](b, elements), "the data and the script")
			require.Contains(t, b.Text("body"), strings.Fields(hostile)[0], "it is shown as text")
			for _, c := range r.Cases {
				read(b, c)
				require.Equal(t, 2, browser.Eval[int](b, elements))
				require.Contains(t, b.Text("#reading"), strings.Fields(hostile)[0])
			}
			require.False(t, browser.Eval[bool](b, `"hacked" in window`))
			require.Empty(
				t,
				browser.Eval[string](
					b,
					`(document.body.textContent.match(/[\u0000-\u0008\u202a-\u202e\u2066-\u2069]/) ?? [""])[0]`,
				),
			)
		}
	})

	t.Run("no network", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, sample.Report(), "")
		require.Equal(
			t,
			[]string{"connect-src", "img-src", "script-src-elem", "style-src-elem"},
			browser.Eval[[]string](b, `new Promise(done => {
			const refused = [];
			document.addEventListener("securitypolicyviolation", e => {
				if (refused.push(e.effectiveDirective) === 4) done(refused.sort());
			});
			const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
			add("img", { src: "https://example.test/x" });
			fetch("https://example.test/x").catch(() => {});
			add("script", { textContent: "window.hacked = 1" });
			add("style", { textContent: "body { background: url(https://example.test/x) }" });
		})`),
		)
		require.NotEmpty(t, b.Complaints())
	})

	t.Run("a report with nothing in it", func(t *testing.T) {
		t.Parallel()
		b := desktop(t, reports.Report{}, "")
		require.Contains(t, b.Text("body"), "Nothing was run")
		b.Visit("#case=x")
		b.Visit("#q=*(&verdict=known")
	})

	t.Run("many cases", func(t *testing.T) {
		t.Parallel()
		r := many(1500)
		page := asHTML(t, r)
		require.Less(t, len(page), 1<<20)
		b := desktop(t, r, "")
		b.Shows(1500)
		timed := func(change string) float64 {
			return browser.Eval[float64](
				b,
				`(() => { const start = performance.now(); history.replaceState(null, "", "#`+change+`"); dispatchEvent(new Event("hashchange")); document.body.offsetHeight; return performance.now() - start; })()`,
			)
		}
		t.Logf(
			"%d bytes; first search %.0f ms, second %.0f ms, all again %.0f ms, a case %.0f ms",
			len(page),
			timed("q=refused"),
			timed("q=row-00"),
			timed(""),
			timed("case="+r.Cases[0].ID),
		)
	})
}

// cell is what a cell of the matrix says.
func cell(b *browser.Tab, area, mode string) string {
	b.Helper()
	return browser.Eval[string](
		b,
		fmt.Sprintf(
			`[...document.querySelectorAll('[data-key="cell %s %s"] .tally')].map(e => e.firstChild.textContent + e.lastChild.textContent).join(", ")`,
			area,
			mode,
		),
	)
}

// read opens a case.
func read(b *browser.Tab, c reports.Case) {
	b.Helper()
	browser.Eval[chromedp.Void](b, fmt.Sprintf(`new Promise(done => {
		addEventListener("hashchange", done, { once: true }); // after the page's own listener
		location.hash = "#" + new URLSearchParams({ case: %s });
	})`, inScript(b.T, c.ID)))
	require.NotEmpty(b, b.Text("#reading .says"))
}

// inScript is a text as an expression.
func inScript(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	require.NoError(t, err)
	return string(b)
}

// many is a report of n cases of the sample's making.
func many(n int) reports.Report {
	r := sample.Report()
	of := r.Cases
	r.Cases = nil
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		c := of[random.IntN(len(of))]
		area := fmt.Sprintf("area%02d", i%14)
		c.Mode, c.Area, c.Name = reports.Modes[i/14%4], area, fmt.Sprintf("%s/row-%04d", area, i/56)
		c.ID = c.Name + "/" + c.Mode
		r.Cases = append(r.Cases, c)
	}
	return r
}
