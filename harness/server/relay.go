package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// A relay stands between the driver and a server that is not ours: what goes over the wire is its record. Each attempt
// has one of its own, so every connection in it belongs to the attempt; its own ports towards the server find the
// server's log lines.
type relay struct {
	listener net.Listener
	// isLast reports whether an answer that is about to be passed on is the server's last, and afterLast is called once it
	// has been. Nil: there is no last one.
	isLast    func(upstream string) bool
	afterLast func()
	pace      *sight.Pace // of connections to the server; nil: as they come

	mu     condition.Mutex
	conns  []*relayed
	open   int    // connections that neither side has ended
	broken error  // the server could not be reached
	target string // the server's address, "" while connections have to wait for one
	closed bool
	busy   sync.WaitGroup
	// markers are the addresses of catchUp's own connections that have not been accepted yet.
	markers map[string]bool
}

// A relayed connection.
type relayed struct {
	seen     evidence.Connection
	upstream string // our address towards the server: what its log calls remote
	over     bool   // one side has ended it
	byServer bool   // the server did
	turns    int    // answers of the server to the client, once both may talk
	asked    bool   // the client has sent since the last of them
	first    []byte // of the client, until they are understood
	client   tlswire.Side
	server   tlswire.Side
	pair     [2]net.Conn
}

// maxHello bounds what is kept of a client's first bytes.
const maxHello = 64 << 10

// How long one side may take to end a connection that the other has ended. A client that is cut off could lose what it
// has not read yet; a server is given no more than it needs.
const (
	clientParting = 2 * time.Second
	serverParting = 250 * time.Millisecond
)

func newRelay(target string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no port for the relay: %w", err)
	}
	return &relay{listener: l, target: target, markers: map[string]bool{}}, nil
}

// start begins to accept.
func (r *relay) start() { r.busy.Go(r.accept) }

// forwardTo names the server that connections from now on, and those that wait for one, are carried to.
func (r *relay) forwardTo(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
	r.mu.Broadcast()
}

// hold makes connections from now on wait for a server.
func (r *relay) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = ""
	r.mu.Broadcast()
}

// cut ends every connection, as a server that stops does.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		r.ended(c, true)
		for _, side := range c.pair {
			_ = side.SetDeadline(time.Now())
		}
	}
}

func (r *relay) addr() *net.TCPAddr { return r.listener.Addr().(*net.TCPAddr) }

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			r.mu.Lock()
			if !r.closed {
				r.broken = errors.Join(r.broken, fmt.Errorf("the relay accepts nobody any more: %w", err))
			}
			clear(r.markers)
			r.mu.Broadcast()
			r.mu.Unlock()
			return
		}
		r.mu.Lock()
		if from := client.RemoteAddr().String(); r.markers[from] {
			delete(r.markers, from)
			r.mu.Broadcast()
			r.mu.Unlock()
			_ = client.Close()
			continue
		}
		r.mu.Wait(context.Background(), func() bool { return r.target != "" || r.closed })
		target, closed := r.target, r.closed
		r.mu.Unlock()
		if closed {
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
		c := &relayed{upstream: server.LocalAddr().String(), pair: [2]net.Conn{client, server}}
		c.seen.Remote = c.upstream
		if !r.add(c) {
			_ = client.Close()
			_ = server.Close()
			return
		}
		r.busy.Go(func() { r.carry(c) })
	}
}

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
	})
	both.Go(func() {
		last := r.copy(client, server, c.answered, func() bool { return r.isLast != nil && r.isLast(c.upstream) })
		if last {
			go r.afterLast()
			_, _ = io.Copy(io.Discard, server) // until it is cut: what else the server says reaches nobody
		}
		r.sideEnded(c, true)
		_ = client.(*net.TCPConn).CloseWrite()
		_ = client.SetReadDeadline(time.Now().Add(clientParting))
	})
	both.Wait()
	_ = client.Close()
	_ = server.Close()
}

// copy copies until one side ends, or what it has just copied was the last; then it returns true.
func (r *relay) copy(to io.Writer, from io.Reader, see func([]byte), last func() bool) bool {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			r.mu.Lock()
			see(buffer[:n])
			r.mu.Unlock()
			over := last != nil && last()
			if _, err := to.Write(buffer[:n]); err != nil || over {
				return over
			}
		}
		if err != nil {
			return false
		}
	}
}

// sideEnded notes who ended the connection: the one whose end comes first.
func (r *relay) sideEnded(c *relayed, byServer bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended(c, byServer)
}

func (r *relay) ended(c *relayed, byServer bool) {
	if c.over {
		return
	}
	c.byServer, c.over = byServer, true
	r.open--
	r.mu.Broadcast()
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

// catchUp waits until each connection that a client has made is accepted, which may be after the client has gone: to a
// client it is there once the kernel has it. They are accepted in their order, so one of our own comes last. Those that
// wait for a server are none of the record yet.
func (r *relay) catchUp(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.target == "" {
		return nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.addr().String()) // it is queued, and waits for the lock
	if err != nil {
		return fmt.Errorf("the relay cannot be reached: %w", err)
	}
	defer func() { _ = conn.Close() }()
	from := conn.LocalAddr().String()
	r.markers[from] = true
	r.mu.Wait(ctx, func() bool { return !r.markers[from] || r.target == "" })
	return nil
}

// record waits until one side has ended every connection, or ctx is done, and returns them.
func (r *relay) record(ctx context.Context) (conns []relayed, open int, err error) {
	err = r.catchUp(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool { return r.open == 0 })
	for _, c := range r.conns {
		copied := *c
		if copied.seen.TLS = tlswire.Completed(&c.client, &c.server); copied.seen.TLS != "" {
			copied.seen.Cipher, copied.seen.Group = c.server.Chosen()
		}
		conns = append(conns, copied)
	}
	return conns, r.open, errors.Join(err, r.broken)
}

// close ends the relay and every connection.
func (r *relay) close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Broadcast()
	r.mu.Unlock()
	err := r.listener.Close()
	r.cut()
	r.busy.Wait()
	return err
}
