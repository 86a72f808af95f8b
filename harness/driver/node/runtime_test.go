package node

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// on is the driver node in a version, on a component.
func on(version, name, of string) driver.Spec {
	return driver.Spec{Name: "node", Version: version, Components: []driver.Component{{Name: name, Version: of}}}
}

// A runtime of the user's own is what it is called, or an error.
func TestARuntimeByItsPath(t *testing.T) {
	needs(t, "node")
	path, err := exec.LookPath("node")
	require.NoError(t, err)
	require.NoError(t, opened(t, "node", "7.9.0").Close())
	d, err := Open(t.Context(), on("7.9.0", Node, path), driver.Isolation{})
	require.NoError(t, err)
	require.NoError(t, d.Close())
	_, err = Open(t.Context(), on("7.9.0", Bun, path), driver.Isolation{})
	require.ErrorContains(t, err, path+" is not bun, but Node.js v")
	require.True(t, usage.Is(err))
	nowhere := filepath.Join(t.TempDir(), "deno")
	_, err = Open(t.Context(), on("7.9.0", Deno, nowhere), driver.Isolation{})
	require.ErrorContains(t, err, "that is no program of deno: stat "+nowhere)
	require.True(t, usage.Is(err))
}

// What cannot be had is one sentence.
func TestRuntimesThatThereAreNot(t *testing.T) {
	needs(t, "node", "npm")
	require.NoError(t, opened(t, "node", "7.9.0").Close())
	t.Setenv("npm_config_registry", "http://127.0.0.1:1")
	t.Setenv("npm_config_cache", t.TempDir())
	_, err := Open(t.Context(), on("7.9.0", Node, "23.1.0"), driver.Isolation{})
	require.EqualError(t, err, "+node23.1.0: the version is not in the cache, and npm cannot reach its registry")
	require.False(t, usage.Is(err))
	for _, program := range []string{"true", "false"} {
		path, err := exec.LookPath(program)
		require.NoError(t, err)
		_, err = Open(t.Context(), on("7.9.0", Node, path), driver.Isolation{})
		require.EqualError(t, err, path+" is no Node.js: give the path of one, such as /opt/node/bin/node")
		require.True(t, usage.Is(err))
	}
	_, err = Open(t.Context(), on("7.9.0", Bun, "1.x"), driver.Isolation{})
	require.ErrorContains(t, err, "+bun1.x: that is no version: write one like")
	require.True(t, usage.Is(err))
}

// The adapter is written in the JavaScript of the oldest Node.js that a driven version runs on, 14.
func TestTheAdapterIsOfTheOldestNode(t *testing.T) {
	later := regexp.MustCompile(`\?\?=|\|\|=|&&=|\.at\(|\.(?:replaceAll|findLast|findLastIndex|toSorted|any)\(|` +
		`\b(?:AbortController|structuredClone|fetch|hasOwn|AggregateError)\b|\bstatic \{|^\s*#\w+\(|/promises'`)
	names, err := fs.Glob(adapter, "*.cjs")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		content, err := adapter.ReadFile(name)
		require.NoError(t, err)
		for i, line := range strings.Split(string(content), "\n") {
			require.NotRegexp(t, later, line, "%s:%d", name, i+1)
		}
	}
}

// Each runtime says what it is, and drives.
func TestRuntimes(t *testing.T) {
	required.Asked(t, "runtimes", "Node.js, Bun and Deno, which would be fetched")
	for _, row := range []struct{ driver, name, version, library string }{
		{"4.17.2", Node, "14.21.3", "openssl"}, {"6.20.0", Node, "16.20.2", "openssl"}, {"7.9.0", Node, "24.17.0", "openssl"},
		{"7.9.0", Bun, "1.4.5", "boringssl"}, {"7.9.0", Deno, "2.9.6", "rustls"},
	} {
		d, err := Open(t.Context(), on(row.driver, row.name, row.version), driver.Isolation{})
		require.NoError(t, err)
		c, ok := d.Info().Component(row.name)
		require.True(t, ok)
		require.Equal(t, row.version, c.Version)
		require.Equal(t, evidence.Runtime, c.Role)
		_, ok = d.Info().Component(row.library)
		require.True(t, ok)
		require.Equal(t, row.name == Deno, d.Info().Lacks[evidence.Option{Name: "tlsCRLFile"}] == evidence.Ignores)
		a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://localhost:1/?tls=true", LimitMS: 5000})
		require.NoError(t, err)
		require.Equal(t, evidence.Unreachable, a.Error.Reason)
		require.NoError(t, d.Close())
	}
	_, err := Open(t.Context(), on("7.9.0", Node, "18.20.8"), driver.Isolation{})
	require.EqualError(t, err, "mongodb 7.9.0 needs Node.js 20.19.0 or newer, not 18.20.8")
	require.True(t, usage.Is(err))
}
