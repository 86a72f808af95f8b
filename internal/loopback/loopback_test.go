package loopback

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListen(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		l, err := Listen("127.0.0.1", 0)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, l.Close()) })
		require.False(t, seen[l.Addr().String()])
		seen[l.Addr().String()] = true
	}
}

func TestPortOfAnother(t *testing.T) {
	l, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	next.Store(uint32(port - first - 1)) // so that the same is tried first
	other, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	defer other.Close()
	require.NotEqual(t, port, other.Addr().(*net.TCPAddr).Port)
}

func TestNoSuchAddress(t *testing.T) {
	_, err := Listen("192.0.2.1", 0)
	require.Error(t, err)
}
