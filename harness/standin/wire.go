package standin

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/harness/evidence"
)

const maxMessage = 48000000

// A message is a command as it came, in either of the two opcodes.
type message struct {
	id         int32
	db         string
	command    bson.D
	query      bool // OP_QUERY, answered with OP_REPLY
	moreToCome bool // wants no answer
}

var errMessage = errors.New("malformed message")

// messages answers commands until the client leaves or sends what is none. head are bytes that were read already.
func (c *connection) messages(rw io.ReadWriter, head []byte) {
	for {
		if head == nil {
			head = make([]byte, 16)
			if _, err := io.ReadFull(rw, head); err != nil {
				return
			}
		}
		length := int32(binary.LittleEndian.Uint32(head))
		if length < 16 || length > maxMessage {
			text := fmt.Sprintf("recv(): message msgLen %d is invalid. Min 16 Max: %d", length, maxMessage)
			c.server.log.line("I", "NETWORK", 4615638, c.ctx, "recv(): message mstLen is invalid.",
				bson.D{{Key: "msgLen", Value: length}, {Key: "min", Value: int32(16)}, {Key: "max", Value: int32(maxMessage)}})
			c.refuse(protocolError, text)
			return
		}
		// Read as it comes: a length is only a claim.
		body, err := io.ReadAll(io.LimitReader(rw, int64(length)-16))
		if err != nil || len(body) != int(length)-16 {
			return
		}
		m, err := decode(head, body)
		if err != nil {
			c.server.log.line("I", "NETWORK", 22990, c.ctx, "DBException handling request, closing client connection",
				bson.D{{Key: "client", Value: c.remote}, {Key: "error", Value: err.Error()}})
			return
		}
		head = nil
		reply := c.execute(m.db, m.command)
		c.note(func() { c.seen.Commands = append(c.seen.Commands, commandSeen(m, reply)) })
		if m.moreToCome {
			continue
		}
		out, err := encode(m, reply)
		if err != nil {
			return
		}
		if _, err := rw.Write(out); err != nil {
			return
		}
		if c.server.config.Leave != nil && (evidence.CommandSeen{Name: m.command[0].Key}).OfUser() {
			go c.server.leave()
			return
		}
	}
}

func decode(head, body []byte) (message, error) {
	_, id, _, opcode, _, ok := wiremessage.ReadHeader(head)
	if !ok {
		return message{}, errMessage
	}
	m := message{id: id}
	switch opcode {
	case wiremessage.OpMsg:
		err := m.decodeMsg(body)
		return m, err
	case wiremessage.OpQuery:
		err := m.decodeQuery(body)
		return m, err
	}
	return m, fmt.Errorf("Location34348: cannot translate opcode %d", int32(opcode))
}

func (m *message) decodeMsg(body []byte) error {
	flags, rest, ok := wiremessage.ReadMsgFlags(body)
	if !ok {
		return errors.New("Location18634: Not enough data to read")
	}
	m.moreToCome = flags&wiremessage.MoreToCome != 0
	if flags&wiremessage.ChecksumPresent != 0 {
		if len(rest) < 4 {
			return errMessage
		}
		rest = rest[:len(rest)-4]
	}
	var sequences bson.D // may stand before the body, which names the command
	for len(rest) > 0 {
		var kind wiremessage.SectionType
		if kind, rest, ok = wiremessage.ReadMsgSectionType(rest); !ok {
			return errMessage
		}
		switch kind {
		case wiremessage.SingleDocument:
			var doc bsoncore.Document
			if doc, rest, ok = wiremessage.ReadMsgSectionSingleDocument(rest); !ok || bson.Unmarshal(doc, &m.command) != nil {
				return errMessage
			}
		case wiremessage.DocumentSequence:
			var name string
			var docs []bsoncore.Document
			if name, docs, rest, ok = wiremessage.ReadMsgSectionDocumentSequence(rest); !ok {
				return errMessage
			}
			list := bson.A{}
			for _, doc := range docs {
				var d bson.D
				if bson.Unmarshal(doc, &d) != nil {
					return errMessage
				}
				list = append(list, d)
			}
			sequences = append(sequences, bson.E{Key: name, Value: list})
		default:
			return errMessage
		}
	}
	if err := m.named(); err != nil {
		return err
	}
	m.command = append(m.command, sequences...)
	m.db, _ = field(m.command, "$db").(string)
	return nil
}

func (m *message) decodeQuery(body []byte) error {
	m.query = true
	_, rest, ok := wiremessage.ReadQueryFlags(body)
	if !ok {
		return errMessage
	}
	collection, rest, ok := wiremessage.ReadQueryFullCollectionName(rest)
	if !ok {
		return errMessage
	}
	if _, rest, ok = wiremessage.ReadQueryNumberToSkip(rest); !ok {
		return errMessage
	}
	if _, rest, ok = wiremessage.ReadQueryNumberToReturn(rest); !ok {
		return errMessage
	}
	doc, _, ok := wiremessage.ReadQueryQuery(rest)
	if !ok || bson.Unmarshal(doc, &m.command) != nil {
		return errMessage
	}
	if wrapped, ok := field(m.command, "$query").(bson.D); ok {
		m.command = wrapped
	}
	const suffix = ".$cmd"
	if len(collection) <= len(suffix) || collection[len(collection)-len(suffix):] != suffix {
		return errMessage
	}
	m.db = collection[:len(collection)-len(suffix)]
	return m.named()
}

func (m *message) named() error {
	if len(m.command) == 0 {
		return errMessage
	}
	return nil
}

func encode(m message, reply bson.D) ([]byte, error) {
	doc, err := bson.Marshal(reply)
	if err != nil {
		return nil, err
	}
	id := wiremessage.NextRequestID()
	var out []byte
	var at int32
	if m.query {
		at, out = wiremessage.AppendHeaderStart(out, id, m.id, wiremessage.OpReply)
		out = wiremessage.AppendReplyFlags(out, wiremessage.AwaitCapable)
		out = wiremessage.AppendReplyCursorID(out, 0)
		out = wiremessage.AppendReplyStartingFrom(out, 0)
		out = wiremessage.AppendReplyNumberReturned(out, 1)
	} else {
		at, out = wiremessage.AppendHeaderStart(out, id, m.id, wiremessage.OpMsg)
		out = wiremessage.AppendMsgFlags(out, 0)
		out = wiremessage.AppendMsgSectionType(out, wiremessage.SingleDocument)
	}
	out = append(out, doc...)
	return bsoncore.UpdateLength(out, at, int32(len(out))), nil
}

// commandSeen is a command and what became of it, for the record.
func commandSeen(m message, reply bson.D) evidence.CommandSeen {
	seen := evidence.CommandSeen{Name: m.command[0].Key, DB: m.db}
	if code, ok := field(reply, "code").(int32); ok {
		seen.Code = int(code)
	}
	seen.CodeName, _ = field(reply, "codeName").(string)
	seen.Error, _ = field(reply, "errmsg").(string)
	auth := m.command
	if speculative, ok := field(m.command, "speculativeAuthenticate").(bson.D); ok {
		auth, seen.Speculative = speculative, "refused"
		if field(reply, "speculativeAuthenticate") != nil {
			seen.Speculative = "accepted"
		}
	}
	if len(auth) > 0 && auth[0].Key == "authenticate" {
		if user, ok := field(auth, "user").(string); ok {
			seen.User = &user
		}
	}
	return seen
}
