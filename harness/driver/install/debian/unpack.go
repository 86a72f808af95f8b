package debian

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/install"
)

// fill makes a root in dir.
func fill(ctx context.Context, dir, suite string, packages []string) (err error) {
	state := filepath.Join(dir, ".apt")
	a, err := newApt(state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(state)) }()
	if err := a.choose(ctx, suite); err != nil {
		return err
	}
	files, err := a.download(ctx, packages)
	if err != nil {
		return err
	}
	return unpack(ctx, dir, files)
}

// unpack puts the files of packages into dir, and a list of them.
func unpack(ctx context.Context, dir string, files []string) error {
	var list strings.Builder
	for _, file := range files {
		of, err := install.Tool(ctx, dir, nil, "dpkg-deb", "--show", "--showformat",
			`${Package} ${Version} ${Architecture}\n`, file)
		if err != nil {
			return err
		}
		list.WriteString(of)
		if _, err := install.Tool(ctx, dir, nil, "dpkg-deb", "--extract", file, dir); err != nil {
			return fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
		}
	}
	if err := merge(ctx, dir); err != nil {
		return err
	}
	if err := relink(dir); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, lockFile), []byte(list.String()), 0o644)
}

// merge moves into usr what the packages of older suites still have beside it, as it is on every machine.
func merge(ctx context.Context, dir string) error {
	for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
		path, merged := filepath.Join(dir, name), filepath.Join(dir, "usr", name)
		if err := os.MkdirAll(merged, 0o755); err != nil {
			return err
		}
		if exists(path) {
			if _, err := install.Tool(ctx, dir, nil, "cp", "-a", path+"/.", merged); err != nil {
				return err
			}
		}
		if err := errors.Join(os.RemoveAll(path), os.Symlink("usr/"+name, path)); err != nil {
			return err
		}
	}
	return nil
}

// relink makes absolute symbolic links relative, for they would lead to files of the machine.
func relink(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type() != fs.ModeSymlink {
			return err
		}
		target, err := os.Readlink(path)
		if err != nil || !filepath.IsAbs(target) {
			return err
		}
		relative, err := filepath.Rel(filepath.Dir(path), filepath.Join(dir, target))
		if err != nil {
			return err
		}
		return errors.Join(os.Remove(path), os.Symlink(relative, path))
	})
}
