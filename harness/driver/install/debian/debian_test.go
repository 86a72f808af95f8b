package debian

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// needsMirror leaves out what fetches packages, unless it is asked for.
func needsMirror(t *testing.T) {
	required.Asked(t, "debian", "packages of Debian, which would be fetched")
}

// A program of a foreign suite runs with its own libraries. However many ask at once, it is unpacked once, and what has
// been unpacked needs neither apt nor a network.
func TestAProgramOfAnotherSuite(t *testing.T) {
	needsMirror(t)
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	var roots [3]Root
	var asking sync.WaitGroup
	for i := range roots {
		asking.Go(func() {
			var err error
			if roots[i], err = Open(t.Context(), "trixie", "gzip"); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	require.Equal(t, roots[0], roots[1])
	require.Equal(t, roots[0], roots[2])

	t.Setenv("PATH", "")
	r, err := Open(t.Context(), "trixie", "gzip")
	require.NoError(t, err)
	require.Equal(t, roots[0], r)
	version, err := r.Version("gzip")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(version, "1.13"), version)
	version, err = r.Version("gunzip")
	require.NoError(t, err)
	require.Empty(t, version)

	command := r.Command(filepath.Join(r.Dir, "usr", "bin", "gzip"), "--version")
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "gzip 1.13")
	command = r.Command("--list", filepath.Join(r.Dir, "usr", "bin", "gzip"))
	out, err = exec.Command(command[0], command[1:]...).CombinedOutput()
	require.NoError(t, err, string(out))
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "=>") {
			require.Contains(t, line, r.Libraries)
		}
	}
}

// What there is not is a sentence, and leaves nothing in the cache.
func TestWhatThereIsNot(t *testing.T) {
	needsMirror(t)
	cache := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", cache)
	_, err := Open(t.Context(), "nosuchsuite", "gzip")
	require.EqualError(t, err,
		"the Debian suite nosuchsuite: none of the apt sources of this machine has a suite of that name")
	require.False(t, usage.Is(err))
	_, err = Open(t.Context(), "trixie", "mongotls-no-such-package")
	require.EqualError(
		t,
		err,
		"the Debian suite trixie: there is no such package, or not in this version: Unable to locate package mongotls-no-such-package",
	)
	require.True(t, usage.Is(err))
	_, err = Open(t.Context(), "trixie", "gzip=99")
	require.ErrorContains(t, err, "not in this version: Version '99' for 'gzip' was not found")
	left, err := filepath.Glob(filepath.Join(cache, "debian", ".new-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestNamesThatAreNone(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	for _, name := range []string{"", "-o", "../x", "a b", "a/b", "a="} {
		_, err := Open(t.Context(), "trixie", name)
		require.ErrorContains(t, err, "is no name of a Debian suite or package")
		_, err = Open(t.Context(), name, "gzip")
		require.ErrorContains(t, err, "is no name of a Debian suite or package")
	}
}

func TestWithoutApt(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	t.Setenv("PATH", "")
	_, err := Open(t.Context(), "trixie", "gzip")
	require.EqualError(t, err,
		"the Debian suite trixie: the program apt-get is needed to install this driver, and there is none on the PATH")
}

// The archives of all kinds of sources, each once, without what is no archive with suites.
func TestArchives(t *testing.T) {
	require.Equal(t, []string{"http://mirror.test/debian", "mirror+file:/etc/apt/mirrors/debian.list",
		"file:/srv/debian"}, archives(`Reading package lists...
'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_debian_dists_bookworm_InRelease 0 
'http://mirror.test/debian/dists/bookworm/updates/InRelease' mirror.test_debian_dists_bookworm_updates_InRelease 0 
'mirror+file:/etc/apt/mirrors/debian.list/dists/trixie/InRelease' _etc_x 0 
'file:/srv/debian/dists/sid/Release' _srv_x 0 
'http://flat.test/repo/./InRelease' flat.test_repo_._InRelease 0 
'http://mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.test_Packages 0 
`))
}

// What lies beside usr is found at both places.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "lib", "a"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr", "lib", "a"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lib", "a", "x"), []byte("x"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr", "lib", "a", "y"), []byte("y"), 0o644))
	require.NoError(t, merge(t.Context(), dir))
	for _, path := range []string{"lib/a/x", "lib/a/y", "usr/lib/a/x", "usr/lib/a/y"} {
		require.FileExists(t, filepath.Join(dir, path))
	}
	require.DirExists(t, filepath.Join(dir, "bin")+"/")
}

// A link from / leads to the same place under the root.
func TestRelink(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr", "lib"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr", "lib", "x"), []byte("inside"), 0o644))
	require.NoError(t, os.Symlink("/usr/lib/x", filepath.Join(dir, "usr", "absolute")))
	require.NoError(t, os.Symlink("lib/x", filepath.Join(dir, "usr", "relative")))
	require.NoError(t, os.Symlink("/nowhere", filepath.Join(dir, "dangling")))
	require.NoError(t, relink(dir))
	for _, name := range []string{"absolute", "relative"} {
		content, err := os.ReadFile(filepath.Join(dir, "usr", name))
		require.NoError(t, err)
		require.Equal(t, "inside", string(content))
	}
	target, err := os.Readlink(filepath.Join(dir, "dangling"))
	require.NoError(t, err)
	require.Equal(t, "nowhere", target)
}

// What apt complains about, in a sentence; and whose fault it is.
func TestExplain(t *testing.T) {
	for complaint, row := range map[string]struct {
		says  string
		usage bool
	}{
		"Reading...\nE: Unable to locate package x\n": {
			"there is no such package, or not in this version: Unable to locate package x", true,
		},
		"Err:1 http://m/debian trixie InRelease\n  Could not resolve 'm'\nE: Failed to x": {
			"the mirror of this machine's apt sources cannot be reached", false,
		},
		"W: whatever\nE: The repository is strange\n": {
			"exit status 100: The repository is strange", false,
		},
	} {
		err := explain(&install.Complaint{Text: complaint, Err: errExit})
		require.EqualError(t, err, row.says)
		require.Equal(t, row.usage, usage.Is(err))
	}
}

type exit string

func (e exit) Error() string { return string(e) }

const errExit = exit("exit status 100")
