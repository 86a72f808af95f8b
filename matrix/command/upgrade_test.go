package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/reports"
)

// An upgrade in git runs both versions and tells what changed: v2.9.0 mended the labels of an alert, and has an
// option more.
func TestUpgrade(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		required.OrSkip(t, "git", "no git found")
	}
	repo, out := t.TempDir(), t.TempDir()
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repo, "-c", "user.name=x", "-c",
			"user.email=x@example.com"}, args...)...)
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, string(said))
	}
	git("init", "-q")
	for _, version := range []string{"v2.8.2", "v2.9.3"} {
		content := "module x\n\ngo 1.24\n\nrequire go.mongodb.org/mongo-driver/v2 " + version + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(repo, "go.mod"), []byte(content), 0o600))
		git("add", ".")
		git("commit", "-qm", version)
	}
	upgrade := func(more ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		code := Main(append([]string{"upgrade", "--git", "HEAD~1..HEAD", "--repo", repo, "--out", out, "--mode", "requireTLS",
			"--run", "err/label-remote-alert", "--run", "ocsp/revocation-off"}, more...), &stdout, &stderr)
		if strings.Contains(stderr.String(), "module proxy cannot be reached") {
			required.OrSkip(t, "proxy", "no module proxy in reach")
		}
		return code, stdout.String(), stderr.String()
	}
	code, stdout, stderr := upgrade()
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "go v2.8.2 → v2.9.3 (go.mod)")
	require.Contains(t, stdout, "go v2.8.2 → v2.9.3: ")
	require.Contains(t, stdout, "gained: go has gained tlsDisableCertificateRevocationCheck (was: ignored)")
	require.Contains(t, stdout, "conforms where it did not")
	for _, file := range []string{"upgrade.md", "upgrade.json", "upgrade.xml", "go-v2.8.2-v2.9.3/compare.html"} {
		require.FileExists(t, filepath.Join(out, file))
	}
	for side, version := range map[string]string{"base": "v2.8.2", "head": "v2.9.3"} {
		r, err := reports.LoadFile(filepath.Join(out, "go-v2.8.2-v2.9.3", side, reports.JSONFile))
		require.NoError(t, err)
		require.Equal(t, version, r.Driver.Version)
		require.Contains(t, r.Cases[0].Replay, " --driver 'go@"+version+"'")
	}
	code, _, _ = upgrade("--fail-on", "fixed")
	require.Equal(t, 1, code)
}

// A package-lock.json selects drivers for Node.js: 7.1.0 has labels for overload, and puts them on too much.
func TestUpgradeOfNode(t *testing.T) {
	for _, program := range []string{"git", "node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			required.OrSkip(t, "node", "the program "+program+" is missing")
		}
	}
	repo, out := t.TempDir(), t.TempDir()
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repo, "-c", "user.name=x", "-c",
			"user.email=x@example.com"}, args...)...)
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, string(said))
	}
	git("init", "-q")
	for _, version := range []string{"6.22.0", "7.9.0"} {
		content := `{"lockfileVersion": 3, "packages": {"node_modules/mongodb": {"version": "` + version + `"}}}`
		require.NoError(t, os.WriteFile(filepath.Join(repo, "package-lock.json"), []byte(content), 0o600))
		git("add", ".")
		git("commit", "-qm", version)
	}
	var stdout, stderr bytes.Buffer
	code := Main([]string{"upgrade", "--git", "HEAD~1..HEAD", "--repo", repo, "--out", out, "--mode", "requireTLS",
		"--fail-on", "any",
		"--run", "err/label-hostname-error", "--run", "err/label-eof"}, &stdout, &stderr)
	if strings.Contains(stderr.String(), "npm cannot reach its registry") {
		required.OrSkip(t, "node", "npm cannot reach its registry")
	}
	require.Equal(t, 1, code, stderr.String())
	require.Contains(t, stderr.String(), "node 6.22.0 → 7.9.0 (package-lock.json)")
	require.Contains(t, stdout.String(), "does not conform any more")
	require.Contains(t, stdout.String(), "labels: ResetPool → RetryableError, SystemOverloadedError")
	require.Contains(t, stdout.String(), "gained: node has gained maxAdaptiveRetries (was: refused)")
	r, err := reports.LoadFile(filepath.Join(out, "node-6.22.0-7.9.0", "base", reports.JSONFile))
	require.NoError(t, err)
	require.Equal(t, "6.22.0", r.Driver.Version)
}

// The action's comment is made once and then renewed; without permission it is left out. gh cannot be run here, so a
// stand-in for it keeps what it was asked, and answers what the row says.
func TestComment(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		required.OrSkip(t, "bash", "no bash found")
	}
	script, err := filepath.Abs("../../.github/comment")
	require.NoError(t, err)
	for name, row := range map[string]struct {
		body, ids, refused string
		code               int
		said, asked        string
	}{
		"first": {"## news\n", "", "", 0, "https://example.com/1", "--method POST repos/o/r/issues/7/comments"},
		"again": {"## news\n", "41\n42\n", "", 0, "https://example.com/1",
			"--method PATCH repos/o/r/issues/comments/41"},
		"a fork": {"## news\n", "", "gh: Resource not accessible by integration (HTTP 403)", 0,
			"::notice::mongotls may not comment here", ""},
		"an outage":  {"## news\n", "", "gh: Bad gateway (HTTP 502)", 1, "Bad gateway", ""},
		"no content": {"", "", "", 0, "holds nothing to say", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(file, content string, mode os.FileMode) {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), mode))
			}
			write("gh", `#!`+bash+`
case "$*" in
*"--method P"*)
  [ -z "$REFUSED" ] || { echo "$REFUSED" >&2; exit 1; }
  echo "$*" >"$DIR/asked"; for a; do case "$a" in body=@*) cp "${a#body=@}" "$DIR/body";; esac; done
  echo https://example.com/1 ;;
*) printf '%s' "$IDS" ;;
esac
`, 0o700)
			write("file.md", row.body, 0o600)
			cmd := exec.CommandContext(t.Context(), bash, script, filepath.Join(dir, "file.md"), "o/r", "7")
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "DIR="+dir, "IDS="+row.ids,
				"REFUSED="+row.refused, "TMPDIR="+dir)
			said, err := cmd.CombinedOutput()
			require.Equal(t, row.code, cmd.ProcessState.ExitCode(), "%v: %s", err, said)
			require.Contains(t, string(said), row.said)
			asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
			require.Contains(t, string(asked), row.asked)
			if row.asked != "" {
				body, err := os.ReadFile(filepath.Join(dir, "body"))
				require.NoError(t, err)
				require.Equal(t, "<!-- mongotls upgrade -->\n"+row.body, string(body))
			}
			left, err := filepath.Glob(filepath.Join(dir, "tmp.*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
