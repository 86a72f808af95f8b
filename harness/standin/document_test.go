package standin

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// document has one element; an empty name makes it empty.
func document(kind bson.Type, name string, value []byte) []byte {
	d := make([]byte, 4)
	if name != "" {
		d = append(append(append(d, byte(kind)), name...), 0)
		d = append(d, value...)
	}
	d = append(d, 0)
	binary.LittleEndian.PutUint32(d, uint32(len(d)))
	return d
}

// within is code whose scope is a document.
func within(scope []byte) []byte {
	v := append([]byte{0, 0, 0, 0, 2, 0, 0, 0, 'f', 0}, scope...)
	binary.LittleEndian.PutUint32(v, uint32(len(v)))
	return v
}

// A document with as many levels below it as a mongod 4.4 takes is read; one more is too many, of whatever kind they
// are.
func TestNestingIsBounded(t *testing.T) {
	nest := func(levels int, around func([]byte) []byte) []byte {
		d := document(0, "", nil)
		for range levels {
			d = around(d)
		}
		return d
	}
	for name, row := range map[string]struct {
		most   int
		around func([]byte) []byte
	}{
		"documents": {200, func(d []byte) []byte { return document(bson.TypeEmbeddedDocument, "a", d) }},
		"arrays":    {200, func(d []byte) []byte { return document(bson.TypeArray, "0", d) }},
		"scopes":    {100, func(d []byte) []byte { return document(bson.TypeCodeWithScope, "a", within(d)) }},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := decodeDocument(nest(row.most, row.around))
			require.NoError(t, err)
			require.Len(t, d, 1)
			_, err = decodeDocument(nest(row.most+1, row.around))
			require.Equal(t, status.Errorf(status.Overflow, "BSONObj exceeded maximum nested object depth: 200"), err)
		})
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	str := document(bson.TypeString, "a", []byte{2, 0, 0, 0, 'x', 0})
	changed := func(d []byte, at int, to byte) []byte {
		d = append([]byte(nil), d...)
		d[at] = to
		return d
	}
	for name, doc := range map[string][]byte{
		"nothing":                 {},
		"four bytes":              {4, 0, 0, 0},
		"longer than it says":     append(document(0, "", nil), 0),
		"shorter than it says":    str[:len(str)-1],
		"negative length":         changed(document(0, "", nil), 3, 0x80),
		"no end":                  changed(str, len(str)-1, 1),
		"an end inside":           changed(str, 4, 0),
		"unknown type":            changed(str, 4, 0x20),
		"name without an end":     {8, 0, 0, 0, 8, 'a', 'b', 0},
		"string beyond the end":   changed(str, 7, 9),
		"string of negative size": changed(str, 10, 0xff),
		"binary of the most size": document(bson.TypeBinary, "a", []byte{0xff, 0xff, 0xff, 0x7f, 0}),
		"scope beyond the end":    document(bson.TypeCodeWithScope, "a", changed(within(document(0, "", nil)), 4, 99)),
		"scope that is short":     document(bson.TypeCodeWithScope, "a", []byte{4, 0, 0, 0}),
		"regex without an end":    document(bson.TypeRegex, "a", []byte{'x', 0, 'i'}),
	} {
		require.Equal(t, errMessage, checkDocument(doc, 0), name)
	}
}

// Whatever a document's bytes are, they are refused or can be decoded; and what can be decoded is only refused for its
// depth.
func FuzzDocument(f *testing.F) {
	scope := bson.D{{Key: "s", Value: nil}}
	every, err := bson.Marshal(bson.D{{Key: "a", Value: "x"},
		{Key: "b", Value: bson.A{int32(1), int64(2), 3.5, true, nil}},
		{Key: "c", Value: bson.Binary{Subtype: 4, Data: make([]byte, 16)}},
		{Key: "d", Value: bson.NewObjectID()},
		{Key: "e", Value: bson.Regex{Pattern: "p", Options: "i"}}, {Key: "f", Value: bson.Timestamp{T: 1}},
		{Key: "g", Value: bson.MinKey{}}, {Key: "h", Value: bson.CodeWithScope{Code: "c", Scope: scope}},
		{Key: "i", Value: bson.DateTime(1)}, {Key: "j", Value: bson.NewDecimal128(1, 2)},
		{Key: "k", Value: bson.DBPointer{DB: "d"}}, {Key: "l", Value: bson.Symbol("s")},
		{Key: "m", Value: bson.JavaScript("j")}, {Key: "n", Value: bson.Undefined{}}, {Key: "o", Value: bson.MaxKey{}}})
	require.NoError(f, err)
	f.Add(every)
	f.Add(document(bson.TypeArray, "0", document(0, "", nil)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		const shallow = 1 << 10 // bytes that cannot be nested so deep that decoding them does harm
		var d bson.D
		if _, err := decodeDocument(doc); len(doc) < shallow && bson.Unmarshal(doc, &d) == nil {
			require.NoError(t, err)
		} else if err != nil {
			require.NotEmpty(t, err.Error())
		}
	})
}

// A message in whatever bytes is refused, or can be answered.
func FuzzMessage(f *testing.F) {
	msg := wiremessage.AppendMsgFlags(nil, 0)
	msg = wiremessage.AppendMsgSectionType(msg, wiremessage.SingleDocument)
	msg = append(msg, document(bson.TypeInt32, "ping", make([]byte, 4))...)
	sequence := append([]byte{0, 0, 0, 0, 'd', 0}, document(0, "", nil)...)
	binary.LittleEndian.PutUint32(sequence, uint32(len(sequence)))
	two := append(append(msg[:len(msg):len(msg)], 1), sequence...)
	query := append(append(make([]byte, 4), "admin.$cmd\x00"...), make([]byte, 8)...)
	query = append(query, document(bson.TypeInt32, "isMaster", make([]byte, 4))...)
	f.Add(int32(wiremessage.OpMsg), msg)
	f.Add(int32(wiremessage.OpMsg), two)
	f.Add(int32(wiremessage.OpQuery), query)
	f.Add(int32(wiremessage.OpCompressed), msg)
	f.Fuzz(func(t *testing.T, opcode int32, body []byte) {
		_, head := wiremessage.AppendHeaderStart(nil, 7, 0, wiremessage.OpCode(opcode))
		m, err := decode(head, body)
		if err != nil {
			return
		}
		require.NotEmpty(t, m.command)
		commandSeen(m, bson.D{})
		out, id, err := encode(m, bson.D{{Key: "ok", Value: 1.0}}, false)
		require.NoError(t, err)
		_, own, to, _, _, ok := wiremessage.ReadHeader(out)
		require.True(t, ok)
		require.Equal(t, id, own)
		require.Equal(t, int32(7), to)
	})
}

// The header of a message is taken at its word only as far as bytes come.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{21, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0})
	f.Add([]byte{0, 0x6c, 0xdc, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		head, body, err := (&inbox{r: strings.NewReader(string(sent))}).next()
		if err != nil {
			return
		}
		n := int(binary.LittleEndian.Uint32(sent))
		require.Equal(t, sent[:n], append(head, body...))
	})
}
