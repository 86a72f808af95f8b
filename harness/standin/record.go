package standin

import (
	"context"
	"slices"
	"sync"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A record is what the server saw of every connection, for the judge. Causes are not in it, but for those of faults: they
// are read from the log, as they are for a mongod.
type record struct {
	keep bool // what has ended

	mu    sync.Mutex
	conns []*evidence.Connection
	open  int
	ended chan struct{} // closed and replaced whenever a connection ends
}

func newRecord(keep bool) *record { return &record{keep: keep, ended: make(chan struct{})} }

// begin adds a connection. Its fields are then changed by note only.
func (r *record) begin(id int64, remote string) *evidence.Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &evidence.Connection{ID: id, Remote: remote}
	r.conns = append(r.conns, c)
	r.open++
	return c
}

func (r *record) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *record) end(c *evidence.Connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
	if !r.keep {
		r.conns = slices.DeleteFunc(r.conns, func(other *evidence.Connection) bool { return other == c })
	}
	close(r.ended)
	r.ended = make(chan struct{})
}

// Seen waits until every connection has ended, or ctx is done, and returns the record and the log since the start.
func (s *Server) Seen(ctx context.Context) evidence.Seen {
	s.catchUp(ctx)
	r := s.record
	for {
		r.mu.Lock()
		open, ended := r.open, r.ended
		r.mu.Unlock()
		if open == 0 || ctx.Err() != nil {
			break
		}
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := evidence.Seen{Open: r.open, Log: s.log.all()[s.startup:]}
	for _, c := range r.conns {
		copied := *c
		copied.Commands = slices.Clone(c.Commands)
		seen.Connections = append(seen.Connections, copied)
	}
	return seen
}
