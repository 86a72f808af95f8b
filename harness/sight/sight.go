// Package sight looks at MongoDB servers from outside, as anybody can who reaches their ports: by TLS handshakes of
// several kinds, and by hello, buildInfo and ping. It changes nothing, and logs in nowhere.
package sight

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// A Server is what was seen of one.
type Server struct {
	Host  string // host:port
	Away  error  // why nobody answers; nil: somebody does
	Clear bool   // clients without TLS are served
	TLS   *TLS   // nil: it speaks none
	Hello Hello  // what it says of itself; zero if it says nothing
	Mute  error  // why it says nothing; nil: it does
	// Version is that of buildInfo, "" if it is not told. Pings: it answers a ping before any login.
	Version string
	Pings   bool
}

// A TLS is what a server shows in handshakes.
type TLS struct {
	Chain   []*x509.Certificate // that it sends, the leaf first
	Bad     error               // why the chain is no good for this host and these authorities; nil: it is
	Public  bool                // authorities that this machine trusts vouch for it, too
	Staple  Staple
	Version uint16   // that it agrees on with a client of today
	Offers  []uint16 // versions that it takes, in their order
	// Ciphers are the suites of TLS 1.2 and before that it takes, of those that Go knows, in the order in which it chooses
	// them; Cipher13 is what it chooses in TLS 1.3, 0 without.
	Ciphers  []uint16
	Cipher13 uint16
	Asks     bool // for a client certificate
	Names    int  // authorities that it names for one
	Demands  bool // clients without one are not served
}

// A Staple is what the OCSP response says that comes with a certificate.
type Staple string

// What staples say.
const (
	NoStaple   Staple = ""
	Good       Staple = "good"
	Revoked    Staple = "revoked"
	Unknown    Staple = "unknown"
	Expired    Staple = "expired"
	Unreadable Staple = "unreadable" // or about another certificate
)

// Good says why a good client is not served; nil if it is.
func (s Server) Good() error {
	switch {
	case s.Away != nil:
		return s.Away
	case s.TLS == nil && s.Clear:
		return errors.New("it speaks no TLS, and serves clients in clear")
	case s.TLS == nil:
		return errors.New("it speaks no TLS")
	case s.TLS.Bad != nil:
		return s.TLS.Bad
	case s.Mute != nil && s.TLS.Asks:
		return fmt.Errorf("it asks for a client certificate, and does not serve this client: %w", s.Mute)
	}
	return s.Mute
}

// Eyes look at servers. They are safe for concurrent use.
type Eyes struct {
	Roots *x509.CertPool
	Cert  *tls.Certificate // for servers that ask; nil without one
	Pace  *Pace
	// Brief sends nothing but TLS and hello, and leaves ciphers alone: some six connections.
	Brief bool
}

// patience bounds each connection.
const patience = 5 * time.Second

// Look looks at a server, over some twenty connections.
func (e *Eyes) Look(ctx context.Context, host string) Server {
	s := Server{Host: host}
	if s.Away = e.reach(ctx, host); s.Away != nil {
		return s
	}
	e.good(ctx, &s)
	if s.TLS != nil {
		e.offers(ctx, host, s.TLS)
		s.TLS.Demands = s.TLS.Asks && s.Mute != nil
		if s.TLS.Asks && e.Cert != nil {
			_, err := e.greet(ctx, host, e.config(host, nil))
			s.TLS.Demands = err != nil
		}
	}
	inClear, err := e.greet(ctx, host, nil)
	if s.Clear = err == nil; s.Clear && s.TLS == nil {
		s.Hello, s.Mute = inClear, nil
	}
	return s
}

// reach says why nobody answers.
func (e *Eyes) reach(ctx context.Context, host string) error {
	conn, err := e.dial(ctx, host)
	var unresolved *net.DNSError
	var op *net.OpError
	switch {
	case err == nil:
		return conn.Close()
	case errors.As(err, &unresolved):
		return fmt.Errorf("its name does not resolve (%s): look whether it is right", unresolved.Err)
	case errors.As(err, &op) && op.Timeout():
		return fmt.Errorf("nobody answers within %s", patience)
	case errors.As(err, &op):
		return fmt.Errorf("nobody answers: %w", op.Err)
	}
	return err
}

// good does what a good client would, and what it is answered.
func (e *Eyes) good(ctx context.Context, s *Server) {
	raw, err := e.dial(ctx, s.Host)
	if err != nil {
		s.Mute = err
		return
	}
	seen := &TLS{}
	conn := tls.Client(raw, e.config(s.Host, seen))
	err = conn.HandshakeContext(ctx)
	// What the server shows is seen where the handshake fails, too.
	if len(seen.Chain) > 0 {
		s.TLS = seen
		seen.Bad = e.verify(s.Host, seen.Chain, e.Roots)
		seen.Public = e.verify(s.Host, seen.Chain, nil) == nil
	}
	defer func() { _ = raw.Close() }() // all has been said
	if err != nil {
		s.Mute = err
		return
	}
	if s.Hello, s.Mute = hello(conn); s.Mute != nil || e.Brief {
		return
	}
	if info, err := ask(conn, "buildInfo"); err == nil {
		s.Version, _ = info.Lookup("version").StringValueOK()
	}
	_, err = ask(conn, "ping")
	s.Pings = err == nil
}

// greet opens a connection, with TLS or without, and says hello.
func (e *Eyes) greet(ctx context.Context, host string, config *tls.Config) (Hello, error) {
	conn, err := e.open(ctx, host, config)
	if err != nil {
		return Hello{}, err
	}
	defer func() { _ = conn.Close() }() // all has been said
	return hello(conn)
}

// verify judges a chain as a client does; nil roots are those of this machine.
func (e *Eyes) verify(host string, chain []*x509.Certificate, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	name, _, _ := net.SplitHostPort(host)
	if net.ParseIP(name) != nil {
		name = "[" + name + "]"
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between})
	return err
}

// config is that of a client that takes everything that Go can, and trusts whoever it is. What it sees goes to seen.
func (e *Eyes) config(host string, seen *TLS) *tls.Config {
	name, _, _ := net.SplitHostPort(host)
	var suites []uint16
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		suites = append(suites, suite.ID)
	}
	//nolint:gosec // it looks, and trusts nothing
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites}
	if seen == nil {
		return config
	}
	config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		seen.Asks, seen.Names = true, len(asked.AcceptableCAs)
		if e.Cert != nil {
			return e.Cert, nil
		}
		return &tls.Certificate{}, nil
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		seen.Chain, seen.Version = state.PeerCertificates, state.Version
		seen.Staple = stapled(state)
		if state.Version == tls.VersionTLS13 {
			seen.Cipher13 = state.CipherSuite
		}
		return nil
	}
	return config
}

func stapled(state tls.ConnectionState) Staple {
	if len(state.OCSPResponse) == 0 {
		return NoStaple
	}
	response, err := ocsp.ParseResponseForCert(state.OCSPResponse, state.PeerCertificates[0], nil)
	switch {
	case err != nil:
		return Unreadable
	case !response.NextUpdate.IsZero() && time.Now().After(response.NextUpdate):
		return Expired
	}
	return map[int]Staple{ocsp.Good: Good, ocsp.Revoked: Revoked, ocsp.Unknown: Unknown}[response.Status]
}

// offers finds out which versions a server takes and, unless the look is brief, which ciphers.
func (e *Eyes) offers(ctx context.Context, host string, seen *TLS) {
	versions := []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}
	for _, v := range versions {
		agreed := v == seen.Version
		if !agreed {
			config := e.config(host, nil)
			config.MinVersion, config.MaxVersion = v, v
			agreed = e.agrees(ctx, host, config) != 0
		}
		if agreed {
			seen.Offers = append(seen.Offers, v)
		}
	}
	if e.Brief || len(seen.Offers) == 0 || seen.Offers[0] == tls.VersionTLS13 {
		return
	}
	config := e.config(host, nil)
	config.MaxVersion = tls.VersionTLS12
	for len(config.CipherSuites) > 0 {
		suite := e.agrees(ctx, host, config)
		i := slices.Index(config.CipherSuites, suite)
		if i < 0 {
			return
		}
		seen.Ciphers = append(seen.Ciphers, suite)
		config.CipherSuites = slices.Delete(slices.Clone(config.CipherSuites), i, i+1)
	}
}

// agrees is the cipher suite that a server agrees on, 0 for none. It may end the connection later: that is about
// something else.
func (e *Eyes) agrees(ctx context.Context, host string, config *tls.Config) (suite uint16) {
	config = config.Clone()
	config.VerifyConnection = func(state tls.ConnectionState) error {
		suite = state.CipherSuite
		return nil
	}
	if conn, err := e.open(ctx, host, config); err == nil {
		_ = conn.Close() // it has been seen
	}
	return suite
}

func (e *Eyes) dial(ctx context.Context, host string) (net.Conn, error) {
	if err := e.Pace.Take(ctx); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: patience}
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(patience))
}

// open opens a connection; without a config it is one in clear.
func (e *Eyes) open(ctx context.Context, host string, config *tls.Config) (net.Conn, error) {
	raw, err := e.dial(ctx, host)
	if err != nil || config == nil {
		return raw, err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return conn, nil
}
