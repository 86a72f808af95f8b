package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
)

// However many ask at once, what is cached is made once, and nobody sees it before it is complete.
func TestCachedIsMadeOnce(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	var made atomic.Int32
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			dir, err := Cached(t.Context(), "a/b", func(dir string) error {
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

// Whoever waits is told that something is made, and not where there is nothing to make.
func TestCachedTells(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	told := 0
	ctx := Telling(t.Context(), func() { told++ })
	for range 2 {
		_, err := Cached(ctx, "a", func(string) error {
			require.Equal(t, 1, told)
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, 1, told)
}

// What cannot be made leaves nothing, and can be made later.
func TestCachedThatFails(t *testing.T) {
	root := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", root)
	broken := errors.New("broken")
	_, err := Cached(t.Context(), "a", func(dir string) error {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "half"), nil, 0o600))
		return broken
	})
	require.ErrorIs(t, err, broken)
	left, err := filepath.Glob(filepath.Join(root, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(root, "a.lock")}, left)
	dir, err := Cached(t.Context(), "a", func(string) error { return nil })
	require.NoError(t, err)
	require.DirExists(t, dir)
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	t.Setenv("MONGOTLS_CACHE", file)
	_, err := Cached(t.Context(), "a", func(string) error { return nil })
	require.ErrorContains(t, err, "the cache cannot be written: ")
}

// A full disk is said in one sentence, whoever met it.
func TestCacheOnAFullDisk(t *testing.T) {
	root := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", root)
	for _, met := range []error{&os.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC},
		&Complaint{Text: "npm ERR! nospc ENOSPC: no space left on device, write", Err: os.ErrInvalid}} {
		_, err := Cached(t.Context(), "a", func(string) error { return met })
		require.EqualError(t, err,
			"the disk of the cache, "+root+", is full; make room there, or set MONGOTLS_CACHE to another directory")
		require.False(t, usage.Is(err))
	}
}

// Whoever waits for another one's work in the cache can be interrupted.
func TestCachedIsInterrupted(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Cached(t.Context(), "a", func(string) error {
		waiting := make(chan error)
		go func() {
			_, err := Cached(ctx, "a", func(string) error { return errors.New("both at once") })
			waiting <- err
		}()
		cancel()
		require.ErrorIs(t, <-waiting, context.Canceled)
		return nil
	})
	require.NoError(t, err)
}

// The last answer counts where there is none, but not for a question that is wrong.
func TestRemembered(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	ask := func(answer string, err error) (string, error) {
		return Remembered(t.Context(), "a/latest", func() (string, error) { return answer, err })
	}
	away := errors.New("no network")
	_, err := ask("", away)
	require.ErrorIs(t, err, away)
	for _, version := range []string{"v1", "v2"} {
		answer, err := ask(version, nil)
		require.NoError(t, err)
		require.Equal(t, version, answer)
	}
	answer, err := ask("", away)
	require.NoError(t, err)
	require.Equal(t, "v2", answer)
	_, err = ask("", usage.Errorf("%w", away))
	require.ErrorIs(t, err, away)
}

// The versions in the cache are those of whole directories.
func TestHeld(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", cache)
	pattern := regexp.MustCompile(`^thing-(\d+)`)
	require.Empty(t, Held("things", pattern))
	for _, name := range []string{"thing-1-abc", "thing-2", "other-3", ".new-4"} {
		require.NoError(t, os.MkdirAll(filepath.Join(cache, "things", name), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(cache, "things", "thing-5.lock"), nil, 0o600))
	require.Equal(t, []string{"1", "2"}, Held("things", pattern))
}
