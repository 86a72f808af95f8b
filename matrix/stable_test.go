package matrix

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
)

// Two runs of one seed give the same report, byte for byte, once its volatile parts are masked; whatever the number of
// attempts in flight. It runs beside no other test: what a driver notices of a bad server is chance on a busy machine.
func TestReportIsStable(t *testing.T) {
	var lines [][]string
	for _, jobs := range []int{1, 16} {
		s, err := Open(t.Context(), Options{Seed: 7, Jobs: jobs, Run: []string{"name", "time", "mtls", "x509", "ocsp/t*"},
			Modes: []string{"disabled", "requireTLS"}})
		require.NoError(t, err)
		r := s.Run(t.Context(), func(Result) {})
		require.NoError(t, s.Close())
		require.NoError(t, reports.Validate(r))
		for _, c := range r.Cases {
			require.NotEmpty(t, c.Expects, "%s: expectations are compared as data", c.ID)
		}
		var b bytes.Buffer
		require.NoError(t, reports.Write(&b, r.Stable()))
		lines = append(lines, strings.Split(b.String(), "\n"))
	}
	for i := range min(len(lines[0]), len(lines[1])) {
		if lines[0][i] != lines[1][i] {
			require.Equal(t, around(lines[0], i), around(lines[1], i), "line %d of the stable report", i+1)
		}
	}
	require.Len(t, lines[1], len(lines[0]))
}

// around is a line with what stands before and after it.
func around(lines []string, i int) string {
	return strings.Join(lines[max(0, i-20):min(len(lines), i+20)], "\n")
}
