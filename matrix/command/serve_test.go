package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"
)

// itself makes this test binary the program mongotls, with a temporary directory of its own.
func itself(t *testing.T) (command func(line string) *exec.Cmd, temp string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "mongotls"))) // testscript's binaries go by their name
	temp = t.TempDir()
	return func(line string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec "+line)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "TMPDIR="+temp, "PATH="+bin+":"+os.Getenv("PATH"))
		return cmd
	}, temp
}

// What a run keeps is for its user's eyes only. With it the server of a case comes up again, and what the output shows
// works by hand: the connection string, and the command for openssl.
func TestByHand(t *testing.T) {
	t.Parallel()
	command, temp := itself(t)
	out, err := command("mongotls run --run time/expired --mode requireTLS --keep -v").Output()
	require.NoError(t, err)
	kept := regexp.MustCompile(`(?m)^kept: (.*) holds the certificates and keys of the run`).FindSubmatch(out)
	require.NotNil(t, kept, string(out))
	require.Equal(t, temp, filepath.Dir(string(kept[1])))
	private := func() {
		require.NoError(t, filepath.WalkDir(string(kept[1]), func(path string, e os.DirEntry, err error) error {
			require.NoError(t, err)
			info, err := e.Info()
			require.NoError(t, err)
			require.Zero(t, info.Mode().Perm()&0o077, path)
			return nil
		}))
	}
	private()
	for id, row := range map[string]struct {
		connects bool
		openssl  string
	}{
		"mode/tls/requireTLS":     {true, "Verify return code: 0 (ok)"},
		"time/expired/requireTLS": {false, "certificate has expired"},
	} {
		_, block, found := strings.Cut(string(out), " "+id+": conforms\n")
		require.True(t, found, string(out))
		shown := func(pattern string) string {
			match := regexp.MustCompile(`(?m)^ *` + pattern + `$`).FindStringSubmatch(block)
			require.NotNil(t, match, block)
			return match[1]
		}
		server := command("mongotls " + shown(`by hand   (?:mongotls|go run \.) (serve .*)`))
		up, err := server.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, server.Start())
		lines := bufio.NewScanner(up)
		for lines.Scan() && lines.Text() != "Ctrl-C ends it" {
		}
		if _, err := exec.LookPath("openssl"); err == nil {
			said, _ := command(shown(`openssl   (openssl s_client .*) -verify_return_error </dev/null`) +
				" </dev/null 2>&1").Output()
			require.Contains(t, string(said), row.openssl)
		}
		require.Contains(t, shown(`driver    (.*)`), "mongodb://localhost:")
		require.Equal(t, row.connects, connects(t, shown(`request: (.*)`)), id)
		require.NoError(t, server.Process.Signal(syscall.SIGINT))
		for lines.Scan() {
		}
		require.NoError(t, server.Wait())
	}
	private()
}

// All scenarios of an area are addresses, on a page that a browser opens; each does what its scenario says, and its log
// is shown while it is written. Ctrl-C ends all of it, and leaves nothing.
func TestServeAll(t *testing.T) {
	t.Parallel()
	command, temp := itself(t)
	server := command("mongotls serve --all time/expired mode/tls uri/tls-repeated-conflict --seed 3")
	up, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	lines := bufio.NewScanner(up)
	at := map[string]string{}
	var said []string
	for lines.Scan() && lines.Text() != "Ctrl-C ends it" {
		said = append(said, lines.Text())
		first, rest, _ := strings.Cut(lines.Text(), " ")
		at[rest] = first
		if first == "page:" || first == "files:" {
			at[first] = rest
		}
	}
	require.Contains(t, said, "not served: 2 scenarios: it is about a connection string that leads nowhere")
	answer, err := http.Get(at["page:"])
	require.NoError(t, err)
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	require.Contains(t, string(page), "<title>mongotls: scenarios as addresses</title>")
	ca, err := filepath.Glob(filepath.Join(at["files:"], "ca-*.pem"))
	require.NoError(t, err)
	require.NotEmpty(t, ca)
	for id, good := range map[string]bool{"mode/tls/requireTLS": true, "time/expired/requireTLS": false} {
		_, port, err := net.SplitHostPort(at[id])
		require.NoError(t, err)
		require.Equal(t, good, connects(t, "mongodb://localhost:"+port+"/?tls=true&tlsCAFile="+ca[0]), id)
	}
	defer time.AfterFunc(time.Minute, func() { _ = server.Process.Kill() }).Stop() // it may show nothing
	found := false
	for !found && lines.Scan() {
		found = strings.Contains(lines.Text(), " time/expired/requireTLS ") &&
			strings.Contains(lines.Text(), "Connection accepted")
	}
	require.True(t, found, "the log is shown")
	require.NoError(t, server.Process.Signal(syscall.SIGINT))
	for lines.Scan() {
	}
	require.NoError(t, server.Wait())
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// connects reports whether the Go driver does.
func connects(t *testing.T, uri string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client, err := mongo.Connect(mongooptions.Client().ApplyURI(uri).SetServerSelectionTimeout(3 * time.Second))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(ctx)) }()
	return client.Ping(ctx, nil) == nil
}
