package standin

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/face"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/scenarios"
)

// A connection is one client's, from the accepted socket to its end.
type connection struct {
	server  *Server
	raw     *net.TCPConn
	own     *identity            // the server's, when it accepted
	fault   *fault               // nil for a good one
	wire    *wire                // under TLS; nil without it
	uuid    string               // in the log of some releases
	peer    database.Peer        // what the database is told of it
	asked   int                  // commands of a user that have come, where the fault counts them
	resumes bool                 // the handshake looked like a resumption of TLS 1.2
	seen    *evidence.Connection // changed by note only
}

func newConnection(s *Server, raw *net.TCPConn, id int64) *connection {
	peer := database.Peer{ID: id, Remote: raw.RemoteAddr().String(), Local: raw.LocalAddr().String()}
	own := s.identity.Load()
	c := &connection{server: s, raw: raw, own: own, fault: own.fault.of(id), peer: peer}
	if s.config.Release.ConnectionUUID != "" {
		c.uuid = newUUID()
	}
	c.seen = s.record.begin(id, c.peer.Remote)
	return c
}

// newUUID is a random one, RFC 9562, version 4, as text.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// linger is how long a closed connection waits for its client to close, too, so that the client reads an end of file
// and not a reset: a mongod's clients do, on this kernel. Where a record is kept, it waits for as long as it takes: the
// record shows what the client leaves open.
const linger = 2 * time.Second

// serve does all that happens on a connection.
func (c *connection) serve() {
	s := c.server
	s.log.Line("I", "NETWORK", 22943, "listener", "Connection accepted", c.attr())
	c.talk()
	c.line("I", "NETWORK", 22944, "Connection ended", c.attr())
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
	attr := bson.D{{Key: "remote", Value: c.peer.Remote}}
	switch c.server.config.Release.ConnectionUUID {
	case "text":
		attr = append(attr, bson.E{Key: "uuid", Value: c.uuid})
	case "document":
		attr = append(attr, bson.E{Key: "uuid", Value: bson.D{{Key: "uuid", Value: bson.D{{Key: "$uuid", Value: c.uuid}}}}})
	}
	return append(attr, bson.D{{Key: "connectionId", Value: c.peer.ID},
		{Key: "connectionCount", Value: int32(c.server.counters().Open)}}...)
}

// talk reads the first bytes and goes the way that they and the mode say. It returns when the connection is to be
// closed.
func (c *connection) talk() {
	if c.fault.accept(c) {
		return
	}
	// One port serves both: a message of the wire protocol that answers nothing, or else a ClientHello.
	head := make([]byte, tlswire.HeadSize)
	if _, err := io.ReadFull(c.raw, head); err != nil {
		c.broken(err, nil)
		return
	}
	config, head, over := c.fault.hello(c, head)
	switch {
	case over:
	case bytes.HasPrefix(head, []byte("GET ")):
		_, _ = c.raw.Write(httpAnswer)
		c.refuse(status.ProtocolError, "Client sent an HTTP request over a native MongoDB connection")
	case tlswire.IsMessage(head):
		c.inClear(head)
	case config != nil:
		c.overTLS(head, config)
	default:
		c.overTLS(head, c.own.tls)
	}
}

const httpText = "It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n"

var httpAnswer = fmt.Appendf(nil, "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n"+
	"Content-Length: %d\r\n\r\n%s", len(httpText), httpText)

// inClear serves a client that does not use TLS, as far as the mode allows.
func (c *connection) inClear(head []byte) {
	c.note(func() { c.seen.Clear = true })
	switch c.server.parameters.Mode() {
	case scenarios.RequireTLS:
		c.refuse(status.SSLHandshakeFailed, "The server is configured to only allow SSL connections")
		return
	case scenarios.PreferTLS:
		if !c.server.parameters.Bool("disableNonTLSConnectionLogging") {
			c.line("I", "NETWORK", 23838, "SSL mode is set to 'preferred' and connection to remote is not using SSL.",
				bson.D{{Key: "connectionId", Value: c.peer.ID}, {Key: "remote", Value: c.peer.Remote}})
		}
	}
	c.messages(c.raw, head)
}

// overTLS does the handshake, judges the client's certificate after it, and serves.
func (c *connection) overTLS(head []byte, config *tls.Config) {
	c.noteHello(head)
	if config == nil {
		c.refuse(status.SSLHandshakeFailed, "SSL handshake received but server is started without SSL support")
		return
	}
	if alert := c.disabledProtocol(head, config); alert != nil {
		_, _ = c.raw.Write(alert)
		c.refuse(status.SSLHandshakeFailed, "SSL handshake failed, as client requested disabled protocol")
		return
	}
	if f := c.fault.overOpenSSL(); f != nil {
		c.overOpenSSL(head, f)
		return
	}
	began := time.Now()
	conn, err := c.handshake(head, config)
	if err != nil {
		c.note(func() { c.seen.HandshakeError = err.Error() })
	} else {
		c.established(conn.ConnectionState(), len(config.Certificates[0].OCSPStaple) > 0, time.Since(began))
	}
	switch over := c.fault.handshake(c, conn, err); {
	case over:
	case err != nil:
		c.broken(err, head)
	default:
		var refusal status.Error
		if errors.As(c.judgePeer(conn.ConnectionState()), &refusal) {
			c.refuse(refusal.Code, refusal.Text)
			return
		}
		c.messages(conn, nil)
	}
}

// overOpenSSL is overTLS where OpenSSL does the handshake. head holds the whole ClientHello. Clients of such servers
// have no certificates.
func (c *connection) overOpenSSL(head []byte, f *face.Face) {
	hello := tlswire.ReadHello(bytes.NewReader(head))
	if hello != nil {
		c.offered(hello)
	}
	began := time.Now()
	conn, err := f.Handshake(c.raw, head)
	if err != nil {
		c.note(func() { c.seen.HandshakeError = err.Error() })
		c.broken(err, head)
		return
	}
	defer func() { _ = conn.Close() }()
	c.completed(conn.Version, time.Since(began))
	c.note(func() { c.seen.TLS, c.seen.Cipher = conn.Version, conn.Cipher })
	c.messages(conn, nil)
}

// broken logs how the client, or the TLS library, ended what was being read: a mongod does at network verbosity 2 only.
// head are the first bytes of a handshake, nil elsewhere.
func (c *connection) broken(err error, head []byte) {
	why := status.Error{Code: status.SocketException, Text: openssl.Failure(err, head)}
	switch inTLS := c.wire != nil; {
	case errors.Is(err, net.ErrClosed):
		return // by us
	case !inTLS && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)),
		inTLS && errors.Is(err, io.EOF) && !c.wire.ended: // by a close_notify
		why = status.Error{Code: status.HostUnreachable, Text: "Connection closed by peer"}
		c.note(func() { c.seen.Farewell = inTLS })
	case !inTLS:
		why.Code = status.HostUnreachable
	}
	c.line("D2", "NETWORK", 22986, "Session from remote encountered a network error during SourceMessage",
		bson.D{{Key: "remote", Value: c.peer.Remote}, {Key: "error", Value: why.Logged()}})
}

// offered notes a whole ClientHello.
func (c *connection) offered(hello *evidence.Hello) {
	c.peer.ServerName = hello.SNI
	c.note(func() { c.seen.Hello = hello })
}

// completed counts a completed handshake, and logs it where the release does.
func (c *connection) completed(version string, took time.Duration) {
	c.server.countHandshake(version, took)
	if c.server.config.Release.LogsHandshakes {
		c.line("I", "NETWORK", 6723804, "Ingress TLS handshake complete",
			bson.D{{Key: "durationMillis", Value: took.Milliseconds()}})
	}
}

// established notes what a completed handshake of crypto/tls came to.
func (c *connection) established(state tls.ConnectionState, stapling bool, took time.Duration) {
	version := tlswire.VersionName(state.Version)
	c.completed(version, took)
	c.note(func() {
		c.seen.TLS, c.seen.Cipher, c.seen.Resumed = version, tlswire.CipherName(state.CipherSuite), state.DidResume
		if state.CurveID != 0 {
			c.seen.Group = tlswire.GroupName(uint16(state.CurveID))
		}
		c.seen.Stapled = stapling && c.seen.Hello.OCSP
		if len(state.PeerCertificates) > 0 {
			c.seen.Peer, _ = dn.Format(state.PeerCertificates[0].RawSubject)
			c.seen.Issuer, _ = dn.Format(state.PeerCertificates[0].RawIssuer)
		}
	})
}

// messages answers commands until the client leaves or sends what is none. head are bytes that were read already.
func (c *connection) messages(rw io.ReadWriter, head []byte) {
	session := c.server.database.Connect(c.peer)
	in := &inbox{server: c.server, r: rw, head: head}
	for {
		header, body, err := in.next()
		if length := badLength(0); errors.As(err, &length) {
			c.line("I", "NETWORK", 4615638, "recv(): message mstLen is invalid.", bson.D{{Key: "msgLen", Value: int32(length)},
				{Key: "min", Value: int32(minMessage)}, {Key: "max", Value: database.MaxMessage}})
			c.refuse(status.ProtocolError, length.Error())
			return
		}
		if err != nil {
			c.broken(err, nil)
			return
		}
		m, err := decode(header, body)
		var refused status.Error
		switch {
		case errors.As(err, &refused):
			c.line("D1", "COMMAND", 21963, "Assertion while parsing command", attrError(refused.Code.String()+": "+refused.Text))
			if _, err := send(rw, m, refused.Reply(), false); err != nil {
				return
			}
		case err != nil:
			if errors.Is(err, errOpcode) {
				c.line("E", "-", 23077, "Assertion", bson.D{{Key: "error", Value: err.Error()},
					{Key: "file", Value: "src/mongo/rpc/message.h"}, {Key: "line", Value: int32(0)}})
			}
			c.line("I", "NETWORK", 22990, "DBException handling request, closing client connection", attrError(err.Error()))
			return
		case !c.answer(session, in, rw, m):
			return
		}
	}
}

// answer executes a command and sends its reply. One that a client allows to be a stream goes on until it has left.
// False: the connection is over.
func (c *connection) answer(session *database.Session, in *inbox, w io.Writer, m message) bool {
	for {
		if !hold(session, in, m) {
			return false
		}
		if c.fault.mutes(c, m, w) {
			return false
		}
		execute := session.Execute
		if m.query {
			execute = session.Query
		}
		reply := execute(m.db, m.command)
		seen := commandSeen(m, reply)
		c.server.record.answered(c.seen, seen)
		then := c.server.operation(seen)
		var next bson.D
		if m.exhaust {
			next = database.Streamed(m.command, reply)
		}
		id, err := send(w, m, reply, next != nil)
		if then != nil {
			go then()
		}
		if err != nil || then != nil {
			return false
		}
		if next == nil {
			return true
		}
		m.id, m.command = id, next
	}
}

// hold waits as long as an answer may be held back. False: the client has left.
func hold(session *database.Session, in *inbox, m message) bool {
	limit, changed := session.Hold(m.command)
	if limit == 0 {
		return true
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for stirs := in.listen(); ; {
		select {
		case <-timer.C:
			return true
		case <-changed:
			return true
		case <-stirs:
			if in.err != nil {
				return false
			}
			stirs = nil // a message of its own, which comes next
		}
	}
}

// send writes the answer to a message, if it wants one, and returns the answer's id.
func send(w io.Writer, m message, reply bson.D, more bool) (id int32, err error) {
	if m.moreToCome {
		return 0, nil
	}
	out, id, err := encode(m, reply, more)
	if err == nil {
		_, err = w.Write(out)
	}
	return id, err
}

// refuse logs the status with which a mongod ends a connection.
func (c *connection) refuse(code status.Code, text string) {
	c.line("I", "NETWORK", 22988, "Error receiving request from client. Ending connection from remote",
		bson.D{{Key: "error", Value: status.Error{Code: code, Text: text}.Logged()}, {Key: "remote", Value: c.peer.Remote},
			{Key: "connectionId", Value: c.peer.ID}})
}

// keepSilent says nothing until the client leaves.
func (c *connection) keepSilent() {
	c.note(func() { c.seen.Silent = true })
	_, _ = io.Copy(io.Discard, c.raw)
}

// noteHello notes that the first bytes begin a ClientHello, if they do.
func (c *connection) noteHello(head []byte) {
	if tlswire.IsHello(head) {
		c.note(func() { c.seen.Hello = &evidence.Hello{} })
	}
}

func (c *connection) note(f func()) { c.server.record.note(f) }

// line logs under the connection's name.
func (c *connection) line(severity, component string, id int, message string, attr bson.D) {
	c.server.log.Line(severity, component, id, c.peer.Context(), message, attr)
}

// attrError is the attribute of lines that have an error as text.
func attrError(text string) bson.D { return bson.D{{Key: "error", Value: text}} }
