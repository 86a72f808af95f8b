package standin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// A logFile is systemLog.path. Whoever uses it has a lock.
type logFile struct {
	path    string
	reopens bool // systemLog.logRotate; it renames otherwise
	file    *os.File
}

// openLog opens the file, and moves one away that is not to be appended to: moved is where to. The error is mongod's.
func openLog(c mongod.Config) (f *logFile, moved string, err error) {
	f = &logFile{path: c.LogPath, reopens: c.LogRotate == "reopen"}
	is, err := os.Stat(f.path)
	switch {
	case err == nil && is.IsDir():
		return nil, "", status.Errorf(status.FileNotOpen, "logpath %q should name a file, not a directory.", f.path)
	case err == nil && !c.LogAppend:
		moved = f.path + suffix()
		err = os.Rename(f.path, moved)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err == nil {
		err = f.open()
	}
	if err != nil {
		return nil, "", status.Errorf(status.FileNotOpen,
			"Can't initialize rotatable log file :: caused by :: Failed to open %s", f.path)
	}
	return f, moved, nil
}

// suffix is what a file that is moved away is called by.
func suffix() string { return time.Now().UTC().Format(".2006-01-02T15-04-05") }

func (f *logFile) open() (err error) {
	f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// rotate moves the file away, unless somebody else has, and begins another.
func (f *logFile) rotate() error {
	if !f.reopens {
		moved := f.path + suffix()
		if _, err := os.Lstat(moved); err == nil {
			return fmt.Errorf("the file %s is there already", moved)
		}
		if err := os.Rename(f.path, moved); err != nil {
			return err
		}
	}
	old := f.file
	if err := f.open(); err != nil {
		f.file = old
		return err
	}
	return old.Close()
}

func (f *logFile) Write(p []byte) (int, error) { return f.file.Write(p) }

func (f *logFile) Close() error { return f.file.Close() }
