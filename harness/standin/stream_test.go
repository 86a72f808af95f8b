package standin_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/scenarios"
)

// A client that allows a stream of hellos gets one, each answering the one before; it ends when the client leaves.
func TestHelloIsStreamed(t *testing.T) {
	b := newBench(t)
	s := b.start(b.config(scenarios.AllowTLS))
	secure, _ := b.secure(s)
	_, err := secure.Write(opMsg(t, 0, hello))
	require.NoError(t, err)
	_, body := reply(t, secure)
	version := bsoncore.Document(body[5:]).Lookup("topologyVersion")
	var known bson.D
	require.NoError(t, bson.Unmarshal(version.Data, &known))

	await := append(bson.D{}, hello...)
	await = append(await, bson.E{Key: "topologyVersion", Value: known}, bson.E{Key: "maxAwaitTimeMS", Value: 1})
	request := opMsg(t, 0, await)
	request[18] = 1 // exhaustAllowed, bit 16 of the flags
	_, err = secure.Write(request)
	require.NoError(t, err)
	answers := int32(7)
	for range 3 {
		head, body := reply(t, secure)
		_, id, to, _, _, ok := wiremessage.ReadHeader(head)
		require.True(t, ok)
		require.Equal(t, answers, to)
		flags, _, _ := wiremessage.ReadMsgFlags(body)
		require.Equal(t, wiremessage.MoreToCome, flags)
		require.Equal(t, version.Data, bsoncore.Document(body[5:]).Lookup("topologyVersion").Data)
		answers = id
	}
	require.NoError(t, secure.Close())
	require.GreaterOrEqual(t, len(b.seen(s).Connections[0].Commands), 4)
}

// A client that leaves while its hello is held back is seen to leave, long before the hello is due.
func TestClientLeavesWhileItsHelloIsHeldBack(t *testing.T) {
	b := newBench(t)
	s := b.start(b.config(scenarios.AllowTLS))
	wire := b.raw(s)
	_, err := wire.Write(opMsg(t, 0, hello))
	require.NoError(t, err)
	_, body := reply(t, wire)
	var known bson.D
	require.NoError(t, bson.Unmarshal(bsoncore.Document(body[5:]).Lookup("topologyVersion").Data, &known))
	await := append(bson.D{}, hello...)
	await = append(await, bson.E{Key: "topologyVersion", Value: known}, bson.E{Key: "maxAwaitTimeMS", Value: 3_600_000})
	_, err = wire.Write(opMsg(t, 0, await))
	require.NoError(t, err)
	require.NoError(t, wire.Close())
	require.Len(t, b.seen(s).Connections[0].Commands, 1)
}
