package tlswire

import (
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"
)

// A Side follows the records that one side of a TLS connection sends.
type Side struct {
	head []byte // of the record that is being read
	body []byte // of a handshake record before encryption; others are passed over
	left int    // bytes of the record that are still to come

	version   string // of a ServerHello
	cipher    string // likewise
	group     string // likewise, TLS 1.3
	ccs       bool   // ChangeCipherSpec was sent
	finished  bool   // TLS 1.2: a handshake message followed it
	encrypted bool   // TLS 1.3: an encrypted record was sent that is no alert
}

// Completed is the version of a handshake of which both sides have done their part, "" if they have not.
func Completed(client, server *Side) string {
	done := client.finished && server.finished
	if server.version == "1.3" {
		done = client.encrypted && server.encrypted
	}
	if !done {
		return ""
	}
	return server.version
}

// Chosen are the cipher and the group that the server's side has selected, "" for what is not seen: TLS 1.2 and before
// tell no group in the ServerHello.
func (s *Side) Chosen() (cipher, group string) { return s.cipher, s.group }

const headerSize = 5

// Sent takes what the side has sent next, in whatever pieces.
func (s *Side) Sent(p []byte) {
	for len(p) > 0 {
		if s.left == 0 {
			n := min(headerSize-len(s.head), len(p))
			s.head, p = append(s.head, p[:n]...), p[n:]
			if len(s.head) < headerSize {
				return
			}
			s.left = int(binary.BigEndian.Uint16(s.head[3:]))
			s.begin(s.head[0], s.left)
			if s.left == 0 {
				s.head = s.head[:0]
			}
			continue
		}
		n := min(s.left, len(p))
		if s.head[0] == recordHandshake && !s.ccs {
			s.body = append(s.body, p[:n]...)
		}
		p, s.left = p[n:], s.left-n
		if s.left == 0 {
			s.head = s.head[:0]
			s.message()
		}
	}
}

// encryptedAlert is the size of an alert record in TLS 1.3: two bytes, the inner type and the tag.
const encryptedAlert = 2 + 1 + 16

func (s *Side) begin(kind byte, size int) {
	switch {
	case kind == recordHandshake && s.ccs:
		s.finished = true
	case kind == RecordApplication && size > encryptedAlert:
		s.encrypted = true
	case kind == recordCCS:
		s.ccs = true
	}
}

// message reads what a ServerHello selects.
func (s *Side) message() {
	b := cryptobyte.String(s.body)
	var kind uint8
	var hello cryptobyte.String
	if s.version != "" || !b.ReadUint8(&kind) || kind != messageServerHello || !b.ReadUint24LengthPrefixed(&hello) {
		return
	}
	var version, suite uint16
	var random []byte
	var session, extensions cryptobyte.String
	var compression uint8
	if !hello.ReadUint16(&version) || !hello.ReadBytes(&random, 32) || !hello.ReadUint8LengthPrefixed(&session) ||
		!hello.ReadUint16(&suite) || !hello.ReadUint8(&compression) {
		return
	}
	for hello.ReadUint16LengthPrefixed(&extensions) && !extensions.Empty() {
		var id uint16
		var data cryptobyte.String
		for extensions.ReadUint16(&id) && extensions.ReadUint16LengthPrefixed(&data) {
			switch id {
			case extensionSupportedVersions:
				data.ReadUint16(&version)
			case extensionKeyShare:
				var group uint16
				data.ReadUint16(&group)
				s.group = GroupName(group)
			}
		}
	}
	s.version, s.cipher = VersionName(version), CipherName(suite)
}
