package standin

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// disabled reports whether a protocol is switched off.
func (s *Server) disabled(version uint16) bool {
	list := cmp.Or(s.config.DisabledProtocols, s.config.Release.DisabledProtocols)
	for word := range strings.SplitSeq(list, ",") {
		if mongod.Protocols[strings.TrimPrefix(word, "no")] == version {
			return true
		}
	}
	return false
}

// versions are the protocols that are served, the lowest first: neither OpenSSL's configuration nor the mongod's is
// against them.
func (s *Server) versions() (list []uint16) {
	policy := s.config.OpenSSL.With(s.cipherList())
	for _, version := range slices.Sorted(maps.Values(mongod.Protocols)) {
		if policy.Serves(version) && !s.disabled(version) {
			list = append(list, version)
		}
	}
	return list
}

// cipherList is that of OpenSSL, "" for a mongod's own.
func (s *Server) cipherList() string {
	return cmp.Or(s.config.CipherConfig, s.parameters.Text("opensslCipherConfig"))
}

// tlsConfig is net.tls in the words of crypto/tls. The client's certificate is asked for where there is a CA file, and
// never judged inside the handshake. Sessions can be resumed on every connection of the server.
func (s *Server) tlsConfig(f *files) (*tls.Config, error) {
	suites, err := openssl.CipherSuites(s.cipherList())
	if err != nil {
		return nil, &unusable{err: err, means: "Can not set supported cipher suites: " + err.Error()}
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{f.certs},
		MinVersion:   tls.VersionTLS13, // which nobody has where all protocols are switched off
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: suites,
		// OpenSSL 1.1.1's, but for X448.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP521, tls.CurveP384},
	}
	ownTickets(c)
	c.Certificates[0].OCSPStaple = s.fetchStaple(f)
	if served := s.versions(); len(served) > 0 {
		c.MinVersion, c.MaxVersion = served[0], served[len(served)-1]
	}
	if f.ca != nil {
		c.ClientAuth, c.ClientCAs = tls.RequestClientCert, f.named
	}
	return c, nil
}

// ownTickets makes a configuration, and its clones, resume no session but their own.
func ownTickets(c *tls.Config) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	c.SetSessionTicketKeys([][32]byte{key})
}

// handshake does the handshake on a connection whose first bytes were read.
func (c *connection) handshake(head []byte, config *tls.Config) (*tls.Conn, error) {
	w := &wire{TCPConn: c.raw, connection: c, head: head, fault: c.fault, handshaking: true}
	own := c.ownVersions(config)
	config = config.Clone()
	config.GetConfigForClient = func(offer *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello := tlswire.ReadHello(bytes.NewReader(w.sent)); hello != nil {
			c.offered(hello)
		}
		if !own {
			return nil, nil
		}
		return c.server.without(config, offer.SupportedVersions), nil
	}
	c.wire = w
	if c.fault.isLate() { // no ticket: the alert is the first record
		config.KeyLogWriter, config.SessionTicketsDisabled = &w.secrets, true
	}
	config.Certificates = slices.Clone(config.Certificates)
	for i := range config.Certificates {
		config.Certificates[i].PrivateKey = tlswire.Signing(config.Certificates[i].PrivateKey, func(scheme string) {
			c.note(func() { c.seen.Signature = scheme })
		})
	}
	conn := tls.Server(w, config)
	err := conn.Handshake()
	c.resumes = tlswire.LooksResumed(w.sent)
	w.handshaking, w.sent = false, nil
	return conn, err
}

// ownVersions reports whether no fault has a say in the versions of a configuration.
func (c *connection) ownVersions(config *tls.Config) bool {
	return config.MinVersion == c.own.tls.MinVersion && config.MaxVersion == c.own.tls.MaxVersion
}

// without is a configuration that does not choose a protocol which is switched off between others that are not: the
// highest that is served and offered counts, as for OpenSSL. Nil where it would not anyway.
func (s *Server) without(config *tls.Config, offered []uint16) *tls.Config {
	would := slices.DeleteFunc(slices.Clone(offered), func(v uint16) bool {
		return v < config.MinVersion || config.MaxVersion < v
	})
	served := s.versions()
	common := slices.DeleteFunc(slices.Clone(would), func(v uint16) bool { return !slices.Contains(served, v) })
	switch {
	case len(would) == 0 || len(common) > 0 && slices.Max(common) == slices.Max(would):
		return nil
	case len(common) == 0:
		common = []uint16{1} // which nobody has
	}
	config = config.Clone()
	config.MinVersion, config.MaxVersion = slices.Max(common), slices.Max(common)
	return config
}

// disabledProtocol is the check that mongod does by hand, before its TLS library: a client that offers no more than TLS
// 1.0 or 1.1, where that is disabled, gets an alert of seven bytes (measured on mongod 4.4.5). Nil if it does not
// apply, or if a fault serves it.
func (c *connection) disabledProtocol(head []byte, config *tls.Config) []byte {
	if !tlswire.IsHello(head) {
		return nil
	}
	major, minor := head[9], head[10]
	offered := uint16(major)<<8 | uint16(minor)
	old := offered == tls.VersionTLS10 || offered == tls.VersionTLS11
	if !old || !c.server.disabled(offered) || !c.ownVersions(config) && config.MinVersion <= offered {
		return nil
	}
	const fatal, protocolVersion = 2, 70
	return []byte{tlswire.RecordAlert, major, minor, 0, 2, fatal, protocolVersion}
}

// A wire is the socket under TLS. It gives back the bytes that were read to tell the protocols apart, and keeps back
// the alerts of crypto/tls where a mongod does not flush its own.
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
	secrets     tlswire.Secrets
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
	if isAlert(p) && !w.connection.server.config.Release.SendsAlerts {
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
