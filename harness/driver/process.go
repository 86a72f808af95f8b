package driver

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

const (
	// grace is how long after its limit, or after it was cancelled, a request may stay unanswered.
	grace = 5 * time.Second
	// startLimit bounds the start of a child until it has said what it is.
	startLimit = 30 * time.Second
	// endLimit is how long a child may take to end once its requests have ended.
	endLimit = 2 * time.Second
)

// A Process is a Driver whose adapter runs in child processes: in one or, if that takes only so many requests at once
// or wants to be fresh for each, in several. A child that dies, or is killed because it does not answer, fails the
// requests that it was given; the next request starts another.
type Process struct {
	path      string
	args, env []string
	grace     time.Duration
	info      evidence.Info
	room      chan struct{} // as many as there may be requests at once; nil for any number

	mu     sync.Mutex
	places []*place
	closed bool
}

// A place is where one child at a time runs.
type place struct {
	taken int // requests, under the lock of the Process

	mu    sync.Mutex // held while a child is started or closed
	child *child
}

// Start runs the program at path as an adapter and asks it what it drives. env is its whole environment; nil is that of
// this process.
func Start(ctx context.Context, path string, args, env []string) (*Process, error) {
	p := &Process{path: path, args: args, env: env, grace: grace}
	c, err := p.start()
	if err != nil {
		return nil, err
	}
	if p.info, err = p.greet(ctx, c); err != nil {
		return nil, err
	}
	p.places = []*place{{child: c}}
	if each := p.each(); each > 0 {
		for range p.mostChildren() - 1 {
			p.places = append(p.places, &place{})
		}
		p.room = make(chan struct{}, each*len(p.places))
	}
	return p, nil
}

// StartAs is Start with a command line, for a version that was asked for by its number: that another one has started is
// an error, in which the driver has a name. One by a path is whatever it is.
func StartAs(ctx context.Context, s Spec, name string, command, env []string) (Driver, error) {
	p, err := Start(ctx, command[0], command[1:], env)
	if err != nil {
		return nil, err
	}
	if found := p.info.Version; !IsPath(s.Version) && found != s.Version {
		return nil, errors.Join(fmt.Errorf("what was installed is %s %s", name, found), p.Close())
	}
	return p, nil
}

// mostChildren is how many run at once: as many as a run has attempts in flight, for those mostly wait, and one that
// has to wait for a child grows old; but no more than fit into the memory of a machine with many cores. To start one
// for each request keeps a core busy.
func (p *Process) mostChildren() int {
	if p.info.Fresh {
		return max(2, runtime.GOMAXPROCS(0))
	}
	return min(6*runtime.GOMAXPROCS(0), 24)
}

// each is how many requests a child takes at once, 0 for any number.
func (p *Process) each() int {
	if p.info.Fresh {
		return 1
	}
	return p.info.Concurrency
}

// Afresh is the same program in processes of its own.
func (p *Process) Afresh(ctx context.Context) (Driver, error) {
	return Start(ctx, p.path, p.args, p.env)
}

// Lasting is the same program in one process that serves all requests, whatever stays there from one to the next.
func (p *Process) Lasting(ctx context.Context) (Driver, error) {
	l, err := Start(ctx, p.path, p.args, p.env)
	if err != nil {
		return nil, err
	}
	l.info.Fresh, l.room = false, nil
	return l, nil
}

// Info is what the first child said.
func (p *Process) Info() evidence.Info { return p.info }

// Do hands r to a child, and waits for one that has room if need be. An id may be under way only once.
func (p *Process) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if p.room != nil {
		select {
		case p.room <- struct{}{}:
		case <-ctx.Done():
			return evidence.Answer{}, ctx.Err()
		}
		defer func() { <-p.room }()
	}
	place := p.take()
	defer p.leave(place)
	c, err := p.running(ctx, place)
	if err != nil {
		return evidence.Answer{}, err
	}
	return c.do(ctx, r, p.grace)
}

// take is the first place with room for one more request, so that no more children run than are needed.
func (p *Process) take() *place {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.places, func(at *place) bool { return p.room == nil || at.taken < p.each() })
	p.places[i].taken++
	return p.places[i]
}

// leave ends a child that has had its one request.
func (p *Process) leave(at *place) {
	if p.info.Fresh {
		at.close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at.taken--
}

func (at *place) close() {
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.child != nil {
		at.child.close()
		at.child = nil
	}
}

// Close ends the children, and with them every request that is under way.
func (p *Process) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	var ending sync.WaitGroup
	for _, at := range p.places {
		ending.Go(at.close)
	}
	ending.Wait()
	return nil
}

func (p *Process) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// running is the child of a place, a new one if the last has ended.
func (p *Process) running(ctx context.Context, at *place) (*child, error) {
	at.mu.Lock()
	defer at.mu.Unlock()
	if p.isClosed() {
		return nil, errors.New("the adapter is closed")
	}
	if at.child != nil && !at.child.ended() {
		return at.child, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if at.child != nil {
		at.child.close()
		at.child = nil
	}
	c, err := p.start()
	if err != nil {
		return nil, err
	}
	if !p.info.Fresh { // which would cost each request two more exchanges
		info, err := p.greet(ctx, c)
		if err != nil {
			return nil, err
		}
		if !reflect.DeepEqual(info, p.info) {
			c.close()
			return nil, fmt.Errorf("the adapter has changed: it drove %s %s, and now %s %s, or lacks other things",
				p.info.Driver, p.info.Version, info.Driver, info.Version)
		}
	}
	at.child = c
	return c, nil
}

func (p *Process) start() (*child, error) { return startChild(p.path, p.args, p.env) }

// greet asks a child what it drives. One that does not say is ended.
func (p *Process) greet(ctx context.Context, c *child) (evidence.Info, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	info, err := c.greet(ctx)
	if err != nil {
		c.kill("it could not be started")
		c.close()
	}
	return info, err
}
