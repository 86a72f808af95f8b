package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/internal/loopback"
)

// A relay stands between the driver and a server that is not ours: what goes over the wire is its record. Each attempt
// has one of its own, so every connection in it belongs to the attempt; its own ports towards the server find the
// server's log lines.
type relay struct {
	at *net.TCPAddr // where it listens
	// answers is told of each answer that is about to be passed on; what it returns, unless it is nil, is called once it
	// has been. Nil: nobody is told.
	answers func(upstream string) (then func())
	pace    *sight.Pace // of connections to the server; nil: as they come

	mu       condition.Mutex
	listener *loopback.Listener
	conns    []*relayed
	open     int    // connections that their clients have not ended
	broken   error  // the server could not be reached
	target   string // the server's address, "" while connections have to wait for one
	held     bool   // to clients, a server that ends has not ended yet
	away     bool   // nobody listens
	closed   bool
	busy     sync.WaitGroup
}

// A relayed connection.
type relayed struct {
	seen     evidence.Connection
	accepted time.Time
	upstream string // our address towards the server: what its log calls remote
	over     bool   // one side has ended it
	byServer bool   // the server did
	left     bool   // the client has, or has been cut off
	turns    int    // answers of the server to the client, once both may talk
	asked    bool   // the client has sent since the last of them
	first    []byte // of the client, until they are understood
	client   tlswire.Side
	server   tlswire.Side
	pair     [2]net.Conn
}

// maxHello bounds what is kept of a client's first bytes.
const maxHello = 64 << 10

// serverParting is how long a server may take to end a connection that its client has ended. A client may take as long
// as it likes: that it does not is in the record.
const serverParting = 250 * time.Millisecond

func newRelay(target string) (*relay, error) {
	l, err := loopback.Listen("127.0.0.1", 0)
	if err != nil {
		return nil, fmt.Errorf("no port for the relay: %w", err)
	}
	return &relay{at: l.Addr().(*net.TCPAddr), listener: l, target: target}, nil
}

// start begins to accept.
func (r *relay) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listen()
}

// listen accepts by the listener of now. The caller holds the lock.
func (r *relay) listen() {
	l := r.listener
	r.busy.Go(func() { r.accept(l) })
}

// forwardTo names the server that connections from now on, and those that wait for one, are carried to.
func (r *relay) forwardTo(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
	r.mu.Broadcast()
}

// hold keeps from clients that a server ends, until they are cut off: connections from now on wait for another, and
// those that there are stay. It returns how many have been made.
func (r *relay) hold() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target, r.held = "", true
	r.mu.Broadcast()
	return len(r.conns)
}

// refuse ends every connection and lets nobody in for some time, as a server that is down does.
func (r *relay) refuse(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	r.target, r.away = "", true
	r.mu.Broadcast()
	err := r.listener.Close()
	r.mu.Unlock()
	r.cut()
	condition.Sleep(ctx, d)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || err != nil {
		return err
	}
	if r.listener, err = loopback.Listen(r.at.IP.String(), r.at.Port); err != nil {
		return fmt.Errorf("the port of the relay is lost: %w", err)
	}
	r.away = false
	r.listen()
	return nil
}

// visited waits until so many connections have been answered by the server, or have come to their end, of those after
// the first so many.
func (r *relay) visited(ctx context.Context, after, connections int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool {
		known := 0
		for _, c := range r.conns[min(after, len(r.conns)):] {
			if c.over || c.turns > 0 {
				known++
			}
		}
		return known >= connections
	})
}

// asked waits until the client of a connection has sent more, or has left.
func (r *relay) asked(ctx context.Context, upstream string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool {
		return slices.ContainsFunc(r.conns, func(c *relayed) bool { return c.upstream == upstream && (c.asked || c.over) })
	})
}

// cut ends every connection, as a server that stops does.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = false
	r.mu.Broadcast()
	for _, c := range r.conns {
		r.ended(c, true)
		r.gone(c)
		for _, side := range c.pair {
			_ = side.SetDeadline(time.Now())
		}
	}
}

func (r *relay) addr() *net.TCPAddr { return r.at }

func (r *relay) accept(l *loopback.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			r.mu.Lock()
			if !r.over(l) {
				r.broken = errors.Join(r.broken, fmt.Errorf("the relay accepts nobody any more: %w", err))
			}
			r.mu.Broadcast()
			r.mu.Unlock()
			return
		}
		r.mu.Lock()
		r.mu.Wait(context.Background(), func() bool { return r.target != "" || r.over(l) })
		target, over := r.target, r.over(l)
		r.mu.Unlock()
		if over {
			_ = client.Close()
			return
		}
		_ = r.pace.Take(context.Background()) // which waits, and never fails
		server, err := net.Dial("tcp", target)
		if err != nil {
			r.mu.Lock()
			r.broken = errors.Join(r.broken, fmt.Errorf("the server cannot be reached: %w", err))
			r.mu.Unlock()
			_ = client.Close()
			continue
		}
		c := &relayed{upstream: server.LocalAddr().String(), accepted: time.Now(),
			pair: [2]net.Conn{client, server}}
		c.seen.Remote = c.upstream
		if !r.add(c) {
			_ = client.Close()
			_ = server.Close()
			return
		}
		r.busy.Go(func() { r.carry(c) })
	}
}

// over reports whether nobody is to come by a listener any more. The caller holds the lock.
func (r *relay) over(l *loopback.Listener) bool { return r.closed || r.away || r.listener != l }

// add takes a connection into the record; false once the relay is closed.
func (r *relay) add(c *relayed) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.conns = append(r.conns, c)
	r.open++
	return true
}

// carry copies both ways until both sides have ended.
func (r *relay) carry(c *relayed) {
	client, server := c.pair[0], c.pair[1]
	var both sync.WaitGroup
	both.Go(func() {
		r.copy(server, client, c.sent, nil)
		r.sideEnded(c, false)
		_ = server.(*net.TCPConn).CloseWrite()
		_ = server.SetReadDeadline(time.Now().Add(serverParting))
		_, _ = io.Copy(io.Discard, client) // what a server that has ended does not read
		r.mu.Lock()
		defer r.mu.Unlock()
		r.gone(c)
	})
	both.Go(func() {
		r.copy(client, server, c.answered, func() (then func()) {
			if r.answers != nil {
				then = r.answers(c.upstream)
			}
			return then
		})
		r.sideEnded(c, true)
		_ = client.(*net.TCPConn).CloseWrite()
	})
	both.Wait()
	_ = client.Close()
	_ = server.Close()
}

// copy copies until one side ends. before, unless it is nil, is called before each piece is passed on, and what it
// returns after that.
func (r *relay) copy(to io.Writer, from io.Reader, see func([]byte), before func() (then func())) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			r.mu.Lock()
			see(buffer[:n])
			r.mu.Broadcast()
			r.mu.Unlock()
			var then func()
			if before != nil {
				then = before()
			}
			_, unsent := to.Write(buffer[:n])
			if then != nil {
				go then()
			}
			if unsent != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// sideEnded notes who ended the connection: the one whose end comes first. A server that is held does not.
func (r *relay) sideEnded(c *relayed, byServer bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(context.Background(), func() bool { return !r.held || r.closed })
	r.ended(c, byServer)
}

func (r *relay) ended(c *relayed, byServer bool) {
	if c.over {
		return
	}
	c.byServer, c.over = byServer, true
	r.mu.Broadcast()
}

// gone notes that the client has ended a connection. The caller holds the lock.
func (r *relay) gone(c *relayed) {
	if !c.left {
		c.left = true
		r.open--
		r.mu.Broadcast()
	}
}

// answered reads what the server sends.
func (c *relayed) answered(p []byte) {
	c.server.Sent(p)
	if c.asked {
		c.turns, c.asked = c.turns+1, false
	}
}

// sent reads what the client sends.
func (c *relayed) sent(p []byte) {
	c.client.Sent(p)
	c.asked = c.asked || c.seen.Clear || tlswire.Completed(&c.client, &c.server) != ""
	if c.seen.Clear || c.seen.Hello != nil && c.first == nil {
		return
	}
	c.first = append(c.first, p...)
	switch {
	case tlswire.IsHello(c.first):
		if hello := tlswire.ReadHello(bytes.NewReader(c.first)); hello != nil {
			c.seen.Hello, c.first = hello, nil
			return
		}
		c.seen.Hello = &evidence.Hello{} // so far
	case tlswire.IsMessage(c.first):
		c.seen.Clear = true
	}
	if len(c.first) > maxHello {
		c.first = nil
	}
}

// catchUp waits until each connection that a client has made is in the record, which may be after the client has gone.
// Those that wait for a server are none of the record yet. The caller holds the lock.
func (r *relay) catchUp(ctx context.Context) {
	idle := false
	r.listener.WhenIdle(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		idle = true
		r.mu.Broadcast()
	})
	r.mu.Wait(ctx, func() bool { return idle || r.target == "" || r.broken != nil || r.over(r.listener) })
}

// record waits until the client has ended every connection, or ctx is done, and returns them.
func (r *relay) record(ctx context.Context) (conns []relayed, open int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp(ctx)
	r.mu.Wait(ctx, func() bool { return r.open == 0 })
	for _, c := range r.conns {
		copied := *c
		if copied.seen.TLS = tlswire.Completed(&c.client, &c.server); copied.seen.TLS != "" {
			copied.seen.Cipher, copied.seen.Group = c.server.Chosen()
		}
		conns = append(conns, copied)
	}
	return conns, r.open, r.broken
}

// close ends the relay and every connection.
func (r *relay) close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Broadcast()
	err := r.listener.Close()
	if r.away {
		err = nil // it has been closed
	}
	r.mu.Unlock()
	r.cut()
	r.busy.Wait()
	return err
}
