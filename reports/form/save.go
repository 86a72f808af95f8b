package form

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// A File is a name in a directory and what writes it.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// Save writes files into dir, several at a time; it creates dir if that is missing. All are complete before any takes
// its name, so nobody sees half a file, and a failure to write leaves older ones as they were. The last one is replaced
// last.
func Save(dir string, files ...File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	temps := make([]string, len(files))
	defer func() {
		for _, temp := range temps {
			os.Remove(temp) // of no effect once it is renamed
		}
	}()
	var writing errgroup.Group
	writing.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		writing.Go(func() error {
			temp, err := os.CreateTemp(dir, "."+f.Name+"-*")
			if err != nil {
				return cannotWrite(dir, err)
			}
			temps[i] = temp.Name()
			if err := fillAndClose(temp, f.Write); err != nil {
				return cannotWrite(filepath.Join(dir, f.Name), err)
			}
			return nil
		})
	}
	if err := writing.Wait(); err != nil {
		return err
	}
	for i, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.Rename(temps[i], path); err != nil {
			return cannotWrite(path, err)
		}
	}
	return nil
}

func fillAndClose(f *os.File, write func(io.Writer) error) error {
	defer f.Close() // again after success; the second one is of no effect
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// Writable reports by a nil error that Save will be able to write into dir, before a run has been spent on it. It
// creates dir.
func Writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return cannotWrite(dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

func cannotWrite(path string, err error) error {
	return fmt.Errorf("%s: cannot write the report: %w", path, Cause(err))
}

// Cause is what went wrong with a file, without the operation and the path.
func Cause(err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		return pathError.Err
	case errors.As(err, &linkError):
		return linkError.Err
	}
	return err
}
