package standin

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/internal/loopback"
	"github.com/mongotls/mongotls/scenarios"
)

// A Server is a running stand-in.
type Server struct {
	config     Config
	parameters *database.Parameters
	member     database.Membership
	database   *database.Database
	identity   atomic.Pointer[identity]
	log        *serverLog
	startup    int // lines of the log before the first connection
	record     *record
	listeners  []*loopback.Listener

	mu         condition.Mutex
	created    int64 // connections
	handshakes map[string]int64
	shaking    time.Duration
	open       map[*connection]struct{}
	node       *replication.Node // its place in a set; nil: it was not started with --replSet
	stop       func()            // of what it tells its fellows
	closing    bool
	cut        func()        // closes over
	over       chan struct{} // closed once every connection is
	served     sync.WaitGroup
}

// An identity is what a server shows to those who connect, and judges them by, until it is rotated.
type identity struct {
	files *files      // of net.tls; nil in mode disabled
	tls   *tls.Config // nil in mode disabled
	fault *fault
}

// Start brings up a server; port 0 is a free one. Files that cannot be used are an error, as they are for a mongod;
// that a certificate has expired is none, other than for a mongod.
func Start(c Config) (*Server, error) {
	if c.Told != "" {
		line, err := c.Reread(c.Release)
		if err != nil {
			return nil, err
		}
		line.Config.Port, line.Config.BindIP = c.Port, c.BindIP
		c.Config, c.Options = line.Config, line.Document()
	}
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s, s.listen()
}

// newServer reads all that the configuration names.
func newServer(c Config) (*Server, error) {
	if c.Release.Version == "" {
		c.Release = mongod.Default
	}
	parameters, err := database.NewParameters(c.Mode, c.ClusterAuthMode, c.SetParameter, c.Release)
	if err != nil {
		return nil, err
	}
	parameters.Verbose(c.Verbosity())
	member, err := database.MembershipOf(c.ClusterAuthX509Attributes, c.ClusterAuthX509ExtensionValue)
	if err != nil {
		return nil, err
	}
	if c.OpenSSL == (openssl.Policy{}) {
		c.OpenSSL = openssl.Debian
	}
	c.OpenSSL.Generation = c.Release.OpenSSL
	if c.Began.IsZero() {
		c.Began = time.Now()
	}
	s := &Server{config: c, parameters: parameters, member: member, log: newLog(c.Log, parameters.Logs),
		record: newRecord(c.Log == nil, c.Began), handshakes: map[string]int64{}, open: map[*connection]struct{}{},
		stop: func() {}, over: make(chan struct{})}
	s.cut = sync.OnceFunc(func() { close(s.over) })
	own, err := s.newIdentity(c)
	if err != nil {
		return nil, err
	}
	s.identity.Store(own)
	if name := c.setName(); name != "" {
		s.node = replication.New(name, replication.Network{Own: s.own, Mine: s.mine, Beat: s.beat,
			Tell: func(set replication.Set) { s.database.Advertise(set) }})
	}
	s.database = s.openDatabase(own)
	return s, nil
}

// announce logs what a mongod says of its configuration before it listens.
func (s *Server) announce() {
	warn := s.log.warnOfStart
	c, own := s.config, s.identity.Load()
	if c.DisabledProtocols == "" {
		s.log.Line("I", "CONTROL", 23285, "main", c.Release.DisabledText, nil)
	}
	s.log.Line("I", "NETWORK", 4648601, "main", "Implicit TCP FastOpen unavailable. If TCP FastOpen is required, "+
		"set tcpFastOpenServer, tcpFastOpenClient, and tcpFastOpenQueueSize.", nil)
	s.describe(own.files)
	if own.files != nil && own.files.crls != nil {
		for range 5 { // as often as a mongod makes a context
			switch n := len(own.files.crls); n {
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
	if own.files != nil && c.CAFile == "" {
		s.log.Line("W", "CONTROL", 22133, "initandlisten", "No client certificate validation can be performed since no CA "+
			"file has been provided. Please specify an sslCAFile parameter", nil)
	}
}

// describe logs what the files of net.tls hold, where a release does.
func (s *Server) describe(f *files) {
	if f == nil || !s.config.Release.DescribesFiles {
		return
	}
	line := func(id int, text string, der []byte, from, to time.Time, more bson.D) {
		thumbprint := sha1.Sum(der)
		s.log.Line("I", "NETWORK", id, "main", text, append(more, bson.D{
			{Key: "thumbprint", Value: strings.ToUpper(hex.EncodeToString(thumbprint[:]))},
			{Key: "notValidBefore", Value: bson.NewDateTimeFromTime(from)},
			{Key: "notValidAfter", Value: bson.NewDateTimeFromTime(to)}}...))
	}
	certificate := func(id int, kind, path string, leaf *x509.Certificate) {
		subject, _ := dn.Format(leaf.RawSubject)
		issuer, _ := dn.Format(leaf.RawIssuer)
		line(id, "Certificate information", leaf.Raw, leaf.NotBefore, leaf.NotAfter, bson.D{{Key: "type", Value: kind},
			{Key: "keyFile", Value: path}, {Key: "subject", Value: subject}, {Key: "issuer", Value: issuer}})
	}
	certificate(4913010, "Server", s.config.CertificateKeyFile, f.leaf)
	var cluster files
	if path := s.config.ClusterFile; path != "" && cluster.loadKeyFile(path, s.config.ClusterPassword) == nil {
		certificate(4913011, "Cluster", path, cluster.leaf)
	}
	for _, crl := range f.crls {
		line(4913012, "CRL information", crl.Raw, crl.ThisUpdate, crl.NextUpdate, nil)
	}
}

// newIdentity reads the files of net.tls.
func (s *Server) newIdentity(c Config) (own *identity, err error) {
	own = &identity{}
	if s.parameters.Mode() != scenarios.Disabled {
		if own.files, err = loadFiles(c); err != nil {
			return nil, err
		}
		own.files.policy = s.config.OpenSSL.With(s.cipherList())
		if own.tls, err = s.tlsConfig(own.files); err != nil {
			return nil, err
		}
	}
	own.fault, err = newFault(c, own.tls)
	return own, err
}

// Rotate is rotateCertificates, after the files of net.tls have become those of c: connections that there are live on.
func (s *Server) Rotate(c Config) error {
	own, err := s.newIdentity(c)
	if err == nil {
		s.identity.Store(own)
		s.describe(own.files)
	}
	return err
}

// Raise is setParameter tlsMode, as an administrator's.
func (s *Server) Raise(m scenarios.Mode) error { return s.parameters.Raise(m) }

// SetClusterAuthMode is setParameter clusterAuthMode, as an administrator's.
func (s *Server) SetClusterAuthMode(m scenarios.ClusterAuthMode) error {
	return s.parameters.SetCluster(m)
}

// Advertise makes it tell of another set, from the next hello on.
func (s *Server) Advertise(set replication.Set) { s.database.Advertise(set) }

func (s *Server) openDatabase(own *identity) *database.Database {
	c := database.Config{Release: s.config.Release, Shutdown: s.shutdown,
		Rotate: func() error { return s.Rotate(s.config) }, Authorization: s.config.Authorization, Parameters: s.parameters,
		CommandLine: s.config.options, Users: s.config.Users, Log: s.log, Counters: s.counters,
		LoadBalanced: own.fault.loadBalanced(), Router: s.config.Router}
	c.Member = s.member
	if own.files != nil {
		c.Certificate = &database.Certificate{Subject: own.files.leaf.RawSubject, Expires: own.files.leaf.NotAfter,
			Authority: own.files.ca != nil}
	}
	c.Node, c.Proof = s.node, s.config.proof()
	d := database.Open(c)
	switch {
	case s.config.Set != nil:
		d.Advertise(*s.config.Set)
	case c.Node != nil:
		d.Advertise(replication.Set{Empty: true})
	}
	return d
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
		l, err := loopback.Listen(ip, port)
		if err != nil {
			_ = s.Close()
			return fmt.Errorf("port %d: %w", port, err)
		}
		s.listeners = append(s.listeners, l)
		port = s.Addr().Port
		s.log.Line("I", "NETWORK", 23015, "listener", "Listening on", bson.D{{Key: "address", Value: ip}})
	}
	ssl := "off"
	if s.identity.Load().tls != nil {
		ssl = "on"
	}
	s.log.Line("I", "NETWORK", 23016, "listener", "Waiting for connections",
		bson.D{{Key: "port", Value: int32(port)}, {Key: "ssl", Value: ssl}})
	_, s.startup = s.log.Lines()
	s.replicate()
	for _, l := range s.listeners {
		s.served.Go(func() { s.accept(l) })
	}
	return nil
}

// shutdown is the command of that name, which gets no answer: the server is over first.
func (s *Server) shutdown() {
	if end := s.config.Shutdown; end != nil {
		end()
		<-s.over
	}
}

// Addr is where it listens.
func (s *Server) Addr() *net.TCPAddr { return s.listeners[0].Addr().(*net.TCPAddr) }

// Retire makes it accept no more connections; another server can have its port. Those that there are live on.
func (s *Server) Retire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retire()
}

func (s *Server) retire() (err error) {
	s.closing = true
	s.mu.Broadcast()
	s.stop()
	for _, l := range s.listeners {
		if wrong := l.Close(); !errors.Is(wrong, net.ErrClosed) {
			err = errors.Join(err, wrong)
		}
	}
	return err
}

// Close ends every connection and waits for it.
func (s *Server) Close() error {
	s.mu.Lock()
	err := s.retire()
	for c := range s.open {
		_ = c.raw.Close()
	}
	s.cut()
	s.mu.Unlock()
	s.served.Wait()
	if f := s.identity.Load().fault.overOpenSSL(); f != nil {
		err = errors.Join(err, f.Close())
	}
	return err
}

// Visited waits until clients have been answered a command, or turned away, on so many connections, or ctx is done.
func (s *Server) Visited(ctx context.Context, connections int) {
	r := s.record
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool {
		known := 0
		for _, c := range r.conns {
			if len(c.Commands) > 0 || c.Cause != "" {
				known++
			}
		}
		return max(known, len(r.conns)-r.open) >= connections
	})
}

func (s *Server) accept(l *loopback.Listener) {
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

// catchUp waits until each connection that a client has made is accepted, which may be after the client has gone.
func (s *Server) catchUp(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := len(s.listeners)
	for _, l := range s.listeners {
		l.WhenIdle(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			busy--
			s.mu.Broadcast()
		})
	}
	s.mu.Wait(ctx, func() bool { return busy == 0 || s.closing })
}

// operation tells of a command that has been executed, and not yet answered. What it returns is nil, or to be called
// once it has been, when the connection is over.
func (s *Server) operation(seen evidence.CommandSeen) (then func()) {
	if s.config.Operation == nil || seen.Code != 0 || !seen.OfUser() {
		return nil
	}
	return s.config.Operation()
}

// countHandshake counts a completed handshake.
func (s *Server) countHandshake(version string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handshakes[version]++
	s.shaking += took
}

// counters are what serverStatus shows of the network.
func (s *Server) counters() database.Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return database.Counters{Open: len(s.open), Created: s.created, Handshakes: maps.Clone(s.handshakes),
		Shaking: s.shaking}
}
