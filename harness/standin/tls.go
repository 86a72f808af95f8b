package standin

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// tlsConfig is net.tls in the words of crypto/tls. The client's certificate is asked for where there is a CA file, never
// judged inside the handshake, and nothing is resumed unless a fault says so.
func (s *Server) tlsConfig() *tls.Config {
	disabled := strings.Split(s.config.DisabledProtocols, ",")
	c := &tls.Config{
		Certificates:           []tls.Certificate{s.files.certs},
		SessionTicketsDisabled: !s.config.Fault.Tickets,
		MinVersion:             tls.VersionTLS12, // the policy of the system that mongod was measured on
		MaxVersion:             tls.VersionTLS13,
	}
	if slices.Contains(disabled, "TLS1_3") {
		c.MaxVersion = tls.VersionTLS12
	}
	if slices.Contains(disabled, "TLS1_2") {
		c.MinVersion = tls.VersionTLS13
	}
	if s.files.ca != nil {
		c.ClientAuth, c.ClientCAs = tls.RequestClientCert, s.files.named
	}
	return c
}

// faultyConfig is tlsConfig for connections that meet the fault.
func (s *Server) faultyConfig() (*tls.Config, error) {
	c := s.tls.Clone()
	if path := s.config.FaultKeyFile; path != "" {
		var other files
		if err := other.loadKeyFile(path, ""); err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{other.certs}
	}
	if s.config.Staple != nil {
		c.Certificates = slices.Clone(c.Certificates)
		c.Certificates[0].OCSPStaple = s.config.Staple
	}
	return c, s.applyFault(c)
}

func (s *Server) applyFault(c *tls.Config) error {
	f := s.config.Fault
	if f.VerifyInHandshake {
		c.ClientAuth = tls.VerifyClientCertIfGiven
		if !s.config.AllowConnectionsWithoutCertificates {
			c.ClientAuth = tls.RequireAndVerifyClientCert
		}
	}
	if v, ok := versions[string(f.MinTLS)]; ok {
		c.MinVersion = v
	}
	if v, ok := versions[string(f.MaxTLS)]; ok {
		c.MaxVersion = v
	}
	for _, name := range f.Ciphers {
		i := slices.IndexFunc(append(tls.CipherSuites(), tls.InsecureCipherSuites()...), func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("no cipher suite %q", name)
		}
		c.CipherSuites = append(c.CipherSuites, append(tls.CipherSuites(), tls.InsecureCipherSuites()...)[i].ID)
	}
	return nil
}

var errStaged = errors.New("staged")

// tlsConfig adds what belongs to one connection: the record of its ClientHello.
func (c *connection) tlsConfig() *tls.Config {
	config, f := c.server.tls.Clone(), c.fault
	if c.faulty {
		config = c.server.faulty.Clone()
	}
	config.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		hello := &evidence.Hello{SNI: info.ServerName, OCSP: slices.Contains(info.Extensions, 5)}
		for _, name := range []string{"1.3", "1.2", "1.1", "1.0"} {
			if slices.Contains(info.SupportedVersions, versions[name]) {
				hello.Versions = append(hello.Versions, name)
			}
		}
		c.note(func() { c.seen.Hello, c.seen.Silent = hello, f.Stall == "hello" })
		if f.Close == "hello" || f.Alert != 0 {
			return nil, errStaged
		}
		return nil, nil
	}
	return config
}

// helloOf is what 16 bytes say of a ClientHello, nil if they are none.
func helloOf(head []byte) *evidence.Hello {
	if head[0] != 0x16 || head[5] != 1 {
		return nil
	}
	return &evidence.Hello{}
}

// disabledProtocol is the check that mongod does by hand, before its TLS library: a client that offers no more than TLS 1.0
// or 1.1, where that is disabled, gets an alert of seven bytes (measured on mongod 4.4.5). Nil if it does not apply.
func (c *connection) disabledProtocol(head []byte) []byte {
	if f := c.fault; f.MinTLS != "" || f.MaxTLS != "" {
		return nil
	}
	disabled := c.server.config.DisabledProtocols
	if disabled == "" {
		disabled = "TLS1_0"
	}
	names := map[[2]byte]string{{3, 1}: "TLS1_0", {3, 2}: "TLS1_1"}
	name, old := names[[2]byte(head[9:11])]
	if helloOf(head) == nil || !old || !slices.Contains(strings.Split(disabled, ","), name) {
		return nil
	}
	return []byte{21, head[9], head[10], 0, 2, 2, 70}
}

// A wire is the socket under TLS. It gives back the bytes that were read to tell the protocols apart, and does what a
// crypto/tls server alone would not: a mongod never flushes its own alerts.
type wire struct {
	*net.TCPConn
	head  []byte
	fault scenarios.Fault
	done  bool // with the handshake; set and read by the connection's goroutine only
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.head) > 0 {
		n := copy(p, w.head)
		w.head = w.head[n:]
		return n, nil
	}
	return w.TCPConn.Read(p)
}

const alertRecord = 21

func (w *wire) Write(p []byte) (int, error) {
	f := w.fault
	staged := f.Close == "hello" || f.Alert != 0 // what is said then is said elsewhere
	alerts := !staged && (f.VerifyInHandshake || f.MinTLS != "" || f.MaxTLS != "" || len(f.Ciphers) > 0)
	switch {
	case f.Stall == "hello", len(p) > 0 && p[0] == alertRecord && !alerts:
		return len(p), nil
	case f.ChunkBytes > 0 && !w.done:
		return w.chunks(p)
	}
	return w.TCPConn.Write(p)
}

func (w *wire) chunks(p []byte) (n int, err error) {
	for chunk := range slices.Chunk(p, w.fault.ChunkBytes) {
		written, err := w.TCPConn.Write(chunk)
		n += written
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func noCertificateGiven(err error) bool {
	return strings.Contains(err.Error(), "didn't provide a certificate")
}

// opensslText says in OpenSSL's words how a handshake failed.
func opensslText(err error) string {
	text := err.Error()
	switch {
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
	case strings.Contains(text, "does not look like a TLS handshake"):
		return "wrong version number"
	}
	return text
}

// countHandshake counts a completed handshake, as serverStatus.transportSecurity shows it.
func (s *Server) countHandshake(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int64{}
	}
	s.counts[version]++
}

// handshakes is the number of completed handshakes by version: "1.2", "1.3".
func (s *Server) handshakes() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]int64{}
	for version, n := range s.counts {
		all[version] = n
	}
	return all
}
