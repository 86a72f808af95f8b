package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A visit is an attempt's use of a server.
type visit struct {
	name    string
	mongods *Mongods
	mongod  *instance
	relay   *relay
	mark    int // of the server's log, where the attempt begins
	once    bool

	// Of a server that is restarted in the middle.
	mu    sync.Mutex
	gone  bool
	back  chan struct{} // closed once it has come back
	past  evidence.Seen
	conns int // of the past
	err   error
}

func (v *visit) Members() []Member { return []Member{{v.name, v.relay.addr().AddrPort()}} }

// restartAs ends the server once it has answered the first command of a user, and starts another in its place. The
// relay stays, so that to clients it is the same port. The server logs a command before it answers; so the answer is
// held until the log has been read. What a client sends after it still reaches the old server until that is cut off,
// but is not answered.
func (v *visit) restartAs(next Plan) {
	v.once = true
	v.relay.isLast = func(upstream string) bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
		defer cancel()
		if v.gone || v.mongod.barrier(ctx) != nil {
			return false
		}
		lines := v.mongod.book.since(v.mark)
		n := number(lines, upstream)
		if !slices.ContainsFunc(commands(lines, n), evidence.CommandSeen.OfUser) {
			return false
		}
		v.gone = true
		v.relay.hold()
		return true
	}
	v.relay.afterLast = func() {
		defer close(v.back)
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		again, err := v.mongods.start(ctx, next) // first, so that the client finds it when it is cut off
		v.relay.cut()
		conns, _, unread := v.relay.record(ctx)
		err = errors.Join(err, unread, v.mongod.stop())
		if err == nil {
			v.conns = len(conns)
			v.past, err = v.part(conns)
		}
		if v.err = err; err != nil {
			v.relay.forwardTo(v.mongod.addr()) // where nobody is
			if again != nil {
				v.err = errors.Join(err, again.stop())
			}
			return
		}
		again.shape = v.mongod.shape // whose place it takes
		v.mongod, v.mark = again, again.book.mark()
		v.relay.forwardTo(again.addr())
	}
}

// Seen joins what went over the wire with what the server's log says of it.
func (v *visit) Seen(ctx context.Context) (evidence.Seen, error) {
	conns, open, err := v.relay.record(ctx)
	if err == nil && v.left() {
		select {
		case <-v.back:
			err = v.err
		case <-ctx.Done():
			err = errors.New("the server has not come back")
		}
	}
	if err == nil {
		err = v.mongod.barrier(ctx)
	}
	if err != nil {
		return evidence.Seen{}, err
	}
	conns = conns[v.conns:]
	// What the server decided stands in its log before it acts. That a client broke off a handshake is noted when it is
	// noticed.
	parting, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	v.mongod.book.wait(parting, v.mark, func(lines []logged) bool {
		return !slices.ContainsFunc(conns, func(c relayed) bool {
			return c.seen.Hello != nil && c.seen.TLS == "" && !ended(lines, c.upstream)
		})
	})
	seen, err := v.part(conns)
	seen.Open = open
	if err != nil {
		return evidence.Seen{}, err
	}
	if _, ended := v.mongod.exit(); ended {
		return seen, fmt.Errorf("the server ended; its log ends: %s", v.mongod.tail())
	}
	if v.left() {
		return v.past.Then(seen.At("", 1)), nil
	}
	return seen, nil
}

// part is what the server of now says about connections to it.
func (v *visit) part(conns []relayed) (seen evidence.Seen, err error) {
	lines := v.mongod.book.since(v.mark)
	var numbers []int64
	for _, c := range conns {
		c.seen.ID = number(lines, c.upstream)
		if c.seen.ID == 0 {
			return seen, fmt.Errorf("the server's log does not know the connection from %s", c.upstream)
		}
		numbers = append(numbers, c.seen.ID)
		c.seen.Stapled = v.mongod.stapled && c.seen.TLS != "" && c.seen.Hello.OCSP
		seen.Connections = append(seen.Connections, c.seen)
	}
	seen.Log = about(lines, numbers)
	for i := range seen.Connections {
		c := &seen.Connections[i]
		c.Commands = commands(lines, c.ID)
		c.Answered = len(c.Commands) == 0 && conns[i].turns > 1
		c.HandshakeError = handshakeError(lines, *c)
	}
	explain(&seen)
	return seen, nil
}

// left says whether the server has been told to go.
func (v *visit) left() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.gone
}

func (v *visit) Close() error {
	if v.left() {
		<-v.back
	}
	err := v.relay.close()
	v.mongod.book.forget(v.mongod.book.mark())
	if v.once {
		return errors.Join(err, v.mongods.discard(v.mongod))
	}
	v.mongods.giveBack(v.mongod)
	return err
}
