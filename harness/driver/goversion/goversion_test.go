package goversion

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/version"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// The version that this program is linked with is in the module cache: building its adapter needs no network. Once
// built, it needs no Go tool either.
func TestOpenOwnVersion(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	own := "v" + version.Driver
	for i := range 2 {
		d, err := Open(t.Context(), driver.Spec{Name: "go", Version: own}, driver.Isolation{})
		require.NoError(t, err)
		require.Equal(t, own, d.Info().Version)
		require.Equal(t, "go", d.Info().Driver)
		a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://localhost:1/?tls=true&tls=false",
			LimitMS: 1000})
		require.NoError(t, err)
		require.Equal(t, evidence.ParseError, a.Error.Reason)
		require.NoError(t, d.Close())
		if i == 0 {
			t.Setenv("PATH", "")
		}
	}
}

// Version 1 differs in paths and names, which only a build tells.
func TestSourcesOfVersion1(t *testing.T) {
	files, err := sources(module1)
	require.NoError(t, err)
	for name, content := range files {
		require.NotContains(t, string(content), `"`+module2+"/", name)
	}
	require.Contains(t, files, "harness/driver/godriver/api_v1.go")
}

// A checkout is built each time, and nothing of it stays.
func TestCheckout(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where nobody else leaves anything
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module2).Output()
	require.NoError(t, err)
	checkout := filepath.Join(t.TempDir(), "mongo driver")
	require.NoError(t, os.CopyFS(checkout, os.DirFS(string(out[:len(out)-1]))))
	d, err := Open(t.Context(), driver.Spec{Name: "go", Version: checkout}, driver.Isolation{})
	require.NoError(t, err)
	require.Equal(t, "v"+version.Driver, d.Info().Version)
	require.NoError(t, d.Close())
	require.NoError(t, os.WriteFile(filepath.Join(checkout, "mongo", "broken.go"),
		[]byte("package mongo\n\nvar broken int = true\n"), 0o644))
	_, err = Open(t.Context(), driver.Spec{Name: "go", Version: checkout}, driver.Isolation{})
	require.ErrorContains(t, err, "it does not compile with go1")
	require.ErrorContains(t, err, "broken.go:3")
	require.NotContains(t, err.Error(), "\n")
	require.Empty(t, leftovers(t))
}

func leftovers(t *testing.T) []string {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "mongotls-go-*"))
	require.NoError(t, err)
	return found
}

// What cannot be had is one sentence, and leaves nothing in the cache.
func TestOpenFails(t *testing.T) {
	for name, row := range map[string]struct {
		version string
		env     map[string]string
		says    string
	}{
		"no version":    {"newest", nil, "that is no version: write one like v2.5.0, latest, or the path of a checkout"},
		"short version": {"v2.5", nil, "that is no version"},
		"version 3":     {"v3.0.0", nil, "there is no adapter for major version v3 of the Go driver"},
		"no network": {"v2.0.9999", map[string]string{"GOPROXY": "off"},
			"the version is not in the cache, and the module proxy cannot be reached"},
		"no proxy": {"latest", map[string]string{"GOPROXY": "http://127.0.0.1:1"}, "the module proxy cannot be reached"},
		"no Go tool": {"v2.0.9998", map[string]string{"PATH": ""},
			"the program go is needed to install this driver, and there is none on the PATH"},
		"no checkout": {"./nowhere", nil, "that is no checkout of the driver: open "},
		"another one": {"../../..", nil, "that is no checkout of the driver: its module is github.com/mongotls/mongotls"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("MONGOTLS_CACHE", root)
			for k, v := range row.env {
				t.Setenv(k, v)
			}
			_, err := Open(t.Context(), driver.Spec{Name: "go", Version: row.version}, driver.Isolation{})
			require.ErrorContains(t, err, row.says)
			require.NotContains(t, err.Error(), "\n")
			left, err := filepath.Glob(filepath.Join(root, "go", "*[^k]"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// What the adapter is made of compiles with the oldest Go that a driven version supports: it imports nothing that came
// later. Language and functions that did are found by building it, which takes that Go.
func TestSourcesAreOfTheOldestGo(t *testing.T) {
	later := []string{"slices", "maps", "cmp", "iter", "unique", "weak", "log/slog", "math/rand/v2", "testing/slogtest",
		"crypto/fips140", "sync/errgroup"}
	for _, module := range []string{module1, module2} {
		files, err := sources(module)
		require.NoError(t, err)
		for name, content := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ImportsOnly)
			require.NoError(t, err)
			for _, i := range f.Imports {
				path, err := strconv.Unquote(i.Path.Value)
				require.NoError(t, err)
				require.NotContains(t, later, path, name)
				first, _, _ := strings.Cut(path, "/")
				require.True(t, !strings.Contains(first, ".") || strings.HasPrefix(path, module+"/") || strings.HasPrefix(path,
					ownModule+"/"),
					"%s imports %s", name, path)
			}
		}
	}
	required.Asked(t, "toolchains", "Go 1.19, which would be fetched")
	for _, version := range []string{"v1.17.10", "v2.0.0", "v2.8.2"} {
		d, err := Open(t.Context(), driver.Spec{Name: "go", Version: version, Components: []driver.Component{{Name: Runtime,
			Version: "1.19.13"}}},
			driver.Isolation{})
		require.NoError(t, err)
		require.Equal(t, version, d.Info().Version)
		require.Equal(t, "1.19.13", d.Info().Components[0].Version)
		require.NoError(t, d.Close())
	}
}

// What one toolchain has built is not what another one is asked for.
func TestAnAdapterIsOfItsToolchain(t *testing.T) {
	root := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", root)
	here, err := onPath(t.Context())
	require.NoError(t, err)
	files, err := sources(module2)
	require.NoError(t, err)
	dir := filepath.Join(root, "go", "v2.0.9999-"+here.version+"-"+install.Key(here.version, files))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	program, _, err := build(t.Context(), here, "v2.0.9999")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, programName), program)
	_, _, err = build(t.Context(), toolchain{version: "go1.25.9"}, "v2.0.9999")
	require.ErrorContains(t, err, "go1.25.9 is not in the cache, and the module proxy cannot be reached")
}

// A Go tool of the user's own builds for the run only.
func TestAGoToolByItsPath(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where nobody else leaves anything
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	tool, err := exec.LookPath("go")
	require.NoError(t, err)
	d, err := Open(t.Context(), driver.Spec{Name: "go", Version: "v" + version.Driver,
		Components: []driver.Component{{Name: Runtime, Version: tool}}},
		driver.Isolation{})
	require.NoError(t, err)
	require.Equal(t, "v"+version.Driver, d.Info().Version)
	require.NotEmpty(t, leftovers(t))
	require.NoError(t, d.Close())
	require.Empty(t, leftovers(t))
}

func TestToolchains(t *testing.T) {
	list := "golang.org/toolchain v0.0.1-go1.9.2.linux-amd64 v0.0.1-go1.22.9.linux-amd64 v0.0.1-go1.22.12.linux-amd64 " +
		"v0.0.1-go1.22.13.linux-arm64 v0.0.1-go1.22rc1.linux-amd64 v0.0.1-go1.19.linux-amd64"
	for minor, want := range map[string]string{"1.22": "go1.22.12", "1.9": "go1.9.2", "1.19": "go1.19", "1.2": ""} {
		require.Equal(t, want, pick(minor, "linux-amd64", list), minor)
	}
	for v, language := range map[string]string{"go1.22.12": "1.22", "go1.27rc1": "1.27", "go1.19": "1.19",
		"devel go1.28-abc": "1.26"} {
		require.Equal(t, language, toolchain{version: v}.language())
	}
	for component, says := range map[string]string{"9": "there is no Go 9: write a version like 1.22",
		"1.22x":        "there is no Go 1.22x",
		"./nowhere/go": "/nowhere/go is no Go tool: give the path of one, such as /opt/go/bin/go"} {
		_, err := find(t.Context(), component)
		require.ErrorContains(t, err, says)
		require.True(t, usage.Is(err))
	}
}

// What the Go tool says, in a sentence; and whose fault it is.
func TestExplain(t *testing.T) {
	for complaint, row := range map[string]struct {
		says  string
		usage bool
	}{
		"go: downloading x\ngo: a@v9.9.9: reading PROXY/a/@v/v9.9.9.zip: 404 Not Found": {
			"the module proxy has no version v9 of the driver", true,
		},
		"# pkg\na.go:1:2: undefined: x\n": {
			"it does not compile with go1.26: a.go:1:2: undefined: x", true,
		},
		"go: a requires go >= 1.99 (running go 1.26)": {
			"go1.26 is too old for it: go: a requires go >= 1.99", true,
		},
		"go: verifying a@v9: checksum mismatch\n\tdownloaded: h1:x": {
			"is not what its checksum names: go: verifying a@v9: checksum mismatch", false},
		"go: download go1.99 for linux/amd64: toolchain not available": {"no go1.26 for ", true},
		"go: downloading go1.26 (linux/amd64)\ngo: download go1.26: golang.org/toolchain@v0.0.1-go1.26.linux-amd64: reading " +
			"https://proxy.golang.org/golang.org/toolchain/@v/v0.0.1-go1.26.linux-amd64.zip: 403 Forbidden\n" +
			"\tserver response: This module version is not available.": {"no go1.26 for ", true},
		"go: download go1.26: golang.org/toolchain@v0.0.1-go1.26.linux-amd64: Get \"https://PROXY/x.zip\": dial tcp [::1]:1: " +
			"connect: connection refused": {"go1.26 is not in the cache, and the module proxy cannot be reached", false},
		"dial tcp: lookup PROXY: no such host": {"the module proxy cannot be reached", false},
	} {
		err := toolchain{version: "go1.26"}.explain("v9", "build", &install.Complaint{Text: complaint, Err: os.ErrInvalid})
		require.ErrorContains(t, err, row.says)
		require.Equal(t, row.usage, usage.Is(err), complaint)
	}
	full := toolchain{version: "go1.26"}.explain("v9", "build",
		&install.Complaint{Text: "write /x: no space left on device", Err: os.ErrInvalid})
	require.ErrorIs(t, full, syscall.ENOSPC)
}
