package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A session is one process of the adapter, spoken to line by line, which tells apart what a driver.Process forgives.
type session struct {
	cmd      *exec.Cmd
	requests *os.File
	stdin    *os.File // both ends, so that what the adapter has not read can be read here
	filled   *os.File
	lines    chan string   // of its standard output; closed at its end
	ended    chan struct{} // closed once the process has ended
	stderr   strings.Builder
	stray    []string // what it wrote that is no reply
}

type reply struct {
	Info   *evidence.Info
	Answer *evidence.Answer
	ID     string
	Error  string
}

// id is that of the request which a reply belongs to.
func (r reply) id() string {
	if r.Answer != nil {
		return r.Answer.ID
	}
	return r.ID
}

// notForAdapters stands on the standard input of the adapter, where a run has nothing.
const notForAdapters = "nothing to read here\n"

func start(command, env []string) (*session, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }()
	stdin, filled, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	s := &session{cmd: exec.Command(command[0], command[1:]...), requests: ours, stdin: stdin, filled: filled,
		lines: make(chan string, 1024), ended: make(chan struct{})}
	s.cmd.Env, s.cmd.ExtraFiles, s.cmd.Stdin, s.cmd.Stderr = env, []*os.File{theirs}, stdin, &s.stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.cmd.WaitDelay = time.Second
	_, err = filled.WriteString(notForAdapters)
	out, outErr := s.cmd.StdoutPipe()
	if err = errors.Join(err, outErr); err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, ours.Close(), stdin.Close(), filled.Close())
	}
	go s.read(out)
	return s, nil
}

func (s *session) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		s.lines <- lines.Text()
	}
	_, _ = io.Copy(io.Discard, out)
	close(s.lines)
	_ = s.cmd.Wait()
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // what it started and left behind
	close(s.ended)
}

// send writes lines, each with its end.
func (s *session) send(lines ...string) error {
	_ = s.requests.SetWriteDeadline(time.Now().Add(startLimit))
	if _, err := io.WriteString(s.requests, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("it does not read its requests: %w", s.or(err))
	}
	return nil
}

func (s *session) do(r evidence.Request) error {
	b, err := json.Marshal(map[string]any{"Op": "do", "Request": driver.ToWire(r)})
	if err != nil {
		return err
	}
	return s.send(string(b))
}

// next is the next reply; other lines are put aside.
func (s *session) next(ctx context.Context, within time.Duration) (reply, error) {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		select {
		case line, more := <-s.lines:
			if !more {
				return reply{}, s.or(errors.New("it ended"))
			}
			if r, ok := parse(line); ok {
				return r, nil
			}
			s.stray = append(s.stray, line)
		case <-late.C:
			return reply{}, fmt.Errorf("no reply after %v", within)
		case <-ctx.Done():
			return reply{}, ctx.Err()
		}
	}
}

func parse(line string) (reply, bool) {
	var r reply
	if json.Unmarshal([]byte(line), &r) != nil {
		return r, false
	}
	return r, r.Info != nil || r.Answer != nil || r.Error != ""
}

// or is err, or how the process ended if it has.
func (s *session) or(err error) error {
	select {
	case <-s.ended:
	case <-time.After(time.Second):
		return err
	}
	err = fmt.Errorf("it ended: %s", s.cmd.ProcessState)
	if text := strings.TrimSpace(s.stderr.String()); text != "" {
		lines := strings.Split(text, "\n")
		err = fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return err
}

// close ends the process as a run does, and returns what it had left to say. The error is that it had to be killed.
func (s *session) close() (last []reply, err error) {
	_ = s.requests.Close()
	late := time.NewTimer(endLimit)
	defer late.Stop()
	lines := s.lines
	for {
		select {
		case line, more := <-lines:
			if !more {
				lines = nil
			} else if r, ok := parse(line); ok {
				last = append(last, r)
			} else {
				s.stray = append(s.stray, line)
			}
		case <-s.ended:
			if lines == nil {
				return last, err
			}
		case <-late.C:
			err = fmt.Errorf("it was still there %v after file descriptor 3 had ended", endLimit)
			_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		}
	}
}

// unread closes the standard input of a process that has ended, and says how much of it nobody read, in bytes.
func (s *session) unread() int {
	_ = s.filled.Close()
	left, _ := io.ReadAll(s.stdin)
	_ = s.stdin.Close()
	return len(left)
}
