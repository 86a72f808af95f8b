package database

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/replication"
)

// version is topologyVersion as a hello tells it, changed by f.
func (s *Session) version(t *testing.T, f func(bson.D)) bson.D {
	t.Helper()
	version := Field(s.do(t, `admin: {"hello": 1}`), "topologyVersion").(bson.D)
	if f != nil {
		f(version)
	}
	return version
}

func awaitable(version any, limit any) bson.D {
	d := bson.D{{Key: "hello", Value: 1}}
	if version != nil {
		d = append(d, bson.E{Key: "topologyVersion", Value: version})
	}
	if limit != nil {
		d = append(d, bson.E{Key: "maxAwaitTimeMS", Value: limit})
	}
	return d
}

// A hello that knows the topology as it is may be held back, until it changes; any other is answered at once.
func TestHold(t *testing.T) {
	s := connected(t, setup{}, "")
	current := s.version(t, nil)
	limit, changed := s.Hold(awaitable(current, int32(1500)))
	require.Equal(t, 1500*time.Millisecond, limit)
	for name, body := range map[string]bson.D{
		"no version":       {{Key: "hello", Value: 1}},
		"another process":  awaitable(s.version(t, func(d bson.D) { d[0].Value = bson.NewObjectID() }), int32(1500)),
		"no limit":         awaitable(current, nil),
		"no hello":         append(bson.D{{Key: "ping", Value: 1}}, awaitable(current, int32(1500))[1:]...),
		"a version ahead":  awaitable(s.version(t, func(d bson.D) { d[1].Value = int64(1) }), int32(1500)),
		"a negative limit": awaitable(current, int32(-1)),
	} {
		limit, _ := s.Hold(body)
		require.Zero(t, limit, name)
	}
	s.db.Advertise(replication.Set{Name: "rs", Hosts: []string{"a.test:1"}})
	<-changed
	limit, _ = s.Hold(awaitable(current, int32(1500)))
	require.Zero(t, limit, "the topology is another by now")
	require.Equal(t, int64(1), Field(s.version(t, nil), "counter"))
}

// Malformed awaitable hellos are refused.
func TestAwaitableHelloIsRefused(t *testing.T) {
	s := connected(t, setup{}, "")
	current := s.version(t, nil)
	for name, row := range map[string]struct {
		body bson.D
		code int32
	}{
		"no limit":           {awaitable(current, nil), 31368},
		"no version":         {awaitable(nil, int32(1)), 31368},
		"a negative counter": {awaitable(s.version(t, func(d bson.D) { d[1].Value = int64(-1) }), int32(1)), 31372},
		"a counter of text":  {awaitable(s.version(t, func(d bson.D) { d[1].Value = "x" }), int32(1)), 14},
		"a negative limit":   {awaitable(current, int32(-1)), 31373},
		"a limit of text":    {awaitable(current, "x"), 14},
		"a version ahead":    {awaitable(s.version(t, func(d bson.D) { d[1].Value = int64(1) }), int32(1)), 51764},
	} {
		reply := s.Execute("admin", row.body)
		require.Equal(t, row.code, Field(reply, "code"), name)
		require.Nil(t, Streamed(row.body, reply), name)
	}
}

// A stream goes on with what the reply told.
func TestStreamed(t *testing.T) {
	s := connected(t, setup{}, "")
	body := awaitable(s.version(t, nil), int32(10))
	s.db.Advertise(replication.Set{Name: "rs", Hosts: []string{"a.test:1"}})
	next := Streamed(body, s.Execute("admin", body))
	require.Equal(t, int64(1), Field(Field(next, "topologyVersion").(bson.D), "counter"))
	require.Equal(t, int64(0), Field(Field(body, "topologyVersion").(bson.D), "counter"), "the command itself stays")
	plain := bson.D{{Key: "hello", Value: 1}}
	require.Nil(t, Streamed(plain, s.Execute("admin", plain)))
}
