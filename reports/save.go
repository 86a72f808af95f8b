package reports

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files that Save writes.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	MarkdownFile = "summary.md"
	HTMLFile     = "report.html"
)

// A file is a name in the directory and what writes it.
type file[T any] struct {
	name  string
	write func(io.Writer, T) error
}

// Save writes r into dir, which it creates if it is missing, as report.json, junit.xml, summary.md and report.html.
// All are complete before any takes its name, so nobody sees half a report, and a failure to write leaves older ones as
// they were.
func Save(dir string, r Report) error {
	// The model last: what it replaces is lost only when all else has succeeded.
	return save(dir, r, file[Report]{JUnitFile, WriteJUnit}, file[Report]{MarkdownFile, WriteMarkdown}, file[Report]{HTMLFile, WriteHTML}, file[Report]{JSONFile, Write})
}

// SaveHTML writes r as a page into a file of that path, complete or not at all.
func SaveHTML(path string, r Report) error {
	return save(filepath.Dir(path), r, file[Report]{filepath.Base(path), WriteHTML})
}

func save[T any](dir string, v T, files ...file[T]) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	var temps []string
	for _, f := range files {
		temp, err := os.CreateTemp(dir, "."+f.name+"-*")
		if err != nil {
			return cannotWrite(dir, err)
		}
		defer os.Remove(temp.Name()) // of no effect once it is renamed
		if err := fill(temp, v, f.write); err != nil {
			return cannotWrite(filepath.Join(dir, f.name), err)
		}
		temps = append(temps, temp.Name())
	}
	for i, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.Rename(temps[i], path); err != nil {
			return cannotWrite(path, err)
		}
	}
	return nil
}

// fill writes v into f, and closes it.
func fill[T any](f *os.File, v T, write func(io.Writer, T) error) error {
	defer f.Close() // again after success; the second one is of no effect
	if err := write(f, v); err != nil {
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

// Writable says whether Save will be able to write into dir, before a run has been spent on it. It creates dir.
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
	return fmt.Errorf("%s: cannot write the report: %w", path, cause(err))
}
