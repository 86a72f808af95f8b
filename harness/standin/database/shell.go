package database

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// shell prints a command as mongo's shell would, with its database, and without a password.
func (q request) shell() string {
	body := slices.Clone(q.body)
	if !q.inner && Field(body, "$db") == nil {
		body = append(body, bson.E{Key: "$db", Value: q.db})
	}
	for i, e := range body {
		if e.Key == "pwd" {
			body[i].Value = "xxx"
		}
	}
	var b strings.Builder
	printValue(&b, body)
	return b.String()
}

func printValue(b *strings.Builder, value any) {
	switch v := value.(type) {
	case bson.D:
		b.WriteString("{")
		for i, e := range v {
			printSeparator(b, i)
			b.WriteString(e.Key + ": ")
			printValue(b, e.Value)
		}
		printEnd(b, len(v), "}")
	case bson.A:
		b.WriteString("[")
		for i, e := range v {
			printSeparator(b, i)
			printValue(b, e)
		}
		printEnd(b, len(v), "]")
	case string:
		b.WriteString(`"` + v + `"`) // as it is: a mongod escapes nothing
	case bson.Binary:
		if h := hex.EncodeToString(v.Data); v.Subtype == 4 && len(h) == 32 {
			fmt.Fprintf(b, `UUID("%s-%s-%s-%s-%s")`, h[:8], h[8:12], h[12:16], h[16:20], h[20:])
		} else {
			fmt.Fprintf(b, "BinData(%d, %s)", v.Subtype, strings.ToUpper(h))
		}
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") {
			text += ".0"
		}
		b.WriteString(text)
	case bson.ObjectID:
		b.WriteString("ObjectId('" + v.Hex() + "')")
	case bson.DateTime:
		fmt.Fprintf(b, "new Date(%d)", int64(v))
	case bson.Timestamp:
		fmt.Fprintf(b, "Timestamp(%d, %d)", v.T, v.I)
	case bson.Regex:
		b.WriteString("/" + v.Pattern + "/" + v.Options)
	case bson.Decimal128:
		b.WriteString(`NumberDecimal("` + v.String() + `")`)
	case nil, bson.Null:
		b.WriteString("null")
	case bson.MinKey:
		b.WriteString("MinKey")
	case bson.MaxKey:
		b.WriteString("MaxKey")
	case bson.Undefined:
		b.WriteString("undefined")
	case int32, int64, bool:
		fmt.Fprint(b, v)
	default:
		fmt.Fprintf(b, "%q", fmt.Sprint(v)) // code, symbols and pointers, which no driver sends
	}
}

func printSeparator(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(",")
	}
	b.WriteString(" ")
}

func printEnd(b *strings.Builder, n int, closing string) {
	if n > 0 {
		b.WriteString(" ")
	}
	b.WriteString(closing)
}

// typeName is what mongod calls the type of a value.
func typeName(value any) string {
	switch value.(type) {
	case nil:
		return "missing"
	case bson.D:
		return "object"
	case bson.A:
		return "array"
	case string:
		return "string"
	case int32:
		return "int"
	case int64:
		return "long"
	case float64:
		return "double"
	case bool:
		return "bool"
	case bson.Binary:
		return "binData"
	case bson.Null:
		return "null"
	}
	return "other"
}
