package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/browser"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// ended are reports with one thing each that a reader must know, and what it makes of the run.
var ended = map[string]struct {
	change   func(*reports.Report)
	code     int
	headline string
	why      string // what and text, "" for a case, which speaks for itself
}{
	"as expected":     {func(*reports.Report) {}, 0, "as expected", ""},
	"known":           {verdict(reports.Known), 0, "as expected", ""},
	"a violation":     {verdict(reports.Violates), 1, "1 violation", ""},
	"an inconclusive": {verdict(reports.Inconclusive), 3, "1 inconclusive case", ""},
	"a stale entry": {func(r *reports.Report) { r.Known = []reports.KnownEntry{{ID: "uri/x", Stale: "remove it"}} }, 1,
		"1 known failure that does not hold", "known failure uri/x does not hold: remove it"},
	"a fault": {
		func(r *reports.Report) { r.Faults = []string{"the disk is full"} },
		3,
		"1 fault of the harness",
		"fault of the harness: the disk is full",
	},
	"an unread file": {
		func(r *reports.Report) { r.LeftOut = []string{"ca.pem cannot be read"} },
		3,
		"1 thing not looked at",
		"not looked at: ca.pem cannot be read",
	},
	"a case left out": {
		leftOut(reports.NotRun),
		0,
		"as expected, 1 case not run here",
		"not run here: 1 case: it needs a server of ours",
	},
	"a case left out, as it was once": {
		leftOut(reports.Unsupported),
		0,
		"as expected, 1 case not run here",
		"not run here: 1 case: it needs a server of ours",
	},
	"a case that conforms late": {
		func(r *reports.Report) {
			c := sample.Refused("err/x/requireTLS")
			c.Verdict, c.Attempts = reports.Conforms, append(c.Attempts, c.Attempts[0])
			r.Cases = append(r.Cases, c)
		},
		0,
		"as expected",
		"at a second attempt: 1 case conforms only there, for chance in the driver or a busy machine: " +
			"err/x/requireTLS (at first revoked)",
	},
	"nothing": {
		func(r *reports.Report) { r.Cases = nil },
		3,
		"nothing was run",
		"nothing was run: no case was tried, so nothing is known of the driver",
	},
	"interrupted": {
		func(r *reports.Report) { r.Interrupted = true },
		130,
		"interrupted",
		"interrupted: the run was stopped: the report holds what had ended",
	},
}

func verdict(v string) func(*reports.Report) {
	return func(r *reports.Report) { r.Cases[0].Verdict, r.Cases[0].Why = v, "so it was" }
}

func leftOut(verdict string) func(*reports.Report) {
	return func(r *reports.Report) {
		c := sample.Accepted("uri/x/requireTLS")
		c.Verdict, c.Why, c.Attempts = verdict, "it needs a server of ours", nil
		r.Cases = append(r.Cases, c)
	}
}

func after(change func(*reports.Report)) reports.Report {
	r := sample.Of("v2.9.3", sample.Accepted("trust/x/requireTLS"))
	r.Started = "2026-01-02T03:04:05Z"
	change(&r)
	return r
}

func TestOutcome(t *testing.T) {
	for name, row := range ended {
		end := reports.Outcome(after(row.change))
		require.Equal(t, row.code, end.Code, name)
		require.Equal(t, row.headline, end.Headline, name)
		if row.why != "" {
			require.Len(t, end.Why, 1, name)
			require.Equal(t, row.why, end.Why[0].String(), name)
		}
	}
	end := reports.Outcome(sample.Report())
	require.Equal(
		t,
		"interrupted, 1 violation, 1 known failure that does not hold, 1 inconclusive case, 1 fault of the harness, 1 case not run here",
		end.Headline,
	)
	require.Equal(t, 130, end.Code)
	var codes []int
	for _, w := range end.Why {
		codes = append(codes, w.Code)
	}
	require.Equal(t, []int{130, 1, 3, 0}, codes, "the gravest first")
}

// Each thing shows in every form, and no form is all right where the exit code is not.
func TestOutcomeIsOneTruth(t *testing.T) {
	for name, row := range ended {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := after(row.change)
			what, text, _ := strings.Cut(row.why, ": ")

			markdown := asMarkdown(t, r)
			require.Contains(t, markdown, "## mongotls: "+row.headline)
			require.Contains(t, markdown, form.Statement(text))

			junit := string(asJUnit(t, r))
			require.Equal(t, row.code == 0, !strings.Contains(junit, "<failure") && !strings.Contains(junit, "<error"), junit)
			if row.code != 0 {
				require.Contains(t, junit, what)
				require.Contains(t, junit, text)
			}
			require.Contains(t, junit, row.headline)

			annotations := asAnnotations(t, r)
			require.Equal(
				t,
				row.code != 0,
				strings.Contains(annotations, "::error") || strings.Contains(annotations, "::warning"),
				annotations,
			)
			require.Equal(t, row.code == 1, strings.Contains(annotations, "::error"))
			require.Contains(t, annotations, text)

			var page bytes.Buffer
			require.NoError(t, reports.WriteHTML(&page, r))
			require.Contains(t, page.String(), row.headline+"</title>")
			b := browser.Open(t, page.Bytes(), "", 1440, 1000)
			require.Equal(
				t,
				strings.ToUpper(row.headline[:1])+row.headline[1:],
				strings.TrimSpace(browser.Eval[string](b, `document.querySelector(".headline h1").lastChild.textContent`)),
			)
			require.Equal(
				t,
				row.code == 0,
				browser.Eval[string](b, `document.querySelector(".headline .sign").dataset.verdict`) == "conforms",
			)
			browser.Eval[string](
				b,
				`(() => { for (const d of document.querySelectorAll("details")) d.open = true; return ""; })()`,
			)
			require.Contains(t, b.Text("body"), text)
		})
	}
}
