package embedded

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
	"github.com/mongotls/mongotls/scenarios"
)

// pair is a set of two, whose client is led through the steps.
func pair(t *testing.T, steps ...server.Step) (*standins, *mongo.Collection) {
	t.Helper()
	w := servertest.World(t)
	l := server.Layout{Steps: steps}
	for _, name := range []string{"a", "b"} {
		p := good(t, w, scenarios.AllowTLS)
		p.Name, p.Seat = name, &server.Seat{Role: scenarios.Secondary, Host: "localhost", Me: "localhost"}
		if name == "a" {
			p.Seat.Role = scenarios.Primary
		}
		l.Members = append(l.Members, p)
	}
	d, err := New().Open(t.Context(), l)
	require.NoError(t, err)
	s := d.(*standins)
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + s.at(0, "localhost") +
		"/?replicaSet=rs&heartbeatFrequencyMS=500").SetServerSelectionTimeout(10 * time.Second))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, client.Disconnect(servertest.Within(t)))
		require.NoError(t, s.Close())
	})
	return s, client.Database("test").Collection("c")
}

// A member that is elected while the client works is where its next write goes.
func TestElection(t *testing.T) {
	s, c := pair(t, server.Step{After: 1, Member: 1, Elect: true})
	_, err := c.Find(servertest.Within(t), bson.D{})
	require.NoError(t, err)
	_, err = c.InsertOne(servertest.Within(t), bson.D{})
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, 1, s.leader)
	require.False(t, s.told(0).Leads)
	require.True(t, s.told(1).Leads)
}

// A primary that comes back without having heard of its successor's election tells of its own, which is an earlier one.
func TestStalePrimary(t *testing.T) {
	s, c := pair(t, server.Step{After: 1, Member: 1, Elect: true})
	_, err := c.Find(servertest.Within(t), bson.D{})
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[0].stale = true
	old, now := s.told(0), s.told(1)
	require.True(t, old.Leads)
	require.True(t, now.Leads)
	require.Equal(t, old.Me, old.Primary)
	require.Negative(t, bytes.Compare(old.Election[:], now.Election[:]))
	s.elect(1)
	require.False(t, s.told(0).Leads)
}

// Steps come after the operation that they are to come after, while its answer is held, and in their order.
func TestSteps(t *testing.T) {
	done := 0
	says := func(n int) func(context.Context) error {
		return func(context.Context) error {
			require.Equal(t, n, done)
			done++
			return nil
		}
	}
	s, c := pair(t, server.Step{After: 1, Do: says(0)}, server.Step{After: 1, Do: says(1)},
		server.Step{After: 2, Do: says(2)})
	for _, want := range []int{2, 3, 3} {
		_, err := c.Find(servertest.Within(t), bson.D{})
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
	happened, err := s.Played(servertest.Within(t))
	require.NoError(t, err)
	require.Len(t, happened, 3)
}
