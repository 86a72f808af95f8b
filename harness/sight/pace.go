package sight

import (
	"context"
	"sync"
	"time"
)

// A Pace bounds how many connections begin in any second. Nil bounds nothing.
type Pace struct {
	mu    sync.Mutex
	limit int
	begun []time.Time // the last ones, the oldest first
}

// NewPace is one of so many connections a second, at least one.
func NewPace(limit int) *Pace { return &Pace{limit: max(1, limit)} }

// Take waits until one more connection may begin, and counts it.
func (p *Pace) Take(ctx context.Context) error { return p.wait(ctx, 1, true) }

// Room waits until so many may begin at once, or as many as ever may.
func (p *Pace) Room(ctx context.Context, n int) error {
	if p == nil {
		return ctx.Err()
	}
	return p.wait(ctx, min(n, p.limit), false)
}

func (p *Pace) wait(ctx context.Context, n int, count bool) error {
	for p != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.mu.Lock()
		now := time.Now()
		var pause time.Duration
		if first := len(p.begun) + n - p.limit; first > 0 {
			pause = p.begun[first-1].Add(time.Second).Sub(now)
		}
		if pause <= 0 {
			if count {
				p.begun = append(p.begun, now)
			}
			if over := len(p.begun) - p.limit; over > 0 {
				p.begun = p.begun[over:]
			}
			p.mu.Unlock()
			return nil
		}
		p.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
