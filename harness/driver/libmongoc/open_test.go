package libmongoc

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

// tools makes a directory of shell scripts by name, for the PATH.
func tools(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	return dir
}

// prefix makes an installation that consists of pkg-config files.
func prefix(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "lib", "pkgconfig"), 0o755))
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "lib", "pkgconfig", name), nil, 0o644))
	}
	return dir
}

// Whatever is missing is one sentence, which says whose fault it is, and leaves nothing behind.
func TestOpenFails(t *testing.T) {
	const (
		finds  = `case "$1" in --modversion) echo 1.23.1;; *) echo -lmongoc-1.0;; esac`
		none   = `echo "Package libmongoc-1.0 was not found in the pkg-config search path." >&2; exit 1`
		breaks = `echo "main.c:3:10: fatal error: mongoc/mongoc.h: No such file or directory" >&2; exit 1`
		full   = `echo "/usr/bin/ld: final link failed: No space left on device" >&2; exit 1`
	)
	empty, old, broken := prefix(t), prefix(t, "libmongoc-1.0.pc"), prefix(t, "mongoc2.pc")
	for name, row := range map[string]struct {
		version string
		tools   map[string]string
		says    string
		usage   bool
	}{
		"no version":     {"latest", nil, "that is no version: write one like 1.30.4, or a path like ./prefix", true},
		"half a version": {"1.23", nil, "that is no version", true},
		"unknown version": {"1.24.0", map[string]string{"pkg-config": finds},
			"pkg-config does not know this version here, and Debian has 1.17.6 (OpenSSL 1.1), 1.23.1 (OpenSSL 3.0), 1.30.4 (OpenSSL 3.5), 2.5.7 (OpenSSL 3.6); build it", true},
		"no pkg-config": {"1.23.1", nil,
			"the program pkg-config is needed to install this driver, and there is none on the PATH", false},
		"no compiler": {"1.23.1", map[string]string{"pkg-config": finds},
			"the program cc is needed to install this driver, and there is none on the PATH", false},
		"no headers": {"1.23.1", map[string]string{"pkg-config": finds, "cc": breaks},
			"the probe does not compile: main.c:3:10: fatal error: mongoc/mongoc.h", false},
		"disk full": {"1.23.1", map[string]string{"pkg-config": finds, "cc": full},
			"is full; make room there, or set MONGOTLS_CACHE to another directory", false},
		"no apt": {"1.30.4", map[string]string{"pkg-config": finds},
			"the Debian suite trixie: the program apt-get is needed", false},
		"none here, no apt": {"1.30.4", map[string]string{"pkg-config": none},
			"the Debian suite trixie: the program apt-get is needed", false},
		"no prefix": {filepath.Join(empty, "gone"), nil,
			"holds no pkg-config file of the library, libmongoc-1.0.pc or mongoc2.pc", true},
		"empty prefix":    {empty, nil, "holds no pkg-config file of the library", true},
		"prefix, no tool": {old, nil, "the program pkg-config is needed to install this driver", false},
		"prefix that breaks": {broken, map[string]string{"pkg-config": finds, "cc": breaks},
			"the probe does not compile with it: main.c:3:10: fatal error: mongoc/mongoc.h", true},
		"prefix of nothing": {old, map[string]string{"pkg-config": none}, "Package libmongoc-1.0 was not found", true},
		"prefix, disk full": {old, map[string]string{"pkg-config": finds, "cc": full}, "the disk of ", false},
	} {
		t.Run(name, func(t *testing.T) {
			cache, temp := t.TempDir(), t.TempDir()
			t.Setenv("MONGOTLS_CACHE", cache)
			t.Setenv("TMPDIR", temp)
			t.Setenv("PATH", tools(t, row.tools))
			_, err := Open(t.Context(), driver.Spec{Name: "libmongoc", Version: row.version}, driver.Isolation{})
			require.ErrorContains(t, err, row.says)
			require.NotContains(t, err.Error(), "\n")
			require.Equal(t, row.usage, usage.Is(err))
			left, err := filepath.Glob(filepath.Join(cache, "libmongoc", "*[^k]"))
			require.NoError(t, err)
			require.Empty(t, left)
			left, err = filepath.Glob(filepath.Join(temp, "*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
