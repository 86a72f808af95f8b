package command

import (
	"bufio"
	"context"
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

	"github.com/mongotls/mongotls/harness/evidence"
)

// program makes this test binary the program mongotls, with a temporary directory of its own.
func program(t *testing.T) (command func(line string) *exec.Cmd, temp string) {
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

// What a run keeps is for its user's eyes only. With it the server of a case comes up again, and what the output shows works by
// hand: the connection string, and the command for openssl.
func TestByHand(t *testing.T) {
	command, temp := program(t)
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
			said, _ := command(shown(`openssl   (openssl s_client .*) -verify_return_error </dev/null`) + " </dev/null 2>&1").Output()
			require.Contains(t, string(said), row.openssl)
		}
		require.Contains(t, shown(`driver    mongosh '(.*)' --eval .*`), "mongodb://localhost:")
		require.Equal(t, row.connects, connects(t, shown(`request: (.*)`)), id)
		require.NoError(t, server.Process.Signal(syscall.SIGINT))
		for lines.Scan() {
		}
		require.NoError(t, server.Wait())
	}
	private()
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

// A command is one that a shell takes, whatever is in it, and shows the way to a host that only the harness knows.
func TestHints(t *testing.T) {
	const name, loopback = "-servername db.example.test -verify_hostname db.example.test", "127.0.0.1:40001"
	for what, row := range map[string]struct {
		request         evidence.Request
		driver, addr    string
		openssl, driven string
		notes           []string
	}{
		"plain": {evidence.Request{URI: "mongodb://localhost:40001/?tls=true"}, "go", "",
			"openssl s_client -connect localhost:40001 -servername localhost -verify_hostname localhost -verify_return_error </dev/null",
			"mongosh 'mongodb://localhost:40001/?tls=true' --eval 'db.runCommand({ping: 1})'", nil},
		"files with blanks, and a password": {evidence.Request{URI: "mongodb://u:p@127.0.0.1:40001/?tlsCAFile=%2Fa%20b%2Fca.pem&tlsCertificateKeyFile=/k.pem&tlsCertificateKeyFilePassword=it's"},
			"pymongo", "", `openssl s_client -connect 127.0.0.1:40001 -verify_ip 127.0.0.1 -CAfile '/a b/ca.pem' -cert /k.pem -key /k.pem -pass 'pass:it'\''s' -verify_return_error </dev/null`,
			`python3 -c 'import pymongo, sys; print(pymongo.MongoClient(sys.argv[1]).admin.command("ping"))' 'mongodb://u:p@127.0.0.1:40001/?tlsCAFile=%2Fa%20b%2Fca.pem&tlsCertificateKeyFile=/k.pem&tlsCertificateKeyFilePassword=it'\''s'`, nil},
		"a name of the harness, options in code": {evidence.Request{URI: "mongodb://db.example.test:40001/", Dial: "127.0.0.1", Code: map[string]string{"tlsCAFile": "/ca.pem"}}, "", "",
			"openssl s_client -connect " + loopback + " " + name + " -CAfile /ca.pem -verify_return_error </dev/null",
			"mongosh mongodb://db.example.test:40001/ --eval 'db.runCommand({ping: 1})'",
			[]string{"the option tlsCAFile is given in code: /ca.pem", `db.example.test is a name of the harness: for the driver, put "127.0.0.1 db.example.test" into /etc/hosts`}},
		"IPv6": {evidence.Request{URI: "mongodb://[::1]:40001"}, "", "", "openssl s_client -connect '[::1]:40001' -verify_ip ::1 -verify_return_error </dev/null",
			"mongosh 'mongodb://[::1]:40001' --eval 'db.runCommand({ping: 1})'", nil},
		"SRV": {evidence.Request{URI: "mongodb+srv://db.example.test/?x=1", Isolated: true}, "", loopback, "openssl s_client -connect " + loopback + " " + name + " -verify_return_error </dev/null",
			"mongosh 'mongodb+srv://db.example.test/?x=1' --eval 'db.runCommand({ping: 1})'",
			[]string{"the driver resolves names, and trusts the authorities of the system, as the harness has them: only the replay does"}},
	} {
		var notes []string
		said := map[string]string{}
		for _, h := range byHand(row.request, row.driver, row.addr) {
			if h.label == "note" {
				notes = append(notes, h.text)
			} else {
				said[h.label] = h.text
			}
		}
		require.Equal(t, map[string]string{"openssl": row.openssl, "driver": row.driven}, said, what)
		require.Equal(t, row.notes, notes, what)
	}
	for _, uri := range []string{"", "mongodb://", "mongodb://a:b:c/?x=%zz", "://@/?;"} { // whatever a row writes
		require.NotPanics(t, func() { byHand(evidence.Request{URI: uri}, "node", "") })
	}
}
