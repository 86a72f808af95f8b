package tlswire

import (
	"encoding/binary"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mongotls/mongotls/harness/evidence"
)

// maxHello is how long a ClientHello may be, in bytes; it is the limit of crypto/tls.
const maxHello = 1 << 16

// ReadHello reads a ClientHello, nil if what comes is none or ends before it does. It reads the records of the
// ClientHello, and nothing after them.
func ReadHello(r io.Reader) *evidence.Hello {
	var message []byte
	record := ""
	for len(message) < messageHead || len(message) < messageSize(message) {
		head := make([]byte, headerSize)
		if _, err := io.ReadFull(r, head); err != nil || head[0] != RecordHandshake {
			return nil
		}
		body := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(r, body); err != nil || len(body) == 0 {
			return nil
		}
		if message == nil {
			record = VersionName(binary.BigEndian.Uint16(head[1:]))
		}
		message = append(message, body...)
		if message[0] != messageClientHello || len(message) >= messageHead && messageSize(message) > maxHello {
			return nil
		}
	}
	hello := parse(message[:messageSize(message)])
	if hello != nil {
		hello.Offer.Record = record
	}
	return hello
}

// messageHead is the length of a handshake message's head: its type and its length.
const messageHead = 4

func messageSize(message []byte) int {
	return messageHead + int(binary.BigEndian.Uint32(message)&0xffffff)
}

// parse reads the message of a ClientHello, RFC 8446 section 4.1.2; nil if it is malformed.
func parse(message []byte) *evidence.Hello {
	s := cryptobyte.String(message[messageHead:])
	var legacy uint16
	var session, suites, compression, all cryptobyte.String
	if !s.ReadUint16(&legacy) || !s.Skip(32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return nil
	}
	if !s.Empty() && (!s.ReadUint16LengthPrefixed(&all) || !s.Empty()) {
		return nil
	}
	o := offered{legacy: legacy}
	o.ciphers = numbers(suites)
	for !all.Empty() {
		var id uint16
		var data cryptobyte.String
		if !all.ReadUint16(&id) || !all.ReadUint16LengthPrefixed(&data) {
			return nil
		}
		o.extensions = append(o.extensions, id)
		o.extension(id, data)
	}
	return &evidence.Hello{
		SNI:      o.sni,
		Versions: versionNames(o.supported()),
		OCSP:     slices.Contains(o.extensions, extensionStatusRequest),
		Size:     len(message),
		Offer: &evidence.Offer{
			JA4:        o.ja4(),
			Ciphers:    names(o.ciphers, CipherName),
			Extensions: names(o.extensions, extensionName),
			Groups:     names(o.groups, GroupName),
			KeyShares:  names(o.keyShares, GroupName),
			Signatures: names(o.signatures, signatureName),
			ALPN:       o.alpn,
		},
	}
}

// offered is what a ClientHello says, as numbers.
type offered struct {
	legacy                                             uint16 // version, of before TLS 1.3
	sni                                                string
	versions                                           []uint16
	ciphers, extensions, groups, keyShares, signatures []uint16
	alpn                                               []string
}

// extension reads one of the extensions; what is malformed in it is left out, for the server's TLS library judges that.
func (o *offered) extension(id uint16, data cryptobyte.String) {
	var list cryptobyte.String
	switch id {
	case extensionServerName:
		var kind uint8
		var host cryptobyte.String
		if data.ReadUint16LengthPrefixed(&list) && list.ReadUint8(&kind) && kind == 0 &&
			list.ReadUint16LengthPrefixed(&host) {
			o.sni = string(host)
		}
	case extensionSupportedVersions:
		data.ReadUint8LengthPrefixed(&list)
		o.versions = numbers(list)
	case extensionGroups:
		data.ReadUint16LengthPrefixed(&list)
		o.groups = numbers(list)
	case extensionSignatureAlgorithms:
		data.ReadUint16LengthPrefixed(&list)
		o.signatures = numbers(list)
	case extensionALPN:
		var protocol cryptobyte.String
		data.ReadUint16LengthPrefixed(&list)
		for list.ReadUint8LengthPrefixed(&protocol) {
			o.alpn = append(o.alpn, string(protocol))
		}
	case extensionKeyShare:
		var group uint16
		var share cryptobyte.String
		data.ReadUint16LengthPrefixed(&list)
		for list.ReadUint16(&group) && list.ReadUint16LengthPrefixed(&share) {
			o.keyShares = append(o.keyShares, group)
		}
	}
}

// supported are the versions that are offered: those of the extension, or all up to the one of before TLS 1.3.
func (o *offered) supported() []uint16 {
	if slices.Contains(o.extensions, extensionSupportedVersions) {
		return o.versions
	}
	var all []uint16
	for _, v := range versions {
		if v <= min(o.legacy, versions["1.2"]) {
			all = append(all, v)
		}
	}
	return all
}

// numbers are the elements of a list.
func numbers(list cryptobyte.String) (all []uint16) {
	var number uint16
	for list.ReadUint16(&number) {
		all = append(all, number)
	}
	return all
}
