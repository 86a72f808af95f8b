package standin

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/scenarios"
)

// A fault is what a scenario asks for and no mongod can be told to do. It is applied here and nowhere else: a
// connection asks its fault at four points, when it has been accepted, when its first bytes have come, when the
// handshake is over, and when the TLS library writes. A nil fault does nothing; that is what good connections have.
type fault struct {
	scenarios.Fault
	tls *tls.Config // of the handshakes; nil without TLS
}

// newFault reads what the fault of a configuration names. good is the server's own way of doing handshakes, nil without
// TLS.
func newFault(c Config, good *tls.Config) (*fault, error) {
	f := &fault{Fault: c.Fault}
	if good == nil {
		return f, nil
	}
	f.tls = good.Clone()
	if c.FaultKeyFile != "" {
		var other files
		if err := other.loadKeyFile(c.FaultKeyFile, ""); err != nil {
			return nil, err
		}
		f.tls.Certificates = []tls.Certificate{other.certs}
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
	return f, errors.Join(f.boundVersions(), f.restrictCiphers())
}

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

// of is the fault of a connection: the first ones may be good.
func (f *fault) of(connection int64) *fault {
	if connection <= int64(f.Good) {
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
	case f.Close == "accept":
		c.endStaged("closed after the connection was accepted")
		return true
	case f.Stall == "accept":
		c.keepSilent()
		return true
	}
	return false
}

// hello is asked when the first bytes have come. It returns what the handshake is done with, nil for no other way than
// the server's own; over: the connection is.
func (f *fault) hello(c *connection, head []byte) (config *tls.Config, over bool) {
	switch {
	case f == nil:
		return nil, false
	case f.Speak != "":
		c.noteHello(head)
		_, _ = c.raw.Write([]byte(f.Speak))
		c.endStaged("answered with other words")
		return nil, true
	case f.tls == nil || !tlswire.IsHello(head) || f.Close != "hello" && f.Stall != "hello" && f.Alert == 0:
		return f.tls, false
	}
	if hello := tlswire.ReadHello(io.MultiReader(bytes.NewReader(head), c.raw)); hello != nil {
		c.note(func() { c.seen.Hello = hello })
	} else {
		c.noteHello(head)
	}
	if f.Stall == "hello" {
		c.keepSilent()
		return nil, true
	}
	c.note(func() { c.seen.HandshakeError = "staged" })
	if f.Alert != 0 {
		_, _ = c.raw.Write([]byte{tlswire.RecordAlert, 3, 3, 0, 2, 2, byte(f.Alert)})
	} else {
		c.endStaged("closed after the ClientHello")
	}
	return nil, true
}

// handshake is asked when a handshake is over, with the error of one that failed. True: so is the connection.
func (f *fault) handshake(c *connection, err error) bool {
	switch {
	case f == nil:
		return false
	case err == nil && f.Close == "handshake":
		c.endStaged("closed after the handshake")
		return true
	case err == nil && f.Stall == "handshake":
		c.keepSilent()
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

// write is asked when the TLS library writes. It returns false if that is to be done as a mongod does it.
func (f *fault) write(w *wire, p []byte) (done bool, n int, err error) {
	if f == nil {
		return false, 0, nil
	}
	alert := isAlert(p)
	switch {
	case alert && !f.alerts():
		return false, 0, nil
	case f.ChunkBytes > 0 && w.handshaking:
		n, err = inChunks(w.TCPConn, p, f.ChunkBytes)
		return true, n, err
	case alert:
		n, err = w.TCPConn.Write(p)
		return true, n, err
	}
	return false, 0, nil
}

// alerts reports whether the alerts of the TLS library are sent: those of a server that is no mongod are.
func (f *fault) alerts() bool {
	return f.VerifyInHandshake || f.MinTLS != "" || f.MaxTLS != "" || len(f.Ciphers) > 0
}

func inChunks(w io.Writer, p []byte, size int) (n int, err error) {
	for chunk := range slices.Chunk(p, size) {
		written, err := w.Write(chunk)
		n += written
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
