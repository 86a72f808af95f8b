package document

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Text is content as UTF-8 with plain line ends. It takes what Windows editors and shells write: a byte order mark,
// UTF-16, CRLF.
func Text(content []byte) ([]byte, error) {
	marks := map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian}
	for mark, order := range marks {
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

var goTypes = regexp.MustCompile(`Go value of type [^\n]*|destination has type [^\n]*`)

// Plain is what a parser complains about, in one sentence without the names of Go's types.
func Plain(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		where := "a value"
		if kind.Field != "" {
			where = strings.ToLower(kind.Field[:1]) + kind.Field[1:]
		}
		return fmt.Errorf("%s is of the wrong kind: %s", packages.Clean(where), kind.Value)
	}
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	return errors.New(packages.Clean(goTypes.ReplaceAllString(s, "")))
}

// Newer says that a format's version is none that is known here.
func Newer(version any, known string) error {
	has := packages.Clean(fmt.Sprint(version))
	return fmt.Errorf("its format has the version %s, and here only %s can be read", has, known)
}
