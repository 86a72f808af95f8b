package ruby

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// tools makes a directory with a gem that is this script, for the PATH.
func tools(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	if script != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "gem"), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	return dir
}

// A version is fetched once, and unpacked.
func TestFind(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	t.Setenv("PATH", tools(t, `case "$1 $2" in "fetch mongo") echo >$2-$4.gem;; *) /bin/mkdir -p ${2%.gem}/lib;; esac`))
	lib, err := find(t.Context(), "2.25.0")
	require.NoError(t, err)
	require.DirExists(t, lib)
	require.Equal(t, "mongo-2.25.0", filepath.Base(filepath.Dir(lib)))
	t.Setenv("PATH", "")
	again, err := find(t.Context(), "2.25.0")
	require.NoError(t, err)
	require.Equal(t, lib, again)
}

// Whatever is missing is one sentence, which says whose fault it is.
func TestFindFails(t *testing.T) {
	const (
		none    = `echo "ERROR:  Could not find a valid gem 'mongo' (= 2.99.0) in any repository" >&2; exit 2`
		offline = `echo "ERROR:  Could not find a valid gem 'mongo' (= 2.25.0), here is why:" >&2
echo "          Unable to download data from https://gems.example.test/ - no answer" >&2; exit 2`
	)
	for version, row := range map[string]struct {
		gem, says string
		usage     bool
	}{
		"":          {"", "name a version, as ruby@2.25.0, or the path of a checkout or an unpacked gem", true},
		"latest":    {"", "name a version", true},
		"./no/such": {"", "no/such is neither a checkout of the driver nor an unpacked gem of it", true},
		"2.25.1":    {"", "the program gem is needed to install this driver, and there is none on the PATH", false},
		"2.99.0":    {none, "there is no gem mongo 2.99.0", true},
		"2.25.0":    {offline, "the version is not in the cache, and gem cannot fetch it: ERROR:  Could not find", false},
	} {
		t.Setenv("MONGOTLS_CACHE", t.TempDir())
		t.Setenv("PATH", tools(t, row.gem))
		_, err := Open(t.Context(), driver.Spec{Name: "ruby", Version: version}, driver.Isolation{})
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, row.usage, usage.Is(err), version)
	}
}

// Errors that real servers made the driver give.
func TestReasons(t *testing.T) {
	required.Asked(t, "debian", "a Ruby of a Debian suite, which would be fetched")
	command, env, err := start(t.Context(), t.TempDir())
	require.NoError(t, err)
	adaptertest.Reasons(t, env, command)
}
