package matrix

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/server/container"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// asMongod makes this test binary a mongod: the stand-in as a program. It is a file that gets a line at each start.
const asMongod = "MONGOTLS_TEST_MONGOD"

// Whatever a mongod can be brought into ends the same way in this process and in one of its own, whose log and wire are
// all that is known of it.
func TestBinaryAgreesWithEmbedded(t *testing.T) {
	o, _ := binary(t)
	o.Run = []string{"mode", "uri", "mtls", "x509", "crl", "ocsp/t*", "time"}
	agree(t, o)
}

// Cases whose servers are equal share one, but for those that leave it other than it was.
func TestEqualServersAreShared(t *testing.T) {
	o, starts := binary(t)
	o.Run = []string{"mode", "mtls", "rot"}
	cases := len(results(t, o, nil))
	shared, alone := serversOf(t, o)
	require.LessOrEqual(t, starts(), shared+alone)
	t.Logf("%d starts for %d cases; %d servers are shared", starts(), cases, shared)
}

// binary are the options of a run whose mongods are this test binary, and how often one has started.
func binary(t *testing.T) (o Options, starts func() int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "starts")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	t.Setenv(asMongod, path)
	self, err := os.Executable()
	require.NoError(t, err)
	return Options{Backend: "binary", Mongod: self, Seed: 1}, func() int {
		lines, err := os.ReadFile(path)
		require.NoError(t, err)
		return strings.Count(string(lines), "\n")
	}
}

// serversOf counts the servers that a run cannot do without: one for each shape, or for each mode of one that cannot be
// raised; and one for each case that changes its own, two if it comes back as another.
func serversOf(t *testing.T, o Options) (shared, alone int) {
	t.Helper()
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	shapes := map[string]bool{}
	for _, c := range s.engine.WithControls(s.chosen) {
		if s.engine.Attempts.Backend.Cannot(c) != "" {
			continue
		}
		plan, err := attempt.PlanOf(s.engine.Attempts.World, s.engine.Attempts.Backend.Info(), c)
		require.NoError(t, err)
		if c.Scenario.Restarts() {
			alone++
		}
		if plan.Once || c.Scenario.Restarts() {
			alone++
			continue
		}
		name := plan.Shape()
		if fixed := plan.Config.Authorization || plan.Config.ClusterAuthMode != ""; fixed && len(plan.Users) == 0 {
			name += string(plan.Config.Mode)
		}
		shapes[name] = true
	}
	return len(shapes), alone
}

// A mode in between is one that a server is raised to, which the other tests of containers do.
func TestContainersAgreeWithEmbedded(t *testing.T) {
	agree(t, Options{Backend: "container", Image: containerImage(t), Seed: 1, Modes: []string{"disabled", "requireTLS"}})
	require.Empty(t, ownContainers(t))
}

// agree runs the same cases through both and compares them one by one.
func agree(t *testing.T, o Options) {
	t.Helper()
	theirs := results(t, o, nil)
	var chosen []harness.Case
	for _, r := range theirs {
		chosen = append(chosen, r.Case)
	}
	ours := same(t, chosen)
	compared := 0
	for i, a := range ours {
		b := theirs[i]
		require.Equal(t, a.Case.ID, b.Case.ID)
		if len(b.Attempts) == 0 || b.Verdict.Kind == harness.Unsupported && strings.HasPrefix(b.Verdict.Why, "its control") {
			continue // no mongod can be this, or its control
		}
		compared++
		require.Equal(t, a.Verdict.Kind, b.Verdict.Kind, "%s: %s; here: %s", a.Case.ID, b.Verdict.Why, a.Verdict.Why)
		require.Equal(t, a.Verdict.Reason, b.Verdict.Reason, a.Case.ID)
	}
	require.Greater(t, compared, len(ours)*2/3)
	t.Logf("%d of %d cases compared", compared, len(ours))
}

// results runs cases; each may interfere.
func results(t *testing.T, o Options, each func(Result)) []Result {
	t.Helper()
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	if each == nil {
		each = func(Result) {}
	}
	all := s.engine.All(t.Context(), s.chosen, 0, o.Seed, each)
	require.NoError(t, s.Close())
	return all
}

// A container that is killed in mid-run makes cases inconclusive or leaves them as they are, never wrong; the run goes
// on with others, and leaves nothing behind.
func TestContainersThatAreKilled(t *testing.T) {
	image := containerImage(t)
	engine, err := client.New(client.FromEnv)
	require.NoError(t, err)
	defer engine.Close()
	var n atomic.Int32
	all := results(
		t,
		Options{Backend: "container", Image: image, Seed: 1, Run: []string{"mode", "mtls", "trust"}},
		func(Result) {
			if n.Add(1)%15 != 5 {
				return
			}
			for _, id := range ownContainers(t) {
				_, _ = engine.ContainerKill(t.Context(), id, client.ContainerKillOptions{Signal: "KILL"}) // it may be gone
			}
		},
	)
	conforming := 0
	for _, r := range all {
		require.NotEqual(t, harness.Violates, r.Verdict.Kind, "%s: %s", r.Case.ID, r.Verdict.Why)
		if r.Verdict.Kind == harness.Conforms {
			conforming++
		}
	}
	require.Greater(t, conforming, len(all)/2)
	require.Empty(t, ownContainers(t))
}

// ownContainers are those of this process.
func ownContainers(t *testing.T) (ids []string) {
	t.Helper()
	engine, err := client.New(client.FromEnv)
	require.NoError(t, err)
	defer engine.Close()
	found, err := engine.ContainerList(
		context.WithoutCancel(t.Context()),
		client.ContainerListOptions{
			All:     true,
			Filters: make(client.Filters).Add("label", container.OwnerLabel+"="+container.Owner()),
		},
	)
	require.NoError(t, err)
	for _, c := range found.Items {
		ids = append(ids, c.ID)
	}
	return ids
}

// containerImage is the image of the tests with containers, which run when they are asked for: they take minutes.
func containerImage(t *testing.T) string {
	t.Helper()
	required.Asked(t, "docker", "containers, with the image that MONGOTLS_IMAGE names")
	image := os.Getenv("MONGOTLS_IMAGE")
	require.NotEmpty(t, image, "MONGOTLS_IMAGE names the image of the stand-in: make image")
	return image
}

// An engine that is not there, or does not answer, and an image that nobody has, are one sentence each, soon.
func TestNoContainers(t *testing.T) {
	wedged := filepath.Join(t.TempDir(), "wedged.sock")
	l, err := net.Listen("unix", wedged)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	for host, says := range map[string]string{
		"unix:///nowhere.sock": "no Docker engine at unix:///nowhere.sock: it is not running, or may not be used; start it, or set DOCKER_HOST to another",
		"unix://" + wedged:     "no Docker engine at unix://" + wedged + ": it does not answer within 2s; start it, or set DOCKER_HOST to another",
		"nonsense":             "no Docker engine: ",
	} {
		t.Setenv("DOCKER_HOST", host)
		_, err := Open(t.Context(), Options{Backend: "container"})
		require.ErrorContains(t, err, says)
		require.True(t, usage.Is(err))
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestImageThatNobodyHas(t *testing.T) {
	containerImage(t)
	_, err := Open(t.Context(), Options{Backend: "container", Image: "mongotls-nobody-has-this:1"})
	require.ErrorContains(t, err, "the image mongotls-nobody-has-this:1 is neither here nor can it be pulled: ")
	require.NotContains(t, err.Error(), "\n")
}
