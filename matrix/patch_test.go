package matrix

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/compare"
	"github.com/mongotls/mongotls/scenarios"
)

// A defect that is written into the real driver turns the rows red that state its rule, for the reason that it must.
// What is written otherwise and does the same conforms as before, and no comparison tells the two apart.
func TestPatches(t *testing.T) {
	required.Asked(t, "mutants", "patched copies of the Go driver, each built and run")
	patches, err := mutant.Patches()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.mongodb.org/mongo-driver/v2").
		Output()
	require.NoError(t, err)
	copied := func(t *testing.T) (dir string) {
		dir = t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(strings.TrimSpace(string(out)))))
		return dir
	}
	unpatched := sync.OnceValue(func() reports.Report { return drivenBy(t, copied(t), Options{}) })
	for _, p := range patches {
		t.Run(p.Name, func(t *testing.T) {
			dir := copied(t)
			require.NoError(t, p.Apply(dir))
			if p.Same {
				report := drivenBy(t, dir, Options{})
				for _, c := range report.Cases {
					require.NotContains(t, []string{reports.Violates, reports.Inconclusive}, c.Verdict, "%s: %s", c.ID, c.Why)
				}
				require.Equal(t, "nothing changed", compare.Reports(unpatched(), report).Summary())
			}
			for _, k := range p.Kills {
				o := Options{NoBuiltinKnown: true, Slow: true}
				for _, row := range k.Rows {
					o.Run = append(o.Run, row+"/*")
				}
				report := drivenBy(t, dir, o)
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

// Each patch says what it does: it kills rows, for a reason, or does the same as before.
func TestPatchesSayWhatTheyDo(t *testing.T) {
	patches, err := mutant.Patches()
	require.NoError(t, err)
	for _, p := range patches {
		require.Equal(t, p.Same, len(p.Kills) == 0, p.Name)
		for _, k := range p.Kills {
			require.NotEmpty(t, k.Rows, p.Name)
			require.NotEmpty(t, k.Why, p.Name)
		}
	}
}

// matchesRow reports whether a pattern of row ids selects the row of a case.
func matchesRow(pattern string, c reports.Case) bool {
	return doublestar.MatchUnvalidated(pattern, strings.TrimSuffix(c.ID, "/"+c.Mode))
}

// drivenBy runs cases of requireTLS through the driver of a checkout.
func drivenBy(t *testing.T, dir string, o Options) reports.Report {
	t.Helper()
	o.Driver, o.Modes = "go@"+dir, []string{string(scenarios.RequireTLS)}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	report := s.Run(t.Context(), func(Result) {})
	require.NoError(t, s.Close())
	return report
}
