package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A relay stands between the driver and a server that is not ours: what goes over the wire is its record. Each attempt has
// one of its own, so every connection in it belongs to the attempt; its own ports towards the server find the server's log
// lines.
type relay struct {
	listener net.Listener
	// leaves is asked before an answer is passed on: is it the server's last? left is called after that. Nil: it stays.
	leaves func(upstream string) bool
	left   func()

	mu     sync.Mutex
	conns  []*relayed
	open   int           // connections that neither side has ended
	ended  chan struct{} // closed and replaced whenever a connection ends
	broken error         // the server could not be reached
	target string
	gate   chan struct{} // closed while there is a server
	busy   sync.WaitGroup
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
	client   reading
	server   reading
	pair     [2]net.Conn
}

// maxHello bounds what is kept of a client's first bytes.
const maxHello = 64 << 10

// How long one side may take to end a connection that the other has ended. A client that is cut off could lose what it has
// not read yet; a server is given no more than it needs.
const (
	clientParting = 2 * time.Second
	serverParting = 250 * time.Millisecond
)

func newRelay(target string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no port for the relay: %w", err)
	}
	r := &relay{listener: l, ended: make(chan struct{}), gate: make(chan struct{})}
	r.aim(target)
	return r, nil
}

// start begins to accept.
func (r *relay) start() { r.busy.Go(r.accept) }

// aim lets connections through to a server, away makes them wait for one.
func (r *relay) aim(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
	select {
	case <-r.gate:
	default:
		close(r.gate)
	}
}

func (r *relay) away() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = make(chan struct{})
}

// cut ends every connection.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
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
			return // closed
		}
		r.mu.Lock()
		gate := r.gate
		r.mu.Unlock()
		<-gate
		r.mu.Lock()
		target := r.target
		r.mu.Unlock()
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
		r.mu.Lock()
		r.conns = append(r.conns, c)
		r.open++
		r.mu.Unlock()
		r.busy.Go(func() { r.carry(c) })
	}
}

// carry copies both ways until both sides have ended.
func (r *relay) carry(c *relayed) {
	client, server := c.pair[0], c.pair[1]
	var both sync.WaitGroup
	both.Go(func() {
		r.copy(server, client, c.sent, nil)
		r.parted(c, false)
		_ = server.(*net.TCPConn).CloseWrite()
		_ = server.SetReadDeadline(time.Now().Add(serverParting))
	})
	both.Go(func() {
		last := r.copy(client, server, c.answered, func() bool { return r.leaves != nil && r.leaves(c.upstream) })
		if last {
			go r.left()
		}
		r.parted(c, true)
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

// parted notes who ended the connection: the one whose end comes first.
func (r *relay) parted(c *relayed, byServer bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.over {
		return
	}
	c.byServer, c.over = byServer, true
	r.open--
	close(r.ended)
	r.ended = make(chan struct{})
}

// answered reads what the server sends.
func (c *relayed) answered(p []byte) {
	c.server.read(p)
	if c.asked {
		c.turns, c.asked = c.turns+1, false
	}
}

// sent reads what the client sends.
func (c *relayed) sent(p []byte) {
	c.client.read(p)
	c.asked = c.asked || c.seen.Clear || handshaken(&c.client, &c.server) != ""
	if c.seen.Clear || c.seen.Hello != nil && c.first == nil {
		return
	}
	c.first = append(c.first, p...)
	switch {
	case beginsHello(c.first):
		if hello := clientHello(c.first); hello != nil {
			c.seen.Hello, c.first = hello, nil
			return
		}
		c.seen.Hello = &evidence.Hello{} // so far
	case beginsMessage(c.first):
		c.seen.Clear = true
	}
	if len(c.first) > maxHello {
		c.first = nil
	}
}

// record waits until one side has ended every connection, or ctx is done, and returns them.
func (r *relay) record(ctx context.Context) (conns []relayed, open int, err error) {
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
	for _, c := range r.conns {
		copied := *c
		copied.seen.TLS = handshaken(&c.client, &c.server)
		conns = append(conns, copied)
	}
	return conns, r.open, r.broken
}

// close ends the relay and every connection.
func (r *relay) close() error {
	err := r.listener.Close()
	r.cut()
	r.aim("127.0.0.1:1") // whoever still waits
	r.busy.Wait()
	return err
}
