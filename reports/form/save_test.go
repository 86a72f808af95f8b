package form_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func file(name, content string) form.File {
	return form.File{Name: name, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}}
}

// A failure half-way leaves the older files as they were, and no other.
func TestSaveIsAtomic(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, form.Save(dir, file("one", "1"), file("two", "2")))
	broken := form.File{Name: "two", Write: func(w io.Writer) error {
		_, err := w.Write([]byte("{"))
		return errors.Join(err, errors.New("disk full"))
	}}
	err := form.Save(dir, file("one", "other"), broken)
	require.EqualError(t, err, filepath.Join(dir, "two")+": cannot write the report: disk full")
	require.Equal(t, []string{"one", "two"}, sample.Files(t, dir))
	for name, want := range map[string]string{"one": "1", "two": "2"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
}

func TestUnwritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	dir := filepath.Join(path, "out")
	require.EqualError(t, form.Save(dir, file("one", "1")), dir+": cannot write the report: not a directory")
	require.EqualError(t, form.Writable(dir), dir+": cannot write the report: not a directory")
}

func TestWritableLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, form.Writable(dir))
	require.Empty(t, sample.Files(t, dir))
}
