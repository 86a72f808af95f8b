package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/matrix"
)

// example writes the adapter of docs/adapters.md to a file, changed by pairs of strings, and returns the command that
// runs it.
func example(t *testing.T, changes ...string) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		required.OrSkip(t, "python", "the example of docs/adapters.md, which needs python3")
	}
	doc, err := os.ReadFile("../../docs/adapters.md")
	require.NoError(t, err)
	_, code, _ := strings.Cut(string(doc), "```python\n")
	code, _, found := strings.Cut(code, "```\n")
	require.True(t, found)
	for i := 0; i < len(changes); i += 2 {
		require.Contains(t, code, changes[i])
	}
	code = strings.NewReplacer(changes...).Replace(code)
	path := filepath.Join(t.TempDir(), "adapter.py")
	require.NoError(t, os.WriteFile(path, []byte(code), 0o600))
	return []string{python, path}
}

// The documentation's adapter runs as it stands there, and both witnesses agree with what it reports.
func TestTheExampleOfTheDocumentationRuns(t *testing.T) {
	t.Parallel()
	s, err := matrix.Open(t.Context(), matrix.Options{Driver: driver.Exec + strings.Join(example(t), " "),
		Modes: []string{"requireTLS"},
		Run: []string{"mode/tls", "mode/require-plain-client", "trust/wrong-ca", "name/mismatch", "time/expired",
			"name/ip-in-san", "crl/listed", "srv/default-tls-on"}})
	require.NoError(t, err)
	n := map[evidence.Verdict]int{}
	report := s.Run(t.Context(), func(r matrix.Result) {
		n[r.Verdict.Kind]++
		require.NotEqual(t, evidence.Unclassified, r.Verdict.Reason, r.Case.ID)
	})
	require.NoError(t, s.Close())
	require.Equal(t, "toy", report.Driver.Name)
	require.Zero(t, n[evidence.Violates]+n[evidence.Inconclusive], report.Cases)
	require.GreaterOrEqual(t, n[evidence.Conforms], 6)
	require.NotZero(t, n[evidence.Unsupported])
}

// The documentation's list of reasons is the closed list.
func TestTheDocumentationKnowsTheReasons(t *testing.T) {
	doc, err := os.ReadFile("../../docs/adapters.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(doc), "| reason |")
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []evidence.Reason
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed = append(listed, evidence.Reason(row[1]))
	}
	require.Equal(t, evidence.Reasons, listed)
}

// checked runs check-adapter and returns the checks that failed, and all it said.
func checked(t *testing.T, command ...string) (failed []string, said string) {
	var out bytes.Buffer
	err := checkAdapter(t.Context(), command, &out)
	for _, line := range regexp.MustCompile("(?m)^FAIL  (.*?)  ").FindAllStringSubmatch(out.String(), -1) {
		failed = append(failed, line[1])
	}
	if len(failed) > 0 {
		assert.ErrorIs(t, err, code(exitFailed))
	} else {
		assert.NoError(t, err)
	}
	return failed, out.String()
}

// The documentation's adapter, and that of the Go driver in a process of its own, pass every check.
func TestCheckAdapterPasses(t *testing.T) {
	t.Parallel()
	failed, said := checked(t, example(t)...)
	require.Empty(t, failed, said)
	require.Contains(t, said, "checks: 32, failed: 0")

	self, err := os.Executable()
	require.NoError(t, err)
	failed, said = checked(t, "env", "MONGOTLS_ADAPTER=go", self)
	require.Empty(t, failed, said)
	require.Contains(t, said, "8 clients in turn")
}

// An adapter that is wrong about its driver, or carries something over, is found out.
func TestCheckAdapterFindsLies(t *testing.T) {
	t.Parallel()
	const ignored = `"tlsDisableCertificateRevocationCheck", "tlsCRLFile"]`
	var all sync.WaitGroup // they mostly wait
	for name, row := range map[string]struct {
		changes []string
		failed  []string
		says    string
	}{
		"lacks what it does not say": {[]string{ignored, `"tlsDisableCertificateRevocationCheck"]`},
			[]string{"tlsCRLFile"}, "it does not say that it lacks this, but in crl/listed"},
		"has what it says it lacks": {[]string{ignored, ignored[:len(ignored)-1] + `, "tlsInsecure"]`},
			[]string{"tlsInsecure"}, "but it satisfies trust/insecure"},
		"refuses what it says it ignores": {[]string{`        if not host or`, `        if "tlscrlfile" in options:
            raise ValueError("no such option")
        if not host or`}, []string{"tlsCRLFile"}, "it says that this is ignored, but it was refused"},
		"ignores what it says it refuses": {[]string{ignored, `"tlsDisableCertificateRevocationCheck"]`,
			`dict.fromkeys(IGNORED, "ignored")`, `{"tlsCRLFile": "refused", **dict.fromkeys(IGNORED, "ignored")}`},
			[]string{"tlsCRLFile"}, "it says that this is refused, but it got past the options"},
		"has no word for it": {[]string{`19: "untrusted", 20: "untrusted", `, ""}, []string{"refusals"},
			"in trust/no-cafile-private-ca its reason is unclassified"},
		"keeps answers": {[]string{`reply({"Answer": a})`,
			`reply({"Answer": {**kept.setdefault(r["URI"].split("?")[0], a), "ID": r["ID"]}})`,
			`running, writing =`, `kept, running, writing = {},`}, []string{"nothing stays"},
			"a wrong authority: as client 2 of one server it connected"},
		"trusts the wrong files": {[]string{`cafile=options.get("tlscafile")`, `cafile=None`}, []string{"tls", "ssl",
			"tlsCAFile", "dial", "nothing stays"}, ""},
	} {
		command := example(t, row.changes...)
		all.Go(func() {
			failed, said := checked(t, command...)
			assert.Equal(t, row.failed, failed, "%s:\n%s", name, said)
			assert.Contains(t, said, row.says, name)
		})
	}
	all.Wait()
}
