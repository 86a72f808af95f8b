package standin

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin/face"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/scenarios"
)

// A fault is what a scenario asks for and no mongod can be told to do. It is applied here and nowhere else: a
// connection asks its fault at five points, when it has been accepted, when its first bytes have come, when the
// handshake is over, when a command has come, and when the TLS library writes. A nil fault does nothing; that is what
// good connections have.
type fault struct {
	scenarios.Fault
	tls  *tls.Config // of the handshakes; nil without TLS
	face *face.Face  // does them instead; nil for crypto/tls
	cut  atomic.Bool // a connection has been
}

// newFault reads what the fault of a configuration names. good is the server's own way of doing handshakes, nil without
// TLS.
func newFault(c Config, good *tls.Config) (*fault, error) {
	f := &fault{Fault: c.Fault}
	if good == nil {
		return f, nil
	}
	f.tls = good.Clone()
	if f.OpenSSL != nil {
		var err error
		f.face, err = face.Start(face.Config{KeyFile: cmp.Or(c.FaultKeyFile, c.CertificateKeyFile), OpenSSL: *f.OpenSSL})
		return f, err
	}
	if c.FaultKeyFile != "" {
		other, err := readPair(c.FaultKeyFile)
		if err != nil {
			return nil, err
		}
		f.tls.Certificates = []tls.Certificate{other}
		ownTickets(f.tls) // to resume a session is to have seen its certificate
	}
	if c.Staple != nil {
		f.tls.Certificates = slices.Clone(f.tls.Certificates)
		f.tls.Certificates[0].OCSPStaple = c.Staple
	}
	if c.AdvertiseCAFile != "" {
		_, named, err := loadAuthorities(c.AdvertiseCAFile)
		if err != nil {
			return nil, cannotReadAuthorities(c.AdvertiseCAFile, err)
		}
		f.tls.ClientCAs = named
	}
	if f.VerifyInHandshake {
		f.tls.ClientAuth = tls.VerifyClientCertIfGiven
		if !c.AllowConnectionsWithoutCertificates {
			f.tls.ClientAuth = tls.RequireAndVerifyClientCert
		}
	}
	return f, errors.Join(f.boundVersions(), f.restrictCiphers(), f.restrictGroups())
}

func (f *fault) restrictGroups() error {
	if len(f.Groups) > 0 {
		f.tls.CurvePreferences = nil
	}
	for _, name := range f.Groups {
		i := slices.IndexFunc(groups, func(g tls.CurveID) bool { return g.String() == name })
		if i < 0 {
			return fmt.Errorf("no group %q", name)
		}
		f.tls.CurvePreferences = append(f.tls.CurvePreferences, groups[i])
	}
	return nil
}

var groups = []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519, tls.X25519MLKEM768}

func (f *fault) boundVersions() error {
	for _, bound := range []struct {
		name    scenarios.Version
		version *uint16
	}{{f.MinTLS, &f.tls.MinVersion}, {f.MaxTLS, &f.tls.MaxVersion}} {
		if bound.name == "" {
			continue
		}
		version, ok := tlswire.Version(string(bound.name))
		if !ok {
			return fmt.Errorf("no TLS version %q", bound.name)
		}
		*bound.version = version
	}
	return nil
}

func (f *fault) restrictCiphers() error {
	if len(f.Ciphers) > 0 {
		f.tls.CipherSuites = nil
	}
	suites := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	for _, name := range f.Ciphers {
		i := slices.IndexFunc(suites, func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("no cipher suite %q", name)
		}
		f.tls.CipherSuites = append(f.tls.CipherSuites, suites[i].ID)
	}
	return nil
}

// of is the fault of a connection: some may be good.
func (f *fault) of(connection int64) *fault {
	if f.Spares(int(connection)) {
		return nil
	}
	return f
}

// loadBalanced says that the server answers as one behind a load balancer does.
func (f *fault) loadBalanced() bool { return f.LoadBalancer }

// accept is asked when a connection has been accepted. True: it is over.
func (f *fault) accept(c *connection) bool {
	switch {
	case f == nil:
		return false
	case f.Close == scenarios.AtAccept:
		f.over(c, "closed after the connection was accepted")
		return true
	case f.Stall == scenarios.AtAccept:
		c.keepSilent()
		return true
	case f.Early:
		c.alert(fatal, f.Alert)
		head := make([]byte, tlswire.HeadSize)
		_, _ = io.ReadFull(c.raw, head)
		c.noteHello(head)
		f.over(c, "sent an alert before any ClientHello")
		return true
	}
	f.pause(scenarios.AtAccept)
	return false
}

// lag is how long a Slow fault takes, drop how long it is from one byte of a Drip to the next.
const (
	lag  = 300 * time.Millisecond
	drop = time.Millisecond
)

func (f *fault) pause(at scenarios.Point) {
	if f.Slow == at {
		time.Sleep(lag)
	}
}

// hello is asked when the first bytes have come. It returns what the handshake is done with, nil for no other way than
// the server's own, and all bytes that have come by then; over: the connection is.
func (f *fault) hello(c *connection, head []byte) (config *tls.Config, read []byte, over bool) {
	switch {
	case f == nil:
		return nil, head, false
	case f.tls == nil || !tlswire.IsHello(head) || !f.heeds():
		return f.tls, head, f.speak(c, head)
	}
	var all bytes.Buffer
	hello := tlswire.ReadHello(io.TeeReader(io.MultiReader(bytes.NewReader(head), c.raw), &all))
	switch {
	case hello == nil:
		c.noteHello(head)
	case !meets(f.For, hello):
		c.fault = nil
		return nil, all.Bytes(), false
	default:
		c.offered(hello)
	}
	f.pause(scenarios.AtHello)
	return f.tls, all.Bytes(), f.speak(c, head) || f.end(c)
}

// heeds reports whether the fault waits for the whole of a ClientHello: a mongod decides by the first bytes.
func (f *fault) heeds() bool {
	at := []scenarios.Point{f.Slow, f.Stall, f.Close}
	return f.face != nil || f.For != scenarios.Hello{} || f.Speak != "" || f.Alert != 0 || f.Warn != 0 ||
		slices.Contains(at, scenarios.AtHello)
}

// isLate reports whether an alert is to be sent when the handshake is over.
func (f *fault) isLate() bool { return f != nil && f.Late }

// meets reports whether a ClientHello is of a kind.
func meets(kind scenarios.Hello, hello *evidence.Hello) bool {
	return (kind.SNI == "" || kind.SNI == hello.SNI) && hello.Size > kind.Over &&
		(kind.Group == "" || slices.Contains(hello.Offer.Groups, kind.Group)) &&
		(kind.Version == "" || slices.Contains(hello.Versions, string(kind.Version)))
}

// speak answers in other words. True: the connection is over.
func (f *fault) speak(c *connection, head []byte) bool {
	if f.Speak == "" {
		return false
	}
	c.noteHello(head)
	_, _ = c.raw.Write([]byte(f.Speak))
	f.over(c, "answered with other words")
	return true
}

// overOpenSSL is what does the handshakes in place of crypto/tls, nil for nothing.
func (f *fault) overOpenSSL() *face.Face {
	if f == nil {
		return nil
	}
	return f.face
}

// The levels of alerts.
const warning, fatal = 1, 2

// alert sends an alert in clear.
func (c *connection) alert(level, number int) {
	_, _ = c.raw.Write([]byte{tlswire.RecordAlert, 3, 3, 0, 2, byte(level), byte(number)})
}

// end ends a connection after its ClientHello, if that is the fault, or warns.
func (f *fault) end(c *connection) bool {
	staged := func() { c.note(func() { c.seen.HandshakeError = "staged" }) }
	switch {
	case f.Stall == scenarios.AtHello:
		c.keepSilent()
	case f.Alert != 0 && !f.Late:
		staged()
		c.alert(fatal, f.Alert)
	case f.Close == scenarios.AtHello:
		staged()
		f.over(c, "closed after the ClientHello")
	default:
		if f.Warn != 0 {
			c.alert(warning, f.Warn)
		}
		return false
	}
	return true
}

// over notes that the fault has ended a connection; no log line of a mongod says so.
func (f *fault) over(c *connection, text string) {
	c.note(func() { c.seen.Cause, c.seen.Text = evidence.Staged, text })
	if f.Reset {
		_ = c.raw.SetLinger(0)
		_ = c.raw.Close()
	}
}

// handshake is asked when a handshake is over, with the error of one that failed. True: so is the connection.
func (f *fault) handshake(c *connection, conn *tls.Conn, err error) bool {
	if f != nil && err == nil {
		f.pause(scenarios.AtHandshake)
	}
	switch {
	case f == nil:
		return false
	case errors.Is(err, errStaged):
		return true
	case err == nil && f.Close == scenarios.AtHandshake && f.HalfClosed:
		f.halfClose(c, conn)
		return true
	case err == nil && f.Close == scenarios.AtHandshake:
		f.over(c, "closed after the handshake")
		return true
	case err == nil && f.OldMiddlebox && !c.resumes:
		f.over(c, "closed, for it did not look like a resumption of TLS 1.2")
		return true
	case err == nil && f.Stall == scenarios.AtHandshake:
		c.keepSilent()
		return true
	case err == nil && f.Late:
		f.alertLate(c, conn)
		return true
	case err == nil && f.Inner:
		c.refuseInner(conn)
		return true
	case err != nil && f.VerifyInHandshake && strings.Contains(err.Error(), "didn't provide a certificate"):
		c.line("E", "NETWORK", 23255, rejectedWithout, nil)
		return true
	case err != nil && f.VerifyInHandshake && errors.As(err, new(*tls.CertificateVerificationError)):
		c.line("E", "NETWORK", 23256, "SSL peer certificate validation failed", attrError(badCertificate+err.Error()))
		return true
	}
	return false
}

// alertLate sends an alert as the first record after the handshake.
func (f *fault) alertLate(c *connection, conn *tls.Conn) {
	record, err := c.wire.secrets.Alert(conn.ConnectionState(), f.Alert)
	if err != nil {
		f.over(c, "sent no alert: "+err.Error())
		return
	}
	_, _ = c.raw.Write(record)
	f.over(c, "sent an alert after the handshake")
}

// halfClose says that nothing more will come, and reads on until the client leaves.
func (f *fault) halfClose(c *connection, w io.Writer) {
	if conn, ok := w.(*tls.Conn); ok {
		_ = conn.CloseWrite()
	}
	_ = c.raw.CloseWrite()
	f.over(c, "shut its sending side down")
	_, _ = io.Copy(io.Discard, c.raw)
}

// refuseInner reads what comes in the place of the other handshake, and does with it what a mongod in requireTLS does.
func (c *connection) refuseInner(conn io.Reader) {
	if _, err := io.ReadFull(conn, make([]byte, tlswire.HeadSize)); err != nil {
		c.broken(err, nil)
		return
	}
	c.refuse(status.SSLHandshakeFailed, "The server is configured to only allow SSL connections")
}

// mutes is asked when a command has come. True: it got no answer, nor did anything after it, and the client has left.
func (f *fault) mutes(c *connection, m message, w io.Writer) bool {
	if f == nil || f.Mute == 0 || !commandSeen(m, nil).OfUser() {
		return false
	}
	c.asked++
	switch {
	case c.asked <= f.Mute || f.Cut && f.cut.Swap(true):
		return false
	case f.HalfClosed:
		f.halfClose(c, w)
	case f.Cut:
		f.over(c, "closed in the place of an answer")
		c.note(func() { c.seen.CutMS = c.server.record.now() })
	default:
		c.keepSilent()
	}
	return true
}

// write is asked when the TLS library writes. It returns false if that is to be done as a mongod does it.
func (f *fault) write(w *wire, p []byte) (done bool, n int, err error) {
	if f == nil {
		return false, 0, nil
	}
	alert := isAlert(p)
	switch {
	case w.handshaking && f.Late:
		w.secrets.Sent(p)
		return false, 0, nil
	case alert && !f.alerts():
		return false, 0, nil
	case f.CloseAfter > 0:
		n, err = f.upTo(w, p)
		return true, n, err
	case f.NoCCS && w.handshaking:
		_, err = w.TCPConn.Write(tlswire.WithoutCCS(p))
		return true, len(p), err
	case f.RecordBytes > 0 && w.handshaking:
		return true, len(p), w.inRecords(p, f.RecordBytes)
	case f.Drip && w.handshaking:
		w.connection.note(func() { w.connection.seen.Silent = true })
		n, err = inChunks(w.TCPConn, p, 1, drop)
		return true, n, err
	case f.ChunkBytes > 0 && w.handshaking:
		n, err = inChunks(w.TCPConn, p, f.ChunkBytes, 0)
		return true, n, err
	case alert:
		n, err = w.TCPConn.Write(p)
		return true, n, err
	}
	return false, 0, nil
}

// alerts reports whether the alerts of the TLS library are sent: those of a server that is no mongod are.
func (f *fault) alerts() bool {
	return f.HalfClosed || f.VerifyInHandshake || f.MinTLS != "" || f.MaxTLS != "" || len(f.Ciphers)+len(f.Groups) > 0
}

// errStaged is that of a connection that has been ended because a scenario asks for it.
var errStaged = errors.New("staged")

// upTo writes what may still be sent, and ends the connection after that.
func (f *fault) upTo(w *wire, p []byte) (n int, err error) {
	left := f.CloseAfter - w.written
	if len(p) <= left {
		w.written += len(p)
		return w.TCPConn.Write(p)
	}
	w.written += left
	n, _ = w.TCPConn.Write(p[:left])
	f.over(w.connection, fmt.Sprintf("closed after %d bytes", f.CloseAfter))
	return n, errStaged
}

// inChunks writes so many bytes at a time, one such chunk a pause, until the client has left. On a machine that is too
// busy for that, they follow each other until it has caught up: all of them take as long as elsewhere.
func inChunks(w io.Writer, p []byte, size int, pause time.Duration) (n int, err error) {
	due := time.Now()
	for chunk := range slices.Chunk(p, size) {
		due = due.Add(pause)
		time.Sleep(time.Until(due))
		written, err := w.Write(chunk)
		n += written
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
