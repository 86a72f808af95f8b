package standin_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/scenarios"
)

// nested is a document of so many levels, in BSON, written without recursion.
func nested(levels int) []byte {
	const empty, around = 5, 8 // bytes of {}, and of what is around a value in {a: ...}
	var b []byte
	for level := range levels {
		b = binary.LittleEndian.AppendUint32(b, uint32(empty+around*(levels-1-level)))
		if level < levels-1 {
			b = append(b, byte(bson.TypeEmbeddedDocument), 'a', 0)
		}
	}
	return append(b, bytes.Repeat([]byte{0}, levels)...)
}

// inMessage is a document as the command of an OP_MSG, inQuery of an OP_QUERY.
func inMessage(doc []byte) []byte {
	at, b := wiremessage.AppendHeaderStart(nil, 7, 0, wiremessage.OpMsg)
	b = wiremessage.AppendMsgFlags(b, 0)
	b = append(wiremessage.AppendMsgSectionType(b, wiremessage.SingleDocument), doc...)
	return bsoncore.UpdateLength(b, at, int32(len(b)))
}

func inSequence(doc []byte) []byte {
	at, b := wiremessage.AppendHeaderStart(nil, 7, 0, wiremessage.OpMsg)
	b = append(wiremessage.AppendMsgFlags(b, 0), byte(wiremessage.DocumentSequence))
	b = binary.LittleEndian.AppendUint32(b, uint32(4+2+len(doc)))
	b = append(append(b, 'd', 0), doc...)
	return bsoncore.UpdateLength(b, at, int32(len(b)))
}

func inQuery(doc []byte) []byte {
	at, b := wiremessage.AppendHeaderStart(nil, 7, 0, wiremessage.OpQuery)
	b = wiremessage.AppendQueryFlags(b, 0)
	b = wiremessage.AppendQueryFullCollectionName(b, "admin.$cmd")
	b = wiremessage.AppendQueryNumberToSkip(b, 0)
	b = append(wiremessage.AppendQueryNumberToReturn(b, -1), doc...)
	return bsoncore.UpdateLength(b, at, int32(len(b)))
}

// A client that nobody knows can nest BSON as deep as it likes: it is answered, and the connection goes on.
func TestNestedBSONIsRefused(t *testing.T) {
	b := newBench(t)
	const text = "BSONObj exceeded maximum nested object depth: 200"
	for name, row := range map[string]struct {
		wrap   func([]byte) []byte
		prefix int // of the reply's document, after the header
		code   int32
		name   string
		text   string
	}{
		"OP_MSG":          {inMessage, 5, 15, "Overflow", text},
		"OP_MSG sequence": {inSequence, 5, 15, "Overflow", text},
		"OP_QUERY":        {inQuery, 20, 22, "InvalidBSON", "Client Error: bad object in message: " + text},
	} {
		for _, levels := range []int{202, 800_000} {
			t.Run(fmt.Sprintf("%s/%d", name, levels), func(t *testing.T) {
				b := b.in(t)
				c := b.config(scenarios.AllowTLS)
				c.SetParameter = map[string]string{"logComponentVerbosity": `{"command": {"verbosity": 1}}`}
				s := b.start(c)
				conn := b.raw(s)
				_, err := conn.Write(row.wrap(nested(levels)))
				require.NoError(t, err)
				_, body := reply(t, conn)
				var answer bson.D
				require.NoError(t, bson.Unmarshal(body[row.prefix:], &answer))
				require.Equal(t, bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: row.text}, {Key: "code", Value: row.code},
					{Key: "codeName", Value: row.name}}, answer)
				served(t, conn)
				seen := b.seen(s)
				require.Equal(t, row.name+": "+row.text, line(t, seen.Log, 21963).Attr["error"])
				require.Len(t, seen.Connections[0].Commands, 1, "of the hello that followed")
			})
		}
	}
}

// Depths that a mongod takes are served.
func TestNestedBSONIsServed(t *testing.T) {
	b := newBench(t)
	s := b.start(b.config(scenarios.AllowTLS))
	for name, wrap := range map[string]func([]byte) []byte{"OP_MSG": inMessage, "OP_QUERY": inQuery} {
		conn := b.raw(s)
		_, err := conn.Write(wrap(nested(201)))
		require.NoError(t, err)
		_, body := reply(t, conn)
		require.Contains(t, string(body), "no such command: 'a'", name)
	}
}

// getCmdLineOpts shows the options of the start, whatever setParameter changed since.
func TestOptionsOfTheStart(t *testing.T) {
	b := newBench(t)
	c := b.config(scenarios.AllowTLS)
	c.CertificateKeyFilePassword, c.Authorization, c.ClusterAuthMode = "Tr0ub4dor", false, "sendKeyFile"
	s := b.start(c)
	conn := b.raw(s)
	run := func(command bson.D) (d bson.Raw) {
		_, err := conn.Write(opMsg(t, 0, append(command, bson.E{Key: "$db", Value: "admin"})))
		require.NoError(t, err)
		_, body := reply(t, conn)
		return bson.Raw(body[5:])
	}
	raised := run(bson.D{{Key: "setParameter", Value: 1}, {Key: "tlsMode", Value: "preferTLS"}})
	require.Equal(t, "allowTLS", raised.Lookup("was").StringValue())
	options := run(bson.D{{Key: "getCmdLineOpts", Value: 1}})
	require.Equal(t, "allowTLS", options.Lookup("parsed", "net", "tls", "mode").StringValue())
	require.Equal(t, c.CAFile, options.Lookup("parsed", "net", "tls", "CAFile").StringValue())
	require.Equal(t, "<password>", options.Lookup("parsed", "net", "tls", "certificateKeyFilePassword").StringValue())
	require.Equal(t, "sendKeyFile", options.Lookup("parsed", "security", "clusterAuthMode").StringValue())
	require.NotContains(t, options.String(), "Tr0ub4dor")
}
