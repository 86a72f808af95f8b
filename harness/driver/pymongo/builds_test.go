package pymongo

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// installed leaves out what takes PyMongo, which would be fetched and unpacked, unless it is asked for.
func installed(t *testing.T, s driver.Spec) (p python, command []string) {
	t.Helper()
	required.Asked(t, "python", "PyMongo, which would be installed")
	_, ocsp := s.On(PyOpenSSL)
	on, _ := s.On(Python)
	p, err := find(t.Context(), ocsp, s.Version, on.Version)
	require.NoError(t, err)
	script, err := script(t.Context())
	require.NoError(t, err)
	command = append(slices.Clone(p.command), script)
	if _, async := s.On(Async); async {
		command = append(command, Async)
	}
	return p, command
}

// spec is a version, plain or with pyOpenSSL.
func spec(version string, on ...driver.Component) driver.Spec {
	return driver.Spec{Name: "pymongo", Version: version, Components: on}
}

// The four builds are what they say.
func TestBuilds(t *testing.T) {
	for _, version := range []string{"3.11.0", "4.10.1"} {
		for says, s := range map[string]driver.Spec{", stdlib ssl": spec(version),
			", service-identity ": spec(version, driver.Component{Name: PyOpenSSL})} {
			installed(t, s)
			d, err := Open(t.Context(), s, driver.Isolation{})
			require.NoError(t, err)
			info := d.Info()
			require.NoError(t, d.Close())
			require.Equal(t, "pymongo", info.Driver)
			require.Equal(t, version, info.Version)
			require.Contains(t, info.Build, says)

			// What claim P10 says, for want of a server that could show it.
			_, withoutLists := info.Lacks[evidence.Option{Name: "tlsCRLFile"}]
			_, withoutStatus := info.Cannot[evidence.OCSP]
			require.NotEqual(t, withoutLists, withoutStatus)
		}
	}
}

// The asynchronous client is a build of its own, on whatever the other runs, from the version on that brought it.
func TestAsynchronous(t *testing.T) {
	s := spec(newest, driver.Component{Name: Async})
	installed(t, s)
	d, err := Open(t.Context(), s, driver.Isolation{})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	c, ok := d.Info().Component(Async)
	require.True(t, ok)
	require.Equal(t, newest, c.Version)
	for range 3 { // of one process
		a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://localhost:1/", LimitMS: 3000})
		require.NoError(t, err)
		require.Equal(t, evidence.AllServersFailed, a.Stopped)
		require.Equal(t, evidence.Unreachable, a.Error.Reason)
	}
	_, err = Open(t.Context(), spec("3.11.0", driver.Component{Name: Async}), driver.Isolation{})
	require.ErrorContains(t, err, "PyMongo 3.11.0 has no AsyncMongoClient, which came with 4.9")
}

// A version runs on the Python of any suite, and says on which.
func TestPythonsOfDebian(t *testing.T) {
	for _, row := range []struct{ version, python, openSSL string }{{"4.10.1", "3.9", "1.1"}, {"3.11.0", "3.13", "3.5"},
		{"3.11.0", "3.11", "3.0"}} {
		s := spec(row.version, driver.Component{Name: Python, Version: row.python})
		installed(t, s)
		d, err := Open(t.Context(), s, driver.Isolation{})
		require.NoError(t, err)
		info := d.Info()
		require.NoError(t, d.Close())
		require.Equal(t, row.version, info.Version)
		for name, version := range map[string]string{Python: row.python, "openssl": row.openSSL} {
			c, ok := info.Component(name)
			require.True(t, ok)
			require.True(t, strings.HasPrefix(c.Version, version+"."), "%s %s", name, c.Version)
		}
	}
}

// A version that Debian does not have comes from the package index, for a Python of Debian, too, and without its parts
// in C. Half a version is that one or the newest of a series.
func TestIndexOnAPythonOfDebian(t *testing.T) {
	p, _ := installed(t, spec(newest))
	index, content := t.TempDir(), t.TempDir()
	for _, name := range []string{"bson", "pymongo"} {
		require.NoError(t, os.CopyFS(filepath.Join(content, name), os.DirFS(filepath.Join(packages(p.env), name))))
	}
	number, err := os.ReadFile(filepath.Join(content, "pymongo", "_version.py"))
	require.NoError(t, err)
	const made = "pymongo-4.99.0"
	for name, text := range map[string]string{
		"pymongo/_version.py":        string(number) + "\nversion = __version__ = '4.99.0'\n",
		"pymongo/_c.so":              "for another Python",
		made + ".dist-info/METADATA": "Metadata-Version: 2.1\nName: pymongo\nVersion: 4.99.0\n",
		made + ".dist-info/WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
		made + ".dist-info/RECORD":   "",
	} {
		path := filepath.Join(content, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	wheel, err := os.Create(filepath.Join(index, made+"-py3-none-any.whl"))
	require.NoError(t, err)
	archive := zip.NewWriter(wheel)
	require.NoError(t, archive.AddFS(os.DirFS(content)))
	require.NoError(t, errors.Join(archive.Close(), wheel.Close()))
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", index)
	held, err := install.Dir()
	require.NoError(t, err)
	cache := t.TempDir()
	// Nothing of Debian is made anew.
	require.NoError(t, os.Symlink(filepath.Join(held, "debian"), filepath.Join(cache, "debian")))
	t.Setenv("MONGOTLS_CACHE", cache)
	for _, version := range []string{"4.99.0", "4.99", "4"} {
		d, err := Open(t.Context(), spec(version, driver.Component{Name: Python, Version: "3.13"}), driver.Isolation{})
		require.NoError(t, err, version)
		info := d.Info()
		require.NoError(t, d.Close())
		require.Equal(t, "4.99.0", info.Version)
		c, ok := info.Component(Python)
		require.True(t, ok)
		require.True(t, strings.HasPrefix(c.Version, "3.13."), c.Version)
	}
	compiled, err := filepath.Glob(filepath.Join(cache, "pymongo", "4.99.0-pure-*", "*", "*.so"))
	require.NoError(t, err)
	require.Empty(t, compiled)
}

// The adapter keeps to the protocol, with either client.
func TestProtocol(t *testing.T) {
	for _, s := range []driver.Spec{spec(newest), spec(newest, driver.Component{Name: Async})} {
		t.Run(s.String(), func(t *testing.T) {
			p, command := installed(t, s)
			adaptertest.Protocol(t, p.env, command)
		})
	}
}

// A driver that takes its process down, and one that does not come back, cost their own request and no other.
func TestACrashAndAHang(t *testing.T) {
	p, command := installed(t, spec(newest))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sitecustomize.py"), []byte(`
import os, time, pymongo
class MongoClient(pymongo.MongoClient):
    def __init__(self, uri, *args, **kwargs):
        while "appName=hang" in uri:
            time.sleep(1)
        if "appName=crash" in uri:
            os.abort()
        super().__init__(uri, *args, **kwargs)
pymongo.MongoClient = MongoClient
`), 0o600))
	env := append(os.Environ(), p.env...)
	d, err := driver.Start(t.Context(), command[0], command[1:], append(env,
		"PYTHONPATH="+dir+string(os.PathListSeparator)+packages(p.env)))
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	for i, row := range []struct{ uri, fails string }{
		{"mongodb://localhost:1/", ""},
		{"mongodb://localhost:1/?appName=crash", "signal: aborted"},
		{"mongodb://localhost:1/", ""},
		{"mongodb://localhost:1/?appName=hang", "PyMongo does not come back"},
		{"mongodb://localhost:1/", ""},
	} {
		a, err := d.Do(t.Context(), evidence.Request{ID: fmt.Sprint(i), URI: row.uri, Dial: "127.0.0.1", LimitMS: 3000})
		if row.fails != "" {
			require.ErrorContains(t, err, row.fails)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, evidence.AllServersFailed, a.Stopped)
		require.Equal(t, evidence.Unreachable, a.Error.Reason)
	}
}

// A checkout runs on the Python of the newest suite, and a virtual environment on its own.
func TestPaths(t *testing.T) {
	p, _ := installed(t, spec(newest))
	checkout := t.TempDir()
	from := packages(p.env)
	for _, name := range []string{"pymongo", "bson"} {
		require.NoError(t, os.CopyFS(filepath.Join(checkout, name), os.DirFS(filepath.Join(from, name))))
	}
	version := filepath.Join(checkout, "pymongo", "_version.py")
	content, err := os.ReadFile(version)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(version, append(content, []byte("\nversion = __version__ = '4.99.0'\n")...), 0o600))
	d, err := Open(t.Context(), spec(checkout), driver.Isolation{})
	require.NoError(t, err)
	require.Equal(t, "4.99.0", d.Info().Version)
	require.EqualValues(t, "no resolver was given", d.Info().Cannot[evidence.DNS])
	require.NoError(t, d.Close())

	interpreter := filepath.Join(t.TempDir(), "python")
	line := "#!/bin/sh\nexec env"
	for _, word := range append(p.env, p.command...) {
		line += " '" + word + "'"
	}
	require.NoError(t, os.WriteFile(interpreter, []byte(line+` "$@"`+"\n"), 0o700))
	d, err = Open(t.Context(), spec(interpreter), driver.Isolation{})
	require.NoError(t, err)
	require.Equal(t, newest, d.Info().Version)
	require.NoError(t, d.Close())

	_, err = Open(t.Context(), spec(interpreter, driver.Component{Name: PyOpenSSL}), driver.Isolation{})
	require.ErrorContains(t, err, "this PyMongo does not use pyOpenSSL (CPython")
	require.True(t, usage.Is(err))
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	_, err := Open(ctx, spec(newest), driver.Isolation{})
	require.True(t, errors.Is(err, context.Canceled), err)
}
