package server

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// A server that is to come back does not, once nobody is there to close it.
func TestNoRestartAfterClose(t *testing.T) {
	w := world(t)
	config, next := good(t, w, scenarios.AllowTLS), good(t, w, scenarios.PreferTLS)
	config.Restart = &next
	s, err := NewEmbedded().Open(t.Context(), []Plan{config})
	require.NoError(t, err)
	e := s.(*embedded)
	require.NoError(t, s.Close())
	e.restart(standinOf(next)) // as the answer to a command does, however late
	_, err = net.Dial("tcp", e.addr.String())
	require.Error(t, err, "a server was left")
	_, err = s.Seen(t.Context())
	require.NoError(t, err)
}

// A server comes back on its port, in its new configuration, after the first command of a user. The record is of both.
func TestRestart(t *testing.T) {
	w := world(t)
	config, next := good(t, w, scenarios.AllowTLS), good(t, w, scenarios.RequireTLS)
	config.Restart = &next
	s, err := NewEmbedded().Open(t.Context(), []Plan{config})
	require.NoError(t, err)
	ping(t, s, "/", true)
	e := s.(*embedded)
	back := func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.servers) == 2
	}
	require.Eventually(t, back, 10*time.Second, time.Millisecond)
	ping(t, s, "/", false)
	ping(t, s, "/?tls=true&tlsCAFile="+config.Config.CAFile, true)
	seen := seenBy(t, s)
	require.Zero(t, seen.Open)
	require.Positive(t, seen.CameBack)
	require.NoError(t, s.Close())
}
