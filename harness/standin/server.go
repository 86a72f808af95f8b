package standin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/scenarios"
)

// A Server is a running stand-in.
type Server struct {
	config     Config
	parameters *database.Parameters
	database   *database.Database
	files      *files      // of net.tls; nil in mode disabled
	tls        *tls.Config // nil in mode disabled
	fault      *fault      // nil without one
	log        *serverLog
	startup    int // lines of the log before the first connection
	record     *record
	listeners  []net.Listener

	mu         sync.Mutex
	created    int64 // connections
	handshakes map[string]int64
	open       map[*connection]struct{}
	markers    map[string]chan struct{} // connections of catchUp, by their address: closed once they have been accepted
	closing    bool
	served     sync.WaitGroup
	leaving    sync.Once
}

// Start brings up a server; port 0 is a free one. Files that cannot be used are an error, as they are for a mongod;
// that a certificate has expired is none, other than for a mongod.
func Start(c Config) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s, s.listen()
}

// newServer reads all that the configuration names.
func newServer(c Config) (*Server, error) {
	parameters, err := database.NewParameters(c.Mode, c.ClusterAuthMode, c.SetParameter)
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, parameters: parameters, log: newLog(c.Log, parameters.Logs), record: newRecord(c.Log == nil),
		handshakes: map[string]int64{}, open: map[*connection]struct{}{}, markers: map[string]chan struct{}{}}
	if parameters.Mode() != scenarios.Disabled {
		if s.files, err = loadFiles(c); err != nil {
			return nil, err
		}
		if s.tls, err = s.tlsConfig(); err != nil {
			return nil, err
		}
	}
	if s.fault, err = newFault(c, s.tls); err != nil {
		return nil, err
	}
	s.database = s.openDatabase()
	return s, nil
}

// announce logs what a mongod says of its configuration before it listens.
func (s *Server) announce() {
	warn := func(id int, text string) { s.log.Line("W", "CONTROL", id, "initandlisten", text, nil) }
	c := s.config
	if c.DisabledProtocols == "" {
		s.log.Line("I", "CONTROL", 23285, "main", mongod.Default.DisabledText, nil)
	}
	s.log.Line("I", "NETWORK", 4648601, "main", "Implicit TCP FastOpen unavailable. If TCP FastOpen is required, "+
		"set tcpFastOpenServer, tcpFastOpenClient, and tcpFastOpenQueueSize.", nil)
	if s.files != nil && s.files.crls != nil {
		for range 5 { // as often as a mongod makes a context
			switch n := len(s.files.crls); n {
			case 1:
				s.log.Line("I", "NETWORK", 4652601, "main", "ssl imported 1 revoked certificate from the revocation list.", nil)
			default:
				s.log.Line("I", "NETWORK", 4652602, "main", "SSL imported revoked certificates from the revocation list",
					bson.D{{Key: "numberCerts", Value: int32(n)}})
			}
		}
	}
	if !c.Authorization && c.KeyFile == "" && c.ClusterAuthMode == "" {
		warn(22120, "Access control is not enabled for the database. Read and write access to data and configuration is "+
			"unrestricted")
	}
	if c.AllowInvalidCertificates {
		warn(22124, "While invalid X509 certificates may be used to connect to this server, they will not be considered "+
			"permissible for authentication")
	}
	if c.AllowInvalidHostnames {
		warn(22128, "This server will not perform X.509 hostname validation. This may allow your server to make or accept "+
			"connections to untrusted parties")
	}
	if s.files != nil && c.CAFile == "" {
		warn(22133, "No client certificate validation can be performed since no CA file has been provided. Please specify "+
			"an sslCAFile parameter")
	}
}

func (s *Server) openDatabase() *database.Database {
	c := database.Config{Authorization: s.config.Authorization, Parameters: s.parameters,
		CommandLine: s.config.options(), Users: s.config.Users, Log: s.log, Counters: s.counters,
		LoadBalanced: s.fault.loadBalanced()}
	if s.files != nil {
		c.Certificate = &database.Certificate{Subject: s.files.leaf.RawSubject, Expires: s.files.leaf.NotAfter,
			Authority: s.files.ca != nil}
	}
	return database.Open(c)
}

// listen opens the port, on every address of the configuration, and serves.
func (s *Server) listen() error {
	s.announce()
	port := s.config.Port
	addresses := s.config.BindIP
	if len(addresses) == 0 {
		addresses = []string{"127.0.0.1"}
	}
	for _, ip := range addresses {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
		if err != nil {
			_ = s.Close()
			return fmt.Errorf("port %d: %w", port, err)
		}
		s.listeners = append(s.listeners, l)
		port = s.Addr().Port
		s.log.Line("I", "NETWORK", 23015, "listener", "Listening on", bson.D{{Key: "address", Value: ip}})
	}
	if set := s.fault.set(port); set != nil {
		s.database.Advertise(*set)
	}
	ssl := "off"
	if s.tls != nil {
		ssl = "on"
	}
	s.log.Line("I", "NETWORK", 23016, "listener", "Waiting for connections",
		bson.D{{Key: "port", Value: int32(port)}, {Key: "ssl", Value: ssl}})
	s.startup = len(s.log.Lines())
	for _, l := range s.listeners {
		s.served.Go(func() { s.accept(l) })
	}
	return nil
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
	for c := range s.open {
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
		if marker := s.markers[raw.RemoteAddr().String()]; marker != nil {
			close(marker)
			s.mu.Unlock()
			_ = raw.Close()
			continue
		}
		s.created++
		c := newConnection(s, raw.(*net.TCPConn), s.created)
		s.open[c] = struct{}{}
		s.served.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.served.Done()
			c.serve()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		}()
	}
}

// catchUp waits until each connection that a client has made is accepted, which may be after the client has gone. They
// are accepted in their order, so one of our own comes last.
func (s *Server) catchUp(ctx context.Context) {
	s.mu.Lock()
	listeners := s.listeners
	if s.closing {
		listeners = nil
	}
	var markers []chan struct{}
	for _, l := range listeners {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		if err != nil {
			continue
		}
		defer func() { _ = c.Close() }()
		marker := make(chan struct{})
		s.markers[c.LocalAddr().String()] = marker
		markers = append(markers, marker)
	}
	s.mu.Unlock()
	for _, marker := range markers {
		select {
		case <-marker:
		case <-ctx.Done():
		}
	}
}

// leaves reports whether the server leaves after the answer to a message, and tells who waits for it.
func (s *Server) leaves(m message) bool {
	if s.config.Leave == nil || len(m.command) == 0 || !(evidence.CommandSeen{Name: m.command[0].Key}).OfUser() {
		return false
	}
	go s.leaving.Do(s.config.Leave)
	return true
}

// countHandshake counts a completed handshake.
func (s *Server) countHandshake(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handshakes[version]++
}

// counters are what serverStatus shows of the network.
func (s *Server) counters() database.Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return database.Counters{Open: len(s.open), Created: s.created, Handshakes: maps.Clone(s.handshakes)}
}
