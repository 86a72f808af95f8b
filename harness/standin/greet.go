package standin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// greeting bounds a member's connection to another.
const greeting = 10 * time.Second

// Greet is what a member does with another of its set: it connects, over TLS from preferTLS on, judges the other's
// certificate, says hello, and logs in by certificate where clusterAuthMode says so. Where members log in by key file,
// all of which have the same, nothing more is sent. The error says why the other is none of its fellows. The order is
// that of a mongod; its log lines of this side were read in the source, not measured. What it does is in the log of the
// other, and not in its record.
func (s *Server) Greet(ctx context.Context, host string, fellow *Server) error {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", fellow.Addr().String())
	if err != nil {
		return err
	}
	fellow.record.exclude(raw.LocalAddr().String())
	_, err = s.converse(ctx, raw, host, nil)
	return err
}

// converse says hello to a member, logs in, and asks what there is to ask, if anything. It closes the connection.
func (s *Server) converse(ctx context.Context, raw net.Conn, host string, question bson.D) (answer bson.D, err error) {
	defer func() { _ = raw.Close() }()
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	_ = raw.SetDeadline(time.Now().Add(greeting))
	conn, subject := raw, ""
	if mode := s.parameters.Mode(); mode == scenarios.PreferTLS || mode == scenarios.RequireTLS {
		if conn, subject, err = s.outgoing(raw, host); err != nil {
			return nil, err
		}
	}
	hello := bson.D{{Key: "hello", Value: 1}, {Key: "client", Value: bson.D{
		{Key: "driver", Value: bson.D{{Key: "name", Value: "NetworkInterfaceTL"}, {Key: "version",
			Value: mongod.Default.Version}}},
		{Key: "os", Value: bson.D{{Key: "type", Value: "Linux"}}}}}, {Key: "$db", Value: "admin"}}
	if _, err = ask(conn, hello); err != nil {
		return nil, err
	}
	if s.parameters.SendsCertificate() {
		_, err = ask(conn, bson.D{{Key: "authenticate", Value: 1}, {Key: "mechanism", Value: "MONGODB-X509"},
			{Key: "user", Value: subject}, {Key: "$db", Value: "$external"}})
	}
	if err != nil || question == nil {
		return nil, err
	}
	return ask(conn, question)
}

// outgoing does the handshake of a member that connects to another: with the clusterFile if there is one, else the
// certificateKeyFile. It returns its own subject, too.
func (s *Server) outgoing(raw net.Conn, host string) (net.Conn, string, error) {
	own := s.identity.Load().files
	shown := own.certs
	if s.config.ClusterFile != "" {
		var cluster files
		if err := cluster.loadKeyFile(s.config.ClusterFile, s.config.ClusterPassword); err != nil {
			return nil, "", err
		}
		shown = cluster.certs
	}
	subject, err := dn.Format(shown.Leaf.RawSubject)
	if err != nil {
		return nil, "", err
	}
	conn := tls.Client(raw, &tls.Config{ServerName: host, InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil },
		VerifyConnection:     func(state tls.ConnectionState) error { return s.judgeFellow(own, state, host) }})
	return conn, subject, conn.Handshake()
}

// judgeFellow decides about the certificate that another member shows.
func (s *Server) judgeFellow(own *files, state tls.ConnectionState, host string) error {
	leaf := state.PeerCertificates[0]
	chain := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		chain.AddCert(cert)
	}
	line := func(id int, text string, attr bson.D) error {
		s.log.Line("E", "NETWORK", id, "ReplNetwork", text, attr)
		return errors.New(text)
	}
	if own.roots == nil {
		return nil
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: own.roots, Intermediates: chain})
	if err != nil && !s.config.AllowInvalidCertificates {
		return line(23256, "SSL peer certificate validation failed",
			attrError(badCertificate+own.verifyReason(err, leaf, state.PeerCertificates[1:])))
	}
	named := leaf.VerifyHostname(host) == nil ||
		len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName == host
	if !named && !s.config.AllowInvalidHostnames && !s.config.AllowInvalidCertificates {
		return line(23257, "The server certificate does not match the remote host name",
			bson.D{{Key: "remoteHost", Value: host}, {Key: "certificateNames", Value: fmt.Sprint(leaf.DNSNames)}})
	}
	return nil
}

// ask sends a command and reads its reply, whose refusal is an error.
func ask(conn net.Conn, command bson.D) (bson.D, error) {
	out, _, err := encode(message{}, command, false)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(out); err != nil {
		return nil, err
	}
	head, body, err := (&inbox{r: conn}).next()
	if err != nil {
		return nil, err
	}
	m, err := decode(head, body)
	if err != nil {
		return nil, err
	}
	if ok, _ := database.Field(m.command, "ok").(float64); ok != 1 {
		return nil, fmt.Errorf("%s: refused with %v: %v", command[0].Key, database.Field(m.command, "codeName"),
			database.Field(m.command, "errmsg"))
	}
	return m.command, nil
}

// setName is that of --replSet, "" without.
func (c Config) setName() string {
	name, _, _ := strings.Cut(cmp.Or(c.Other[mongod.ReplSet], c.Other[mongod.ReplSetName]), "/")
	return name
}

// proof shows that the server has its key file, without showing that.
func (c Config) proof() string {
	key, err := os.ReadFile(c.KeyFile)
	if c.KeyFile == "" || err != nil {
		return ""
	}
	sum := hmac.New(sha256.New, []byte(strings.Join(strings.Fields(string(key)), "")))
	_, _ = sum.Write([]byte("a member of the set"))
	return hex.EncodeToString(sum.Sum(nil))
}

// replicate tells the others how the server is, until it is closed.
func (s *Server) replicate() {
	if s.node == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.served.Go(func() { s.node.Run(ctx) })
}

// own is what the server calls itself in a set that nobody has named its members of.
func (s *Server) own() string {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	return net.JoinHostPort(name, strconv.Itoa(s.Addr().Port))
}

// mine reports whether a host, with its port, leads here.
func (s *Server) mine(at string) bool {
	host, port, err := net.SplitHostPort(at)
	if err != nil || port != strconv.Itoa(s.Addr().Port) {
		return false
	}
	if at == s.own() {
		return true
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	own := slices.Clone(s.config.BindIP)
	for _, l := range local {
		if network, ok := l.(*net.IPNet); ok {
			own = append(own, network.IP.String())
		}
	}
	addresses, err := net.LookupHost(host)
	return err == nil && slices.ContainsFunc(addresses, func(a string) bool { return slices.Contains(own, a) })
}

// beat carries a heartbeat to another member, and its answer back.
func (s *Server) beat(ctx context.Context, at string, b replication.Beat) (answer replication.Beat, err error) {
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return answer, err
	}
	raw, err := (&net.Dialer{Timeout: greeting}).DialContext(ctx, "tcp", at)
	if err != nil {
		return answer, err
	}
	reply, err := s.converse(ctx, raw, host, bson.D{{Key: "replSetHeartbeat", Value: b.Set}, {Key: "beat", Value: b},
		{Key: "proof", Value: s.config.proof()}, {Key: "users", Value: s.database.UsersVersion()},
		{Key: "$db", Value: "admin"}})
	if err != nil {
		return answer, err
	}
	told, err := bson.Marshal(reply)
	if err != nil {
		return answer, err
	}
	var is struct {
		Beat  replication.Beat
		Users database.Users
	}
	err = bson.Unmarshal(told, &is)
	if err == nil {
		s.database.TakeUsers(is.Users)
	}
	return is.Beat, err
}

// Settle waits until the members that greeted it have gone: all that there is to say of them is in the log.
func (s *Server) Settle(ctx context.Context) {
	r := s.record
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.Wait(ctx, func() bool { return !slices.Contains(slices.Collect(maps.Values(r.fellows)), true) })
}
