package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, Save(dir, Report{}))
	require.NoError(t, Save(dir, sample()), "over an older one")
	require.Equal(t, []string{JUnitFile, HTMLFile, JSONFile, MarkdownFile}, names(t, dir))
	r, err := LoadFile(filepath.Join(dir, JSONFile))
	require.NoError(t, err)
	require.Len(t, r.Cases, 8)
}

// A failure half-way leaves the older report as it was, and no other file.
func TestSaveIsAtomic(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Save(dir, sample()))
	content := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(b)
	}
	json, junit := content(JSONFile), content(JUnitFile)

	half := func(w io.Writer, _ Report) error {
		_, err := w.Write([]byte("{"))
		return errors.Join(err, errors.New("disk full"))
	}
	err := save(dir, Report{}, file[Report]{JUnitFile, WriteJUnit}, file[Report]{JSONFile, half})
	require.EqualError(t, err, filepath.Join(dir, JSONFile)+": cannot write the report: disk full")
	require.Equal(t, []string{JUnitFile, HTMLFile, JSONFile, MarkdownFile}, names(t, dir))
	require.True(t, json == content(JSONFile) && junit == content(JUnitFile), "older files have changed")

	// A directory in the place of a file cannot be replaced.
	require.NoError(t, os.Remove(filepath.Join(dir, JUnitFile)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, JUnitFile), 0o755))
	require.EqualError(t, Save(dir, Report{}), filepath.Join(dir, JUnitFile)+": cannot write the report: file exists")
	require.Equal(t, []string{JUnitFile, HTMLFile, JSONFile, MarkdownFile}, names(t, dir))
	require.True(t, json == content(JSONFile), "the older model has changed")
}

func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	dir := filepath.Join(file, "out")
	require.EqualError(t, Save(dir, sample()), dir+": cannot write the report: not a directory")
	require.EqualError(t, Writable(dir), dir+": cannot write the report: not a directory")
}

func TestWritableLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, Writable(dir))
	require.Empty(t, names(t, dir))
}
