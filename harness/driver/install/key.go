package install

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// Key is a short name for all that goes into something in the cache on this platform: equal for equal parts, which are
// plain data, and most probably different for others.
func Key(parts ...any) string {
	b, err := json.Marshal([]any{runtime.GOOS, runtime.GOARCH, parts}) // maps in order
	if err != nil {
		panic(err) // a part is no plain data
	}
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:6])
}

// Contents are the files of a tree, by their paths.
func Contents(tree fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path], err = fs.ReadFile(tree, path)
		}
		return err
	})
	return files, err
}

// Copied is a directory of the cache that holds the files of a tree, such as the program of an adapter.
func Copied(ctx context.Context, name string, tree fs.FS) (string, error) {
	files, err := Contents(tree)
	if err != nil {
		return "", err
	}
	return Cached(ctx, name+"-"+Key(files), func(dir string) error { return os.CopyFS(dir, tree) })
}
