package godriver

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// listen hands every connection to handle and returns the port. The test ends when all handlers have returned.
func listen(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				defer func() { _ = c.Close() }()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// A replies says what a server answers to a command; nil closes the connection.
type replies func(name string, command bson.Raw) bson.D

func fine(name string, command bson.Raw) bson.D {
	switch name {
	case "hello", "isMaster", "ismaster":
		d := bson.D{{Key: "ok", Value: 1}, {Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true},
			{Key: "helloOk", Value: true}, {Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21},
			{Key: "maxBsonObjectSize", Value: 16777216}, {Key: "maxMessageSizeBytes", Value: 48000000},
			{Key: "maxWriteBatchSize", Value: 100000}}
		if lb, err := command.LookupErr("loadBalanced"); err == nil && lb.Boolean() {
			d = append(d, bson.E{Key: "serviceId", Value: bson.NewObjectID()})
		}
		return d
	}
	return bson.D{{Key: "ok", Value: 1}}
}

func refusing(command string, code int, codeName string) replies {
	return func(name string, doc bson.Raw) bson.D {
		if name != command {
			return fine(name, doc)
		}
		return bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "no: " + codeName}, {Key: "code", Value: code},
			{Key: "codeName", Value: codeName}}
	}
}

// mongod serves the wire protocol, over TLS if config is set.
func mongod(t testing.TB, config *tls.Config, answer replies) string {
	return listen(t, func(c net.Conn) {
		if config != nil {
			secure := tls.Server(c, config)
			if secure.Handshake() != nil {
				return
			}
			c = secure
		}
		speak(c, answer)
	})
}

// opQuery carries the first hello of a client.
const opQuery wiremessage.OpCode = 2004

func speak(c net.Conn, answer replies) {
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		size := binary.LittleEndian.Uint32(head)
		if size < 16 || size > 1<<20 {
			return // no message
		}
		body := make([]byte, size-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		id := int32(binary.LittleEndian.Uint32(head[4:]))
		op := wiremessage.OpCode(binary.LittleEndian.Uint32(head[12:]))
		var doc bson.Raw
		switch op {
		case opQuery:
			_, body, _ = bytes.Cut(body[4:], []byte{0}) // flags, collection
			doc = bson.Raw(body[8:])
		case wiremessage.OpMsg:
			doc = bson.Raw(body[5:])
		default:
			return
		}
		doc = doc[:binary.LittleEndian.Uint32(doc)]
		first, err := doc.IndexErr(0)
		if err != nil {
			return
		}
		reply := answer(first.Key(), doc)
		if reply == nil {
			return
		}
		raw, err := bson.Marshal(reply)
		if err != nil {
			return
		}
		var out []byte
		if op == opQuery {
			_, out = wiremessage.AppendHeaderStart(nil, 1, id, wiremessage.OpReply)
			out = wiremessage.AppendReplyFlags(out, wiremessage.AwaitCapable)
			out = wiremessage.AppendReplyCursorID(out, 0)
			out = wiremessage.AppendReplyStartingFrom(out, 0)
			out = wiremessage.AppendReplyNumberReturned(out, 1)
		} else {
			_, out = wiremessage.AppendHeaderStart(nil, 1, id, wiremessage.OpMsg)
			out = wiremessage.AppendMsgFlags(out, 0)
			out = wiremessage.AppendMsgSectionType(out, wiremessage.SingleDocument)
		}
		out = append(out, raw...)
		binary.LittleEndian.PutUint32(out, uint32(len(out)))
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// Peers that are no mongod.

func closes(net.Conn) {}

func resets(c net.Conn) {
	hear(c)
	_ = c.(*net.TCPConn).SetLinger(0)
}

// hear reads what the client sends first.
func hear(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

func closesAfterHello(c net.Conn) { hear(c) }

func stalls(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		hear(c)
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

func alert(number byte) func(net.Conn) {
	return says(string([]byte{0x15, 3, 3, 0, 2, 2, number}))
}

// oldServerHello chooses TLS 1.0 whatever was offered.
func oldServerHello() func(net.Conn) {
	body := append([]byte{3, 1}, make([]byte, 32)...)
	body = append(body, 0, 0xc0, 0x13, 0, 0, 0) // no session, a suite, no compression, no extensions
	hello := append([]byte{2, 0, 0, byte(len(body))}, body...)
	return says(string(append([]byte{0x16, 3, 1, 0, byte(len(hello))}, hello...)))
}
