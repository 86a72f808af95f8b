// Package tlswire reads, from bytes on the wire, what the two sides of a TLS connection tell each other in clear.
package tlswire

import (
	"crypto/tls"
	"encoding/binary"
	"maps"
	"slices"
)

// Record and handshake types of TLS, RFC 8446 section 5.1 and 4.
const (
	RecordCCS         = 20
	RecordAlert       = 21
	RecordHandshake   = 22
	RecordApplication = 23

	messageClientHello = 1
	messageServerHello = 2
)

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13}

// Version is the number of a version of TLS that is written "1.0" to "1.3".
func Version(name string) (number uint16, ok bool) {
	number, ok = versions[name]
	return number, ok
}

// VersionName writes a version as Version reads it, "" for one that is not in its range.
func VersionName(number uint16) string {
	for name, v := range versions {
		if v == number {
			return name
		}
	}
	return ""
}

// versionNames are those of the versions of a list, newest first.
func versionNames(list []uint16) (names []string) {
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(versions))) {
		if slices.Contains(list, versions[name]) {
			names = append(names, name)
		}
	}
	return names
}

// HeadSize is the number of bytes by which a mongod tells its clients apart: the header of a message of its wire
// protocol.
const HeadSize = 16

// IsHello reports whether bytes begin a ClientHello. Six of them are enough.
func IsHello(head []byte) bool {
	return len(head) > 5 && head[0] == RecordHandshake && head[5] == messageClientHello
}

// IsMessage reports whether bytes begin a message of MongoDB's wire protocol that answers nothing: the rule by which a
// mongod decides that a client does not speak TLS. It takes HeadSize bytes.
func IsMessage(head []byte) bool {
	if len(head) < HeadSize {
		return false
	}
	responseTo := int32(binary.LittleEndian.Uint32(head[8:12]))
	return responseTo == 0 || responseTo == -1
}
