// Package install puts what drivers are made of into a cache: adapters that are built, packages, runtimes. Whatever is
// there needs no network and no tool the second time, and has a name that tells what went into it.
package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/mongotls/mongotls/internal/usage"
)

// Dir is where adapters and drivers are built and installed: $MONGOTLS_CACHE, or mongotls in the user's cache
// directory.
func Dir() (string, error) {
	if dir := os.Getenv("MONGOTLS_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for a cache: %w; set MONGOTLS_CACHE to a directory", err)
	}
	return filepath.Join(dir, "mongotls"), nil
}

// Cached returns the directory of that name in the cache, relative to Dir, with separators /. If it is not there, fill
// makes its content in a directory that takes the name once it is complete, so that nobody sees half of it; whoever
// asks at the same time, in this process or another, waits. The error is also that of ctx.
func Cached(ctx context.Context, name string, fill func(dir string) error) (string, error) {
	root, err := Dir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, filepath.FromSlash(name))
	if isDirectory(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", unwritable(root, err)
	}
	lock := flock.New(dir + ".lock")
	if _, err := lock.TryLockContext(ctx, again); err != nil {
		return "", unwritable(root, err)
	}
	defer func() { _ = lock.Close() }()
	if isDirectory(dir) {
		return dir, nil
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return "", unwritable(root, err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // of no effect once it has its name
	if begins, ok := ctx.Value(beginning{}).(func()); ok {
		begins()
	}
	if err := fill(temp); errors.Is(err, syscall.ENOSPC) {
		return "", unwritable(root, err)
	} else if err != nil {
		return "", err
	}
	return dir, os.Rename(temp, dir)
}

type beginning struct{}

// Telling is a context in which begins is called each time that Cached has to make what is not in the cache.
func Telling(ctx context.Context, begins func()) context.Context {
	return context.WithValue(ctx, beginning{}, begins)
}

// again is how often whoever waits for a lock looks at it.
const again = 50 * time.Millisecond

// Remembered is what ask says, such as which version is the newest. It is kept in the cache under that name: where ask
// fails, and not for what it was asked, the last answer counts.
func Remembered(ctx context.Context, name string, ask func() (string, error)) (string, error) {
	root, err := Dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, filepath.FromSlash(name))
	answer, err := ask()
	if err != nil {
		last, unread := os.ReadFile(path)
		if usage.Is(err) || ctx.Err() != nil || unread != nil {
			return "", err
		}
		return strings.TrimSpace(string(last)), nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", unwritable(root, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", unwritable(root, err)
	}
	_, err = temp.WriteString(answer + "\n")
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return "", errors.Join(unwritable(root, err), os.Remove(temp.Name()))
	}
	return answer, nil
}

// Held are the versions in the names of what a directory of the cache holds: what the first group of the pattern
// matches.
func Held(dir string, pattern *regexp.Regexp) (all []string) {
	root, err := Dir()
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil { // most often there is none yet
		return nil
	}
	for _, e := range entries {
		if m := pattern.FindStringSubmatch(e.Name()); m != nil && e.IsDir() {
			all = append(all, m[1])
		}
	}
	return all
}

// unwritable says why nothing can be put into the cache.
func unwritable(root string, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return full{root}
	}
	return fmt.Errorf("the cache cannot be written: %w", err)
}

// A full is a disk without room for the cache: an ENOSPC with a sentence.
type full struct{ root string }

func (f full) Error() string {
	return "the disk of the cache, " + f.root + ", is full; make room there, or set MONGOTLS_CACHE to another directory"
}

func (full) Unwrap() error { return syscall.ENOSPC }

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
