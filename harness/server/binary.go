package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

	look    sync.Once
	rooms   []string // the command that gives what comes after it a file system of its own
	noNames string
}

// bind makes a file the hosts file of what is run next. Rights that change take away the signal at the end of this
// process, which is asked for anew.
const bind = `mount --bind "$0" /etc/hosts && exec setpriv --pdeathsig KILL "$@"`

// NoNames says why no mongod here gets a hosts file of its own: a mount namespace of Linux, which takes root or a user
// namespace.
func (e *executable) NoNames() string {
	e.look.Do(func() {
		for _, rooms := range [][]string{{"unshare", "--mount"}, {"unshare", "--mount", "--map-root-user"}} {
			try := append(slices.Clone(rooms[1:]), "sh", "-c", bind, "/etc/hosts", "true")
			if exec.Command(rooms[0], try...).Run() == nil {
				e.rooms = rooms
				return
			}
		}
		e.noNames = "members of a set find each other by the names of the row, and no process on this machine may have a " +
			"hosts file of its own (unshare --mount): use the container back end"
	})
	return e.noNames
}

// Keep makes a directory.
func (*executable) Keep(context.Context) (string, error) { return os.MkdirTemp("", "mongotls-data-") }

// Forget removes it.
func (*executable) Forget(data string) error { return os.RemoveAll(data) }

// command is that of a mongod: with names, in a file system of its own, where its hosts file is one in dir.
func (e *executable) command(names []string, dir string, args []string) (*exec.Cmd, error) {
	line := append(append([]string{e.path}, e.args...), args...)
	if len(names) > 0 {
		if why := e.NoNames(); why != "" {
			return nil, errors.New(why)
		}
		hosts := filepath.Join(dir, "hosts")
		text := "127.0.0.1 localhost\n" + Fellows + " " + strings.Join(names, " ") + "\n"
		if err := os.WriteFile(hosts, []byte(text), 0o644); err != nil {
			return nil, err
		}
		line = slices.Concat(e.rooms, []string{"sh", "-c", bind, hosts}, line)
	}
	return exec.Command(line[0], line[1:]...), nil
}

// Launch starts a process with a directory of its own.
func (e *executable) Launch(_ context.Context, c mongod.Config, h Home, book io.WriteCloser) (Process, error) {
	dir, err := os.MkdirTemp("", "mongotls-db-")
	if err != nil {
		return nil, err
	}
	c.Other = joined(c.Other, map[string]string{mongod.DBPath: cmp.Or(h.Data, dir)})
	var unwritten error
	args, err := c.Arguments(func(path string) string { return path }, func(content []byte) string {
		path := filepath.Join(dir, "mongod.conf")
		unwritten = os.WriteFile(path, content, 0o600)
		return path
	})
	if err := errors.Join(err, unwritten); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	cmd, err := e.command(h.Names, dir, args)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p := &localProcess{cmd: cmd, dir: dir, comesBack: h.Data != "", done: make(chan struct{})}
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
	cmd       *exec.Cmd
	dir       string
	comesBack bool // its data stays
	done      chan struct{}
	once      sync.Once
}

// stopLimit is how long a mongod may take to shut down before it is killed.
const stopLimit = 10 * time.Second

// Stop asks it to shut down, then kills it. One that comes back is killed at once: its journal has all that it has
// answered, and a member that is asked gives its fellows time, and its place to one of them.
func (p *localProcess) Stop() error {
	var err error
	p.once.Do(func() {
		ask := syscall.SIGTERM
		if p.comesBack {
			ask = syscall.SIGKILL
		}
		_ = p.cmd.Process.Signal(ask) // it may have ended
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

// Replace writes the file anew.
func (p *localProcess) Replace(_ context.Context, path string, content []byte) error {
	return os.WriteFile(path, content, 0o600)
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
