package matrix

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// A defect that is written into the real driver turns the rows red that state its rule, for the reason that it must.
func TestPatches(t *testing.T) {
	required.Asked(t, "mutants", "patched copies of the Go driver, each built and run")
	patches, err := mutant.Patches()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.mongodb.org/mongo-driver/v2").
		Output()
	require.NoError(t, err)
	for _, p := range patches {
		t.Run(p.Name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(strings.TrimSpace(string(out)))))
			require.NoError(t, p.Apply(dir))
			for _, k := range p.Kills {
				report := drivenBy(t, dir, k.Rows)
				for _, c := range report.Cases {
					if slices.ContainsFunc(k.Rows, func(pattern string) bool { return matchesRow(pattern, c) }) {
						require.Equal(t, reports.Violates, c.Verdict, "%s: %s", c.ID, c.Why)
						require.Contains(t, c.Why, k.Why, c.ID)
					}
				}
			}
		})
	}
}

// matchesRow reports whether a pattern of row ids selects the row of a case.
func matchesRow(pattern string, c reports.Case) bool {
	return doublestar.MatchUnvalidated(pattern, strings.TrimSuffix(c.ID, "/"+c.Mode))
}

// drivenBy runs rows through the driver of a checkout.
func drivenBy(t *testing.T, dir string, rows []string) reports.Report {
	t.Helper()
	o := Options{Driver: "go@" + dir, Modes: []string{string(scenarios.RequireTLS)}, NoBuiltinKnown: true}
	for _, row := range rows {
		o.Run = append(o.Run, row+"/*")
	}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	report := s.Run(t.Context(), func(Result) {})
	require.NoError(t, s.Close())
	return report
}
