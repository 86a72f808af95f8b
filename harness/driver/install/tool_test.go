package install

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTool(t *testing.T) {
	dir := t.TempDir()
	out, err := Tool(t.Context(), dir, []string{"GREETING=hello"}, "sh", "-c", `pwd; echo "$GREETING"; echo progress >&2`)
	require.NoError(t, err)
	resolved, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	require.Equal(t, resolved+"\nhello\n", out)

	_, err = Tool(t.Context(), dir, nil, "mongotls-no-such-program")
	require.EqualError(t, err,
		"the program mongotls-no-such-program is needed to install this driver, and there is none on the PATH")

	_, err = Tool(t.Context(), dir, nil, "sh", "-c", "echo one; echo '# two' >&2; echo three >&2; echo four >&2; exit 3")
	require.EqualError(t, err, "exit status 3: three; four")
}

// What the environment says to runtimes does not reach a tool; what leads to a registry does.
func TestToolEnvironment(t *testing.T) {
	for _, name := range []string{"NODE_OPTIONS", "NODE_PATH", "PYTHONHOME", "PYTHONPATH", "GODEBUG", "OPENSSL_CONF",
		"LD_PRELOAD_NOTHING"} {
		t.Setenv(name, "/nowhere")
	}
	kept := []string{"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "https_proxy", "NO_PROXY", "REQUESTS_CA_BUNDLE", "PIP_CERT"}
	for _, name := range kept {
		t.Setenv(name, "/nowhere")
	}
	out, err := Tool(t.Context(), t.TempDir(), nil, "env")
	require.NoError(t, err)
	var has []string
	for line := range strings.Lines(out) {
		if name, ok := strings.CutSuffix(line, "=/nowhere\n"); ok {
			has = append(has, name)
		}
	}
	require.ElementsMatch(t, kept, has)
}

// What is interrupted ends with all that it started: nobody is left who could write.
func TestToolIsInterrupted(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan string)
	go func() {
		f, err := os.Open(fifo)
		if err != nil {
			panic(err)
		}
		defer f.Close()
		ready := make([]byte, len("ready\n"))
		_, _ = io.ReadFull(f, ready)
		cancel()
		rest, _ := io.ReadAll(f)
		read <- string(ready) + string(rest)
	}()
	_, err := Tool(ctx, ".", nil, "sh", "-c", `exec >"$0"; echo ready; sleep 1000 & wait`, fifo)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "ready\n", <-read)
}
