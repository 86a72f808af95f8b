package reports

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	require.NoError(t, Validate(sample()))
	for name, c := range map[string]struct {
		spoil func(*Report)
		want  string
	}{
		"version":         {func(r *Report) { r.Schema = 2 }, "field Schema: version 2 is unknown, this program knows version 1"},
		"start":           {func(r *Report) { r.Started = "noon" }, `field Started: "noon" is no RFC 3339 time`},
		"duration":        {func(r *Report) { r.DurationMS = -1 }, "field DurationMS: -1 is negative"},
		"matches":         {func(r *Report) { r.Known[0].Matched = -1 }, `known failure "name/wildcard/*": Matched: -1 is negative`},
		"empty id":        {func(r *Report) { r.Cases[1].ID = "" }, "case 2 of 8 has no ID"},
		"same id":         {func(r *Report) { r.Cases[1].ID = r.Cases[0].ID }, `case "name/ip-not-in-san/requireTLS" occurs twice`},
		"verdict":         {func(r *Report) { r.Cases[0].Verdict = "" }, `case "name/ip-not-in-san/requireTLS": verdict "" is unknown`},
		"subject":         {func(r *Report) { r.Cases[0].Subject = "" }, `case "name/ip-not-in-san/requireTLS": subject "" is neither "driver" nor "server"`},
		"twin":            {func(r *Report) { r.Interrupted = false; r.Cases[0].Twin = "x" }, `case "name/ip-not-in-san/requireTLS": its twin "x" is not in the report`},
		"limit":           {func(r *Report) { r.Cases[0].Attempts[0].Request.LimitMS = -1 }, `case "name/ip-not-in-san/requireTLS": attempt 1: Request.LimitMS: -1 is negative`},
		"elapsed":         {func(r *Report) { r.Cases[0].Attempts[0].Answer.ElapsedMS = -2 }, `case "name/ip-not-in-san/requireTLS": attempt 1: Answer.ElapsedMS: -2 is negative`},
		"close":           {func(r *Report) { r.Cases[0].Attempts[0].Answer.CloseMS = -3 }, `case "name/ip-not-in-san/requireTLS": attempt 1: Answer.CloseMS: -3 is negative`},
		"event":           {func(r *Report) { r.Cases[0].Attempts[0].Answer.Events[0].AtMS = -4 }, `case "name/ip-not-in-san/requireTLS": attempt 1: Answer.Events[0].AtMS: -4 is negative`},
		"interrupted run": {func(r *Report) { r.Cases[0].Twin = "x" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			c.spoil(&r)
			if c.want == "" {
				require.NoError(t, Validate(r))
				return
			}
			require.EqualError(t, Validate(r), c.want)
		})
	}
}
