package dependency

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Far above what the lock files of large repositories need.
const (
	maxFile    = 8 << 20 // bytes
	maxEntries = 10_000
)

// text is content as UTF-8 with plain line ends. It takes what Windows editors and shells write: a byte order mark, UTF-16, CRLF.
func text(content []byte) ([]byte, error) {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if wide, ok := bytes.CutPrefix(content, []byte(mark)); ok {
			units := make([]uint16, len(wide)/2)
			for i := range units {
				units[i] = order.Uint16(wide[2*i:])
			}
			content = []byte(string(utf16.Decode(units)))
			break
		}
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, errors.New("it is no text")
	}
	return bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), nil
}

var (
	credentials = regexp.MustCompile(`//[^/@\s]*@`)
	query       = regexp.MustCompile(`(://[^?\s]*)\?[^#\s]*`)
)

// clean makes what a file says fit for a report: on one line, short, without what an address may hold in secrets.
func clean(s string) string {
	s = credentials.ReplaceAllString(s, "//")
	s = query.ReplaceAllString(s, "$1")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	const enough = 200
	if runes := []rune(s); len(runes) > enough {
		s = string(runes[:enough]) + "..."
	}
	return s
}

// printable is a path as a terminal may show it.
func printable(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(path)
	}
	return path
}

var goTypes = regexp.MustCompile(`Go value of type [^\n]*|destination has type [^\n]*`)

// plain is what a parser complains about, in one sentence without the names of Go's types.
func plain(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		where := "a value"
		if kind.Field != "" {
			where = strings.ToLower(kind.Field[:1]) + kind.Field[1:]
		}
		return fmt.Errorf("%s is of the wrong kind: %s", clean(where), kind.Value)
	}
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	return errors.New(clean(goTypes.ReplaceAllString(s, "")))
}

// newer says that a format's version is none that is known here.
func newer(version any, known string) error {
	return fmt.Errorf("its format has the version %s, and here only %s can be read", clean(fmt.Sprint(version)), known)
}
