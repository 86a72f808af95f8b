package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
)

// A disk that is full is said in a sentence. What was there before is unharmed, and what there is room for can be made.
// The disk is one of memory, in a namespace of its own, in which this test runs once more.
func TestCacheOnADiskThatIsFull(t *testing.T) {
	const within = "MONGOTLS_TEST_DISK"
	if root := os.Getenv(within); root != "" {
		t.Setenv("MONGOTLS_CACHE", root)
		writes := func(name string, size int) error {
			_, err := Cached(t.Context(), name, func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "x"), make([]byte, size), 0o600)
			})
			return err
		}
		require.NoError(t, writes("before", 1000))
		require.EqualError(t, writes("big", 1<<20),
			"the disk of the cache, "+root+", is full; make room there, or set MONGOTLS_CACHE to another directory")
		require.NoError(t, writes("after", 1000))
		for _, name := range []string{"before", "after"} {
			content, err := os.ReadFile(filepath.Join(root, name, "x"))
			require.NoError(t, err)
			require.Len(t, content, 1000)
		}
		left, err := filepath.Glob(filepath.Join(root, "*[^k]")) // but for locks
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(root, "after"), filepath.Join(root, "before")}, left)
		return
	}
	mounted := `mount -t tmpfs -o size=64k disk "$1"`
	if exec.Command("unshare", "-rm", "sh", "-c", mounted, "sh", t.TempDir()).Run() != nil {
		required.OrSkip(t, "namespaces", "a small disk, which takes a user namespace of Linux")
	}
	disk := t.TempDir()
	again := exec.Command("unshare", "-rm", "sh", "-c", mounted+` && exec "$0" -test.run="^$2$"`, os.Args[0], disk,
		t.Name())
	again.Env = append(os.Environ(), within+"="+disk)
	out, err := again.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PASS")
}
