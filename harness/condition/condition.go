// Package condition lets goroutines wait, with a context: for something that a mutex guards, or for a time.
package condition

import (
	"context"
	"sync"
	"time"
)

// A Mutex is a sync.Mutex with a condition variable that knows contexts: its holders can wait for what it guards to
// change. The zero value is ready for use.
type Mutex struct {
	sync.Mutex
	changed chan struct{} // closed by the next Broadcast, nil while nobody waits
}

// Wait returns true once ok does, and false if ctx is done before. The caller holds the mutex, and holds it again when
// Wait returns; ok is called with the mutex held, once at first and once after each Broadcast.
func (m *Mutex) Wait(ctx context.Context, ok func() bool) bool {
	for !ok() {
		if ctx.Err() != nil {
			return false
		}
		if m.changed == nil {
			m.changed = make(chan struct{})
		}
		changed := m.changed
		m.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		m.Lock()
	}
	return true
}

// Broadcast makes everyone who waits ask again. The caller holds the mutex, and has changed what it guards.
func (m *Mutex) Broadcast() {
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

// Sleep returns true after so long, and false if ctx is done before. No time at all is over at once.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
