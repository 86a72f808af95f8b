package driver

import (
	"fmt"
	"os"
	"path/filepath"
)

// CacheDir is where adapters and drivers are built and installed: $MONGOTLS_CACHE, or mongotls in the user's cache
// directory.
func CacheDir() (string, error) {
	if dir := os.Getenv("MONGOTLS_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for a cache: %w; set MONGOTLS_CACHE to a directory", err)
	}
	return filepath.Join(dir, "mongotls"), nil
}

// Cached returns the directory of that name in the cache, relative to CacheDir, with separators /. If it is not there, fill
// makes its content in a directory that takes the name once it is complete, so that nobody sees half of it; whoever asks at
// the same time, in this process or another, waits.
func Cached(name string, fill func(dir string) error) (string, error) {
	root, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, filepath.FromSlash(name))
	if isDirectory(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("the cache cannot be written: %w", err)
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", fmt.Errorf("the cache cannot be locked: %w", err)
	}
	defer unlock()
	if isDirectory(dir) {
		return dir, nil
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return "", fmt.Errorf("the cache cannot be written: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // of no effect once it has its name
	if err := fill(temp); err != nil {
		return "", err
	}
	return dir, os.Rename(temp, dir)
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
