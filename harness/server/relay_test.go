package server

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
)

// What the relay reads off the wire is what both ends of a real handshake know of it.
func TestRelayReadsHandshakes(t *testing.T) {
	w := servertest.World(t)
	plan := good(t, w, "")
	cert, err := tls.LoadX509KeyPair(plan.Config.CertificateKeyFile, plan.Config.CertificateKeyFile)
	require.NoError(t, err)
	version := func(v uint16) func(c, s *tls.Config) {
		return func(c, _ *tls.Config) { c.MinVersion, c.MaxVersion = v, v }
	}
	for _, row := range []struct {
		name   string
		change func(client, server *tls.Config)
		want   string // version of a completed handshake
		sni    string
	}{
		{"1.3", version(tls.VersionTLS13), "1.3", "localhost"},
		{"1.2", version(tls.VersionTLS12), "1.2", "localhost"},
		{"1.1", func(c, s *tls.Config) {
			c.MinVersion, c.MaxVersion, s.MinVersion = tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS10
		}, "1.1", "localhost"},
		{"another curve is asked for", func(c, s *tls.Config) {
			c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP384}
			s.CurvePreferences = []tls.CurveID{tls.CurveP384}
		}, "1.3", "localhost"},
		{"with a client certificate", func(c, s *tls.Config) {
			c.Certificates, s.ClientAuth = []tls.Certificate{cert}, tls.RequireAnyClientCert
		}, "1.3", "localhost"},
		{"1.2 with a client certificate", func(c, s *tls.Config) {
			version(tls.VersionTLS12)(c, s)
			c.Certificates, s.ClientAuth = []tls.Certificate{cert}, tls.RequireAnyClientCert
		}, "1.2", "localhost"},
		{"no name", func(c, _ *tls.Config) { c.ServerName = "127.0.0.1" }, "1.3", ""},
		{"the client refuses", func(c, _ *tls.Config) {
			c.VerifyConnection = func(tls.ConnectionState) error { return errors.New("no") }
		}, "", "localhost"},
		{"the client refuses in 1.2", func(c, s *tls.Config) {
			version(tls.VersionTLS12)(c, s)
			c.VerifyConnection = func(tls.ConnectionState) error { return errors.New("no") }
		}, "", "localhost"},
		{"no common version", func(c, s *tls.Config) {
			version(tls.VersionTLS12)(c, s)
			s.MinVersion = tls.VersionTLS13
		}, "", "localhost"},
	} {
		t.Run(row.name, func(t *testing.T) {
			client := &tls.Config{ServerName: "localhost", InsecureSkipVerify: true}
			server := &tls.Config{Certificates: []tls.Certificate{cert}}
			row.change(client, server)
			serve := func(conn net.Conn) {
				_, _ = io.Copy(io.Discard, tls.Server(conn, server))
				_ = conn.Close()
			}
			conns := through(t, serve, func(conn net.Conn) {
				secure := tls.Client(conn, client)
				if secure.Handshake() == nil {
					_, _ = secure.Write([]byte("hello"))
				}
				_ = secure.Close()
			})
			require.Len(t, conns, 1)
			require.Equal(t, row.want, conns[0].seen.TLS)
			require.NotNil(t, conns[0].seen.Hello)
			require.Equal(t, row.sni, conns[0].seen.Hello.SNI)
			require.NotEmpty(t, conns[0].seen.Hello.Versions)
			require.False(t, conns[0].seen.Clear)
		})
	}
}

// Clear text is known by the header of a message that answers nothing, and nothing else is taken for either.
func TestRelayReadsClearText(t *testing.T) {
	message := make([]byte, 20)
	message[0] = 20
	for name, row := range map[string]struct {
		sent []byte
		want evidence.Connection
	}{
		"a message": {message, evidence.Connection{Clear: true}},
		"nothing":   {nil, evidence.Connection{}},
		"few bytes": {message[:10], evidence.Connection{}},
		"HTTP":      {[]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), evidence.Connection{}},
	} {
		t.Run(name, func(t *testing.T) {
			conns := through(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() }, func(conn net.Conn) {
				_, _ = conn.Write(row.sent)
				_ = conn.Close()
			})
			require.Len(t, conns, 1)
			row.want.Remote = conns[0].upstream
			require.Equal(t, row.want, conns[0].seen)
			require.False(t, conns[0].byServer)
		})
	}
}

// A server that closes is told from a client that does, and its last words arrive.
func TestRelayKnowsWhoEndedIt(t *testing.T) {
	conns := through(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte("bye"))
		_ = conn.Close()
	}, func(conn net.Conn) {
		words, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "bye", string(words))
		_ = conn.Close()
	})
	require.Len(t, conns, 1)
	require.True(t, conns[0].byServer)
}

// A client that keeps its socket once the server has ended the connection has not closed it.
func TestRelayCountsWhatClientsKeep(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r, err := newRelay(l.Addr().String())
	require.NoError(t, err)
	r.start()
	conn, err := net.Dial("tcp", r.addr().String())
	require.NoError(t, err)
	server, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, server.Close())
	_, err = io.ReadAll(conn)
	require.NoError(t, err, "the client hears of the end")
	r.mu.Lock()
	r.mu.Wait(t.Context(), func() bool { return r.conns[0].over })
	require.Equal(t, 1, r.open)
	r.mu.Unlock()
	require.NoError(t, conn.Close())
	conns, open, err := r.record(t.Context())
	require.NoError(t, err)
	require.Zero(t, open)
	require.True(t, conns[0].byServer)
	require.NoError(t, r.close())
	require.NoError(t, l.Close())
}

// Clients that connect and leave without a byte are in the record, however busy the relay is when it is asked.
func TestRelayRecordsClientsThatLeaveAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() })
		}
	})
	r, err := newRelay(l.Addr().String())
	require.NoError(t, err)
	r.start()
	const clients = 200
	for range clients {
		conn, err := net.Dial("tcp", r.addr().String())
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	conns, open, err := r.record(t.Context())
	require.NoError(t, err)
	require.Zero(t, open)
	require.Len(t, conns, clients)
	require.NoError(t, r.close())
	require.NoError(t, l.Close())
	served.Wait()
}

// Clients that wait for a server are not waited for.
func TestRelayRecordsWithoutThoseWhoWaitForAServer(t *testing.T) {
	r, err := newRelay("")
	require.NoError(t, err)
	r.start()
	conn, err := net.Dial("tcp", r.addr().String())
	require.NoError(t, err)
	conns, _, err := r.record(t.Context())
	require.NoError(t, err)
	require.Empty(t, conns)
	require.NoError(t, r.close())
	require.NoError(t, conn.Close())
}

// through makes one connection through a relay and returns its record.
func through(t *testing.T, server, client func(net.Conn)) []relayed {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		if conn, err := l.Accept(); err == nil {
			server(conn)
		}
	}()
	r, err := newRelay(l.Addr().String())
	require.NoError(t, err)
	r.start()
	conn, err := net.Dial("tcp", r.addr().String())
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	client(conn)
	<-served
	conns, open, err := r.record(t.Context())
	require.NoError(t, err)
	require.Zero(t, open)
	require.NoError(t, r.close())
	require.NoError(t, l.Close())
	return conns
}

// A server that is not there is a fault, not a server that closes.
func TestRelaySaysThatTheServerIsGone(t *testing.T) {
	port, err := freePort()
	require.NoError(t, err)
	r, err := newRelay((&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	require.NoError(t, err)
	r.start()
	conn, err := net.Dial("tcp", r.addr().String())
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	_, _, err = r.record(t.Context())
	require.ErrorContains(t, err, "cannot be reached")
	require.NoError(t, r.close())
}
