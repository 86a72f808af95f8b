package embedded

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
	"github.com/mongotls/mongotls/scenarios"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server that is to come back does not, once nobody is there to close it.
func TestNoRestartAfterClose(t *testing.T) {
	s, again := restarted(t, servertest.World(t), scenarios.AllowTLS, scenarios.PreferTLS)
	require.NoError(t, s.Close())
	require.NoError(t, s.Leave(again)()) // as the answer to a command does, however late
	_, err := net.Dial("tcp", s.members[0].addr.String())
	require.Error(t, err, "a server was left")
	_, err = s.Seen(t.Context())
	require.NoError(t, err)
}

// A server comes back on its port, in its new configuration, after the first command of a user. The record is of both.
func TestRestart(t *testing.T) {
	s, again := restarted(t, servertest.World(t), scenarios.AllowTLS, scenarios.RequireTLS)
	at := s.Members()[0].Addr
	servertest.Ping(t, at, "/", true)
	servertest.Ping(t, at, "/", false)
	servertest.Ping(t, at, "/?tls=true&tlsCAFile="+again.Restart.Config.CAFile, true)
	seen, err := s.Seen(servertest.Within(t))
	require.NoError(t, err)
	require.Zero(t, seen.Open)
	require.Positive(t, seen.CameBack)
	require.Len(t, seen.Steps, 1)
	require.NoError(t, s.Close())
}

// The name of a plan is that of its server.
func TestMembersHaveNames(t *testing.T) {
	p := good(t, servertest.World(t), scenarios.AllowTLS)
	p.Name = "a"
	d, err := New().Open(t.Context(), server.Layout{Members: []server.Plan{p}})
	require.NoError(t, err)
	members := d.Members()
	require.Len(t, members, 1)
	require.Equal(t, "a", members[0].Name)
	require.True(t, members[0].Addr.Addr().IsLoopback())
	require.NoError(t, d.Close())
}

// good is a good server.
func good(t *testing.T, w *fixtures.World, mode scenarios.Mode) server.Plan {
	t.Helper()
	return server.Plan{Config: servertest.Good(t, w, mode)}
}

// restarted is a server that comes back in another mode after the first operation, and that step.
func restarted(t *testing.T, w *fixtures.World, mode, next scenarios.Mode) (*standins, server.Step) {
	t.Helper()
	p := good(t, w, next)
	again := server.Step{After: 1, Restart: &p}
	d, err := New().Open(t.Context(), server.Layout{Members: []server.Plan{good(t, w, mode)},
		Steps: []server.Step{again}})
	require.NoError(t, err)
	return d.(*standins), again
}
