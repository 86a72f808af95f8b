package matrix

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/scenarios"
)

// example writes the adapter of docs/adapters.md to a file and returns the command that runs it.
func example(t *testing.T) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("the example of docs/adapters.md needs python3")
	}
	doc, err := os.ReadFile("../docs/adapters.md")
	require.NoError(t, err)
	_, code, _ := strings.Cut(string(doc), "```python\n")
	code, _, found := strings.Cut(code, "```\n")
	require.True(t, found)
	path := filepath.Join(t.TempDir(), "adapter.py")
	require.NoError(t, os.WriteFile(path, []byte(code), 0o600))
	return []string{python, path}
}

// The documentation's adapter runs as it stands there, and both witnesses agree with what it reports.
func TestTheExampleOfTheDocumentationRuns(t *testing.T) {
	s, err := open(t.Context(), Options{Driver: execPrefix + strings.Join(example(t), " "), Modes: []string{"requireTLS"},
		Run: []string{"mode/tls", "mode/require-plain-client", "trust/wrong-ca", "name/mismatch", "time/expired", "name/ip-in-san", "crl", "srv/default-tls-on"}})
	require.NoError(t, err)
	n := map[harness.Kind]int{}
	report := s.run(t.Context(), func(r Result) {
		n[r.Verdict.Kind]++
		require.NotEqual(t, scenarios.Unclassified, r.Verdict.Reason, r.Case.ID)
	})
	require.NoError(t, s.close())
	require.Equal(t, "toy", report.Driver.Name)
	require.Zero(t, n[harness.Violates]+n[harness.Inconclusive], report.Cases)
	require.GreaterOrEqual(t, n[harness.Conforms], 6)
	require.NotZero(t, n[harness.Unsupported])
}

// The documentation's list of reasons is the closed list.
func TestTheDocumentationKnowsTheReasons(t *testing.T) {
	doc, err := os.ReadFile("../docs/adapters.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(doc), "| reason |")
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []scenarios.Reason
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed = append(listed, scenarios.Reason(row[1]))
	}
	require.Equal(t, scenarios.Reasons, listed)
}
