package standin

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// A connection is one client's, from the accepted socket to its end.
type connection struct {
	server  *Server
	id      int64
	remote  string
	ctx     string // of its log lines
	raw     *net.TCPConn
	seen    *evidence.Connection // changed under the record's lock
	overTLS bool
	peer    *x509.Certificate // verified client certificate, nil without one
	login   login
	faulty  bool
	fault   scenarios.Fault // none for the good ones
}

func newConnection(s *Server, raw *net.TCPConn, id int64) *connection {
	c := &connection{server: s, id: id, remote: raw.RemoteAddr().String(), ctx: fmt.Sprintf("conn%d", id), raw: raw}
	if c.faulty = id > int64(s.config.Fault.Good); c.faulty {
		c.fault = s.config.Fault
	}
	c.seen = s.record.begin(id, c.remote)
	return c
}

// linger is how long a closed connection waits for its client to close, too, so that the client reads an end of file and
// not a reset: a mongod's clients do, on this kernel. Where a record is kept, it waits for as long as it takes: the record
// shows what the client leaves open.
const linger = 2 * time.Second

// serve does all that happens on a connection.
func (c *connection) serve() {
	s := c.server
	s.log.line("I", "NETWORK", 22943, "listener", "Connection accepted", c.attr())
	c.talk()
	s.log.line("I", "NETWORK", 22944, c.ctx, "Connection ended", c.attr())
	// A mongod shuts down and closes, without a close_notify.
	_ = c.raw.CloseWrite()
	if !s.record.keep {
		_ = c.raw.SetReadDeadline(time.Now().Add(linger))
	}
	_, _ = io.Copy(io.Discard, c.raw)
	_ = c.raw.Close()
	s.record.end(c.seen)
}

func (c *connection) attr() bson.D {
	c.server.mu.Lock()
	count := len(c.server.conns)
	c.server.mu.Unlock()
	return bson.D{{Key: "remote", Value: c.remote}, {Key: "connectionId", Value: c.id}, {Key: "connectionCount", Value: int32(count)}}
}

// talk reads the first bytes and goes the way that they and the mode say. It returns when the connection is to be closed.
func (c *connection) talk() {
	fault := c.fault
	switch {
	case fault.Close == "accept":
		c.staged("closed after the connection was accepted")
		return
	case fault.Stall == "accept":
		c.silent()
		return
	}
	// One port serves both: a message of the wire protocol that answers nothing, or else a ClientHello.
	head := make([]byte, 16)
	if _, err := io.ReadFull(c.raw, head); err != nil {
		return
	}
	switch responseTo := int32(binary.LittleEndian.Uint32(head[8:12])); {
	case fault.Speak != "":
		c.note(func() { c.seen.Hello = helloOf(head) })
		_, _ = c.raw.Write([]byte(fault.Speak))
		c.staged("answered with other words")
	case bytes.HasPrefix(head, []byte("GET ")):
		_, _ = c.raw.Write(httpAnswer)
		c.refuse(protocolError, "Client sent an HTTP request over a native MongoDB connection")
	case responseTo == 0 || responseTo == -1:
		c.clear(head)
	default:
		c.secure(head)
	}
}

const httpText = "It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n"

var httpAnswer = fmt.Appendf(nil, "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
	len(httpText), httpText)

// clear serves a client that does not use TLS, as far as the mode allows.
func (c *connection) clear(head []byte) {
	c.note(func() { c.seen.Clear = true })
	switch c.server.parameter.mode() {
	case scenarios.RequireTLS:
		c.refuse(handshakeFailed, "The server is configured to only allow SSL connections")
		return
	case scenarios.PreferTLS:
		if quiet, _ := c.server.parameter.text("disableNonTLSConnectionLogging"); quiet != "true" {
			c.server.log.line("I", "NETWORK", 23838, c.ctx, "SSL mode is set to 'preferred' and connection to remote is not using SSL.",
				bson.D{{Key: "connectionId", Value: c.id}, {Key: "remote", Value: c.remote}})
		}
	}
	c.messages(c.raw, head)
}

// secure does the handshake, judges the client's certificate after it, and serves.
func (c *connection) secure(head []byte) {
	s := c.server
	c.note(func() { c.seen.Hello = helloOf(head) })
	if s.tls == nil {
		c.refuse(handshakeFailed, "SSL handshake received but server is started without SSL support")
		return
	}
	if alert := c.disabledProtocol(head); alert != nil {
		_, _ = c.raw.Write(alert)
		c.refuse(handshakeFailed, "SSL handshake failed, as client requested disabled protocol")
		return
	}
	w := &wire{TCPConn: c.raw, head: head, fault: c.fault}
	config := c.tlsConfig()
	conn := tls.Server(w, config)
	err := conn.Handshake()
	w.done = true
	switch {
	case w.fault.Stall == "hello":
		return
	case err != nil:
		c.handshakeFailed(err)
		return
	}
	c.overTLS = true
	state := conn.ConnectionState()
	version := map[uint16]string{tls.VersionTLS10: "1.0", tls.VersionTLS11: "1.1", tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[state.Version]
	s.countHandshake(version)
	c.note(func() {
		c.seen.TLS = version
		c.seen.Stapled = config.Certificates[0].OCSPStaple != nil && c.seen.Hello.OCSP
		if len(state.PeerCertificates) > 0 {
			c.seen.Peer, _ = pki.DN(state.PeerCertificates[0].RawSubject)
			c.seen.Issuer, _ = pki.DN(state.PeerCertificates[0].RawIssuer)
		}
	})
	switch {
	case w.fault.Close == "handshake":
		c.staged("closed after the handshake")
		return
	case w.fault.Stall == "handshake":
		c.silent()
		return
	}
	if refusal := c.judgePeer(state); refusal != "" {
		c.refuse(handshakeFailed, refusal)
		return
	}
	c.messages(conn, nil)
}

// handshakeFailed records why; a mongod logs failures inside its TLS library at network verbosity 2 only.
func (c *connection) handshakeFailed(err error) {
	s := c.server
	c.note(func() { c.seen.HandshakeError = err.Error() })
	switch {
	case c.fault.Close == "hello":
		c.staged("closed after the ClientHello")
		return
	case c.fault.Alert != 0:
		_, _ = c.raw.Write([]byte{21, 3, 3, 0, 2, 2, byte(c.fault.Alert)})
		return
	case c.fault.VerifyInHandshake && noCertificateGiven(err):
		s.log.line("E", "NETWORK", 23255, c.ctx, "No SSL certificate provided by peer; connection rejected", nil)
		return
	case c.fault.VerifyInHandshake && errors.As(err, new(*tls.CertificateVerificationError)):
		s.log.line("E", "NETWORK", 23256, c.ctx, "SSL peer certificate validation failed", bson.D{{Key: "error", Value: badCertificate + err.Error()}})
		return
	}
	s.log.line("D2", "NETWORK", 22986, c.ctx, "Session from remote encountered a network error during SourceMessage",
		bson.D{{Key: "remote", Value: c.remote}, {Key: "error", Value: failure{socketException, opensslText(err)}.status()}})
}

// refuse logs the status with which a mongod ends a connection.
func (c *connection) refuse(code int32, text string) {
	c.server.log.line("I", "NETWORK", 22988, c.ctx, "Error receiving request from client. Ending connection from remote",
		bson.D{{Key: "error", Value: failure{code, text}.status()}, {Key: "remote", Value: c.remote}, {Key: "connectionId", Value: c.id}})
}

// staged is an end that only a scenario asks for; no log line of a mongod says so.
func (c *connection) staged(text string) {
	c.note(func() { c.seen.Cause, c.seen.Text = evidence.Staged, text })
}

// silent says nothing until the client leaves.
func (c *connection) silent() {
	c.note(func() { c.seen.Silent = true })
	_, _ = io.Copy(io.Discard, c.raw)
}

func (c *connection) note(f func()) { c.server.record.note(f) }
