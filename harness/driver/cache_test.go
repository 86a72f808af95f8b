package driver

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// However many ask at once, what is cached is made once, and nobody sees it before it is complete.
func TestCachedIsMadeOnce(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	var made atomic.Int32
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			dir, err := Cached("a/b", func(dir string) error {
				made.Add(1)
				return os.WriteFile(filepath.Join(dir, "x"), []byte("whole"), 0o600)
			})
			if err == nil {
				var content []byte
				content, err = os.ReadFile(filepath.Join(dir, "x"))
				if string(content) != "whole" {
					err = errors.Join(err, errors.New("half"))
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	require.EqualValues(t, 1, made.Load())
}

// What cannot be made leaves nothing, and can be made later.
func TestCachedThatFails(t *testing.T) {
	root := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", root)
	broken := errors.New("broken")
	_, err := Cached("a", func(dir string) error {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "half"), nil, 0o600))
		return broken
	})
	require.ErrorIs(t, err, broken)
	left, err := filepath.Glob(filepath.Join(root, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(root, "a.lock")}, left)
	dir, err := Cached("a", func(string) error { return nil })
	require.NoError(t, err)
	require.DirExists(t, dir)
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	t.Setenv("MONGOTLS_CACHE", file)
	_, err := Cached("a", func(string) error { return nil })
	require.ErrorContains(t, err, "the cache cannot be written: ")
}
