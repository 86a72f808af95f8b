package node

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// needs skips a test where a program is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			required.OrSkip(t, "node", "the program "+program+" is missing")
		}
	}
}

// opened is a driver, where it is in the cache or npm can get it.
func opened(t *testing.T, name, version string) driver.Driver {
	t.Helper()
	needs(t, "node")
	d, err := Open(t.Context(), driver.Spec{Name: name, Version: version}, driver.Isolation{})
	for _, missing := range []string{"the program npm is needed", "npm cannot reach its registry"} {
		if err != nil && strings.Contains(err.Error(), missing) {
			required.OrSkip(t, "node", err.Error())
		}
	}
	require.NoError(t, err)
	return d
}

// A version is installed once; after that it needs neither npm nor a network.
func TestOpenInstallsOnce(t *testing.T) {
	needs(t, "node", "npm")
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	path := filepath.Join(t.TempDir(), "bin")
	node, err := exec.LookPath("node")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(path, 0o755))
	require.NoError(t, os.Symlink(node, filepath.Join(path, "node")))
	for i := range 2 {
		var d driver.Driver
		if i == 0 {
			d = opened(t, "node", "3.7.4")
		} else {
			d, err = Open(t.Context(), driver.Spec{Name: "node", Version: "3.7.4"}, driver.Isolation{})
			require.NoError(t, err)
		}
		require.Equal(t, "node", d.Info().Driver)
		require.Equal(t, "3.7.4", d.Info().Version)
		a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://localhost:1/?tls=true&ssl=false",
			LimitMS: 5000})
		require.NoError(t, err)
		require.Equal(t, evidence.ParseError, a.Error.Reason, a.Error.Text)
		require.NoError(t, d.Close())
		if i == 0 {
			t.Setenv("PATH", path)
		}
	}
}

// Each lock file is for the version that its name says, leaves nothing to chance, and names no place on the network.
func TestLocks(t *testing.T) {
	names, err := fs.Glob(locks, "locks/*.json")
	require.NoError(t, err)
	for _, file := range names {
		content, err := locks.ReadFile(file)
		require.NoError(t, err)
		var lock struct {
			Packages map[string]struct {
				Version, Integrity, Resolved string
				Dependencies                 map[string]string
			}
		}
		require.NoError(t, json.Unmarshal(content, &lock), file)
		of := regexp.MustCompile(`^locks/(.+)-(\d+\.\d+\.\d+)\.json$`).FindStringSubmatch(file)
		require.NotNil(t, of, file)
		require.Equal(t, map[string]string{strings.ReplaceAll(of[1], "+", "/"): of[2]}, lock.Packages[""].Dependencies, file)
		for at, l := range lock.Packages {
			if at != "" {
				require.Regexp(t, "^sha512-", l.Integrity, "%s: %s", file, at)
				require.Empty(t, l.Resolved, "%s: %s", file, at)
			}
		}
	}
}

// What cannot be had is one sentence that says whose fault it is, and leaves nothing in the cache.
func TestOpenFails(t *testing.T) {
	needs(t, "node", "npm")
	elsewhere := t.TempDir()
	write := func(name, content string) string {
		dir := filepath.Join(elsewhere, name)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(content), 0o644))
		return dir
	}
	for name, row := range map[string]struct {
		version string
		env     map[string]string
		says    string
		usage   bool
	}{
		"no version": {"newest", nil, "that is no version: write one like 6.20.0, 6, latest", true},
		"a range":    {"^6.0.0", nil, "that is no version", true},
		"no network": {"6.9.0", map[string]string{"npm_config_registry": "http://127.0.0.1:1",
			"npm_config_cache": t.TempDir()}, "the version is not in the cache, and npm cannot reach its registry", false},
		"newest offline": {"6", map[string]string{"npm_config_registry": "http://127.0.0.1:1"},
			"the version is not in the cache, and npm cannot reach its registry", false},
		"no npm": {"6.9.0", map[string]string{"PATH": "/nowhere"},
			"the program npm is needed to install this driver, and there is none on the PATH", false},
		"no directory": {"./nowhere", nil, "that is no directory of the package mongodb: open", true},
		"another package": {write("other", `{"name": "left-pad"}`), nil,
			`that is no directory of the package mongodb, but of "left-pad"`, true},
		"no JSON": {write("garbage", `name: mongodb`), nil,
			"that is no directory of the package mongodb: package.json: invalid character", true},
		"nothing in it": {write("empty", `{"name": "mongodb", "version": "7.0.0"}`), nil,
			"the driver does not load: Cannot find module", true},
		"too old a node": {write("future", `{"name": "mongodb", "version": "9.0.0", "engines": {"node": ">=99.1"}}`), nil,
			"mongodb 9.0.0 needs Node.js 99.1 or newer, and the one on the PATH is ", false},
		"no node": {write("good", `{"name": "mongodb", "version": "7.0.0"}`), map[string]string{"PATH": "/nowhere"},
			"the program node is needed to", false},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("MONGOTLS_CACHE", root)
			for k, v := range row.env {
				t.Setenv(k, v)
			}
			_, err := Open(t.Context(), driver.Spec{Name: "node", Version: row.version}, driver.Isolation{})
			require.ErrorContains(t, err, row.says)
			require.NotContains(t, err.Error(), "\n")
			require.Equal(t, row.usage, usage.Is(err))
			left, err := filepath.Glob(filepath.Join(root, "node", "mongodb*[^k]"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// What npm says, in a sentence; and whose fault it is.
func TestExplain(t *testing.T) {
	p := packs["mongoose"]
	for complaint, row := range map[string]struct {
		says  string
		usage bool
	}{
		"npm error code E404\nnpm error 404 Not Found": {
			"npm knows no version 6.99.0 of mongoose", true,
		},
		"npm error code ETARGET\nnpm error notarget No matching version found for mongoose": {
			"npm knows no version 6.99.0 of mongoose", true,
		},
		"npm error code ENOTFOUND\nnpm error network request to REGISTRY failed": {
			"npm cannot reach its registry", false,
		},
		"npm error code EINTEGRITY\nnpm error sha512-x integrity checksum failed": {
			"npm was sent something else than the checksum of that version names: npm error sha512-x", false,
		},
		"npm error code EPERM\nnpm error something else": {"npm failed: ", false},
	} {
		err := p.explain("6.99.0", &install.Complaint{Text: complaint, Err: os.ErrInvalid})
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, row.usage, usage.Is(err), complaint)
	}
	require.ErrorIs(t, p.explain("1", &install.Complaint{Text: "npm error code ENOSPC", Err: os.ErrInvalid}),
		syscall.ENOSPC)
}

// npm lists versions in no order that one could rely on, and with those that are not finished.
func TestNewest(t *testing.T) {
	p := packs["node"]
	for list, want := range map[string]string{
		`"7.9.0"`: "7.9.0",
		`["6.9.0", "6.22.0", "6.10.1", "6.30.0-beta.1"]`: "6.22.0",
	} {
		got, err := p.newest("6", list)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := p.newest("99", "")
	require.EqualError(t, err, "npm knows no version 99 of mongodb")
	require.True(t, usage.Is(err))
}
