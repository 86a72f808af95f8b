package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/mongotls/mongotls/harness/mongod"
)

// NewBinary makes a back end of the mongod at path, which must be an executable file.
func NewBinary(path string) (*Mongods, error) {
	found, err := exec.LookPath(path)
	if err != nil {
		return nil, fmt.Errorf("no mongod at %s: %w", path, errors.Unwrap(err))
	}
	return NewMongods(Info{Name: "binary", Path: path}, &executable{path: found}), nil
}

// An executable launches processes.
type executable struct {
	path string
	args []string // before those of a mongod
}

// Launch starts a process with a directory of its own.
func (e *executable) Launch(_ context.Context, c mongod.Config, book io.WriteCloser) (Process, error) {
	dir, err := os.MkdirTemp("", "mongotls-db-")
	if err != nil {
		return nil, err
	}
	c.Other = joined(c.Other, map[string]string{"storage.dbPath": dir})
	var unwritten error
	args, err := c.Arguments(func(path string) string { return path }, func(content []byte) string {
		path := filepath.Join(dir, "mongod.conf")
		unwritten = os.WriteFile(path, content, 0o600)
		return path
	})
	if err := errors.Join(err, unwritten); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p := &localProcess{cmd: exec.Command(e.path, append(e.args, args...)...), dir: dir, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = book, book
	p.cmd.SysProcAttr = alone()
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the mongod: %w", err), os.RemoveAll(dir))
	}
	go func() {
		_ = p.cmd.Wait() // its code is asked for
		close(p.done)    // before whoever waits for the log looks
		_ = book.Close() // it is kept in memory
	}()
	return p, nil
}

// Close has nothing to do: each process has been stopped.
func (*executable) Close() error { return nil }

type localProcess struct {
	cmd  *exec.Cmd
	dir  string
	done chan struct{}
	once sync.Once
}

// stopLimit is how long a mongod may take to shut down before it is killed.
const stopLimit = 10 * time.Second

// Stop asks it to shut down, then kills it.
func (p *localProcess) Stop() error {
	var err error
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-p.done:
		case <-time.After(stopLimit):
			_ = p.cmd.Process.Kill()
			<-p.done
		}
		err = os.RemoveAll(p.dir)
	})
	return err
}

// Exit is the code it ended with.
func (p *localProcess) Exit() (int, bool) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), true
	default:
		return 0, false
	}
}
