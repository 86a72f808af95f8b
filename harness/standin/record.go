package standin

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin/database"
)

// A record is what the server saw of every connection, for the judge. Causes are not in it, but for those of faults:
// they are read from the log, as they are for a mongod.
type record struct {
	keep  bool // what has ended
	began time.Time

	mu      condition.Mutex
	conns   []*evidence.Connection
	open    int
	fellows map[string]bool // addresses of members, whose connections are not in the record: false once they have ended
}

func newRecord(keep bool, began time.Time) *record {
	return &record{keep: keep, began: began, fellows: map[string]bool{}}
}

// begin adds a connection. Its fields are then changed by note only.
func (r *record) begin(id int64, remote string) *evidence.Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &evidence.Connection{ID: id, Remote: remote, AtMS: r.now()}
	if r.fellows[remote] {
		return c
	}
	r.conns = append(r.conns, c)
	r.open++
	return c
}

func (r *record) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// now is in milliseconds from the beginning.
func (r *record) now() int { return int(time.Since(r.began).Milliseconds()) }

// answered notes a command.
func (r *record) answered(c *evidence.Connection, command evidence.CommandSeen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	command.AtMS = r.now()
	c.Commands = append(c.Commands, command)
	r.mu.Broadcast()
}

func (r *record) end(c *evidence.Connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.mu.Broadcast()
	if r.fellows[c.Remote] {
		r.fellows[c.Remote] = false
		return
	}
	r.open--
	if !r.keep {
		r.conns = slices.DeleteFunc(r.conns, func(other *evidence.Connection) bool { return other == c })
	}
}

// exclude keeps the connection from an address, which has said nothing yet, out of the record: it is a member's.
func (r *record) exclude(remote string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fellows[remote] = true
	all := len(r.conns)
	r.conns = slices.DeleteFunc(r.conns, func(c *evidence.Connection) bool { return c.Remote == remote })
	r.open -= all - len(r.conns)
}

// Seen waits until every connection has ended, or ctx is done, and returns the record and the log since the start.
func (s *Server) Seen(ctx context.Context) evidence.Seen {
	s.catchUp(ctx)
	r := s.record
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool { return r.open == 0 })
	lines, _ := s.log.Lines()
	seen := evidence.Seen{Open: r.open, Log: lines[s.startup:]}
	for _, c := range r.conns {
		copied := *c
		copied.Commands = slices.Clone(c.Commands)
		seen.Connections = append(seen.Connections, copied)
	}
	return seen
}

// commandSeen is a command and what became of it.
func commandSeen(m message, reply bson.D) evidence.CommandSeen {
	seen := evidence.CommandSeen{Name: m.command[0].Key, DB: m.db}
	if code, ok := database.Field(reply, "code").(int32); ok {
		seen.Code = int(code)
	}
	seen.CodeName, _ = database.Field(reply, "codeName").(string)
	seen.Error, _ = database.Field(reply, "errmsg").(string)
	login := m.command
	if speculative, ok := database.Field(m.command, "speculativeAuthenticate").(bson.D); ok {
		login, seen.Speculative = speculative, evidence.Refused
		if database.Field(reply, "speculativeAuthenticate") != nil {
			seen.Speculative = evidence.Accepted
		}
	}
	if len(login) > 0 && login[0].Key == "authenticate" {
		if user, ok := database.Field(login, "user").(string); ok {
			seen.User = &user
		}
	}
	return seen
}
