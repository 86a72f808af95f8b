package php

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

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
	for version := range suites {
		t.Run(version, func(t *testing.T) {
			adaptertest.Names(t, "tls=false", func(t *testing.T, i driver.Isolation) driver.Driver {
				d, err := Open(t.Context(), driver.Spec{Name: "php", Version: version}, i)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, d.Close()) })
				require.Equal(t, version, d.Info().Version)
				return d
			})
		})
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
