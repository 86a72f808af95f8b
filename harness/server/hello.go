package server

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Record and handshake types of TLS, RFC 8446 section 5.1 and 4.
const (
	recordCCS         = 20
	recordHandshake   = 22
	recordApplication = 23

	messageClientHello = 1
	messageServerHello = 2
)

var versionNames = map[uint16]string{tls.VersionTLS10: "1.0", tls.VersionTLS11: "1.1", tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}

// clientHello reads the ClientHello at the beginning of what a client sent, nil if it is not complete or none.
func clientHello(sent []byte) *evidence.Hello {
	var hello *evidence.Hello
	config := &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		hello = &evidence.Hello{SNI: info.ServerName, OCSP: slices.Contains(info.Extensions, 5)}
		for _, v := range []uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10} {
			if slices.Contains(info.SupportedVersions, v) {
				hello.Versions = append(hello.Versions, versionNames[v])
			}
		}
		return nil, errors.New("read")
	}}
	_ = tls.Server(recording{bytes.NewReader(sent)}, config).Handshake() // it always fails
	return hello
}

// recording is a connection that only has a past.
type recording struct{ io.Reader }

func (recording) Write(p []byte) (int, error)      { return len(p), nil }
func (recording) Close() error                     { return nil }
func (recording) LocalAddr() net.Addr              { return nil }
func (recording) RemoteAddr() net.Addr             { return nil }
func (recording) SetDeadline(time.Time) error      { return nil }
func (recording) SetReadDeadline(time.Time) error  { return nil }
func (recording) SetWriteDeadline(time.Time) error { return nil }

// beginsHello says whether bytes begin a ClientHello, beginsMessage whether they are the header of a message of the wire
// protocol that answers nothing: the rule by which a mongod tells its clients apart.
func beginsHello(head []byte) bool {
	return len(head) > 5 && head[0] == recordHandshake && head[5] == messageClientHello
}

func beginsMessage(head []byte) bool {
	if len(head) < 16 {
		return false
	}
	responseTo := int32(binary.LittleEndian.Uint32(head[8:12]))
	return responseTo == 0 || responseTo == -1
}

// A reading follows the records that one side of a TLS connection sends.
type reading struct {
	head []byte // of the record that is being read
	body []byte // of a handshake record before encryption; others are passed over
	left int    // bytes of the record that are still to come

	version  string // of a ServerHello
	ccs      bool   // ChangeCipherSpec was sent
	finished bool   // TLS 1.2: a handshake message followed it
	sealed   bool   // TLS 1.3: an encrypted record was sent that is no alert
}

// handshaken says whether both sides have done their part of a handshake, and returns its version.
func handshaken(client, server *reading) string {
	if v := server.version; v == "1.3" && client.sealed && server.sealed || v != "1.3" && client.finished && server.finished {
		return v
	}
	return ""
}

const headerSize = 5

// read takes what was sent.
func (r *reading) read(p []byte) {
	for len(p) > 0 {
		if r.left == 0 {
			n := min(headerSize-len(r.head), len(p))
			r.head, p = append(r.head, p[:n]...), p[n:]
			if len(r.head) < headerSize {
				return
			}
			r.left = int(binary.BigEndian.Uint16(r.head[3:]))
			r.begin(r.head[0], r.left)
			if r.left == 0 {
				r.head = r.head[:0]
			}
			continue
		}
		n := min(r.left, len(p))
		if r.head[0] == recordHandshake && !r.ccs {
			r.body = append(r.body, p[:n]...)
		}
		p, r.left = p[n:], r.left-n
		if r.left == 0 {
			r.head = r.head[:0]
			r.message()
		}
	}
}

// encryptedAlert is the size of an alert record in TLS 1.3: two bytes, the inner type and the tag.
const encryptedAlert = 2 + 1 + 16

func (r *reading) begin(kind byte, size int) {
	switch {
	case kind == recordHandshake && r.ccs:
		r.finished = true
	case kind == recordApplication && size > encryptedAlert:
		r.sealed = true
	case kind == recordCCS:
		r.ccs = true
	}
}

// message reads the version that a ServerHello selects.
func (r *reading) message() {
	s := cryptobyte.String(r.body)
	var kind uint8
	var hello cryptobyte.String
	if r.version != "" || !s.ReadUint8(&kind) || kind != messageServerHello || !s.ReadUint24LengthPrefixed(&hello) {
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
	const supportedVersions = 43
	for hello.ReadUint16LengthPrefixed(&extensions) && !extensions.Empty() {
		var id uint16
		var data cryptobyte.String
		for extensions.ReadUint16(&id) && extensions.ReadUint16LengthPrefixed(&data) {
			if id == supportedVersions {
				data.ReadUint16(&version)
			}
		}
	}
	r.version = versionNames[version]
}
