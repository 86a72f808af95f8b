// Package loopback opens ports for servers that come and go by the thousand.
package loopback

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
)

// The ports that are tried lie below those that Linux gives to clients, 32768 and up, and below that of a mongod. There
// the kernel would look among the thousands that ended connections still occupy, and a server that restarts could find
// its port taken by a client.
const (
	first = 10000
	count = 17000
)

var next atomic.Uint32

// Connections end soon: nobody has to be asked whether he is alive.
var config = net.ListenConfig{KeepAlive: -1}

func init() {
	next.Store(rand.Uint32N(count))
	config.SetMultipathTCP(false) // as that of a mongod, and sooner open
}

// Listen listens on a port of an IP address; 0 is one that nobody has.
func Listen(ip string, port int) (*Listener, error) {
	if port != 0 || runtime.GOOS != "linux" { // elsewhere a port of all addresses can be taken by one of them unnoticed
		return listen(ip, port)
	}
	var l *Listener
	var err error = syscall.EADDRINUSE
	for tries := 0; errors.Is(err, syscall.EADDRINUSE) && tries < count; tries++ {
		l, err = listen(ip, first+int(next.Add(1)%count))
	}
	return l, err
}

func listen(ip string, port int) (*Listener, error) {
	l, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	tcp := l.(*net.TCPListener)
	queue, err := tcp.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &Listener{TCPListener: tcp, queue: queue}, nil
}
