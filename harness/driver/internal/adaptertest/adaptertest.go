// Package adaptertest is what the tests of every adapter that is a program ask of it.
package adaptertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Reasons holds the reasons that an adapter finds, told "reasons" in its command line, against those of recorded
// errors: testdata/failures.jsonl has one a line, as the adapter takes it, with its Reason and its Text. env is the
// whole environment, nil for that of the test.
func Reasons(t *testing.T, env, command []string) {
	t.Helper()
	recorded, err := os.ReadFile(filepath.Join("testdata", "failures.jsonl"))
	require.NoError(t, err)
	cmd := exec.Command(command[0], append(command[1:], "reasons")...)
	cmd.Env, cmd.Stdin = env, bytes.NewReader(recorded)
	out, err := cmd.Output()
	require.NoError(t, err)
	said := strings.Fields(string(out))
	lines := bufio.NewScanner(bytes.NewReader(recorded))
	for i := 0; lines.Scan(); i++ {
		var row struct {
			Reason evidence.Reason
			Text   string
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &row))
		require.Greater(t, len(said), i)
		require.EqualValues(t, row.Reason, said[i], row.Text)
		require.NotEqual(t, evidence.Unclassified, row.Reason)
	}
}

// Protocol holds an adapter against the protocol. env is what it needs besides the environment of the test.
func Protocol(t *testing.T, env, command []string) {
	t.Helper()
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	locked, _, err := world.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "not given"})
	require.NoError(t, err)
	subject := conformance.Subject{Command: command, Env: append(os.Environ(), env...), LockedKey: locked}
	_, ok, err := conformance.Check(t.Context(), subject, func(f conformance.Finding) {
		assert.False(t, f.Wrong, "%s: %s", f.Check, f.Text)
	})
	require.NoError(t, err)
	require.True(t, ok)
}

// Names holds a driver that is led to a resolver against the names that are asked for: of the harness's DNS alone, and
// with Dial of nobody. off is what switches TLS off in a connection string. It returns what was asked of the DNS.
func Names(t *testing.T, off string, open func(*testing.T, driver.Isolation) driver.Driver) (queries []string) {
	t.Helper()
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	require.NoError(t, world.DNS.Add("_mongodb._tcp.c1.example.test. 60 IN SRV 0 0 1 node-c1.example.test.\n"+
		"node-c1.example.test. 60 IN A 127.0.0.3\n"))
	d := open(t, driver.Isolation{Resolver: world.DNS.Addr()})
	for _, row := range []struct {
		uri, dial string
		reason    evidence.Reason
	}{
		{"mongodb+srv://c1.example.test/?" + off, "", evidence.Unreachable},
		{"mongodb://node-c1.example.test:1/", "", evidence.Unreachable},
		{"mongodb://nobody.example.test:1/", "", evidence.DNSError},
		{"mongodb://nobody.example.test:1/", "127.0.0.1", evidence.Unreachable},
		{"mongodb+srv://nobody.example.test/", "127.0.0.1", evidence.DNSError},
	} {
		a, err := d.Do(t.Context(), evidence.Request{ID: row.uri, URI: row.uri, Dial: row.dial, Isolated: true,
			LimitMS: 20_000})
		require.NoError(t, err)
		require.Equal(t, row.reason, a.Error.Reason, "%s: %s", row.uri, a.Error.Text)
	}
	return world.DNS.Queries("c1")
}
