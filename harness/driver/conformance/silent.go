package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A silent server takes connections and says nothing.
type silent struct {
	listener net.Listener
	arrived  chan struct{} // closed by the first connection
	all      sync.WaitGroup

	mu     sync.Mutex
	open   []net.Conn
	closed bool
}

func listen() (*silent, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &silent{listener: l, arrived: make(chan struct{})}
	s.all.Go(func() {
		once := sync.OnceFunc(func() { close(s.arrived) })
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			once()
			s.mu.Lock()
			if s.closed {
				_ = c.Close()
			}
			s.open = append(s.open, c)
			s.mu.Unlock()
		}
	})
	return s, nil
}

func (s *silent) ip() string { return "127.0.0.1" }

// uri is a client of this server, with TLS.
func (s *silent) uri(options string) string {
	return fmt.Sprintf("mongodb://localhost:%d/?tls=true&%s", s.listener.Addr().(*net.TCPAddr).Port, options)
}

// reached waits for a connection.
func (s *silent) reached(ctx context.Context) error {
	select {
	case <-s.arrived:
		return nil
	case <-time.After(dialling):
		return errors.New("the server that its URI names was not dialled")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends every connection. It may be called again.
func (s *silent) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for _, c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}
