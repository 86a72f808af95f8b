package command

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/compare"
)

// A scratch is a repository of a test.
type scratch struct {
	t   *testing.T
	dir string
}

func newScratch(t *testing.T) scratch {
	if _, err := exec.LookPath("git"); err != nil {
		required.OrSkip(t, "git", "no git found")
	}
	r := scratch{t, t.TempDir()}
	r.git("init", "-q")
	return r
}

func (r scratch) git(args ...string) {
	r.t.Helper()
	as := []string{"-C", r.dir, "-c", "user.name=x", "-c", "user.email=x@example.com"}
	said, err := exec.CommandContext(r.t.Context(), "git", append(as, args...)...).CombinedOutput()
	require.NoError(r.t, err, string(said))
}

// commit puts contents into files, by their names, and commits all.
func (r scratch) commit(files map[string]string) {
	r.t.Helper()
	for name, content := range files {
		require.NoError(r.t, os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600))
	}
	r.git("add", ".")
	r.git("commit", "-qm", "x")
}

// upgrade runs the command on the last commit. Its files are in out.
func (r scratch) upgrade(out string, more ...string) (exit int, stdout, stderr string) {
	r.t.Helper()
	var o, e bytes.Buffer
	exit = Main(append([]string{"upgrade", "--git", "HEAD~1..HEAD", "--repo", r.dir, "--out", out}, more...), &o, &e)
	for what, said := range map[string]string{
		"proxy": "module proxy cannot be reached",
		"node":  "npm cannot reach its registry",
	} {
		if strings.Contains(e.String(), said) {
			required.OrSkip(r.t, what, said)
		}
	}
	return exit, o.String(), e.String()
}

// lockOf is a package-lock.json with one version of the driver.
func lockOf(version string) string {
	return `{"lockfileVersion": 3, "packages": {"node_modules/mongodb": {"version": "` + version + `"}}}`
}

// An upgrade in git runs both versions and tells what changed: v2.9.0 mended the labels of an alert, and has an option
// more.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	r, out := newScratch(t), t.TempDir()
	for _, version := range []string{"v2.8.2", "v2.9.3"} {
		r.commit(map[string]string{
			"go.mod": "module x\n\ngo 1.24\n\nrequire go.mongodb.org/mongo-driver/v2 " + version + "\n"})
	}
	selected := []string{"--mode", "requireTLS", "--run", "err/label-remote-alert", "--run", "ocsp/revocation-off"}
	code, stdout, stderr := r.upgrade(out, selected...)
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
	code, _, _ = r.upgrade(out, append(selected, "--fail-on", "fixed")...)
	require.Equal(t, 1, code)
}

// needsNode skips a test where Node.js is missing.
func needsNode(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			required.OrSkip(t, "node", "the program "+program+" is missing")
		}
	}
}

// A package-lock.json selects drivers for Node.js: 7.1.0 has labels for overload, and puts them on too much.
func TestUpgradeOfNode(t *testing.T) {
	t.Parallel()
	needsNode(t)
	r, out := newScratch(t), t.TempDir()
	for _, version := range []string{"6.22.0", "7.9.0"} {
		r.commit(map[string]string{"package-lock.json": lockOf(version)})
	}
	code, stdout, stderr := r.upgrade(out, "--mode", "requireTLS", "--fail-on", "any",
		"--run", "err/label-hostname-error", "--run", "err/label-eof")
	require.Equal(t, 1, code, stderr)
	require.Contains(t, stderr, "node 6.22.0 → 7.9.0 (package-lock.json)")
	require.Contains(t, stdout, "does not conform any more")
	require.Contains(t, stdout, "labels: ResetPool → RetryableError, SystemOverloadedError")
	require.Contains(t, stdout, "gained: node has gained maxAdaptiveRetries (was: refused)")
	report, err := reports.LoadFile(filepath.Join(out, "node-6.22.0-7.9.0", "base", reports.JSONFile))
	require.NoError(t, err)
	require.Equal(t, "6.22.0", report.Driver.Version)
}

// A change of what the driver runs on is a comparison of its own, and what of it cannot be run is named.
func TestUpgradeOfARuntime(t *testing.T) {
	t.Parallel()
	needsNode(t)
	r, out := newScratch(t), t.TempDir()
	for _, version := range []string{"20", "22"} {
		r.commit(map[string]string{"package-lock.json": lockOf("7.9.0"), ".nvmrc": version + "\n",
			"package.json": `{"engines": {"node": ">=` + version + `"}}`})
	}
	code, stdout, stderr := r.upgrade(out, "--run", "name/mismatch/requireTLS")
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stderr, "node@7.9.0 +node20 → +node22 (.nvmrc)\n")
	require.Regexp(t, `(?m)^node 7\.9\.0\+node20\.\S+ → 7\.9\.0\+node22\.\S+: nothing changed but what it offers in its handshakes$`, stdout)
	require.Contains(t, stdout, "\nnot compared: package.json: runtime changed: node >=20 → >=22, "+
		"which are not two versions that can be run\n")
	for side, major := range map[string]string{"base": "20.", "head": "22."} {
		report, err := reports.LoadFile(filepath.Join(out, "node-7.9.0-node20-node22", side, reports.JSONFile))
		require.NoError(t, err)
		require.Equal(t, "7.9.0", report.Driver.Version)
		require.True(t, slices.ContainsFunc(report.Driver.Components, func(c evidence.Component) bool {
			return c.Name == "node" && strings.HasPrefix(c.Version, major)
		}), report.Driver.Components)
	}
}

// A driver that cannot be had is left out, and the next one is tried all the same.
func TestUpgradeWithoutTools(t *testing.T) {
	r, out, tools := newScratch(t), t.TempDir(), t.TempDir()
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	for _, version := range []string{"1.0.0", "1.1.0"} {
		r.commit(map[string]string{"package.json": `{"dependencies": {"mongodb": "` + version + `"}}`,
			"requirements.txt": "pymongo==" + version + "\n"})
	}
	require.NoError(t, os.Symlink(git, filepath.Join(tools, "git")))
	t.Setenv("PATH", tools) // neither npm nor Python
	code, stdout, stderr := r.upgrade(out, "--run", "name/mismatch")
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stdout, "not compared: node 1.0.0 → 1.1.0 (package.json): driver node@1.0.0: ")
	require.Contains(t, stdout, "not compared: pymongo 1.0.0 → 1.1.0 (requirements.txt): driver pymongo@1.0.0: ")
	var u compare.Upgrade
	content, err := os.ReadFile(filepath.Join(out, compare.UpgradeJSONFile))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &u))
	require.Len(t, u.Left, 2)
	require.Equal(t, "not run", u.Left[0].Kind)
}

// The action's comment is made once and then renewed; without permission it is left out. gh cannot be run here, so a
// stand-in for it keeps what it was asked, and answers what the row says.
func TestComment(t *testing.T) {
	t.Parallel()
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
