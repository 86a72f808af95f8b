package overview

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/browser"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// sideBySide are reports of four drivers: of the second there are two builds, and the last has a name that means
// something to HTML.
func sideBySide() []reports.Report {
	of := func(name, version, build string, cases ...reports.Case) reports.Report {
		r := sample.Of(version, cases...)
		r.Driver.Name, r.Driver.Build = name, build
		return r
	}
	with := func(c reports.Case, verdict string) reports.Case { c.Verdict = verdict; return c }
	plain := sample.Accepted(ocspCase)
	plain.Attempts[0].Server.Connections[0].Hello, plain.Attempts[0].Server.Connections[0].TLS = nil, ""
	lacking := with(sample.Accepted(ocspCase), reports.Unsupported)
	lacking.Why = "the driver does not have ocsp: ignored"
	node := of("node", "6.20.0", "Node 20", lacking)
	node.Driver.Lacks = map[string]string{"ocsp": "ignored", "tlsCRLFile": "refused"}
	list := []reports.Report{
		of("pymongo", "4.10.1", "CPython 3.13, stdlib ssl", with(sample.Accepted(ocspCase), reports.Violates)),
		of("pymongo", "4.10.1", "CPython 3.13, pyOpenSSL 25.0.0", with(sample.Refused(ocspCase), reports.Known)),
		of("pymongo", "4.9.2", "CPython 3.13, stdlib ssl", with(plain, reports.Inconclusive)),
		of("go", "v2.9.3", "go1.26", sample.Refused(ocspCase)),
		node,
		of("<b>", "1", "", with(sample.Refused(ocspCase), reports.Characterised)),
	}
	for i, library := range []string{"ssl", "pyopenssl", "ssl"} {
		list[i].Driver.Components = []evidence.Component{{Name: "python", Version: "3.13", Role: evidence.Runtime},
			{Name: library, Version: "25.0.0"}}
	}
	return list
}

const ocspCase = "ocsp/x/requireTLS"

var ofInterest = []Question{
	{Topic: "Revocation", Does: "heeds a revocation", Row: "ocsp/x", By: ByRefusal},
	{Topic: "TLS", Does: "uses TLS", Row: "ocsp/x", By: ByTLS},
	{Topic: "TLS", Does: "is not asked", Row: "no/case"},
}

func TestDrivers(t *testing.T) {
	d := NewDrivers(sideBySide(), ofInterest, nil)
	require.Equal(
		t,
		[]string{
			"<b> 1",
			"go v2.9.3",
			"node 6.20.0",
			"pymongo 4.10.1 (pyopenssl)",
			"pymongo 4.10.1 (ssl)",
			"pymongo 4.9.2",
		},
		form.Texts(d.Columns, func(c Column) string { return c.Title }),
	)
	require.Equal(t, "yes: go v2.9.3; <b> 1, pymongo 4.10.1 (pyopenssl) (fails as revoked while connecting); "+
		"no: pymongo 4.10.1 (ssl) (connects over TLS); does not have it: node 6.20.0 (ocsp: ignored)", d.InWords(d.Answers[0]))
	require.Empty(t, d.InWords(d.Answers[2]))
	require.Equal(t, []string{"ocsp"}, d.SilentlyIgnored(2))
	require.Equal(t, map[string]int{reports.Known: 1}, d.Areas[0].Cells[3])

	var b bytes.Buffer
	require.NoError(t, WriteDriversMarkdown(&b, d))
	sample.Golden(t, "drivers.md.golden", b.Bytes())
}

// Builds of one version of a driver are told apart by what they run on, and no text is taken apart for that.
func TestTitles(t *testing.T) {
	on := func(build string, of ...evidence.Component) reports.Report {
		return reports.Report{Driver: reports.Driver{Name: "d", Version: "1", Build: build, Components: of}}
	}
	python := evidence.Component{Name: "python", Version: "3.13, by me", Role: evidence.Runtime}
	older := evidence.Component{Name: "python", Version: "3.9", Role: evidence.Runtime}
	async := evidence.Component{Name: "async", Version: "1"}
	for _, row := range []struct {
		all    []reports.Report
		titles []string
	}{
		{[]reports.Report{on("a, b", python)}, []string{"d 1"}},
		{[]reports.Report{on("a, b", python), on("a, b", python)}, []string{"d 1", "d 1"}},
		{[]reports.Report{on("a, b", python), on("a, c", python, async)}, []string{"d 1", "d 1 (async)"}},
		{[]reports.Report{on("a, b", python), on("c, b", older)}, []string{"d 1 (python 3.13, by me)", "d 1 (python 3.9)"}},
		{[]reports.Report{on("a, b"), on("a, c", python)}, []string{"d 1 (a, b)", "d 1 (python)"}},
	} {
		var titles []string
		for _, r := range row.all {
			titles = append(titles, title(r, row.all))
		}
		require.Equal(t, row.titles, titles)
	}
}

// The pages lead from every cell to its evidence.
func TestDriversHTML(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pages")
	require.NoError(t, SaveDrivers(dir, sideBySide(), ofInterest, []string{"out/x.json: line 1: the report is empty"}))
	content, err := os.ReadFile(filepath.Join(dir, DriversFile))
	require.NoError(t, err)

	t.Run("desktop", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, content, "", 1440, 1000)
		b.Picture("drivers")
		b.Accessible("drivers")
		all := b.Text("body")
		for _, want := range []string{
			"pymongo 4.10.1 (ssl)", "<b> 1", "heeds a revocation", "connects over TLS", "tlsCRLFile", "yes: go v2.9.3",
			"does not have it", "the report is empty",
		} {
			require.Contains(t, all, want)
		}
		columns := `[...document.querySelectorAll("#areas thead th a")].map(e => e.firstChild.textContent)`
		newest := []string{
			"<b> 1",
			"go v2.9.3",
			"node 6.20.0",
			"pymongo 4.10.1 (pyopenssl)",
			"pymongo 4.10.1 (ssl)",
		}
		require.Equal(t, newest, browser.Eval[[]string](b, columns), "older versions are folded")
		b.Click("#older")
		b.At("older=shown")
		b.Waits(`document.querySelector("#older").textContent === "Hide older versions"`)
		require.Equal(t, append(newest, "pymongo 4.9.2"), browser.Eval[[]string](b, columns), "the newest first")
		links := browser.Eval[[]string](b, `[...document.querySelectorAll("td a")].map(a => a.getAttribute("href"))`)
		require.Contains(t, links, "pymongo-4.10.1-ssl.html#case=ocsp/x/requireTLS")
		for _, link := range links {
			name, _, found := strings.Cut(link, "#")
			require.True(t, found, link)
			require.FileExists(t, filepath.Join(dir, name))
		}
		marks := browser.Eval[[]string](
			b,
			`[...document.querySelectorAll("td .sign")].slice(0, 5).map(e => e.textContent + " " + e.dataset.verdict)`,
		)
		require.Equal(
			t,
			[]string{"✓ none", "✓ conforms", "– unsupported", "✓ known", "✗ violates"},
			marks,
			"neutral where there is no norm",
		)
	})

	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		b := browser.Open(t, content, "#older=shown", 390, 844)
		b.Fits("drivers")
		b.Accessible("drivers")
		b.Picture("phone")
	})
}
