package standin

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// A message is a command as it came, in either of the two opcodes.
type message struct {
	id         int32
	query      bool // OP_QUERY, answered with OP_REPLY
	moreToCome bool // wants no answer
	exhaust    bool // may be answered by a stream
	db         string
	command    bson.D
}

// errMessage ends a connection. A status.Error answers the message.
var errMessage = errors.New("malformed message")

// errOpcode ends a connection, too, with a line of its own.
var errOpcode = errors.New("Location34348: cannot translate opcode") // mongod's text

// A badLength is what the header of a message says of it.
type badLength int32

const minMessage = tlswire.HeadSize

func (n badLength) Error() string {
	return fmt.Sprintf("recv(): message msgLen %d is invalid. Min %d Max: %d", int32(n), minMessage, database.MaxMessage)
}

// An inbox is where a client's messages come in. One goroutine uses it.
type inbox struct {
	server *Server
	r      io.Reader
	head   []byte // of the next message, if it has been read
	err    error
	coming chan struct{} // closed when head or err is there; nil where nobody listens
}

// listen is told when the client sends something, or leaves. The channel is closed then.
func (in *inbox) listen() <-chan struct{} {
	if in.coming == nil {
		in.coming = make(chan struct{})
		in.server.served.Go(func() {
			defer close(in.coming)
			in.readHead()
		})
	}
	return in.coming
}

func (in *inbox) readHead() {
	if in.head == nil {
		head := make([]byte, tlswire.HeadSize)
		if _, in.err = io.ReadFull(in.r, head); in.err == nil {
			in.head = head
		}
	}
}

// next reads a message. The error is io.EOF or the like when the client has left, or a badLength.
func (in *inbox) next() (head, body []byte, err error) {
	if in.coming != nil {
		<-in.coming
		in.coming = nil
	} else {
		in.readHead()
	}
	if in.err != nil {
		return nil, nil, in.err
	}
	head, in.head = in.head, nil
	body, err = readBody(in.r, head)
	return head, body, err
}

// readBody reads what a message has after its header. The error may be a badLength.
func readBody(r io.Reader, head []byte) ([]byte, error) {
	length := int32(binary.LittleEndian.Uint32(head))
	if length < minMessage || length > database.MaxMessage {
		return nil, badLength(length)
	}
	// Read as it comes: a length is only a claim.
	rest := int64(length) - int64(len(head))
	body, err := io.ReadAll(io.LimitReader(r, rest))
	if err == nil && int64(len(body)) < rest {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// decode reads a message of which the whole has come. With a status.Error it has read as much as an answer needs.
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
	return m, fmt.Errorf("%w %d", errOpcode, int32(opcode))
}

func (m *message) decodeMsg(body []byte) error {
	flags, rest, ok := wiremessage.ReadMsgFlags(body)
	if !ok {
		return errors.New("Location18634: Not enough data to read")
	}
	m.moreToCome, m.exhaust = flags&wiremessage.MoreToCome != 0, flags&wiremessage.ExhaustAllowed != 0
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
			if doc, rest, ok = wiremessage.ReadMsgSectionSingleDocument(rest); !ok {
				return errMessage
			}
			var err error
			if m.command, err = decodeDocument(doc); err != nil {
				return err
			}
		case wiremessage.DocumentSequence:
			var name string
			var docs []bsoncore.Document
			if name, docs, rest, ok = wiremessage.ReadMsgSectionDocumentSequence(rest); !ok {
				return errMessage
			}
			list := bson.A{}
			for _, doc := range docs {
				d, err := decodeDocument(doc)
				if err != nil {
					return err
				}
				list = append(list, d)
			}
			sequences = append(sequences, bson.E{Key: name, Value: list})
		default:
			return errMessage
		}
	}
	if len(m.command) == 0 {
		return errMessage
	}
	m.command = append(m.command, sequences...)
	m.db, _ = database.Field(m.command, "$db").(string)
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
	if !ok {
		return errMessage
	}
	var err error
	if m.command, err = decodeDocument(doc); err != nil {
		return inQuery(err)
	}
	if wrapped, ok := database.Field(m.command, "$query").(bson.D); ok {
		m.command = wrapped
	}
	const suffix = ".$cmd"
	if m.db, ok = strings.CutSuffix(collection, suffix); !ok || m.db == "" || len(m.command) == 0 {
		return errMessage
	}
	return nil
}

func decodeDocument(doc bsoncore.Document) (d bson.D, err error) {
	if err := checkDocument(doc, 0); err != nil {
		return nil, err
	}
	if bson.Unmarshal(doc, &d) != nil {
		return nil, errMessage
	}
	return d, nil
}

// inQuery is how an OP_QUERY is refused for its document: src/mongo/db/dbmessage.cpp, DbMessage::nextJsObj (4.4; read,
// not measured).
func inQuery(err error) error {
	if refused := (status.Error{}); errors.As(err, &refused) {
		return status.Errorf(status.InvalidBSON, "Client Error: bad object in message: %s", refused.Text)
	}
	return err
}

// encode is the answer to a message, which has an id of its own; more says that it is not the last.
func encode(m message, reply bson.D, more bool) (out []byte, id int32, err error) {
	doc, err := bson.Marshal(reply)
	if err != nil {
		return nil, 0, err
	}
	id = wiremessage.NextRequestID()
	var at int32
	if m.query {
		at, out = wiremessage.AppendHeaderStart(out, id, m.id, wiremessage.OpReply)
		out = wiremessage.AppendReplyFlags(out, wiremessage.AwaitCapable)
		out = wiremessage.AppendReplyCursorID(out, 0)
		out = wiremessage.AppendReplyStartingFrom(out, 0)
		out = wiremessage.AppendReplyNumberReturned(out, 1)
	} else {
		var flags wiremessage.MsgFlag
		if more {
			flags = wiremessage.MoreToCome
		}
		at, out = wiremessage.AppendHeaderStart(out, id, m.id, wiremessage.OpMsg)
		out = wiremessage.AppendMsgFlags(out, flags)
		out = wiremessage.AppendMsgSectionType(out, wiremessage.SingleDocument)
	}
	out = append(out, doc...)
	return bsoncore.UpdateLength(out, at, int32(len(out))), id, nil
}
