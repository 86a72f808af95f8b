package server

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// A server that is to come back does not, once nobody is there to close it.
func TestNoRestartAfterClose(t *testing.T) {
	w := world(t)
	d, err := NewEmbedded().Open(t.Context(), one(good(t, w, scenarios.AllowTLS), good(t, w, scenarios.PreferTLS)))
	require.NoError(t, err)
	s := d.(*standins)
	step := s.steps[0]
	require.NoError(t, d.Close())
	require.NoError(t, s.leave(step)()) // as the answer to a command does, however late
	_, err = net.Dial("tcp", s.members[0].addr.String())
	require.Error(t, err, "a server was left")
	_, err = d.Seen(t.Context())
	require.NoError(t, err)
}

// A server comes back on its port, in its new configuration, after the first command of a user. The record is of both.
func TestRestart(t *testing.T) {
	w := world(t)
	p := good(t, w, scenarios.AllowTLS)
	d, err := NewEmbedded().Open(t.Context(), one(p, good(t, w, scenarios.RequireTLS)))
	require.NoError(t, err)
	ping(t, d, "/", true)
	ping(t, d, "/", false)
	ping(t, d, "/?tls=true&tlsCAFile="+p.Config.CAFile, true)
	seen := seenBy(t, d)
	require.Zero(t, seen.Open)
	require.Positive(t, seen.CameBack)
	require.Len(t, seen.Steps, 1)
	require.NoError(t, d.Close())
}
