package reports_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func TestValidate(t *testing.T) {
	require.NoError(t, reports.Validate(sample.Report()))
	for name, c := range map[string]struct {
		spoil func(*reports.Report)
		want  string
	}{
		"version": {
			func(r *reports.Report) { r.Schema = 2 }, "field Schema: version 2 is unknown, this program knows version 1",
		},
		"start":    {func(r *reports.Report) { r.Started = "noon" }, `field Started: "noon" is no RFC 3339 time`},
		"duration": {func(r *reports.Report) { r.DurationMS = -1 }, "field DurationMS: -1 is negative"},
		"matches": {
			func(r *reports.Report) { r.Known[0].Matched = -1 }, `known failure "name/wildcard/*": Matched: -1 is negative`,
		},
		"empty id": {func(r *reports.Report) { r.Cases[1].ID = "" }, "case 2 of 8 has no ID"},
		"same id": {
			func(r *reports.Report) { r.Cases[1].ID = r.Cases[0].ID }, `case "name/ip-not-in-san/requireTLS" occurs twice`,
		},
		"verdict": {
			func(r *reports.Report) { r.Cases[0].Verdict = "" }, `case "name/ip-not-in-san/requireTLS": verdict "" is unknown`,
		},
		"subject": {
			func(r *reports.Report) { r.Cases[0].Subject = "" },
			`case "name/ip-not-in-san/requireTLS": subject "" is neither "driver" nor "server"`,
		},
		"twin": {
			func(r *reports.Report) { r.Interrupted = false; r.Cases[0].Twin = "x" },
			`case "name/ip-not-in-san/requireTLS": its twin "x" is not in the report`,
		},
		"limit": {
			func(r *reports.Report) { r.Cases[0].Attempts[0].Request.LimitMS = -1 },
			`case "name/ip-not-in-san/requireTLS": attempt 1: Request.LimitMS: -1 is negative`,
		},
		"elapsed": {
			func(r *reports.Report) { r.Cases[0].Attempts[0].Answer.ElapsedMS = -2 },
			`case "name/ip-not-in-san/requireTLS": attempt 1: Answer.ElapsedMS: -2 is negative`,
		},
		"close": {
			func(r *reports.Report) { r.Cases[0].Attempts[0].Answer.CloseMS = -3 },
			`case "name/ip-not-in-san/requireTLS": attempt 1: Answer.CloseMS: -3 is negative`,
		},
		"event": {
			func(r *reports.Report) { r.Cases[0].Attempts[0].Answer.Events[0].AtMS = -4 },
			`case "name/ip-not-in-san/requireTLS": attempt 1: Answer.Events[0].AtMS: -4 is negative`,
		},
		"interrupted run": {func(r *reports.Report) { r.Cases[0].Twin = "x" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample.Report()
			c.spoil(&r)
			if c.want == "" {
				require.NoError(t, reports.Validate(r))
				return
			}
			require.EqualError(t, reports.Validate(r), c.want)
		})
	}
}
