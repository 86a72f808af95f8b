package matrix

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// What does not hold fails a run, and stands in its report.
func TestStaleFailsTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known.yaml")
	require.NoError(
		t,
		os.WriteFile(path, []byte("- {case: ocsp/x, driver: go, instead: connects, because: y, see: z}\n"), 0o600),
	)
	few := slices.DeleteFunc(
		scenarios.All(),
		func(s scenarios.Scenario) bool { return s.ID != "mode/tls" && s.ID != "mode/disabled-plain" },
	)
	lacked := few[0]
	lacked.ID, lacked.Client.Add = "ocsp/x", "tlsCRLFile={ca}"
	lacked.Expect, lacked.Claims = scenarios.Characterised(), nil
	s, err := Open(t.Context(), Options{Scenarios: append(few, lacked), Known: path})
	require.NoError(t, err)
	r := s.Run(t.Context(), func(Result) {})
	results, ended := s.engine.Ended(s.chosen)
	require.True(t, ended)
	require.Len(t, results, len(r.Cases))
	require.NoError(t, s.Close())
	require.Equal(t, "no case that it speaks of is judged: remove or mend it", r.Known[0].Stale)
	require.Equal(t, 1, reports.Outcome(r).Code)
}
