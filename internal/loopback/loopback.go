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

func init() { next.Store(rand.Uint32N(count)) }

// Connections end soon: nobody has to be asked whether he is alive.
var config = net.ListenConfig{KeepAlive: -1}

// Listen listens on a port of an IP address that nobody has.
func Listen(ip string) (net.Listener, error) {
	if runtime.GOOS != "linux" { // elsewhere a port of all addresses can be taken by one of them unnoticed
		return net.Listen("tcp", net.JoinHostPort(ip, "0"))
	}
	var l net.Listener
	var err error = syscall.EADDRINUSE
	for tries := 0; errors.Is(err, syscall.EADDRINUSE) && tries < count; tries++ {
		port := first + int(next.Add(1)%count)
		l, err = config.Listen(context.Background(), "tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	}
	return l, err
}
