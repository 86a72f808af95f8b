package database

import (
	"fmt"
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// subjectOf parses the name of a user as mongod does, and returns it in DER, in the order of DER. What mongod refuses
// is refused in its words: parseDN of src/mongo/util/net/ssl_manager.cpp.
func subjectOf(name string) ([]byte, error) {
	refuse := func(format string, a ...any) ([]byte, error) {
		return nil, status.Errorf(status.BadValue, format, a...)
	}
	if name == "" {
		return refuse("Cannot parse empty DN")
	}
	for rest, more := name, true; more; {
		rest = strings.TrimLeft(rest, " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return !isNameCharacter(r) })
		if end < 0 {
			end = len(rest)
		}
		if !dn.Known(rest[:end]) {
			return refuse("DN contained an unknown OID (None)")
		}
		rest = strings.TrimLeft(rest[end:], " ")
		var ok bool
		if rest, ok = strings.CutPrefix(rest, "="); !ok {
			return refuse("Expected '=' after the name of an attribute in a DN")
		}
		var err error
		if rest, more, err = skipValue(strings.TrimLeft(rest, " ")); err != nil {
			return nil, err
		}
	}
	raw, err := dn.Parse(name, "")
	if err != nil {
		return refuse("%s", err)
	}
	return raw, nil
}

func isNameCharacter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-'
}

// skipValue reads over one value and what ends it; more says that a name follows.
func skipValue(s string) (rest string, more bool, err error) {
	if strings.HasPrefix(s, "#") {
		return "", false, status.Errorf(status.BadValue, "Raw DER sequences are not supported in DN strings")
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ',', '+':
			return s[i+1:], true, nil
		case '\\':
			if i++; i == len(s) {
				return "", false, status.Errorf(status.BadValue, "Escape character at the end of a DN")
			}
			switch {
			case strings.IndexByte(` "#+,;<=>\`, s[i]) >= 0:
			case isHex(s[i]) && i+1 < len(s) && isHex(s[i+1]):
				i++
			default:
				return "", false, status.Errorf(status.BadValue, "Invalid escaped character '%c'", s[i])
			}
		case '"', ';', '<', '>':
			return "", false, status.Error{Code: status.BadValue,
				Text: fmt.Sprintf("Found unescaped character that should be escaped: '%c'", c)}
		}
	}
	return "", false, nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
