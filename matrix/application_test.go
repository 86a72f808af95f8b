package matrix

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
)

// An application tests the driver that it builds with from a module of its own: its go.mod stays as it was, and the
// first line of the test names the version that go.mod selects.
func TestTheDriverOfAnApplication(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		required.OrSkip(t, "toolchains", "an application with a module for its tests, which needs the Go tool")
	}
	harness, err := filepath.Abs("..")
	require.NoError(t, err)
	app := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(app, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	const version = "v2.8.2"
	gomod := "module example.com/app\n\ngo 1.24\n\nrequire go.mongodb.org/mongo-driver/v2 " + version + "\n"
	write("go.mod", gomod)
	write("main.go", "package main\n\nimport _ \"go.mongodb.org/mongo-driver/v2/bson\"\n\nfunc main() {}\n")
	sums, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	own, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	// What the harness needs is in the cache of whoever runs its tests, so nothing is asked of a network but the driver.
	requires := string(own[strings.Index(string(own), "require ("):])
	write(
		"tlstest/go.mod",
		"module example.com/app/tlstest\n\ngo 1.26.0\n\nrequire github.com/mongotls/mongotls v0.0.0\n\nreplace github.com/mongotls/mongotls => "+
			harness+"\n\n"+requires,
	)
	write("tlstest/go.sum", string(sums))
	write("tlstest/tls_test.go", `package tlstest

import (
	"testing"

	"github.com/mongotls/mongotls/matrix"
)

func TestTLS(t *testing.T) {
	matrix.Test(t, matrix.Options{Driver: "go@../go.mod", Run: []string{"trust/private-ca", "name/mismatch"}})
}
`)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-count=1", "-v", "./...")
	cmd.Dir = filepath.Join(app, "tlstest")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "module proxy cannot be reached") {
		required.OrSkip(t, "proxy", "an application with a module for its tests, for want of a module proxy")
	}
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "go "+version+" (")
	require.Contains(t, string(out), "--- PASS: TestTLS/name/mismatch/requireTLS")
	after, err := os.ReadFile(filepath.Join(app, "go.mod"))
	require.NoError(t, err)
	require.Equal(t, gomod, string(after))
	require.NoFileExists(t, filepath.Join(app, "go.sum"))
}
