package standin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// A Server is a running stand-in.
type Server struct {
	config    Config
	files     *files // of net.tls; nil in mode disabled
	tls       *tls.Config
	faulty    *tls.Config // of connections that meet the fault
	staple    []byte
	startup   int // lines of the log before the first connection
	listeners []net.Listener
	log       *journal
	record    *record
	store     *store
	parameter *parameters

	mu      sync.Mutex
	next    int64
	counts  map[string]int64 // completed handshakes by version
	conns   map[*connection]struct{}
	own     map[string]chan struct{} // connections of our own, by their address: closed once they have been accepted
	closing bool
	served  sync.WaitGroup
	leaving sync.Once
}

func (s *Server) leave() { s.leaving.Do(s.config.Leave) }

// Start brings up a server; port 0 is a free one. Files that cannot be used are an error, as they are for a mongod; that a
// certificate has expired is none, other than for a mongod.
func Start(c Config) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s, s.listen()
}

// newServer reads all that the configuration names.
func newServer(c Config) (*Server, error) {
	s := &Server{config: c, record: newRecord(c.Log == nil), store: newStore(c.Users), parameter: newParameters(c),
		conns: map[*connection]struct{}{}, own: map[string]chan struct{}{}}
	if err := s.parameter.check(); err != nil {
		return nil, err
	}
	s.log = newJournal(c.Log, s.parameter.verbosity())
	if s.parameter.mode() != scenarios.Disabled {
		var err error
		if s.files, err = loadFiles(c); err != nil {
			return nil, err
		}
		s.tls = s.tlsConfig()
		s.staple = s.fetchStaple()
		s.tls.Certificates[0].OCSPStaple = s.staple
		if s.faulty, err = s.faultyConfig(); err != nil {
			return nil, err
		}
	}
	if c.DisabledProtocols == "" {
		s.log.line("I", "CONTROL", 23285, "main", mongod.Default.DisabledText, nil)
	}
	return s, nil
}

// listen opens the port, on every address of the configuration, and serves.
func (s *Server) listen() error {
	port := s.config.Port
	for _, ip := range or(s.config.BindIP, "127.0.0.1") {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
		if err != nil {
			_ = s.Close()
			return fmt.Errorf("port %d: %w", port, err)
		}
		s.listeners = append(s.listeners, l)
		port = s.Addr().Port
		s.log.line("I", "NETWORK", 23015, "listener", "Listening on", bson.D{{Key: "address", Value: ip}})
	}
	s.log.line("I", "NETWORK", 23016, "listener", "Waiting for connections",
		bson.D{{Key: "port", Value: int32(port)}, {Key: "ssl", Value: map[bool]string{true: "on", false: "off"}[s.tls != nil]}})
	s.startup = len(s.log.all())
	for _, l := range s.listeners {
		s.served.Go(func() { s.accept(l) })
	}
	return nil
}

func or(list []string, otherwise string) []string {
	if len(list) == 0 {
		return []string{otherwise}
	}
	return list
}

// Addr is where it listens.
func (s *Server) Addr() *net.TCPAddr { return s.listeners[0].Addr().(*net.TCPAddr) }

// Close ends every connection and waits for it.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closing = true
	var err error
	for _, l := range s.listeners {
		err = errors.Join(err, l.Close())
	}
	for c := range s.conns {
		_ = c.raw.Close()
	}
	s.mu.Unlock()
	s.served.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) accept(l net.Listener) {
	for {
		raw, err := l.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.closing {
			s.mu.Unlock()
			_ = raw.Close()
			return
		}
		if own := s.own[raw.RemoteAddr().String()]; own != nil {
			close(own)
			s.mu.Unlock()
			_ = raw.Close()
			continue
		}
		s.next++
		c := newConnection(s, raw.(*net.TCPConn), s.next)
		s.conns[c] = struct{}{}
		s.served.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.served.Done()
			c.serve()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
	}
}

// catchUp waits until each connection that a client has made is accepted, which may be after the client has gone. They are accepted
// in their order, so one of our own comes last.
func (s *Server) catchUp(ctx context.Context) {
	s.mu.Lock()
	listeners := s.listeners
	if s.closing {
		listeners = nil
	}
	var all []chan struct{}
	for _, l := range listeners {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		if err != nil {
			continue
		}
		defer func() { _ = c.Close() }()
		own := make(chan struct{})
		s.own[c.LocalAddr().String()] = own
		all = append(all, own)
	}
	s.mu.Unlock()
	for _, own := range all {
		select {
		case <-own:
		case <-ctx.Done():
		}
	}
}

// subject is the server's own, nil without a certificate: what the member rule compares with.
func (s *Server) subject() *x509.Certificate {
	if s.files == nil {
		return nil
	}
	return s.files.leaf
}
