package godriver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	config "github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// world is that of all tests.
var world *fixtures.World

func TestMain(m *testing.M) {
	for _, name := range driver.Withheld() { // with which everything is sent to the child
		_ = os.Unsetenv(name)
	}
	var err error
	if world, err = fixtures.New(fixtures.Options{Seed: 1}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := errors.Join(world.Close(), goleak.Find()); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// A mongod is a stand-in; the zero value has a good certificate and asks clients for one.
type mongod struct {
	leaf       pki.Leaf
	form       pki.KeyForm // of the certificate's file
	off        bool        // no TLS
	optional   bool        // a client needs no certificate
	authorizes bool
	users      []config.User
	parameters map[string]string
	protocols  string // that are disabled
	fault      scenarios.Fault
	staple     []byte
	hosts      []string // of a set that it leads, by names with its own port
	ip, port   string   // "" for 127.0.0.1 and a free one
}

// plain is a mongod that asks no client for a certificate.
func plain(l pki.Leaf) mongod { return mongod{leaf: l, optional: true} }

// start returns the port.
func (m mongod) start(t testing.TB) string {
	t.Helper()
	c := standin.Config{Config: config.Config{Mode: scenarios.RequireTLS, CAFile: bundle(t, pki.CA),
		AllowConnectionsWithoutCertificates: m.optional, Authorization: m.authorizes, SetParameter: m.parameters,
		DisabledProtocols: m.protocols}, Users: m.users, Fault: m.fault, Staple: m.staple}
	if m.off {
		c.Mode, c.CAFile = scenarios.Disabled, ""
	} else {
		c.CertificateKeyFile = keyFile(t, pki.Server, m.leaf, m.form)
	}
	if m.ip != "" {
		port, err := strconv.Atoi(m.port)
		require.NoError(t, err)
		c.BindIP, c.Port = []string{m.ip}, port
	}
	s, err := standin.Start(c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	port := strconv.Itoa(s.Addr().Port)
	if m.hosts != nil {
		set := replication.Set{Name: "rs", Leads: true}
		for _, host := range m.hosts {
			set.Hosts = append(set.Hosts, net.JoinHostPort(host, port))
		}
		set.Me, set.Primary = set.Hosts[0], set.Hosts[0]
		s.Advertise(set)
	}
	return port
}

// keyFile is what tlsCertificateKeyFile names.
func keyFile(t testing.TB, role pki.Role, l pki.Leaf, f pki.KeyForm) string {
	t.Helper()
	path, _, err := world.KeyFile(role, l, f)
	require.NoError(t, err)
	return path
}

// bundle is what tlsCAFile names.
func bundle(t testing.TB, authorities ...string) string {
	t.Helper()
	path, err := world.File("authorities", pki.Bundle(authorities...))
	require.NoError(t, err)
	return path
}

// write is a file with a content of one's own.
func write(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// listen hands every connection to handle and returns the port. The test ends when all handlers have returned.
func listen(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				defer func() { _ = c.Close() }()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// A relay stands in front of a mongod that has the same port on another address.
type relay struct {
	meets func(number int, c net.Conn) (refuse bool) // is shown each connection before its mongod is dialled, and may wait
	hears func(number int, said []byte) (end bool)   // is shown what a client says before it is handed on, and may wait
}

func (r relay) start(t testing.TB, m mongod) (port string) {
	const other = "127.0.0.2"
	ready := make(chan struct{})
	var number atomic.Int32
	port = listen(t, func(c net.Conn) {
		n := int(number.Add(1))
		if r.meets != nil && r.meets(n, c) {
			return
		}
		<-ready
		server, err := net.Dial("tcp", net.JoinHostPort(other, port))
		if err != nil {
			return
		}
		var back sync.WaitGroup
		back.Go(func() {
			_, _ = io.Copy(c, server)
			_ = c.Close()
		})
		for buffer := make([]byte, 1<<16); ; {
			size, err := c.Read(buffer)
			if err != nil || r.hears != nil && r.hears(n, buffer[:size]) {
				break
			}
			_, _ = server.Write(buffer[:size])
		}
		_ = server.Close()
		_ = c.Close()
		back.Wait()
	})
	m.ip, m.port = other, port
	m.start(t)
	close(ready)
	return port
}

// Peers that are no mongod.

// presents shows a certificate, whatever it is.
func presents(certificate []byte, key any, version uint16) func(net.Conn) {
	return func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{MinVersion: version, MaxVersion: version,
			Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}).Handshake()
	}
}

func resets(c net.Conn) {
	hear(c)
	_ = c.(*net.TCPConn).SetLinger(0)
}

// hear reads what the client sends first.
func hear(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

func stalls(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		hear(c)
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// oldServerHello chooses TLS 1.0 whatever was offered.
func oldServerHello() string {
	body := append([]byte{3, 1}, make([]byte, 32)...)
	body = append(body, 0, 0xc0, 0x13, 0, 0, 0) // no session, a suite, no compression, no extensions
	hello := append([]byte{2, 0, 0, byte(len(body))}, body...)
	return string(append([]byte{0x16, 3, 1, 0, byte(len(hello))}, hello...))
}
