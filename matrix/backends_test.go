package matrix

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server/container"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// asMongod makes this test binary a mongod: the stand-in as a program. It is a file that gets a line at each start.
const asMongod = "MONGOTLS_TEST_MONGOD"

// Whatever a mongod can be brought into ends the same way in this process and in one of its own, whose log and wire are
// all that is known of it.
func TestBinaryAgreesWithEmbedded(t *testing.T) {
	t.Parallel()
	o, _ := binary(t)
	o.Run = []string{"uri", "x509", "crl", "ocsp/t*", "time"}
	agree(t, results(t, o, nil))
}

// besides is more than the servers of controls that late cases ask for, each beside its turn.
const besides = 8

// So does what else there is of one server; and cases whose servers are equal share one, but for those that leave it
// other than it was. It runs beside no other test, for those that are late.
func TestEqualServersAreShared(t *testing.T) {
	o, starts := binary(t)
	o.Run = []string{"mode", "mtls", "rot"}
	ran, again := results(t, o, nil), 0
	agree(t, ran)
	for _, r := range ran {
		again += max(0, len(r.Attempts)-1) // in doubt, which may need a server of its own, two if it restarts
	}
	shared, alone := serversOf(t, o)
	require.LessOrEqual(t, starts(), shared+alone+2*again+besides)
	t.Logf("%d starts for %d cases; %d servers are shared", starts(), len(ran), shared)
}

// together are cases of servers that belong together, or to which something happens: each way to set one up, and each
// kind of step that a mongod of any release can take.
var together = []string{"set/one-certificate/requireTLS", "set/horizon-of-inner-names/requireTLS",
	"set/bad-secondary@name/requireTLS", "set/primary-given-certificate/requireTLS", "journey/renewal/requireTLS",
	"journey/renamed/requireTLS", "journey/rollout/disabled", "journey/away/requireTLS",
	"journey/responder-lost-must-staple/requireTLS", "set/hidden-seed/requireTLS", "set/bad-arbiter/requireTLS",
	"journey/login-after-failover/requireTLS", "member/same-attributes*/preferTLS", "member/other-attributes/requireTLS",
	"member/other-ca/requireTLS", "member/for-servers-only/requireTLS", "member/one-still-on-key-file/requireTLS",
	"member/clear-in-allow/allowTLS"}

// Sets of mongods, and what happens to them, end the same way in this process and in processes of their own.
func TestSetsOfBinaryAgreeWithEmbedded(t *testing.T) {
	if err := exec.Command("unshare", "--mount", "--map-root-user", "true").Run(); err != nil {
		required.OrSkip(t, "namespaces", "sets of processes, which take a mount namespace of Linux")
	}
	t.Parallel()
	o, _ := binary(t)
	o.Run = together
	agree(t, results(t, o, nil))
}

// binary are the options of a run whose mongods are this test binary, and how often one has started.
func binary(t *testing.T) (o Options, starts func() int) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	path, mongod := filepath.Join(dir, "starts"), filepath.Join(dir, "mongod")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	script := fmt.Sprintf("#!/bin/sh\nexport %s='%s'\nexec '%s' \"$@\"\n", asMongod, path, self)
	require.NoError(t, os.WriteFile(mongod, []byte(script), 0o700))
	return Options{Backend: "binary", Mongod: mongod, Seed: 1}, func() int {
		lines, err := os.ReadFile(path)
		require.NoError(t, err)
		return strings.Count(string(lines), "\n")
	}
}

// serversOf counts the servers that a run cannot do without: one for each shape, or for each mode of one that cannot be
// raised; and one for each case that changes its own, or has steps, two if it comes back as another.
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
		if plan.Once || c.Scenario.Restarts() || len(c.Scenario.Steps) > 0 {
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

// agree compares what has run elsewhere with the same cases here, one by one.
func agree(t *testing.T, theirs []Result) {
	t.Helper()
	var chosen []harness.Case
	for _, r := range theirs {
		chosen = append(chosen, r.Case)
	}
	ours := same(t, chosen)
	compared := 0
	for i, a := range ours {
		b := theirs[i]
		require.Equal(t, a.Case.ID, b.Case.ID)
		if len(b.Attempts) == 0 || b.Verdict.Kind == evidence.Unsupported && strings.HasPrefix(b.Verdict.Why, "its control") {
			continue // no mongod can be this, or its control
		}
		compared++
		require.Equal(t, a.Verdict.Kind, b.Verdict.Kind, "%s: %s; here: %s", a.Case.ID, b.Verdict.Why, a.Verdict.Why)
		if len(a.Case.Scenario.Expect.Reasons) < 2 { // which of several it is may be chance
			require.Equal(t, a.Verdict.Reason, b.Verdict.Reason, a.Case.ID)
		}
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

// Containers are counted, and killed, by whose they are, so one test of them runs after another.
func TestContainers(t *testing.T) {
	t.Parallel()
	o := Options{Backend: "container", Image: containerImage(t), Seed: 1}

	// What a container is told, and is given, in each way; make containers runs the whole matrix.
	t.Run("agree with embedded", func(t *testing.T) {
		o := o
		o.Modes = []string{"disabled", "requireTLS"}
		o.Run = []string{"mode", "mtls", "crl", "rot", "time", "x509/s*", "ocsp/t*"}
		agree(t, results(t, o, nil))
		require.Empty(t, ownContainers(t))
	})

	t.Run("sets agree with embedded", func(t *testing.T) {
		o := o
		o.Run = together
		agree(t, results(t, o, nil))
		require.Empty(t, ownContainers(t))
		require.Empty(t, ownVolumes(t))
	})

	// One that is killed in mid-run makes cases inconclusive or leaves them as they are, never wrong; the run goes on with
	// others, and leaves nothing behind.
	t.Run("that are killed", func(t *testing.T) {
		engine, err := client.New(client.FromEnv)
		require.NoError(t, err)
		defer engine.Close()
		o := o
		o.Modes = []string{"allowTLS", "requireTLS"}
		o.Run = []string{"mode", "mtls", "trust"}
		var n, killed atomic.Int32
		all := results(t, o, func(Result) {
			if n.Add(1)%15 != 5 {
				return
			}
			for _, id := range ownContainers(t) {
				if _, err := engine.ContainerKill(t.Context(), id, client.ContainerKillOptions{Signal: "KILL"}); err == nil {
					killed.Add(1) // or it is gone
				}
			}
		})
		require.Positive(t, killed.Load())
		conforming := 0
		for _, r := range all {
			require.NotEqual(t, evidence.Violates, r.Verdict.Kind, "%s: %s", r.Case.ID, r.Verdict.Why)
			if r.Verdict.Kind == evidence.Conforms {
				conforming++
			}
		}
		require.Greater(t, conforming, len(all)/2)
		require.Empty(t, ownContainers(t))
	})

	t.Run("of an image that nobody has", func(t *testing.T) {
		_, err := Open(t.Context(), Options{Backend: "container", Image: "mongotls-nobody-has-this:1"})
		require.ErrorContains(t, err, "the image mongotls-nobody-has-this:1 is neither here nor can it be pulled: ")
		require.NotContains(t, err.Error(), "\n")
	})
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

// ownVolumes are those of this process.
func ownVolumes(t *testing.T) (names []string) {
	t.Helper()
	engine, err := client.New(client.FromEnv)
	require.NoError(t, err)
	defer engine.Close()
	found, err := engine.VolumeList(t.Context(), client.VolumeListOptions{
		Filters: make(client.Filters).Add("label", container.OwnerLabel+"="+container.Owner())})
	require.NoError(t, err)
	for _, v := range found.Items {
		names = append(names, v.Name)
	}
	return names
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
