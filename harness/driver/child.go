package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A child is one run of an adapter's program.
type child struct {
	cmd      *exec.Cmd
	requests *os.File      // becomes its file descriptor 3
	stderr   *tail         // what it complained about
	stray    *tail         // lines on its standard output that are no reply
	greeting chan reply    // replies that belong to no request
	done     chan struct{} // closed once it has ended and all that it wrote has been read

	mu     sync.Mutex
	open   map[string]chan reply // by id
	killed string                // why we killed it
	late   bool                  // and that was for an answer that did not come
	err    error                 // how it ended, set before done is closed

	writing sync.Mutex
	partial []byte // of a line on its standard output
}

func startChild(path string, args, env []string) (*child, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(path, args...), requests: ours, stderr: &tail{}, stray: &tail{},
		greeting: make(chan reply, 2), done: make(chan struct{}), open: map[string]chan reply{}}
	c.cmd.Env = env
	c.cmd.ExtraFiles = []*os.File{theirs}
	c.cmd.Stdout = c
	c.cmd.Stderr = c.stderr
	// A session of its own has no terminal: no prompt can wait on it, and what is typed there is no signal to the adapter.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.cmd.WaitDelay = time.Second // a grandchild that keeps the output open must not keep us
	err = c.cmd.Start()
	_ = theirs.Close()
	if err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("starting the adapter: %w", err)
	}
	go c.wait()
	return c, nil
}

// wait makes the end of the process known.
func (c *child) wait() {
	err := c.cmd.Wait()
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // what it started and left behind
	c.mu.Lock()
	text := "the adapter ended"
	if c.killed != "" {
		text = "the adapter was killed: " + c.killed
	}
	if err != nil {
		text += ": " + err.Error()
	}
	if s := c.stderr.line(); s != "" {
		text += "; on standard error: " + s
	}
	if s := c.stray.line(); s != "" {
		text += "; no replies: " + s
	}
	c.err = &Died{Text: text, Late: c.late}
	c.mu.Unlock()
	close(c.done)
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// greet asks what the adapter drives, and makes sure that it refuses what it does not know.
func (c *child) greet(ctx context.Context) (evidence.Info, error) {
	info, err := c.ask(ctx, opInfo)
	if err != nil {
		return evidence.Info{}, err
	}
	if info.Info == nil {
		return evidence.Info{}, fmt.Errorf("the adapter did not say what it drives: %s", info.Error)
	}
	unknown, err := c.ask(ctx, "an operation that no adapter has")
	if err != nil {
		return evidence.Info{}, err
	}
	if unknown.Error != unsupported {
		return evidence.Info{}, fmt.Errorf("the adapter must answer %q to an unknown operation, not %q", unsupported,
			unknown.Error)
	}
	return *info.Info, nil
}

func (c *child) ask(ctx context.Context, op string) (reply, error) {
	if err := c.send(request{Op: op}); err != nil {
		return reply{}, errors.New(err.Error()) // no request has ended it
	}
	select {
	case r := <-c.greeting:
		return r, nil
	case <-c.done:
		return reply{}, errors.New(c.err.Error()) // which is no request's fault
	case <-ctx.Done():
		return reply{}, fmt.Errorf("starting the adapter: no answer to %q: %w", op, ctx.Err())
	}
}

// do makes one request. One that stays unanswered for this long after its limit, or after ctx is done, costs the child
// its life: it cannot be told apart from a hang.
func (c *child) do(ctx context.Context, r evidence.Request, grace time.Duration) (evidence.Answer, error) {
	answered := make(chan reply, 1)
	c.mu.Lock()
	_, twice := c.open[r.ID]
	if !twice {
		c.open[r.ID] = answered
	}
	c.mu.Unlock()
	if twice {
		return evidence.Answer{}, fmt.Errorf("request %q is under way already", r.ID)
	}
	defer func() {
		c.mu.Lock()
		delete(c.open, r.ID)
		c.mu.Unlock()
	}()

	late := fmt.Sprintf("request %q was not answered %v after its limit of %d ms", r.ID, grace, r.LimitMS)
	limit := time.Duration(math.MaxInt64)
	if r.LimitMS > 0 {
		limit = time.Duration(r.LimitMS)*time.Millisecond + grace
	}
	watchdog := time.NewTimer(limit)
	defer watchdog.Stop()
	if err := c.send(request{Op: opDo, Request: ToWire(r)}); err != nil {
		return evidence.Answer{}, err
	}
	cancelled := ctx.Done()
	for {
		select {
		case got := <-answered:
			return got.result(ctx)
		case <-c.done:
			select {
			case got := <-answered: // its last words
				return got.result(ctx)
			default:
				return evidence.Answer{}, c.err
			}
		case <-cancelled:
			cancelled = nil
			late = fmt.Sprintf("request %q was not answered %v after it was cancelled", r.ID, grace)
			watchdog.Reset(grace)
			if err := c.send(request{Op: opCancel, ID: r.ID}); err != nil {
				return evidence.Answer{}, err
			}
		case <-watchdog.C:
			c.mu.Lock()
			c.late = c.killed == ""
			c.mu.Unlock()
			c.kill(late)
			<-c.done
			return evidence.Answer{}, c.err
		}
	}
}

func (r reply) result(ctx context.Context) (evidence.Answer, error) {
	switch {
	case r.Answer != nil:
		return *r.Answer, nil
	case ctx.Err() != nil:
		return evidence.Answer{}, ctx.Err()
	default:
		return evidence.Answer{}, fmt.Errorf("the adapter failed: %s", r.Error)
	}
}

// send writes one line. A child that reads nothing for so long that the pipe is full is as good as dead.
func (c *child) send(q request) error {
	line, err := json.Marshal(q)
	if err != nil {
		return err
	}
	c.writing.Lock()
	_ = c.requests.SetWriteDeadline(time.Now().Add(grace))
	_, err = c.requests.Write(append(line, '\n'))
	c.writing.Unlock()
	if err == nil {
		return nil
	}
	select {
	case <-c.done: // which says more than a broken pipe
	case <-time.After(time.Second):
		c.kill("it does not read requests: " + err.Error())
		<-c.done
	}
	return c.err
}

// Write takes the adapter's standard output, and lines out of it.
func (c *child) Write(p []byte) (int, error) {
	c.partial = append(c.partial, p...)
	for {
		line, rest, found := bytes.Cut(c.partial, []byte("\n"))
		if !found {
			break
		}
		c.receive(line)
		c.partial = rest
	}
	if len(c.partial) > maxLine {
		c.kill("it wrote a line that does not end")
		c.partial = nil
	}
	return len(p), nil
}

func (c *child) receive(line []byte) {
	var r reply
	if json.Unmarshal(line, &r) != nil || r == (reply{}) {
		_, _ = fmt.Fprintf(c.stray, "%s\n", line)
		return
	}
	id := r.ID
	if r.Answer != nil {
		id = r.Answer.ID
	}
	to := c.greeting
	if id != "" || r.Answer != nil {
		c.mu.Lock()
		to = c.open[id]
		c.mu.Unlock()
	}
	select {
	case to <- r:
	default: // nobody asked, or not any more
		_, _ = fmt.Fprintf(c.stray, "%s\n", line)
	}
}

func (c *child) kill(why string) {
	c.mu.Lock()
	if c.killed == "" {
		c.killed = why
	}
	c.mu.Unlock()
	_ = c.cmd.Process.Kill() // it may have ended; what it started follows: see wait
}

// close ends the child: kindly, then not.
func (c *child) close() {
	_ = c.requests.Close()
	select {
	case <-c.done:
	case <-time.After(endLimit):
		c.kill("it did not end when its requests did")
		<-c.done
	}
}
