package standin

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// tlsConfig is net.tls in the words of crypto/tls. The client's certificate is asked for where there is a CA file, and
// never judged inside the handshake. Sessions can be resumed on every connection of the server.
func (s *Server) tlsConfig(f *files) (*tls.Config, error) {
	disabled := strings.Split(s.config.DisabledProtocols, ",")
	off := func(name string) bool {
		return slices.ContainsFunc(disabled, func(d string) bool { return strings.TrimPrefix(d, "no") == name })
	}
	suites, err := cipherSuites(cmp.Or(s.config.CipherConfig, s.parameters.Text("opensslCipherConfig")))
	if err != nil {
		return nil, &unusable{err: err, means: "Can not set supported cipher suites: " + err.Error()}
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{f.certs},
		MinVersion:   tls.VersionTLS12, // the policy of the system that mongod was measured on
		MaxVersion:   tls.VersionTLS13,
		CipherSuites: suites,
		// OpenSSL 1.1.1's, but for X448.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP521, tls.CurveP384},
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	c.SetSessionTicketKeys([][32]byte{key})
	c.Certificates[0].OCSPStaple = s.fetchStaple(f)
	if off("TLS1_3") {
		c.MaxVersion = tls.VersionTLS12
	}
	if off("TLS1_2") {
		c.MinVersion = tls.VersionTLS13
	}
	if f.ca != nil {
		c.ClientAuth, c.ClientCAs = tls.RequestClientCert, f.ca
	}
	return c, nil
}

// handshake does the handshake on a connection whose first bytes were read.
func (c *connection) handshake(head []byte, config *tls.Config) (*tls.Conn, error) {
	w := &wire{TCPConn: c.raw, connection: c, head: head, fault: c.fault, handshaking: true}
	config = config.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if hello := tlswire.ReadHello(bytes.NewReader(w.sent)); hello != nil {
			c.peer.SNI = hello.SNI
			c.note(func() { c.seen.Hello = hello })
		}
		return nil, nil
	}
	c.wire = w
	config.Certificates = slices.Clone(config.Certificates)
	for i := range config.Certificates {
		config.Certificates[i].PrivateKey = tlswire.Signing(config.Certificates[i].PrivateKey, func(scheme string) {
			c.note(func() { c.seen.Signature = scheme })
		})
	}
	conn := tls.Server(w, config)
	err := conn.Handshake()
	w.handshaking, w.sent = false, nil
	return conn, err
}

// oldVersions are those that a mongod looks for by hand, by the version that a ClientHello offers at the most.
var oldVersions = map[uint16]string{tls.VersionTLS10: "TLS1_0", tls.VersionTLS11: "TLS1_1"}

// disabledProtocol is the check that mongod does by hand, before its TLS library: a client that offers no more than TLS
// 1.0 or 1.1, where that is disabled, gets an alert of seven bytes (measured on mongod 4.4.5). Nil if it does not
// apply.
func (s *Server) disabledProtocol(head []byte, config *tls.Config) []byte {
	if !tlswire.IsHello(head) {
		return nil
	}
	major, minor := head[9], head[10]
	offered := uint16(major)<<8 | uint16(minor)
	name, old := oldVersions[offered]
	disabled := strings.Split(cmp.Or(s.config.DisabledProtocols, mongod.Default.DisabledProtocols), ",")
	if !old || config.MinVersion <= offered ||
		!slices.ContainsFunc(disabled, func(d string) bool { return strings.TrimPrefix(d, "no") == name }) {
		return nil
	}
	const fatal, protocolVersion = 2, 70
	return []byte{tlswire.RecordAlert, major, minor, 0, 2, fatal, protocolVersion}
}

// A wire is the socket under TLS. It gives back the bytes that were read to tell the protocols apart, and keeps back
// the alerts of crypto/tls: a mongod never flushes its own.
type wire struct {
	*net.TCPConn
	connection  *connection
	head        []byte
	fault       *fault
	handshaking bool   // set and read by the connection's goroutine only
	sent        []byte // by the client, in the handshake
	ended       bool   // the client has closed TCP; read when a read is over
	written     int    // where a fault counts it
	encrypted   bool   // a ChangeCipherSpec has been sent
}

func (w *wire) Read(p []byte) (n int, err error) {
	if len(w.head) > 0 {
		n = copy(p, w.head)
		w.head = w.head[n:]
	} else {
		n, err = w.TCPConn.Read(p)
	}
	if w.handshaking {
		w.sent = append(w.sent, p[:n]...)
	}
	w.ended = w.ended || errors.Is(err, io.EOF)
	return n, err
}

// isAlert reports whether what the TLS library writes is an alert. It writes whole records. In TLS 1.3 one is inside an
// encrypted record, of a size that nothing else has: messages of the wire protocol are longer.
func isAlert(p []byte) bool {
	const encrypted = 5 + 2 + 1 + 16 // header, alert, type and tag
	return len(p) > 0 && p[0] == tlswire.RecordAlert || len(p) == encrypted && p[0] == tlswire.RecordApplication
}

func (w *wire) Write(p []byte) (int, error) {
	if done, n, err := w.fault.write(w, p); done {
		return n, err
	}
	if isAlert(p) {
		return len(p), nil
	}
	return w.TCPConn.Write(p)
}

// inRecords writes whole records, of which handshake records in clear are cut into smaller ones.
func (w *wire) inRecords(p []byte, size int) error {
	const header = 5
	var out []byte
	for len(p) > header {
		end := header + int(binary.BigEndian.Uint16(p[3:]))
		w.encrypted = w.encrypted || p[0] == tlswire.RecordCCS
		if w.encrypted || p[0] != tlswire.RecordHandshake {
			out = append(out, p[:end]...)
		} else {
			for part := range slices.Chunk(p[header:end], size) {
				out = append(out, p[0], p[1], p[2])
				out = append(binary.BigEndian.AppendUint16(out, uint16(len(part))), part...)
			}
		}
		p = p[end:]
	}
	_, err := w.TCPConn.Write(out)
	return err
}

// opensslText says in OpenSSL's words how a handshake failed that began so, or what followed it.
func opensslText(err error, head []byte) string {
	text := err.Error()
	methods := []string{"GET ", "POST ", "HEAD ", "PUT "} // as OpenSSL looks for them
	switch {
	case slices.ContainsFunc(methods, func(m string) bool { return bytes.HasPrefix(head, []byte(m)) }):
		return "http request"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "stream truncated"
	case errors.Is(err, syscall.ECONNRESET):
		return "Connection reset by peer"
	case strings.Contains(text, "unsupported versions"), strings.Contains(text, "protocol version"):
		return "unsupported protocol"
	case strings.Contains(text, "no cipher suite supported"):
		return "no shared cipher"
	case strings.Contains(text, "remote error: tls: "):
		return "sslv3 alert " + strings.TrimPrefix(text, "remote error: tls: ")
	case strings.Contains(text, "does not look like a TLS handshake"),
		strings.Contains(text, "unsupported SSLv2 handshake"), strings.Contains(text, "unknown record type"),
		strings.Contains(text, "received record with version"):
		return "wrong version number"
	}
	return text
}
