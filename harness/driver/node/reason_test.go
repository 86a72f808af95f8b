package node

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
)

// record makes testdata of the report of a whole run: go test ./harness/driver/node -run TestReasons -record
// out/report.json
var record = flag.String("record", "", "report whose errors become testdata")

// A recorded error is one that a version of a driver really made, as the adapter described it.
type recorded struct {
	Chain         []string
	Text, Surface string
	Stage         evidence.Stage
	Code          int `json:",omitempty"`
	Reason        evidence.Reason
}

// Errors that real versions of the drivers made have the reasons that they had when both witnesses agreed on what had
// happened.
func TestReasons(t *testing.T) {
	if *record != "" {
		save(t, *record)
	}
	needs(t, "node")
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		out, err := exec.Command("node", filepath.Join("testdata", "replay.cjs"), file).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Empty(t, string(out), file)
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(content), string(evidence.Unclassified), file)
	}
}

// volatile is what differs from run to run, or from machine to machine.
var volatile = regexp.MustCompile(`/[^ ]*mongotls-\d+/|[0-9A-F]{16}:(error)|(127\.0\.0\.1:)\d+`)

// save keeps the different errors of a report, in the order of its cases.
func save(t *testing.T, path string) {
	r, err := reports.LoadFile(path)
	require.NoError(t, err)
	var all []recorded
	seen := map[string]bool{}
	for _, c := range r.Cases {
		for _, a := range c.Attempts {
			e := a.Answer.Error
			if e == nil || a.Answer.Stopped == evidence.AtLimit {
				continue
			}
			mask := func(s string) string { return volatile.ReplaceAllString(s, "$1$2") }
			one := recorded{e.Chain, mask(e.Text), mask(e.Surface), a.Answer.Stage, e.Code, e.Reason}
			key := strings.Join(append(e.Chain, string(e.Reason), string(a.Answer.Stage)), " ")
			if e.Code == 0 && !strings.Contains(key, "[") {
				key += one.Text
			}
			if !seen[key] {
				seen[key] = true
				all = append(all, one)
			}
		}
	}
	content, err := json.MarshalIndent(all, "", " ")
	require.NoError(t, err)
	name := r.Driver.Name + "-" + r.Driver.Version + ".json"
	require.NoError(t, os.WriteFile(filepath.Join("testdata", name), append(content, '\n'), 0o644))
}
