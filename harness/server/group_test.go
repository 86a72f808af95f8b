package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/scenarios"
)

// trio is a set of mongods over TLS, and what happens to it.
func trio(t *testing.T, b *Mongods, w *fixtures.World, steps ...Step) (*group, Plan) {
	t.Helper()
	if why := b.launch.NoNames(); why != "" {
		required.OrSkip(t, "namespaces", why)
	}
	key, _, err := w.KeyFile(pki.Server, pki.Leaf{DNS: []string{"*.example.test"}}, pki.KeyForm{})
	require.NoError(t, err)
	ca, err := w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	plan := Plan{Config: mongod.Config{Mode: scenarios.PreferTLS, CertificateKeyFile: key, CAFile: ca,
		AllowConnectionsWithoutCertificates: true}}
	l := Layout{Steps: steps}
	for i, name := range []string{"a", "b", "c"} {
		p := plan
		p.Name, p.Seat = name, &Seat{Role: scenarios.Secondary, Host: name + ".example.test"}
		if i == 0 {
			p.Seat.Role = scenarios.Primary
		}
		l.Members = append(l.Members, p)
	}
	for i, step := range l.Steps {
		if step.Restart != nil {
			l.Steps[i].Restart = &plan
		}
	}
	d, err := b.Open(servertest.Within(t), l)
	require.NoError(t, err)
	return d.(*group), plan
}

// A set of mongods is one to clients: they find its members by the names that they are told, each by its relay, while
// members come back, step down, get other names and modes; and whatever it was, nothing of it is left.
func TestSetOfMongods(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	t.Setenv("TMPDIR", t.TempDir())
	g, plan := trio(t, b, w, Step{After: 1, Member: 2, Restart: &Plan{}}, Step{After: 2, Member: 1, Elect: true},
		Step{After: 3, Member: 0, Rename: "d.example.test"}, Step{After: 3, Member: 1, Raise: scenarios.RequireTLS},
		Step{After: 4, Member: 1, Restart: &Plan{}, Down: 10 * time.Millisecond})
	var seeds []string
	for _, name := range []string{"a", "b", "c"} {
		seeds = append(seeds, fmt.Sprintf("%s.example.test:%d", name, g.Members()[len(seeds)].Addr.Port()))
	}
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + strings.Join(seeds, ",") +
		"/?replicaSet=rs&heartbeatFrequencyMS=500&tls=true&tlsCAFile=" + plan.Config.CAFile).SetDialer(toLoopback{}))
	require.NoError(t, err)
	for i := range 5 {
		_, err := client.Database("test").Collection("c").InsertOne(servertest.Within(t), bson.D{})
		require.NoError(t, err, "write %d", i)
	}
	require.NoError(t, client.Disconnect(context.Background()))
	seen := seenBy(t, g)
	require.Len(t, seen.Steps, 5)
	lives, writes := map[string]int{}, map[string]int{}
	for _, c := range seen.Connections {
		lives[c.Member] = max(lives[c.Member], c.Run)
		for _, command := range c.Commands {
			if command.Name == "insert" && command.Code == 0 {
				writes[c.Member]++
			}
		}
	}
	require.Equal(t, map[string]int{"a": 0, "b": 1, "c": 1}, lives)
	require.Equal(t, map[string]int{"a": 2, "b": 3}, writes)
	require.Equal(t, "d.example.test", g.members[0].plan.Seat.Host)
	var left []string
	for _, m := range g.members {
		for _, l := range m.lives {
			left = append(left, l.process.(*localProcess).dir)
		}
		left = append(left, m.home.Data)
	}
	require.NoError(t, g.Close())
	for _, dir := range append(left, g.dir) {
		require.NoDirExists(t, dir)
	}
	require.Zero(t, b.running)
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "mongotls-*"))
	require.NoError(t, err)
	require.Empty(t, files)
}

// A set that is given up before it stands, and one that is closed in the middle of a step, leave nothing.
func TestSetThatIsGivenUp(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	t.Setenv("TMPDIR", t.TempDir())
	began := make(chan struct{})
	g, _ := trio(t, b, w, Step{After: 1, Do: func(context.Context) error { close(began); return errors.New("no") }},
		Step{After: 1, Member: 2, Restart: &Plan{}})
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + g.members[0].relay.addr().String() +
		"/?directConnection=true&serverSelectionTimeoutMS=500"))
	require.NoError(t, err)
	go func() { _ = client.Ping(context.WithoutCancel(t.Context()), nil) }()
	<-began
	require.NoError(t, g.Close())
	_ = client.Disconnect(context.Background())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Open(ctx, Layout{Members: []Plan{g.members[0].plan, g.members[1].plan}})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, b.running)
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "mongotls-*"))
	require.NoError(t, err)
	require.Empty(t, files)
}

// A member that is killed before a step or after it, whoever it is, leaves a record of what was staged or an error, and
// nothing else.
func TestMembersAreKilled(t *testing.T) {
	w, b := servertest.World(t), mongods(t)
	t.Setenv("TMPDIR", t.TempDir())
	for what, step := range map[string]Step{"restart": {After: 1, Member: 2, Restart: &Plan{}},
		"election": {After: 1, Member: 1, Elect: true}} {
		for victim := range 3 {
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %d, before: %t", what, victim, before), func(t *testing.T) {
					killed(t, b, w, step, victim, before)
				})
			}
		}
	}
}

func killed(t *testing.T, b *Mongods, w *fixtures.World, step Step, victim int, before bool) {
	var g *group
	kill := Step{After: 1, Do: func(context.Context) error {
		p := g.now(g.members[victim]).process.(*localProcess)
		err := p.cmd.Process.Kill()
		<-p.done
		return err
	}}
	steps := []Step{kill, step}
	if !before {
		steps = []Step{step, kill}
	}
	g, _ = trio(t, b, w, steps...)
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + g.members[0].relay.addr().String() +
		"/?directConnection=true&timeoutMS=500"))
	require.NoError(t, err)
	_ = client.Ping(t.Context(), nil) // whatever comes of it
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	_ = client.Disconnect(ctx)
	seen, err := g.Seen(ctx)
	reached := slices.ContainsFunc(seen.Connections, func(c evidence.Connection) bool {
		return slices.ContainsFunc(c.Commands, evidence.CommandSeen.OfUser)
	})
	if err == nil && (reached || len(seen.Steps) > 0) { // on a busy machine the ping may run out of time before it begins
		require.Len(t, seen.Steps, len(steps))
	}
	require.NoError(t, g.Close())
	left := []string{g.dir}
	for _, m := range g.members {
		for _, l := range m.lives {
			left = append(left, l.process.(*localProcess).dir)
		}
		left = append(left, m.home.Data)
	}
	for _, dir := range left {
		require.NoDirExists(t, dir)
	}
	require.Zero(t, b.running)
}

// toLoopback leads every name to 127.0.0.1.
type toLoopback struct{}

func (toLoopback) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}
