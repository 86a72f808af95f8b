package loopback

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Listener can tell when it has caught up with its clients: for a client, a connection is there once the kernel has
// it. One goroutine accepts, and has noted a connection when it calls Accept again.
type Listener struct {
	*net.TCPListener
	queue syscall.RawConn

	mu   sync.Mutex
	idle []func()
}

// Accept is that of a net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		l.tell()
		c, err := l.TCPListener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
		if err := l.SetDeadline(time.Time{}); err != nil {
			return nil, err
		}
	}
}

// WhenIdle makes the goroutine that accepts call f, once each connection that there is has been noted. Where it accepts
// no more, nobody calls f.
func (l *Listener) WhenIdle(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, f)
	_ = l.SetDeadline(time.Now()) // ends the Accept of now; an error if it is closed
}

// tell calls those who wait until it is idle, if it is.
func (l *Listener) tell() {
	l.mu.Lock()
	var idle []func()
	if len(l.idle) > 0 && !l.waits() {
		idle, l.idle = l.idle, nil
	}
	l.mu.Unlock()
	for _, f := range idle {
		f()
	}
}

// waits reports whether a connection waits to be accepted.
func (l *Listener) waits() bool {
	queue := []unix.PollFd{{Events: unix.POLLIN}}
	_ = l.queue.Control(func(fd uintptr) { // an error if it is closed
		queue[0].Fd = int32(fd)
		for {
			if _, err := unix.Poll(queue, 0); !errors.Is(err, unix.EINTR) {
				return
			}
		}
	})
	return queue[0].Revents != 0
}
