package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
	"github.com/mongotls/mongotls/scenarios"
)

// In whatever order attempts ask for modes, each gets a server in its own, and what a raise can do costs no start.
func TestServersAreRaised(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	started := map[*instance]bool{}
	for _, mode := range []scenarios.Mode{scenarios.AllowTLS, scenarios.AllowTLS, scenarios.PreferTLS,
		scenarios.RequireTLS, scenarios.RequireTLS} {
		s := visitTo(t, b, good(t, w, mode))
		started[s.mongod] = true
		require.Equal(t, mode, s.mongod.mode)
		require.NoError(t, s.Close())
	}
	require.Len(t, started, 1)
	for _, mode := range []scenarios.Mode{scenarios.PreferTLS, scenarios.Disabled} {
		s := visitTo(t, b, good(t, w, mode))
		started[s.mongod] = true
		require.Equal(t, mode, s.mongod.mode)
		require.NoError(t, s.Close())
	}
	require.Len(t, started, 3)
	require.Equal(t, mongod.Default.Version, b.Info().Version)
}

// A server is nobody's whose plan has another shape, and nobody's after an attempt that leaves it other than it was.
func TestServersAreNotMixedUp(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	visit := func(change func(*Plan)) *instance {
		p := good(t, w, scenarios.AllowTLS)
		change(&p)
		v := visitTo(t, b, p)
		m := v.mongod
		require.NoError(t, v.Close())
		return m
	}
	first := visit(func(*Plan) {})
	require.NotSame(t, first, visit(func(p *Plan) { p.Config.DisabledProtocols = "none" }))
	require.Same(t, first, visit(func(p *Plan) { p.Once = true }))
	_, ended := first.exit()
	require.True(t, ended)
	require.NotSame(t, first, visit(func(*Plan) {}))
}

// The record joins the wire and the log: the same two connections of a driver, with what they were asked and answered.
func TestVisitSeesBothWitnesses(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan := good(t, w, scenarios.RequireTLS)
	s := visitTo(t, b, plan)
	ping(t, s, "/?tls=true&tlsCAFile="+plan.Config.CAFile, true)
	seen := seenBy(t, s)
	require.Zero(t, seen.Open)
	served := map[string]bool{}
	for _, c := range finished(t, seen) {
		require.Equal(t, "1.3", c.TLS)
		require.Equal(t, "localhost", c.Hello.SNI)
		require.Empty(t, c.Cause)
		for _, cmd := range c.Commands {
			served[cmd.Name] = true
		}
	}
	require.True(t, served["ping"], served)
	require.NoError(t, s.Close())

	s = visitTo(t, b, plan) // the same server
	ping(t, s, "/", false)
	seen = seenBy(t, s)
	for _, c := range finished(t, seen) {
		require.True(t, c.Clear)
		require.Empty(t, c.Commands)
		require.Equal(t, evidence.PlainOnTLSOnly, c.Cause)
	}
	require.NotContains(t, strings.Join(seen.Log, "\n"), `"ping"`, "lines of an earlier attempt")
	require.NoError(t, s.Close())
}

// Users are there before the first client comes, and the server can still be raised.
func TestUsersAreCreated(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan := good(t, w, scenarios.RequireTLS)
	plan.Config.Authorization = true
	plan.Users = []mongod.User{{DB: "admin", Name: "app", Password: "secret", Roles: []string{"readWrite@test"}},
		{DB: "$external", Name: "CN=client,OU=clients,O=mongotls", Roles: []string{"readWrite@test"}}}
	s := visitTo(t, b, plan)
	ping(t, s, "/?tls=true&authSource=admin&tlsCAFile="+plan.Config.CAFile, true, options.Credential{Username: "app",
		Password: "secret", AuthSource: "admin"})
	ping(t, s, "/?tls=true&authSource=admin&tlsCAFile="+plan.Config.CAFile, false, options.Credential{Username: "app",
		Password: "wrong", AuthSource: "admin"})
	require.NoError(t, s.Close())
}

// A server that dies under an attempt makes its record untrustworthy; the next attempt gets another server.
func TestServerThatDiesIsAFault(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan := good(t, w, scenarios.AllowTLS)
	s := visitTo(t, b, plan)
	first := s.mongod
	require.NoError(t, first.process.(*localProcess).cmd.Process.Kill())
	<-first.process.(*localProcess).done
	ping(t, s, "/", false)
	_, err := s.Seen(servertest.Within(t))
	require.ErrorContains(t, err, "the server cannot be reached")
	require.NoError(t, s.Close())
	s = visitTo(t, b, plan)
	require.NotSame(t, first, s.mongod)
	require.NoDirExists(t, first.process.(*localProcess).dir)
	ping(t, s, "/", true)
	require.NoError(t, s.Close())
}

// A server that is killed in the middle of a restart, before it has gone or after it came back, leaves the staged
// record or none that can be trusted; and nothing else.
func TestServerThatIsKilledInMidStep(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan, next := good(t, w, scenarios.AllowTLS), good(t, w, scenarios.AllowTLS)
	for _, when := range []string{"before it has gone", "after it came back"} {
		t.Run(when, func(t *testing.T) {
			d, err := b.Open(servertest.Within(t), one(plan, next))
			require.NoError(t, err)
			g := d.(*group)
			first := g.now(g.members[0]).process.(*localProcess)
			killed := first
			ping(t, d, "/", true)
			if when == "after it came back" {
				_, err := g.Played(servertest.Within(t))
				require.NoError(t, err)
				killed = g.now(g.members[0]).process.(*localProcess)
				require.NotSame(t, first, killed)
			}
			_ = killed.cmd.Process.Kill() // the first may have ended by then
			<-killed.done
			seen, err := d.Seen(servertest.Within(t))
			if err == nil {
				require.True(t, seen.Served())
			} else {
				require.Regexp(t, "the server (ended|cannot be reached)|log does not", err.Error())
			}
			if when == "after it came back" {
				require.Error(t, err)
			}
			require.NoError(t, d.Close())
			require.NoDirExists(t, first.dir)
			require.NoDirExists(t, killed.dir)
			again := visitTo(t, b, plan)
			ping(t, again, "/", true)
			require.NoError(t, again.Close())
		})
	}
}

// What a mongod does not start with is said in its own words.
func TestRefusedConfiguration(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan := good(t, w, scenarios.AllowTLS)
	plan.Config.DisabledProtocols = "SSL9"
	_, err := b.Open(servertest.Within(t), one(plan))
	var refused refusedConfiguration
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "this mongod does not start so: Unrecognized disabledProtocols 'SSL9'")
	plan.Config.DisabledProtocols, plan.Config.CertificateKeyFile = "", plan.Config.CAFile
	_, err = b.Open(servertest.Within(t), one(plan))
	require.ErrorContains(t, err, "ended with code 1 before it served")
	require.ErrorContains(t, err, "Can not set up PEM key file")
}

// One shape, one user at a time: who waits is not left out, and a context ends the waiting.
func TestServersAreExclusive(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	plan := good(t, w, scenarios.AllowTLS)
	s := visitTo(t, b, plan)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := b.Open(ctx, one(plan))
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	opened := make(chan Deployment, 1)
	go func() {
		next, err := b.Open(context.WithoutCancel(t.Context()), one(plan))
		if err == nil {
			opened <- next
		}
		close(opened)
	}()
	require.NoError(t, s.Close())
	next := <-opened
	require.NotNil(t, next)
	require.NoError(t, next.Close())
}

// Who waits for a server learns that there will be none.
func TestCloseEndsTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewMongods(Info{}, unused{})
		pool.busy["shape"], pool.running = true, maxRunning
		var err, roomErr error
		go func() { _, _, _, err = pool.reserve(t.Context(), "shape", scenarios.AllowTLS) }()
		go func() { roomErr = pool.makeRoom(t.Context(), 1) }()
		synctest.Wait()
		require.NoError(t, pool.Close())
		synctest.Wait()
		require.EqualError(t, err, "the back end is closed")
		require.NoError(t, roomErr)
	})
}

// unused starts nothing.
type unused struct{ Launcher }

func (unused) Close() error { return nil }

func TestBinaryThatIsNone(t *testing.T) {
	_, err := NewBinary("/nowhere/mongod")
	require.ErrorContains(t, err, "no mongod at /nowhere/mongod: ")
	b, err := NewBinary("/bin/true")
	require.NoError(t, err)
	_, err = b.Open(servertest.Within(t), one(good(t, servertest.World(t), scenarios.AllowTLS)))
	require.ErrorContains(t, err, "the server ended with code 0 before it served; its log ends: nothing")
	require.NoError(t, b.Close())
}

// one is a deployment of one server, which comes back as each of the others.
func one(p Plan, again ...Plan) Layout {
	l := Layout{Members: []Plan{p}}
	for i := range again {
		l.Steps = append(l.Steps, Step{After: i + 1, Restart: &again[i]})
	}
	return l
}

func visitTo(t *testing.T, b *Mongods, p Plan) *visit {
	t.Helper()
	d, err := b.Open(servertest.Within(t), one(p))
	require.NoError(t, err)
	return d.(*visit)
}

func seenBy(t *testing.T, d Deployment) evidence.Seen {
	t.Helper()
	seen, err := d.Seen(servertest.Within(t))
	require.NoError(t, err)
	return seen
}

// finished are the connections that were not cut short by the end of their client, as one of a monitor can be.
func finished(t *testing.T, seen evidence.Seen) []evidence.Connection {
	t.Helper()
	list := slices.DeleteFunc(seen.Connections, func(c evidence.Connection) bool { return !c.Clear && c.TLS == "" })
	require.NotEmpty(t, list)
	return list
}

// ping is a client of the server: does it get through?
func ping(t *testing.T, d Deployment, rest string, through bool, auth ...options.Credential) {
	t.Helper()
	servertest.Ping(t, d.Members()[0].Addr, rest, through, auth...)
}

// What the servers of two plans differ in tells them apart; the mode does not, other than disabled, nor what becomes of
// them.
func TestShape(t *testing.T) {
	w := servertest.World(t)
	base := good(t, w, scenarios.AllowTLS)
	for name, row := range map[string]struct {
		change func(*Plan)
		same   bool
	}{
		"nothing":   {func(*Plan) {}, true},
		"mode":      {func(p *Plan) { p.Config.Mode = scenarios.RequireTLS }, true},
		"name":      {func(p *Plan) { p.Name = "a" }, true},
		"once":      {func(p *Plan) { p.Once = true }, true},
		"disabled":  {func(p *Plan) { p.Config.Mode = scenarios.Disabled }, false},
		"option":    {func(p *Plan) { p.Config.DisabledProtocols = "none" }, false},
		"parameter": {func(p *Plan) { p.Config.SetParameter = map[string]string{"ocspEnabled": "false"} }, false},
		"file":      {func(p *Plan) { p.Config.CAFile = "/other" }, false},
		"users":     {func(p *Plan) { p.Users = []mongod.User{{DB: "admin", Name: "a"}} }, false},
		"expiring": {func(p *Plan) {
			p.Expiring = func(time.Duration) (string, time.Time, error) { return "", time.Time{}, nil }
		}, false},
		"fault": {func(p *Plan) { p.Fault.Close = "accept" }, false},
	} {
		p := base
		row.change(&p)
		require.Equal(t, row.same, base.Shape() == p.Shape(), name)
	}
}

// Whoever runs one server at a time says so when more is asked for.
func TestOneServerAtATime(t *testing.T) {
	for _, plans := range [][]Plan{nil, {{}, {}}} {
		_, err := (&External{}).Open(t.Context(), Layout{Members: plans})
		require.EqualError(t, err, fmt.Sprintf("a deployment of %d servers is asked for; this back end runs one at a time",
			len(plans)))
	}
	_, err := (&External{}).Open(t.Context(), Layout{Members: []Plan{{}}, Steps: []Step{{After: 1, Restart: &Plan{}}}})
	require.EqualError(t, err, "1 steps are asked for; this back end takes none")
}

// The name of a plan is that of its server.
func TestMembersHaveNames(t *testing.T) {
	p := good(t, servertest.World(t), scenarios.AllowTLS)
	p.Name = "a"
	d := visitTo(t, mongods(t), p)
	members := d.Members()
	require.Len(t, members, 1)
	require.Equal(t, "a", members[0].Name)
	require.True(t, members[0].Addr.Addr().IsLoopback())
	require.NoError(t, d.Close())
}
