package dependency

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// The drivers of a revision are those that its lock files hold; what names one and does not say which release is named.
func TestHeld(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		required.OrSkip(t, "git", "no git found")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":           "module x\n\ngo 1.26\n\nrequire go.mongodb.org/mongo-driver/v2 v2.5.0\n",
		"web/package.json": `{"dependencies": {"mongodb": "^6.0.0"}}`,
		"web/package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"mongodb": "^6.0.0"}},
			"node_modules/mongodb": {"version": "6.20.0"}}}`,
		"jobs/requirements.txt":  "pymongo==4.10.1\n",
		"tools/requirements.txt": "pymongo>=4\n",
		"Cargo.lock": "version = 4\n\n[[package]]\nname = \"mongodb\"\nversion = \"3.1.0\"\n" +
			"source = \"registry+https://crates.example.com/index\"\n",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."},
		{"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"}} {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	h, err := Held(t.Context(), dir, "HEAD", packages.Drivers)
	require.NoError(t, err)
	require.Equal(t, []Holding{
		{Driver: "go", Version: "v2.5.0", Files: []string{"go.mod"}},
		{Driver: "pymongo", Version: "4.10.1", Files: []string{"jobs/requirements.txt"}},
		{Driver: "node", Version: "6.20.0", Files: []string{"web/package-lock.json", "web/package.json"}},
	}, h.Drivers)
	var left []string
	for _, l := range h.Left {
		left = append(left, l.String())
	}
	require.Equal(t, []string{"Cargo.lock: mongodb 3.1.0, and there is no adapter for that here",
		"tools/requirements.txt: pymongo >=4, and no lock file says which version that is"}, left)
	_, err = Held(t.Context(), t.TempDir(), "HEAD", packages.Drivers)
	require.ErrorContains(t, err, "not a git repository")
}
