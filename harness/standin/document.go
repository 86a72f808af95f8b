package standin

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// checkDocument looks at a document, in BSON, before anything decodes it, for decoders recurse and clients that nobody
// knows may send them. above is the number of documents, arrays and the like that it stands in.
//
// The limit, the way of counting and the text are those of validateBSONIterative, src/mongo/bson/bson_validate.cpp of
// 4.4. That a message which is nested too deep is answered, on a connection that stays open, is in receivedCommands,
// src/mongo/db/service_entry_point_common.cpp: "such as the document too deep error". Both were read, not measured.
func checkDocument(doc []byte, above int) error {
	if above > database.MaxDepth {
		return status.Errorf(status.Overflow, "BSONObj exceeded maximum nested object depth: %d", database.MaxDepth)
	}
	const shortest = 5 // the length and the end
	if size, ok := sizeAt(doc, 0); !ok || size < shortest || size != int64(len(doc)) || doc[size-1] != 0 {
		return errMessage
	}
	rest := doc[4 : len(doc)-1]
	for len(rest) > 0 {
		kind := bson.Type(rest[0])
		_, value, ok := bytes.Cut(rest[1:], []byte{0})
		if !ok {
			return errMessage
		}
		size, ok := sizeOf(kind, value)
		if !ok || size > int64(len(value)) {
			return errMessage
		}
		value, rest = value[:size], value[size:]
		var err error
		switch kind {
		case bson.TypeEmbeddedDocument, bson.TypeArray:
			err = checkDocument(value, above+1)
		case bson.TypeCodeWithScope:
			err = checkScope(value, above)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkScope looks at the document in code with scope, which a mongod counts as two levels.
func checkScope(value []byte, above int) error {
	code, ok := sizeAt(value, 4)
	if !ok || code < 1 || code > int64(len(value)-8) {
		return errMessage
	}
	return checkDocument(value[8+code:], above+2)
}

// sizeOf is the number of bytes of a value that begins b, which may be shorter; false if the type is none.
func sizeOf(kind bson.Type, b []byte) (size int64, ok bool) {
	switch kind {
	case bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey:
		return 0, true
	case bson.TypeBoolean:
		return 1, true
	case bson.TypeInt32:
		return 4, true
	case bson.TypeDouble, bson.TypeInt64, bson.TypeDateTime, bson.TypeTimestamp:
		return 8, true
	case bson.TypeObjectID:
		return 12, true
	case bson.TypeDecimal128:
		return 16, true
	case bson.TypeEmbeddedDocument, bson.TypeArray, bson.TypeCodeWithScope:
		return sizeAt(b, 0)
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		size, ok = sizeAt(b, 0)
		return size + 4, ok
	case bson.TypeBinary:
		size, ok = sizeAt(b, 0)
		return size + 5, ok
	case bson.TypeDBPointer:
		size, ok = sizeAt(b, 0)
		return size + 4 + 12, ok
	case bson.TypeRegex:
		pattern := bytes.IndexByte(b, 0) + 1
		options := bytes.IndexByte(b[pattern:], 0) + 1
		return int64(pattern + options), pattern > 0 && options > 0
	}
	return 0, false
}

// sizeAt is the length that stands at an offset; false if there is none, or it is negative.
func sizeAt(b []byte, offset int) (size int64, ok bool) {
	if len(b) < offset+4 {
		return 0, false
	}
	n := int32(binary.LittleEndian.Uint32(b[offset:]))
	return int64(n), n >= 0
}
