package reports_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

var files = []string{reports.JUnitFile, reports.HTMLFile, reports.JSONFile, reports.MarkdownFile}

func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, reports.Save(dir, reports.Report{}))
	require.NoError(t, reports.Save(dir, sample.Report()), "over an older one")
	require.Equal(t, files, sample.Files(t, dir))
	r, err := reports.LoadFile(filepath.Join(dir, reports.JSONFile))
	require.NoError(t, err)
	require.Len(t, r.Cases, 8)
}

// A directory in the place of a file cannot be replaced, and the older files stay.
func TestSaveKeepsTheOlderReport(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, reports.Save(dir, sample.Report()))
	older, err := os.ReadFile(filepath.Join(dir, reports.JSONFile))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(dir, reports.JUnitFile)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, reports.JUnitFile), 0o755))
	require.EqualError(
		t,
		reports.Save(dir, reports.Report{}),
		filepath.Join(dir, reports.JUnitFile)+": cannot write the report: file exists",
	)
	require.Equal(t, files, sample.Files(t, dir))
	now, err := os.ReadFile(filepath.Join(dir, reports.JSONFile))
	require.NoError(t, err)
	require.Equal(t, string(older), string(now))
}
