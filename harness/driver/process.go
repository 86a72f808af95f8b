package driver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness"
)

const (
	// patience is how long after its limit, or after it was cancelled, a request may stay unanswered.
	patience = 5 * time.Second
	// startLimit bounds the start of a child until it has said what it is.
	startLimit = 30 * time.Second
	// farewell is how long a child may take to end once its requests have ended.
	farewell = 2 * time.Second
)

// A Process is a Driver whose adapter runs in a child process. A child that dies, or is killed because it does not
// answer, fails the requests that are under way; the next request starts another.
type Process struct {
	path      string
	args, env []string
	patience  time.Duration
	info      harness.Info

	mu     sync.Mutex
	child  *child
	closed bool
}

// Start runs the program at path as an adapter and asks it what it drives. env is its whole environment; nil is that of
// this process.
func Start(ctx context.Context, path string, args, env []string) (*Process, error) {
	p := &Process{path: path, args: args, env: env, patience: patience}
	c, info, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	p.child, p.info = c, info
	return p, nil
}

// Info is what the first child said.
func (p *Process) Info() harness.Info { return p.info }

// Do hands r to the child. An id may be under way only once.
func (p *Process) Do(ctx context.Context, r harness.Request) (harness.Answer, error) {
	c, err := p.running(ctx)
	if err != nil {
		return harness.Answer{}, err
	}
	return c.do(ctx, r, p.patience)
}

// Close ends the child, and with it every request that is under way.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.child != nil {
		p.child.close()
		p.child = nil
	}
	return nil
}

// running is the child, a new one if the last has ended.
func (p *Process) running(ctx context.Context) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("the adapter is closed")
	}
	if p.child != nil && !p.child.ended() {
		return p.child, nil
	}
	if p.child != nil {
		p.child.close()
		p.child = nil
	}
	c, _, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	p.child = c
	return c, nil
}

func (p *Process) start(ctx context.Context) (*child, harness.Info, error) {
	c, err := startChild(p.path, p.args, p.env)
	if err != nil {
		return nil, harness.Info{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	info, err := c.greet(ctx)
	if err != nil {
		c.kill("it could not be started")
		c.close()
		return nil, harness.Info{}, err
	}
	return c, info, nil
}
