package php

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// Whatever is missing is one sentence, which says whose fault it is.
func TestOpenFails(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	t.Setenv("PATH", "")
	other := filepath.Join(t.TempDir(), "php")
	require.NoError(t, os.WriteFile(other, []byte("#!/bin/sh\n"), 0o755))
	for version, row := range map[string]struct {
		says  string
		usage bool
	}{
		"latest":          {"Debian has 1.15.0, 2.0.0; any other is driven by the path of a PHP that has it", true},
		"1.16.0":          {"Debian has 1.15.0, 2.0.0; any other", true},
		"./no/such/php":   {"no/such/php is no PHP: give the path of one", true},
		filepath.Dir("/"): {"/ is no PHP", true},
		other:             {"the program cc is needed to install this driver, and there is none on the PATH", false},
		"2.0.0":           {"the Debian suite trixie: the program apt-get is needed", false},
	} {
		_, err := Open(t.Context(), driver.Spec{Name: "php", Version: version}, driver.Isolation{})
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, row.usage, usage.Is(err), version)
	}
}

// adapter is the command line of the adapter, with its environment.
func adapter(t *testing.T, version string) (command, env []string) {
	t.Helper()
	required.Asked(t, "debian", "a PHP of a Debian suite, which would be fetched")
	command, env, err := start(t.Context(), version)
	require.NoError(t, err)
	return command, env
}

// Errors that real servers made the extension give, with what it had logged.
func TestReasons(t *testing.T) {
	command, env := adapter(t, "2.0.0")
	adaptertest.Reasons(t, env, command)
}

func TestTheAdapterKeepsToTheProtocol(t *testing.T) {
	for version := range suites {
		command, env := adapter(t, version)
		adaptertest.Protocol(t, env, command)
	}
}

// Names are asked of the harness's DNS alone; with Dial, of nobody. What PHP 8.2 binds otherwise is answered as well.
func TestNames(t *testing.T) {
	required.Asked(t, "debian", "a PHP of a Debian suite, which would be fetched")
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	require.NoError(t, world.DNS.Add("_mongodb._tcp.c1.example.test. 60 IN SRV 0 0 1 node-c1.example.test.\n"+
		"node-c1.example.test. 60 IN A 127.0.0.3\n"))
	for version := range suites {
		d, err := Open(t.Context(), driver.Spec{Name: "php", Version: version}, driver.Isolation{Resolver: world.DNS.Addr()})
		require.NoError(t, err)
		require.Equal(t, version, d.Info().Version)
		for _, row := range []struct{ uri, dial, reason string }{
			{"mongodb+srv://c1.example.test/?tls=false", "", "unreachable"},
			{"mongodb://node-c1.example.test:1/", "", "unreachable"},
			{"mongodb://nobody.example.test:1/", "", "dns-error"},
			{"mongodb://nobody.example.test:1/", "127.0.0.1", "unreachable"},
			{"mongodb+srv://nobody.example.test/", "127.0.0.1", "dns-error"},
		} {
			a, err := d.Do(t.Context(), evidence.Request{ID: row.uri, URI: row.uri, Dial: row.dial, Isolated: true,
				LimitMS: 20_000})
			require.NoError(t, err)
			require.EqualValues(t, row.reason, a.Error.Reason, "%s: %s", row.uri, a.Error.Text)
		}
		require.NoError(t, d.Close())
	}
}

// A limit ends a driver that waits, and says what it had seen by then.
func TestTheLimitEndsADriverThatWaits(t *testing.T) {
	required.Asked(t, "debian", "a PHP of a Debian suite, which would be fetched")
	t.Setenv("TMPDIR", t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0") // never says a word
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	d, err := Open(t.Context(), driver.Spec{Name: "php", Version: "2.0.0"}, driver.Isolation{})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://" + l.Addr().String() + "/?x=y", LimitMS: 300})
	require.NoError(t, err)
	require.Empty(t, conformance.Malformed(a))
	require.Equal(t, evidence.AtLimit, a.Stopped)
	require.Equal(t, evidence.Timeout, a.Error.Reason)
	require.Contains(t, a.Warnings, `Unsupported URI option "x"`)
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "mongotls-php-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
