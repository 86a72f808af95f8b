package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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
	return newMongods(Info{Name: "binary", Path: path}, &executable{path: found}), nil
}

// An executable launches processes.
type executable struct {
	path string
	args []string // before those of a mongod
}

func (e *executable) launch(_ context.Context, c mongod.Config, book *logbook) (process, error) {
	dir, err := os.MkdirTemp("", "mongotls-db-")
	if err != nil {
		return nil, err
	}
	c.Other = joined(c.Other, map[string]string{"storage.dbPath": dir})
	args, err := c.Arguments(func(path string) string { return path })
	if err != nil {
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
		book.end()
	}()
	return p, nil
}

func (*executable) close() error { return nil }

type localProcess struct {
	cmd  *exec.Cmd
	dir  string
	done chan struct{}
	once sync.Once
}

// stopLimit is how long a mongod may take to shut down before it is killed.
const stopLimit = 10 * time.Second

func (p *localProcess) stop() error {
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

func (p *localProcess) exit() (int, bool) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), true
	default:
		return 0, false
	}
}
