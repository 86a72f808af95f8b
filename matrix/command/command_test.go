package command

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The command line, as its user meets it: testdata/script. "exits N COMMAND ..." expects an exit code; after it, "fits
// N TEXT ..." expects no line of its output to be longer, but for those that contain one of the texts, and "steady
// NAME" the output of testdata/golden/NAME.txt, but for evidence and what differs from run to run.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world": worldCommand,
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
			"fits": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[0])
				ts.Check(err)
				for line := range strings.Lines(ts.ReadFile("stdout")) {
					exempt := slices.ContainsFunc(args[1:], func(text string) bool {
						return strings.Contains(line, text)
					})
					if line = strings.TrimSuffix(line, "\n"); !exempt && text.StringWidth(line) > n {
						ts.Fatalf("longer than %d: %q", n, line)
					}
				}
			},
			"steady": func(ts *testscript.TestScript, _ bool, args []string) {
				got := strings.ReplaceAll(steady(ts.ReadFile("stdout")), ts.Getenv("WORK"), "WORK")
				path := filepath.Join("testdata", "golden", args[0]+".txt")
				if *update {
					ts.Check(os.WriteFile(path, []byte(got), 0o600))
				}
				want, err := os.ReadFile(path)
				ts.Check(err)
				if got != string(want) {
					ts.Fatalf("%s differs (-update rewrites it); this is the output:\n%s", path, got)
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

// steady is output without evidence and without what differs from run to run, or will with the next driver.
func steady(output string) string {
	for _, v := range []struct{ pattern, by string }{
		{`(?m)^( +)attempt \d+ of \d+\n(?:.+\n)*`, "${1}...\n"},
		{`\bv?2\.\d+\.\d+\b|\bgo1\.\d+\.\d+ \w+/\w+`, "VERSION"},
		{`\b\d+\.\d s\b`, "DURATION"},
	} {
		output = regexp.MustCompile(v.pattern).ReplaceAllString(output, v.by)
	}
	return output
}

// SIGINT in mid-run still writes the report, says so in the exit code, and leaves nothing in the temporary directory.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	out, temp := t.TempDir(), t.TempDir()
	bin := filepath.Join(t.TempDir(), "mongotls") // testscript's binaries go by their name
	require.NoError(t, os.Symlink(self, bin))
	cmd := exec.CommandContext(t.Context(), bin, "run", "--run", "uri", "--out", out, "--jobs", "1")
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	ended, all := 0, 0
	for all == 0 && lines.Scan() {
		_, _ = fmt.Sscanf(lines.Text(), "%d of %d: ", &ended, &all) // other lines come first
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
	require.GreaterOrEqual(t, len(r.Cases), ended, "the report has what the progress told of")
	require.Less(t, len(r.Cases), all)
	require.FileExists(t, filepath.Join(out, reports.JUnitFile))
	require.Contains(t, stdout.String(), "interrupted")
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// SIGINT before the first case is 130 too, and says what it met: a driver that is being installed, or started. Nothing
// is written.
func TestInterruptBeforeTheFirstCase(t *testing.T) {
	t.Parallel()
	const installing = "installing go@v2.5.0 (first time)\nmongotls: interrupted while go@v2.5.0 was being " +
		"installed: nothing was run\n"
	for line, says := range map[string]string{
		"run --driver go@v2.5.0": installing,
		"run --driver exec:adapter": "mongotls: interrupted while exec:adapter was being started: " +
			"nothing was run\n",
		"compare --driver go --from v2.5.0 --to v2.6.0": installing,
		"check-adapter adapter":                         "mongotls: interrupted after 0 checks\n",
		"bisect --case mode/tls":                        "mongotls: interrupted while the versions of go were being listed: nothing was run\n",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			command, temp := itself(t)
			tools := t.TempDir()
			begun := filepath.Join(tools, "begun")
			require.NoError(t, syscall.Mkfifo(begun, 0o600))
			for name, script := range map[string]string{
				// It builds for ever. It needs no more than a shell: echo as a program may be missing.
				"go": "[ $1 = env ] && echo go1.26.0 && exit\necho >" + begun + "\nexec sleep 600\n",
				// It never says what it drives.
				"adapter": "echo >" + begun + "\nexec sleep 600\n",
			} {
				require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+script), 0o700))
			}
			cmd := command("env PATH=" + tools + ":$PATH MONGOTLS_CACHE=" + t.TempDir() + " mongotls " + line)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.NoError(t, cmd.Start())
			ended := make(chan error, 1)
			go func() {
				ended <- cmd.Wait()
				// It frees the reader where nothing has begun.
				if w, err := os.OpenFile(begun, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
					w.Close()
				}
			}()
			written, err := os.ReadFile(begun) // until the tool has written, and closed it
			require.NoError(t, err)
			if len(written) == 0 {
				require.FailNow(t, "it ended before anything had begun", "%v: %s", <-ended, stderr.String())
			}
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
			err = <-ended
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 130, exit.ExitCode(), stderr.String())
			require.Equal(t, says, stderr.String())
			require.NoDirExists(t, filepath.Join(cmd.Dir, "out"))
			left, err := os.ReadDir(temp)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// Where go run hides the exit code, it is said.
func TestGoRun(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".", "run", "--mode", "sideways")
	cmd.Dir = "../.."
	said, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "\nmongotls: the exit code is 2, of which `go run` makes 1; a program that is "+
		"built keeps it: make build, or go install\n")
}
