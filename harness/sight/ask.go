package sight

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A Hello is what a server says of itself to everybody.
type Hello struct {
	Set     string   `bson:"setName"`
	Hosts   []string `bson:"hosts"`
	Passive []string `bson:"passives"`
	Leads   bool     `bson:"ismaster"`
	Second  bool     `bson:"secondary"`
	Arbiter bool     `bson:"arbiterOnly"`
	Msg     string   `bson:"msg"` // isdbgrid of a router
	MaxWire int32    `bson:"maxWireVersion"`
}

// Members are the hosts that a member of a set sends clients to.
func (h Hello) Members() []string { return append(append([]string{}, h.Hosts...), h.Passive...) }

// Router reports whether it is a mongos.
func (h Hello) Router() bool { return h.Msg == "isdbgrid" }

// hello asks by the oldest name of the command, which servers of all releases know.
func hello(conn net.Conn) (h Hello, err error) {
	reply, err := ask(conn, "isMaster")
	if err != nil {
		return h, err
	}
	return h, bson.Unmarshal(reply, &h)
}

// maxReply bounds what is read, in bytes: replies about a server have some hundred.
const maxReply = 1 << 20

const (
	opMsg      = 2013
	headerSize = 16
)

// ask sends a command to the database admin, as an OP_MSG, and reads the reply. A refusal is an error.
func ask(conn net.Conn, command string) (bson.Raw, error) {
	body, err := bson.Marshal(bson.D{{Key: command, Value: 1}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, n := range []int{headerSize + 4 + 1 + len(body), 1, 0, opMsg, 0} { // length, id, to, code, flags
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	if _, err := conn.Write(append(append(out, 0), body...)); err != nil {
		return nil, err
	}
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, ended(err)
	}
	length := int(binary.LittleEndian.Uint32(head))
	if code := binary.LittleEndian.Uint32(head[12:]); code != opMsg || length < headerSize+4+1+5 || length > maxReply {
		return nil, errors.New("it does not speak MongoDB's protocol")
	}
	rest := make([]byte, length-headerSize)
	if _, err := io.ReadFull(conn, rest); err != nil {
		return nil, ended(err)
	}
	reply := bson.Raw(rest[5:])
	if err := reply.Validate(); err != nil {
		return nil, fmt.Errorf("its reply cannot be read: %w", err)
	}
	if ok, isNumber := reply.Lookup("ok").AsFloat64OK(); !isNumber || ok != 1 {
		text, _ := reply.Lookup("errmsg").StringValueOK()
		return nil, fmt.Errorf("it refuses %s: %s", command, text)
	}
	return reply, nil
}

func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends the connection without a word")
	}
	return err
}
