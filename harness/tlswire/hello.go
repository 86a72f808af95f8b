package tlswire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

// extensionStatusRequest asks for a stapled OCSP response, RFC 6066 section 8.
const extensionStatusRequest = 5

// Hello is what a ClientHello says, as crypto/tls has read it.
func Hello(info *tls.ClientHelloInfo) *evidence.Hello {
	return &evidence.Hello{SNI: info.ServerName, OCSP: slices.Contains(info.Extensions, extensionStatusRequest),
		Versions: versionNames(info.SupportedVersions)}
}

// ReadHello is what the ClientHello says that ReadOffer reads.
func ReadHello(r io.Reader) *evidence.Hello {
	info, _ := ReadOffer(r)
	if info == nil {
		return nil
	}
	return Hello(info)
}

// ReadOffer reads a ClientHello, nil if what comes is none or ends before it does, and returns all bytes that it has
// read. They may be more than the ClientHello, if the client has sent more.
func ReadOffer(r io.Reader) (hello *tls.ClientHelloInfo, read []byte) {
	var all bytes.Buffer
	config := &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		hello = info
		return nil, errors.New("read")
	}}
	_ = tls.Server(listener{io.TeeReader(r, &all)}, config).Handshake() // it always fails
	return hello, all.Bytes()
}

// A listener is a connection that says nothing.
type listener struct{ io.Reader }

func (listener) Write(p []byte) (int, error)      { return len(p), nil }
func (listener) Close() error                     { return nil }
func (listener) LocalAddr() net.Addr              { return nil }
func (listener) RemoteAddr() net.Addr             { return nil }
func (listener) SetDeadline(time.Time) error      { return nil }
func (listener) SetReadDeadline(time.Time) error  { return nil }
func (listener) SetWriteDeadline(time.Time) error { return nil }
