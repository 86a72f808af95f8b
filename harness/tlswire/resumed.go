package tlswire

import "encoding/binary"

// LooksResumed reports whether what a client has sent in a handshake of TLS 1.3 looks like a resumption of TLS 1.2, as
// RFC 8446 appendix D.4 has it for middleboxes: a session id in the ClientHello, and a ChangeCipherSpec after it.
func LooksResumed(sent []byte) bool {
	const session = headerSize + messageHead + 2 + 32 // after version and random
	if len(sent) <= session || !IsHello(sent) || sent[session] == 0 {
		return false
	}
	for len(sent) >= headerSize {
		if sent[0] != RecordHandshake {
			return sent[0] == RecordCCS
		}
		sent = sent[min(len(sent), headerSize+int(binary.BigEndian.Uint16(sent[3:]))):]
	}
	return false
}

// WithoutCCS are whole records, but for those of ChangeCipherSpec.
func WithoutCCS(records []byte) (rest []byte) {
	for len(records) > headerSize {
		end := min(len(records), headerSize+int(binary.BigEndian.Uint16(records[3:])))
		if records[0] != RecordCCS {
			rest = append(rest, records[:end]...)
		}
		records = records[end:]
	}
	return rest
}
