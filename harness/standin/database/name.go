package database

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
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

// memberTypes make a member.
var memberTypes = []string{"O", "OU", "DC"}

// A Membership is what makes a member since 7.0, in place of the server's O, OU and DC: one of the two, or nothing.
type Membership struct {
	Attributes []byte // that its name must have, DER
	Extension  string // value of the extension mongoClusterMembership
}

// MembershipOf reads attributes of a name. The error is mongod's.
func MembershipOf(attributes, extension string) (m Membership, err error) {
	if m.Extension = extension; attributes != "" {
		m.Attributes, err = subjectOf(attributes)
	}
	return m, err
}

func (m Membership) given() bool { return m.Attributes != nil || m.Extension != "" }

// covers reports whether a certificate with such a subject and extension is a member's.
func (m Membership) covers(subject []byte, extension string) bool {
	if m.Extension != "" {
		return extension == m.Extension
	}
	has := attributes(subject)
	return m.Attributes != nil && !slices.ContainsFunc(attributes(m.Attributes), func(a string) bool {
		return !slices.Contains(has, a)
	})
}

// isMember reports whether a subject is that of a member of the server's cluster: its O, OU and DC, as a multiset, are
// not empty and equal to the server's or, where overrides count, to tlsX509ClusterAuthDNOverride (MongoDB manual, x.509
// member certificates). Without TLS nobody is. Since 7.0 what net.tls.clusterAuthX509 says decides instead, besides
// tlsClusterAuthX509Override where overrides count.
func (d *Database) isMember(subject []byte, extension string, overrides bool) bool {
	switch {
	case d.config.Certificate == nil:
		return false
	case overrides && d.config.Parameters.member.covers(subject, extension):
		return true
	case d.config.Member.given():
		return d.config.Member.covers(subject, extension)
	}
	is := memberAttributes(subject)
	if len(is) == 0 {
		return false
	}
	return slices.Equal(is, memberAttributes(d.config.Certificate.Subject)) ||
		overrides && slices.Equal(is, memberAttributes(d.config.Parameters.overrideSubject()))
}

// memberAttributes are the sorted "type=value" of every O, OU and DC of a subject in DER.
func memberAttributes(raw []byte) []string {
	return slices.DeleteFunc(attributes(raw), func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return !slices.Contains(memberTypes, name)
	})
}

// attributes are the sorted "type=value" of every attribute of a subject in DER.
func attributes(raw []byte) (list []string) {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil
	}
	for _, rdn := range rdns {
		for _, a := range rdn {
			list = append(list, fmt.Sprintf("%s=%v", dn.AttributeName(a.Type), a.Value))
		}
	}
	slices.Sort(list)
	return list
}
