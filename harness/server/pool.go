package server

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// Mongods is the back end of servers that run outside this process: mongods, or whatever takes a mongod's flags, as
// processes or containers. A configuration is started once and raised through the modes; it serves one attempt at a
// time. In whatever order attempts come, each gets a server of its shape that is in its mode; the order by shape, then
// mode, costs the fewest starts.
type Mongods struct {
	info   Info
	launch Launcher

	starting chan struct{} // a place for each start under way

	mu      condition.Mutex
	idle    []*instance     // longest idle first
	busy    map[string]bool // by shape
	running int
	closed  bool
}

const (
	maxStarting = 4
	maxRunning  = 12
)

// NewMongods is the back end of what a launcher starts.
func NewMongods(i Info, l Launcher) *Mongods {
	i.Shared, i.Step = true, stepLimit
	return &Mongods{info: i, launch: l, starting: make(chan struct{}, maxStarting), busy: map[string]bool{}}
}

// Info is the back end, with the version of the server once one has run.
func (b *Mongods) Info() Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.info
}

// Cannot says why no mongod can be brought into the configuration of a case, "" if one can.
func (b *Mongods) Cannot(c harness.Case) string {
	s := c.Scenario
	how, can := s.Mongod(c.Mode)
	switch {
	case !can:
		return how
	case len(s.Members) > 0:
		if why := b.launch.NoNames(); why != "" {
			return why
		}
	}
	if since := s.Since(); since != "" {
		return TooOld(b.version(), since)
	}
	return ""
}

// version is that of the server, "" if there is none to ask.
func (b *Mongods) version() string {
	if known := b.Info().Version; known != "" {
		return known
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	m, err := b.take(ctx, Plan{Config: mongod.Config{Mode: scenarios.Disabled}})
	if err != nil {
		return ""
	}
	b.giveBack(m)
	return m.version
}

// Open waits for the server of this configuration, or starts it. Those that belong together, or to which something is
// to happen, are started for one attempt.
func (b *Mongods) Open(ctx context.Context, l Layout) (Deployment, error) {
	if len(l.Steps) > 0 || slices.ContainsFunc(l.Members, func(p Plan) bool { return p.Seat != nil }) {
		return b.openGroup(ctx, l)
	}
	p, err := l.only()
	if err != nil {
		return nil, err
	}
	m, err := b.take(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := newRelay(m.addr())
	if err != nil {
		b.giveBack(m)
		return nil, err
	}
	v := &visit{name: p.Name, mongods: b, mongod: m, relay: r, began: time.Now(), mark: m.book.mark(),
		once: p.Once}
	r.start()
	return v, nil
}

// take makes a server its caller's: an idle one in this mode, or one that can be raised to it, or a new one.
func (b *Mongods) take(ctx context.Context, p Plan) (*instance, error) {
	shape := p.Shape()
	m, spare, dead, err := b.reserve(ctx, shape, p.Config.Mode)
	for _, m := range dead {
		_ = m.stop() // clears away what it left; whatever cannot be, a later sweep finds
	}
	if err != nil {
		return nil, err
	}
	switch {
	case m != nil:
		if err = m.raise(ctx, p.Config.Mode); err != nil {
			err = errors.Join(err, m.stop())
		}
	case spare != nil:
		if err = spare.stop(); err == nil {
			m, err = b.start(ctx, p)
		}
	default:
		m, err = b.start(ctx, p)
	}
	if err == nil {
		if err = m.awaitUse(ctx); err != nil {
			err = errors.Join(err, m.stop())
		}
	}
	if err != nil {
		b.release(shape, nil)
		return nil, err
	}
	return m, nil
}

// reserve waits until nobody uses servers of this shape and there is room for one more. It returns an idle server of
// the shape, if there is one that can be used, else a place for one: free, or that of a spare server, which must be
// stopped; and idle servers that turned out to be dead.
func (b *Mongods) reserve(ctx context.Context, shape string, mode scenarios.Mode) (m, spare *instance,
	dead []*instance, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.Wait(ctx, func() bool {
		if b.closed || b.busy[shape] {
			return b.closed
		}
		dead = append(dead, b.reap()...)
		m = b.pick(func(m *instance) bool { return m.shape == shape && m.mode == mode })
		if m == nil {
			m = b.pick(func(m *instance) bool { return m.shape == shape && m.canReach(mode) })
		}
		if m == nil && b.running < maxRunning {
			b.running++
			return true
		}
		if m == nil {
			spare = b.pick((*instance).last)
		}
		if m == nil && spare == nil {
			spare = b.pick(func(*instance) bool { return true })
		}
		return m != nil || spare != nil
	}) {
		return nil, nil, dead, ctx.Err()
	}
	if b.closed {
		return nil, nil, dead, errors.New("the back end is closed")
	}
	b.busy[shape] = true
	return m, spare, dead, nil
}

// pick takes the first idle server that will do, nil if there is none.
func (b *Mongods) pick(will func(*instance) bool) *instance {
	i := slices.IndexFunc(b.idle, will)
	if i < 0 {
		return nil
	}
	m := b.idle[i]
	b.idle = slices.Delete(b.idle, i, i+1)
	return m
}

// reap takes idle servers that have ended out of the pool.
func (b *Mongods) reap() (dead []*instance) {
	for {
		m := b.pick(func(m *instance) bool { _, ended := m.exit(); return ended })
		if m == nil {
			return dead
		}
		b.running--
		dead = append(dead, m)
	}
}

// last reports whether the server is in its last mode, and thus less likely to be asked for again than others.
func (m *instance) last() bool { return m.mode == scenarios.Disabled || m.mode == scenarios.RequireTLS }

// canReach says whether the server can be raised to a mode.
func (m *instance) canReach(mode scenarios.Mode) bool {
	return raisable(m.plan) && m.mode != scenarios.Disabled && slices.Index(scenarios.Modes,
		m.mode) < slices.Index(scenarios.Modes, mode)
}

func (b *Mongods) start(ctx context.Context, p Plan) (m *instance, err error) {
	err = b.slowly(ctx, func() (err error) {
		m, err = startMongod(ctx, b.launch, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	b.learn(m.version)
	return m, nil
}

// slowly starts something while not too much else starts.
func (b *Mongods) slowly(ctx context.Context, start func() error) error {
	select {
	case b.starting <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.starting }()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return start()
}

func (b *Mongods) learn(version string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.info.Version = cmp.Or(version, b.info.Version)
}

// makeRoom waits until there is room for some servers, for which idle ones have to go, and takes it.
func (b *Mongods) makeRoom(ctx context.Context, servers int) (err error) {
	var spare []*instance
	defer func() {
		for _, m := range spare {
			err = errors.Join(err, m.stop())
		}
	}()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.Wait(ctx, func() bool {
		for b.running+servers > maxRunning && len(b.idle) > 0 {
			spare = append(spare, b.pick(func(*instance) bool { return true }))
			b.running--
		}
		return b.closed || b.running+servers <= maxRunning
	}) {
		return ctx.Err()
	}
	b.running += servers
	return nil
}

// freeRoom gives it back.
func (b *Mongods) freeRoom(servers int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running -= servers
	b.mu.Broadcast()
}

// giveBack makes a server idle again.
func (b *Mongods) giveBack(m *instance) { b.release(m.shape, m) }

// discard ends a server.
func (b *Mongods) discard(m *instance) error {
	err := m.stop()
	b.release(m.shape, nil)
	return err
}

// release lets others have servers of a shape: this one, or, for nil, its place.
func (b *Mongods) release(shape string, m *instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.busy, shape)
	if m != nil {
		b.idle = append(b.idle, m)
	} else {
		b.running--
	}
	b.mu.Broadcast()
}

// Close stops every server.
func (b *Mongods) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Broadcast()
	idle := b.idle
	b.idle = nil
	b.mu.Unlock()
	var stopping sync.WaitGroup
	errs := make([]error, len(idle))
	for i, m := range idle {
		stopping.Go(func() { errs[i] = m.stop() })
	}
	stopping.Wait()
	return errors.Join(errors.Join(errs...), b.launch.Close())
}
