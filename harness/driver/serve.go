package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Serve answers the requests on in with d until in ends, then cancels what is under way and waits for it. The error is
// that of reading in or of writing out.
func Serve(d Driver, in io.Reader, out io.Writer) error {
	all, stop := context.WithCancel(context.Background())
	s := &service{driver: d, out: json.NewEncoder(out), cancel: map[string]context.CancelFunc{}}
	lines := bufio.NewReader(in)
	var err error
	for err == nil {
		var line []byte
		if line, err = readLine(lines); len(line) > 0 {
			s.serve(all, line)
		}
	}
	stop()
	s.busy.Wait()
	if !errors.Is(err, io.EOF) {
		return err
	}
	return s.broken
}

// readLine reads a line of any length. Of one that is longer than maxLine only the beginning is returned, which is no
// request.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if room := maxLine - len(line); len(part) > room {
			part = part[:room]
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// ServeProcess is Serve for a process that a Process has started. Whatever else the program prints goes to standard
// error from now on, and an interrupt at the terminal is left to the parent, which ends its requests.
func ServeProcess(d Driver) error {
	signal.Ignore(os.Interrupt)
	replies := os.Stdout
	os.Stdout = os.Stderr
	return Serve(d, os.NewFile(requestsFD, "requests"), replies)
}

type service struct {
	driver Driver
	busy   sync.WaitGroup

	mu     sync.Mutex
	out    *json.Encoder
	broken error // the first failure to write
	cancel map[string]context.CancelFunc
}

func (s *service) serve(ctx context.Context, line []byte) {
	var q request
	if err := json.Unmarshal(line, &q); err != nil {
		s.write(reply{Error: "no request: " + err.Error()})
		return
	}
	switch {
	case q.Op == opInfo:
		info := s.driver.Info()
		s.write(reply{Info: &info})
	case q.Op == opDo && q.Request != nil:
		// Known before the next line is read, which may cancel it.
		ctx, cancel := context.WithCancel(ctx)
		s.mu.Lock()
		s.cancel[q.Request.ID] = cancel
		s.mu.Unlock()
		s.busy.Add(1)
		go func() {
			defer s.busy.Done()
			defer cancel()
			s.do(ctx, q.Request.request())
		}()
	case q.Op == opCancel:
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.cancel[q.ID]; cancel != nil {
			cancel()
		}
	default:
		s.write(reply{ID: q.ID, Error: unsupported})
	}
}

func (s *service) do(ctx context.Context, r evidence.Request) {
	a, err := s.driver.Do(ctx, r)
	s.mu.Lock()
	delete(s.cancel, r.ID)
	s.mu.Unlock()
	if err != nil {
		s.write(reply{ID: r.ID, Error: err.Error()})
		return
	}
	a.ID = r.ID
	s.write(reply{Answer: &a})
}

func (s *service) write(r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.out.Encode(r); err != nil && s.broken == nil {
		s.broken = err
	}
}
