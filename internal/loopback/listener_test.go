package loopback

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A listener is idle once every connection that clients have made, and may have ended, has been noted: not when the
// kernel has handed it out.
func TestWhenIdle(t *testing.T) {
	l, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	ended := make(chan struct{})
	var noted atomic.Int32
	start := make(chan struct{})
	go func() {
		defer close(ended)
		<-start
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
			noted.Add(1)
		}
	}()
	for round := range int32(200) {
		for range 3 {
			c, err := net.Dial("tcp", l.Addr().String())
			require.NoError(t, err)
			require.NoError(t, c.Close())
		}
		if round == 0 {
			close(start) // it has to catch up
		}
		idle := make(chan int32, 1)
		l.WhenIdle(func() { idle <- noted.Load() })
		require.Equal(t, 3*(round+1), <-idle)
	}
	require.NoError(t, l.Close())
	<-ended
	l.WhenIdle(func() { t.Error("nobody accepts any more") })
}

// Who waits does not change what a listener accepts.
func TestIdleListenerAccepts(t *testing.T) {
	l, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	accepted := make(chan error, 1)
	idle := make(chan struct{})
	l.WhenIdle(func() { close(idle) })
	go func() {
		_, err := l.Accept()
		accepted <- err
	}()
	<-idle
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, <-accepted)
	require.NoError(t, l.Close())
}
