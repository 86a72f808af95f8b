package overview

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/browser"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// trendOf is the trend of one case that had these verdicts in runs a day apart.
func trendOf(change func(i int, r *reports.Report), verdicts ...string) Trend {
	var all []Digest
	for i, v := range verdicts {
		var cases []reports.Case
		if v != "" {
			c := sample.Refused("ocsp/x/requireTLS")
			c.Verdict = v
			cases = append(cases, c)
		}
		r := sample.Of("v2.9.3", cases...)
		r.Started = fmt.Sprintf("2026-01-%02dT00:00:00Z", i+1)
		if change != nil {
			change(i, &r)
		}
		all = append(all, NewDigest(fmt.Sprintf("%d.json", i), r))
	}
	slices.Reverse(all) // the order in which reports are found means nothing
	return NewTrend(all, nil)
}

func TestTrend(t *testing.T) {
	for name, row := range map[string]struct {
		verdicts       []string
		change         func(i int, r *reports.Report)
		failing, flaky string
	}{
		"one run":     {[]string{reports.Violates}, nil, "", ""},
		"always good": {[]string{reports.Conforms, reports.Conforms}, nil, "", ""},
		"always bad":  {[]string{reports.Violates, reports.Violates}, nil, "", ""},
		"newly failing": {
			[]string{reports.Conforms, reports.Conforms, reports.Violates, reports.Violates},
			func(i int, r *reports.Report) { r.Tool.Version = fmt.Sprint(i / 2) },
			"violates since 2026-01-03T00:00:00Z; conforms (revoked) in 2026-01-02T00:00:00Z", "",
		},
		"failing, then mended": {
			[]string{reports.Conforms, reports.Violates, reports.Conforms}, nil, "",
			"2 times conforms (revoked), 1 times violates (revoked)",
		},
		"failing, then not run": {
			[]string{reports.Conforms, reports.Violates, ""}, nil,
			"violates since 2026-01-02T00:00:00Z; conforms (revoked) in 2026-01-01T00:00:00Z",
			"1 times conforms (revoked), 1 times violates (revoked)",
		},
		"not run between": {
			[]string{reports.Conforms, "", reports.Violates}, nil,
			"violates since 2026-01-03T00:00:00Z; conforms (revoked) in 2026-01-01T00:00:00Z",
			"1 times conforms (revoked), 1 times violates (revoked)",
		},
		"undecided": {
			[]string{reports.Conforms, reports.Inconclusive, reports.Conforms}, nil, "",
			"2 times conforms (revoked), 1 times inconclusive (revoked)",
		},
		"reason flips": {
			[]string{reports.Conforms, reports.Conforms},
			func(i int, r *reports.Report) { r.Cases[0].Reason = evidence.Reason(fmt.Sprint("reason-", i)) }, "",
			"1 times conforms (reason-0), 1 times conforms (reason-1)",
		},
		"another build": {
			[]string{reports.Conforms, reports.Characterised}, func(i int, r *reports.Report) { r.Driver.Build = fmt.Sprint(i) },
			"", "",
		},
		"another program": {
			[]string{reports.Conforms, reports.Characterised}, func(i int, r *reports.Report) { r.Tool.Version = fmt.Sprint(i) },
			"", "",
		},
		"another expectation": {
			[]string{reports.Conforms, reports.Characterised},
			func(i int, r *reports.Report) { r.Cases[0].Expectation = fmt.Sprint(i) }, "", "",
		},
		"another expectation in the same words": {
			[]string{reports.Conforms, reports.Characterised},
			func(i int, r *reports.Report) { r.Cases[0].Expects = map[string]any{"Outcome": fmt.Sprint(i)} }, "", "",
		},
		"the same expectation in other words": {
			[]string{reports.Conforms, reports.Characterised},
			func(i int, r *reports.Report) {
				r.Cases[0].Expects, r.Cases[0].Expectation = map[string]any{"Outcome": "a"}, fmt.Sprint(i)
			}, "", "1 times characterised (revoked), 1 times conforms (revoked)",
		},
		"an expectation that has become data": {
			[]string{reports.Conforms, reports.Characterised, reports.Characterised},
			func(i int, r *reports.Report) {
				r.Cases[0].Expects = []map[string]any{nil, {"Outcome": "a"}, {"Outcome": "b"}}[i]
			}, "", "1 times characterised (revoked), 1 times conforms (revoked)",
		},
		"a self-check": {
			[]string{reports.Conforms, reports.Violates},
			func(_ int, r *reports.Report) { r.Cases[0].Subject = reports.SubjectServer }, "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			trend := trendOf(row.change, row.verdicts...)
			require.Len(t, trend.Lines, 1)
			l := trend.Lines[0]
			require.Len(t, l.Runs, len(row.verdicts))
			require.Equal(t, "0.json", l.Runs[0].File)
			why := func(all []Series) string {
				if len(all) == 0 {
					return ""
				}
				require.Len(t, all[0].Points, len(row.verdicts))
				return all[0].Why
			}
			require.Equal(t, row.failing, why(l.Failing))
			require.Equal(t, row.flaky, why(l.Flaky))
			require.Empty(t, l.Slower)
		})
	}
}

// Versions and back ends are lines of their own.
func TestTrendLines(t *testing.T) {
	trend := trendOf(func(i int, r *reports.Report) {
		r.Driver.Version = []string{"v2.0.0", "v2.9.3", "v2.0.0", "v2.0.0"}[i]
		r.Backend.Name = []string{reports.Embedded, reports.Embedded, reports.Embedded, "container"}[i]
	}, reports.Conforms, reports.Violates, reports.Conforms, reports.Violates)
	var names []string
	for _, l := range trend.Lines {
		names = append(names, l.Summary())
	}
	require.Equal(t, []string{"go v2.9.3 against embedded 4.4.5: 1 run, 0 cases newly fail, 0 flip, 0 are slower",
		"go v2.0.0 against container 4.4.5: 1 run, 0 cases newly fail, 0 flip, 0 are slower",
		"go v2.0.0 against embedded 4.4.5: 2 runs, 0 cases newly fail, 0 flip, 0 are slower"}, names, "the newest version first")
	require.Empty(t, NewTrend(nil, nil).Lines)
}

// A case is slower if it is so against each run before.
func TestTrendSlower(t *testing.T) {
	times := func(ms ...int) []Series {
		verdicts := slices.Repeat([]string{reports.Conforms}, len(ms))
		took := func(i int, r *reports.Report) { r.Cases[0].Attempts[0].Answer.ElapsedMS = ms[i] }
		return trendOf(took, verdicts...).Lines[0].Slower
	}
	slow := times(10, 20, 2000)
	require.Len(t, slow, 1)
	require.Equal(t, "time: 1s to 3s; under 100ms in 2026-01-02T00:00:00Z", slow[0].Why)
	require.Equal(
		t,
		[]Point{{reports.Conforms, "revoked", 10}, {reports.Conforms, "revoked", 20}, {reports.Conforms, "revoked", 2000}},
		slow[0].Points,
	)
	require.Empty(t, times(10, 1900, 2000))
	require.Empty(t, times(1900, 10, 2000))
	require.Empty(t, times(10, 2000, 20))
	require.Empty(t, times(10, 20, 900))
}

func TestWriteTrend(t *testing.T) {
	trend := trendOf(nil, reports.Conforms, reports.Violates)
	var b bytes.Buffer
	require.NoError(t, WriteTrend(&b, trend))
	var again Trend
	require.NoError(t, json.Unmarshal(b.Bytes(), &again))
	require.Equal(t, trend, again)
}

// The page has a plot of each number of each version, of the same axes, and leads from a run and a case to the page
// of its report.
func TestTrendHTML(t *testing.T) {
	dir := t.TempDir()
	trend := trendOf(func(i int, r *reports.Report) {
		r.Driver.Build = "<script>alert(1)</script>"
		if i == 3 {
			r.Driver.Version = "v2.10.0"
		}
	}, reports.Conforms, reports.Conforms, reports.Violates, reports.Conforms)
	trend.LeftOut = []string{"x.json: line 1: the report is empty"}
	for i := range trend.Lines[1].Runs {
		at := filepath.Join(dir, "reports", fmt.Sprintf("run %d", i))
		require.NoError(t, os.MkdirAll(at, 0o755))
		trend.Lines[1].Runs[i].File = filepath.Join(at, reports.JSONFile)
		if i > 0 { // one has no page
			require.NoError(t, os.WriteFile(filepath.Join(at, reports.HTMLFile), nil, 0o600))
		}
	}
	path := filepath.Join(dir, "pages", "trend.html")
	require.NoError(t, SaveTrendHTML(path, trend))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, trend.Lines[1].Runs[1].Page, "the argument stays")
	var twice bytes.Buffer
	require.NoError(t, WriteTrendHTML(&twice, trend))
	require.NoError(t, SaveTrendHTML(path, trend))
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, again)

	t.Run("desktop", func(t *testing.T) {
		t.Parallel()
		p := browser.Open(t, content, "", 1440, 1000)
		p.Picture("trend")
		p.Accessible("trend")
		all := p.Text("body")
		for _, want := range []string{
			"go v2.9.3 against embedded 4.4.5", "Newly failing", "ocsp/x/requireTLS", "violates since 2026-01-03T00:00:00Z",
			"Flaky", "the report is empty",
		} {
			require.Contains(t, all, want)
		}
		require.Equal(
			t,
			[]string{"go v2.10.0", "go v2.9.3"},
			browser.Eval[[]string](p, `[...document.querySelectorAll("h3")].map(e => e.firstChild.textContent)`),
			"the newest version first",
		)
		require.Equal(
			t,
			2*3,
			browser.Eval[int](p, `document.querySelectorAll("figure .uplot canvas").length`),
			"three plots a version",
		)
		require.Equal(
			t,
			"Cases: 2026-01-01 00:00 0 violates, 0 inconclusive, 0 known; 2026-01-02 00:00 0 violates, 0 inconclusive, 0 known; 2026-01-03 00:00 1 violates, 0 inconclusive, 0 known",
			browser.Eval[string](p, `document.querySelectorAll(".plot")[3].getAttribute("aria-label")`),
		)
		require.True(
			t,
			browser.Eval[bool](
				p,
				`(c => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(v => v > 0))(document.querySelectorAll("canvas")[3])`,
			),
			"it is drawn",
		)
		require.Equal(
			t,
			[]string{"✓", "✓", "✗"},
			browser.Eval[[]string](p, `[...document.querySelector(".strip").children].map(e => e.textContent)`),
		)
		require.Equal(
			t,
			[]string{
				"../reports/run%201/report.html#case=ocsp/x/requireTLS",
				"../reports/run%202/report.html#case=ocsp/x/requireTLS",
			},
			browser.Eval[[]string](
				p,
				`[...document.querySelector(".strip").querySelectorAll("a")].map(a => a.getAttribute("href"))`,
			),
		)
		p.Click("#theme")
		p.Click("#theme")
		p.Accessible("trend in the dark")
		p.Picture("dark")
	})

	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		p := browser.Open(t, content, "", 390, 844)
		p.Fits("trend")
		p.Accessible("trend")
		p.Picture("phone")
	})
}

// What is not ours is as it was published: uPlot 1.6.32.
func TestVendored(t *testing.T) {
	for name, want := range map[string]string{
		"uplot.js":  "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
		"uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
	} {
		content, err := pageFiles.ReadFile("page/uplot/" + name)
		require.NoError(t, err)
		require.Equal(t, want, fmt.Sprintf("%x", sha256.Sum256(content)), name)
	}
}
