package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two checkouts of one version are told apart by their commits, and one that was edited from one that was not.
func TestCheckout(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is needed")
	}
	git := func(dir string, args ...string) {
		args = append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)
		cmd := exec.Command("git", args...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	write := func(dir, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600))
	}
	var named []string
	for _, text := range []string{"module a", "module b"} {
		dir := t.TempDir()
		require.Equal(t, dir, Checkout(t.Context(), dir), "no repository")
		git(dir, "init", "-q")
		require.Equal(t, dir, Checkout(t.Context(), dir), "no commit")
		write(dir, text)
		git(dir, "add", ".")
		git(dir, "commit", "-qm", text)
		is := Checkout(t.Context(), dir)
		require.Regexp(t, "^"+dir+" at [0-9a-f]{7,}$", is)
		require.Equal(t, filepath.Join(dir, "go.mod")+is[len(dir):], Checkout(t.Context(), filepath.Join(dir, "go.mod")))
		named = append(named, is[len(dir):])
		write(dir, text+"\n")
		require.Equal(t, is+", changed", Checkout(t.Context(), dir))
		other := filepath.Join(dir, "node_modules")
		require.NoError(t, os.Mkdir(other, 0o700))
		require.Equal(t, other, Checkout(t.Context(), other), "in the repository of something else")
	}
	require.NotEqual(t, named[0], named[1])
}
