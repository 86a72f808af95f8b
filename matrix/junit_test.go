package matrix

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// The two faces agree: the JUnit file of the command line and that of `go test` through gotestsum hold the same cases
// with the same outcomes.
func TestJUnitOfBothFacesAgrees(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	areas := []string{"mode", "uri", "time"}

	s := whole(t)
	chosen, err := s.engine.Table.Choose(areas, nil, scenarios.Modes)
	require.NoError(t, err)
	chosen = s.engine.WithControls(chosen)
	slices.SortFunc(chosen, func(a, b harness.Case) int { return strings.Compare(a.ID, b.ID) })
	require.NoError(t, reports.Save(dir, s.report(same(t, chosen))))

	byTest := filepath.Join(dir, "test.xml")
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(
		t.Context(),
		"go",
		"tool",
		"gotestsum",
		"--format",
		"standard-quiet",
		"--junitfile",
		byTest,
		"--raw-command",
		"--",
		"go",
		"tool",
		"test2json",
		"-t",
		self,
		"-test.v=test2json",
		"-test.run",
		"^TestMatrix$/^("+strings.Join(areas, "|")+")$",
	)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))

	cli := outcomes(t, filepath.Join(dir, reports.JUnitFile), func(name string) string { return name })
	gotest := outcomes(t, byTest, func(name string) string {
		_, id, _ := strings.Cut(name, "/")
		return id
	})
	require.NotEmpty(t, cli)
	for id := range cli {
		if !matchesAny(areas, id) {
			delete(cli, id) // a control from another area, which -run does not select
		}
	}
	require.Equal(t, cli, gotest)
}

func matchesAny(patterns []string, id string) bool {
	for _, p := range patterns {
		if cases.Matches(p, id) {
			return true
		}
	}
	return false
}

// outcomes reads a JUnit file: case id to passed, skipped or failed.
func outcomes(t *testing.T, path string, id func(string) string) map[string]string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var suites junit.Testsuites
	require.NoError(t, xml.Unmarshal(content, &suites))
	found := map[string]string{}
	for _, suite := range suites.Suites {
		for _, c := range suite.Testcases {
			outcome := "passed"
			switch {
			case c.Failure != nil, c.Error != nil:
				outcome = "failed"
			case c.Skipped != nil:
				outcome = "skipped"
			}
			if name := id(c.Name); name != "" {
				found[name] = outcome
			}
		}
	}
	return found
}
