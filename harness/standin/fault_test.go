package standin_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/face"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/scenarios"
)

// Each fault is met at its point of a connection's way, and the record says that it was staged.
func TestFaultsOfTheWay(t *testing.T) {
	b := newBench(t)
	hello := &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true}
	for name, row := range map[string]struct {
		fault scenarios.Fault
		gets  string // what the client gets before the end; "" nothing
		seen  evidence.Connection
	}{
		"close, accept": {scenarios.Fault{Close: "accept"}, "",
			evidence.Connection{Cause: evidence.Staged, Text: "closed after the connection was accepted"}},
		"close, hello": {scenarios.Fault{Close: "hello"}, "",
			evidence.Connection{Hello: hello, HandshakeError: "staged", Cause: evidence.Staged,
				Text: "closed after the ClientHello"}},
		"reset": {scenarios.Fault{Close: "hello", Reset: true}, "",
			evidence.Connection{Hello: hello, HandshakeError: "staged", Cause: evidence.Staged,
				Text: "closed after the ClientHello"}},
		"alert": {scenarios.Fault{Alert: 80}, "\x15\x03\x03\x00\x02\x02\x50",
			evidence.Connection{Hello: hello, HandshakeError: "staged"}},
		"close after bytes": {scenarios.Fault{CloseAfter: 3}, "\x16\x03\x03",
			evidence.Connection{Hello: hello, Signature: "ecdsa_secp256r1_sha256", HandshakeError: "staged",
				Cause: evidence.Staged, Text: "closed after 3 bytes"}},
		"speak": {scenarios.Fault{Speak: "220 smtp\r\n"}, "220 smtp\r\n",
			evidence.Connection{Hello: &evidence.Hello{}, Cause: evidence.Staged, Text: "answered with other words"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			c.Fault = row.fault
			s := b.start(c)
			conn, wire := b.secure(s)
			err := conn.Handshake()
			require.Error(t, err)
			require.Equal(t, row.fault.Reset, errors.Is(err, syscall.ECONNRESET))
			_, _ = io.Copy(io.Discard, wire)
			require.NoError(t, wire.Close())
			require.Equal(t, row.gets, wire.in.String())
			requireSeen(t, row.seen, b.seen(s).Connections[0])
		})
	}
}

func requireSeen(t *testing.T, want, got evidence.Connection) {
	t.Helper()
	want.ID, want.Remote, want.AtMS = got.ID, got.Remote, got.AtMS
	if got.Hello != nil { // what it offers is read elsewhere
		hello := *got.Hello
		hello.Size, hello.Offer = 0, nil
		got.Hello = &hello
	}
	require.Equal(t, want, got)
}

// A server that stalls says nothing more, and leaves it to the client to go.
func TestStalls(t *testing.T) {
	b := newBench(t)
	for name, row := range map[scenarios.Point]struct {
		handshakes bool
		tls        string
	}{"accept": {false, ""}, "hello": {false, ""}, "handshake": {true, "1.3"}} {
		t.Run(string(name), func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			c.Fault = scenarios.Fault{Stall: name}
			s := b.start(c)
			conn, wire := b.secure(s)
			done := make(chan error, 1)
			go func() { done <- conn.Handshake() }()
			if row.handshakes {
				require.NoError(t, <-done)
			}
			require.Eventually(t, func() bool { return seenNow(s).Silent }, limit, 1)
			require.NoError(t, wire.Close())
			seen := b.seen(s).Connections[0]
			require.Equal(t, row.tls, seen.TLS)
			require.Empty(t, seen.HandshakeError)
			require.Equal(t, name != "accept", seen.Hello != nil)
		})
	}
}

// An alert that comes after the handshake is the peer's to clients of each version and cipher suite.
func TestLateAlert(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		required.OrSkip(t, "node", "a client that can be told its cipher suite")
	}
	b := newBench(t)
	for name, row := range map[string]struct {
		fault   scenarios.Fault
		offered string // in the words of OpenSSL
		not     string
	}{
		"AES-128":  {scenarios.Fault{}, "TLS_AES_128_GCM_SHA256", ""},
		"AES-256":  {scenarios.Fault{}, "TLS_AES_256_GCM_SHA384", ""},
		"ChaCha20": {scenarios.Fault{}, "TLS_CHACHA20_POLY1305_SHA256", ""},
		"in TLS 1.2": {scenarios.Fault{Ciphers: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}},
			"ECDHE-ECDSA-AES128-GCM-SHA256", "TLS1_3"},
	} {
		t.Run(name, func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			c.Fault, c.DisabledProtocols = row.fault, row.not
			c.Fault.Alert, c.Fault.Late = 44, true
			s := b.start(c)
			client := exec.CommandContext(t.Context(), node, "-e", alerted, strconv.Itoa(s.Addr().Port), row.offered)
			said, err := client.Output()
			require.NoError(t, err)
			require.Equal(t, "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED\n", string(said))
			require.Equal(t, "sent an alert after the handshake", b.seen(s).Connections[0].Text)
		})
	}
}

// alerted says what ends a connection.
const alerted = `const [port, ciphers] = process.argv.slice(1)
require('tls').connect({port, ciphers, servername: 'localhost', rejectUnauthorized: false})
	.on('secureConnect', function () { this.write('x') }).on('error', e => console.log(e.code)).resume()`

// A server that shuts its sending side down says so, and still reads.
func TestHalfClosed(t *testing.T) {
	b := newBench(t)
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(v), func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			c.Fault = scenarios.Fault{Close: "handshake", HalfClosed: true}
			s := b.start(c)
			conn, _ := b.secure(s, version(v))
			require.NoError(t, conn.Handshake())
			_, err := io.ReadAll(conn)
			require.NoError(t, err, "a close_notify has come")
			_, err = conn.Write(make([]byte, 1<<16))
			require.NoError(t, err)
			require.NoError(t, conn.Close())
			require.Equal(t, "shut its sending side down", b.seen(s).Connections[0].Text)
		})
	}
}

// seenNow is the first connection as it is.
func seenNow(s *standin.Server) evidence.Connection {
	for _, c := range s.Seen(canceled()).Connections {
		return c
	}
	return evidence.Connection{}
}

// The first connections are good, those after them meet the fault.
func TestGoodConnectionsMeetNoFault(t *testing.T) {
	b := newBench(t)
	c := b.config(scenarios.RequireTLS)
	c.Fault = scenarios.Fault{Good: 2, Close: "accept"}
	s := b.start(c)
	for range 2 {
		conn, _ := b.secure(s)
		served(t, conn)
	}
	conn, _ := b.secure(s)
	require.ErrorIs(t, conn.Handshake(), io.EOF)
}

// One connection alone is cut off: the first that comes to it.
func TestOneConnectionIsCut(t *testing.T) {
	b := newBench(t)
	c := b.config(scenarios.RequireTLS)
	c.Fault = scenarios.Fault{Mute: 1, Cut: true}
	s := b.start(c)
	ping := bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "admin"}}
	first, _ := b.secure(s)
	second, _ := b.secure(s)
	send := func(conn io.Writer) {
		_, err := conn.Write(opMsg(t, 0, ping))
		require.NoError(t, err)
	}
	for _, conn := range []io.ReadWriter{first, second} {
		send(conn)
		reply(t, conn)
	}
	send(second)
	_, err := second.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	for range 3 {
		send(first)
		reply(t, first)
	}
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
	cut := 0
	for _, seen := range b.seen(s).Connections {
		if seen.CutMS > 0 {
			cut++
		}
	}
	require.Equal(t, 1, cut)
}

// What a fault changes in the handshake is seen by the client.
func TestFaultsOfTheHandshake(t *testing.T) {
	b := newBench(t)
	other := b.keyFile(pki.Leaf{DNS: []string{"other.test"}}, pki.KeyForm{})
	noClient := func(c *standin.Config) { c.AllowConnectionsWithoutCertificates = false }
	for name, row := range map[string]struct {
		server func(*standin.Config)
		client func(*tls.Config)
		fails  string // of the handshake, or of the first read after it; "" served
		check  func(*testing.T, tls.ConnectionState)
	}{
		"leaf": {func(c *standin.Config) { c.FaultKeyFile = other }, nil,
			"certificate is valid for other.test, not localhost", nil},
		"staple": {func(c *standin.Config) { c.Staple = []byte("staple") }, nil, "",
			func(t *testing.T, s tls.ConnectionState) {
				require.Equal(t, "staple", string(s.OCSPResponse))
			}},
		"at most 1.1": {func(c *standin.Config) { c.Fault.MinTLS, c.Fault.MaxTLS = "1.0", "1.1" },
			func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, "", func(t *testing.T, s tls.ConnectionState) {
				require.Equal(t, uint16(tls.VersionTLS11), s.Version)
			}},
		"at most 1.1, with a client of 1.2": {func(c *standin.Config) { c.Fault.MinTLS, c.Fault.MaxTLS = "1.0", "1.1" }, nil,
			"protocol version not supported", nil},
		"a cipher that nobody has": {func(c *standin.Config) {
			c.DisabledProtocols, c.Fault.Ciphers = "TLS1_3", []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}
		}, nil, "handshake failure", nil},
		"in pieces":        {func(c *standin.Config) { c.Fault.ChunkBytes = 1 }, nil, "", nil},
		"in small records": {func(c *standin.Config) { c.Fault.RecordBytes = 16 }, nil, "", nil},
		"in small records of TLS 1.2": {func(c *standin.Config) { c.Fault.RecordBytes = 16 },
			version(tls.VersionTLS12), "", nil},
		"after a warning": {func(c *standin.Config) { c.Fault.Warn = 112 }, version(tls.VersionTLS12), "", nil},
		"one group": {func(c *standin.Config) { c.Fault.Groups = []string{"CurveP384"} }, nil, "",
			func(t *testing.T, s tls.ConnectionState) { require.Equal(t, tls.CurveP384, s.CurveID) }},
		"a group that the client does not offer": {func(c *standin.Config) { c.Fault.Groups = []string{"CurveP384"} },
			func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} }, "handshake failure", nil},
		"for this name": {func(c *standin.Config) {
			c.FaultKeyFile, c.Fault.For = other, scenarios.Hello{SNI: "localhost"}
		}, nil, "certificate is valid for other.test, not localhost", nil},
		"for another name": {func(c *standin.Config) {
			c.FaultKeyFile, c.Fault.For = other, scenarios.Hello{SNI: "other.test"}
		}, nil, "", nil},
		"for big ClientHellos": {func(c *standin.Config) {
			c.Fault.Close, c.Fault.For.Over = "hello", 1400
		}, nil, "EOF", nil},
		"for bigger ClientHellos": {func(c *standin.Config) {
			c.Fault.Close, c.Fault.For.Over = "hello", 4000
		}, nil, "", nil},
		"for who offers a group": {func(c *standin.Config) {
			c.Fault.Close, c.Fault.For.Group = "hello", "X25519MLKEM768"
		}, nil, "EOF", nil},
		"for who offers no such group": {func(c *standin.Config) {
			c.Fault.Close, c.Fault.For.Group = "hello", "X25519MLKEM768"
		}, func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} }, "", nil},
		"late": {func(c *standin.Config) { c.Fault.Slow = "hello" }, nil, "", nil},
		"verifying in the handshake": {func(c *standin.Config) { noClient(c); c.Fault.VerifyInHandshake = true },
			version(tls.VersionTLS12), "remote error: tls: ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			row.server(&c)
			s := b.start(c)
			if row.client == nil {
				row.client = func(*tls.Config) {}
			}
			conn, _ := b.secure(s, row.client)
			err := conn.Handshake()
			if row.fails != "" {
				require.ErrorContains(t, err, row.fails)
				return
			}
			require.NoError(t, err)
			if row.check != nil {
				row.check(t, conn.ConnectionState())
			}
			served(t, conn)
			require.Equal(t, len(c.Staple) > 0, b.seen(s).Connections[0].Stapled)
		})
	}
}

// A fault that names nothing there is makes no server.
func TestFaultsThatAreNone(t *testing.T) {
	b := newBench(t)
	for says, fault := range map[string]scenarios.Fault{
		`no TLS version "1.4"`: {MaxTLS: "1.4"},
		`no cipher suite "x"`:  {Ciphers: []string{"x"}},
		`no group "P-256"`:     {Groups: []string{"P-256"}},
	} {
		c := b.config(scenarios.RequireTLS)
		c.Fault = fault
		_, err := standin.Start(c)
		require.ErrorContains(t, err, says)
	}
}

// A member tells of its set, and others whom it is asked for by another name.
func TestAdvertisedMembers(t *testing.T) {
	b := newBench(t)
	set := replication.Set{Name: "rs", Hosts: []string{"a.test:1", "b.test:2"}, Primary: "a.test:1", Me: "b.test:2",
		Arbiters: []string{"c.test:3"}, Horizons: map[string]replication.Horizon{
			"outside.test": {Hosts: []string{"outside.test:2"}, Me: "outside.test:2"}}}
	c := b.config(scenarios.AllowTLS)
	c.Set = &set
	s := b.start(c)
	var member struct {
		SetName, Me, Primary string
		IsMaster, Secondary  bool
		Hosts, Arbiters      []string
	}
	ask := func(conn net.Conn) {
		_, err := conn.Write(opMsg(t, 0, hello))
		require.NoError(t, err)
		_, body := reply(t, conn)
		require.NoError(t, bson.Unmarshal(body[5:], &member))
	}
	ask(b.raw(s))
	require.Equal(t, "rs", member.SetName)
	require.Equal(t, set.Hosts, member.Hosts)
	require.Equal(t, set.Arbiters, member.Arbiters)
	require.Equal(t, set.Me, member.Me)
	require.Equal(t, set.Primary, member.Primary)
	require.True(t, member.Secondary)
	conn, _ := b.secure(s, func(c *tls.Config) { c.ServerName, c.InsecureSkipVerify = "outside.test", true })
	ask(conn)
	require.Equal(t, []string{"outside.test:2"}, member.Hosts)
	require.Equal(t, "outside.test:2", member.Me)
}

// The server knows the name that a client asks for, whoever does the handshake.
func TestServerName(t *testing.T) {
	b := newBench(t)
	ask := func(conn net.Conn) any {
		_, err := conn.Write(opMsg(t, 0, bson.D{{Key: "whatsmysni", Value: 1}, {Key: "$db", Value: "admin"}}))
		require.NoError(t, err)
		_, body := reply(t, conn)
		var answer struct{ SNI any }
		require.NoError(t, bson.Unmarshal(body[5:], &answer))
		return answer.SNI
	}
	for name, fault := range map[string]scenarios.Fault{"crypto-tls": {}, "openssl": {OpenSSL: &scenarios.OpenSSL{}}} {
		t.Run(name, func(t *testing.T) {
			if why := face.Missing(); fault.OpenSSL != nil && why != "" {
				required.OrSkip(t, "node", why)
			}
			b := b.in(t)
			c := b.config(scenarios.AllowTLS)
			c.Fault, c.SetParameter["enableTestCommands"] = fault, "1"
			s := b.start(c)
			named, _ := b.secure(s)
			require.Equal(t, "localhost", ask(named))
			nameless, _ := b.secure(s, func(c *tls.Config) { c.ServerName, c.InsecureSkipVerify = "127.0.0.1", true })
			require.Equal(t, false, ask(nameless))
			require.Equal(t, false, ask(b.raw(s)))
		})
	}
}
