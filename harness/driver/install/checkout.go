package install

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Checkout names what lies at a path of the user's by the path and, where git keeps it, by its commit: "./driver at
// 1a2b3c4, changed".
func Checkout(ctx context.Context, path string) string {
	dir := path
	if at, err := os.Stat(path); err == nil && !at.IsDir() {
		dir = filepath.Dir(path)
	}
	git := func(args ...string) string {
		out, err := Tool(ctx, dir, nil, "git", args...)
		if err != nil {
			return "" // no git, or no repository
		}
		return strings.TrimSpace(out)
	}
	if git("ls-files") == "" { // it lies in the repository of something else, or in none
		return path
	}
	commit := git("rev-parse", "--short", "HEAD")
	if commit == "" {
		return path
	}
	if git("status", "--porcelain", ".") != "" {
		commit += ", changed"
	}
	return path + " at " + commit
}
