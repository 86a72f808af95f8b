package command

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
)

// The command line, as its user meets it: testdata/script. "exits N COMMAND ..." expects an exit code.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				got := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					got = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
			// "oneline FILE" expects a single sentence.
			"oneline": func(ts *testscript.TestScript, _ bool, args []string) {
				if text := strings.TrimSpace(ts.ReadFile(args[0])); text == "" || strings.Contains(text, "\n") {
					ts.Fatalf("not one line: %q", text)
				}
			},
		},
	})
}

// SIGINT in mid-run still writes the report, says so in the exit code, and leaves nothing in the temporary directory.
func TestInterrupt(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	out, temp := t.TempDir(), t.TempDir()
	bin := filepath.Join(t.TempDir(), "mongotls") // testscript's binaries go by their name
	require.NoError(t, os.Symlink(self, bin))
	cmd := exec.CommandContext(t.Context(), bin, "run", "--out", out, "--jobs", "1")
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "100 of ") {
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	for lines.Scan() { // to the end
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 130, exit.ExitCode())
	r, err := reports.LoadFile(filepath.Join(out, reports.JSONFile))
	require.NoError(t, err)
	require.True(t, r.Interrupted)
	require.GreaterOrEqual(t, len(r.Cases), 100)
	require.FileExists(t, filepath.Join(out, reports.JUnitFile))
	require.Contains(t, stdout.String(), "interrupted")
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}
