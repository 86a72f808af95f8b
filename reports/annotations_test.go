package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func asAnnotations(t *testing.T, r reports.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reports.WriteAnnotations(&b, r))
	return b.String()
}

func TestAnnotationsGolden(t *testing.T) {
	sample.Golden(t, "annotations.golden", []byte(asAnnotations(t, sample.Report())))
}

// A text cannot start a command of its own, nor add a property to one.
func TestAnnotationsHostileText(t *testing.T) {
	want := strings.Count(asAnnotations(t, sample.Said("plain")), "\n")
	for _, hostile := range append(
		sample.Hostile, "\n::error::x", "\r::error::x", "\u2028::error::x", "%0A::error::x", ",file=x::y",
	) {
		out := asAnnotations(t, sample.Said(hostile))
		require.Equal(t, want, strings.Count(out, "\n"), "%q", hostile)
		require.NotContains(t, out, "\r")
		for line := range strings.Lines(out) {
			require.Regexp(t, `^::(error|warning|notice) title=[^:,]*::[^\n]*\n$`, line)
		}
	}
}

func TestAnnotationsAreFew(t *testing.T) {
	r := reports.Report{}
	for i := range 30 {
		r.Cases = append(
			r.Cases,
			reports.Case{ID: fmt.Sprintf("v/%02d", i), Verdict: reports.Violates},
			reports.Case{ID: fmt.Sprintf("k/%02d", i), Verdict: reports.Known},
		)
	}
	for i := range 12 {
		r.Cases = append(r.Cases, reports.Case{ID: fmt.Sprintf("i/%02d", i), Verdict: reports.Inconclusive})
	}
	out := asAnnotations(t, r)
	require.Equal(t, 10, strings.Count(out, "::error "))
	require.Equal(t, 10, strings.Count(out, "::warning "))
	require.True(
		t,
		strings.HasSuffix(out, "\n30 errors, 12 warnings and 0 notices; GitHub shows ten of each, 22 are left out here\n"),
	)
	require.Empty(t, asAnnotations(t, reports.Report{Cases: []reports.Case{{Verdict: reports.Known}}}))
}
