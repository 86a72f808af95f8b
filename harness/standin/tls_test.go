package standin_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/scenarios"
)

const (
	onPlain  = "SSL handshake received but server is started without SSL support"
	onlyTLS  = "The server is configured to only allow SSL connections"
	disabled = "SSL handshake failed, as client requested disabled protocol"
)

func TestTheModeDecidesWhoIsServed(t *testing.T) {
	b := newBench(t)
	for _, row := range []struct {
		mode          scenarios.Mode
		clear, secure string // of the refusal, "" served
		ids           []int  // in the clear
	}{
		{scenarios.Disabled, "", onPlain, []int{22986}},
		{scenarios.AllowTLS, "", "", []int{22986}},
		{scenarios.PreferTLS, "", "", []int{23838, 22986}},
		{scenarios.RequireTLS, onlyTLS, "", []int{22988}},
	} {
		for _, responseTo := range []int32{0, -1} {
			t.Run(fmt.Sprintf("%s/clear/%d", row.mode, responseTo), func(t *testing.T) {
				b := b.in(t)
				s := b.start(b.config(row.mode))
				c := b.raw(s)
				_, err := c.Write(opMsg(t, responseTo, hello))
				require.NoError(t, err)
				if row.clear == "" {
					reply(t, c)
				} else {
					require.Empty(t, c.ends(t))
				}
				require.NoError(t, c.Close())
				seen := b.seen(s)
				require.Equal(t, row.ids, ids(t, seen.Log))
				require.Len(t, seen.Connections, 1)
				require.True(t, seen.Connections[0].Clear)
				require.Nil(t, seen.Connections[0].Hello)
				if row.clear != "" {
					require.Equal(t, status(141, "SSLHandshakeFailed", row.clear), line(t, seen.Log, 22988).Attr["error"])
				}
			})
		}
		for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(fmt.Sprintf("%s/%s", row.mode, tls.VersionName(v)), func(t *testing.T) {
				b := b.in(t)
				s := b.start(b.config(row.mode))
				conn, wire := b.secure(s, version(v))
				if row.secure == "" {
					served(t, conn)
				} else {
					require.ErrorIs(t, conn.Handshake(), io.EOF)
					require.Empty(t, wire.in.Bytes())
					require.NoError(t, wire.Close())
				}
				seen := b.seen(s)
				require.False(t, seen.Connections[0].Clear)
				require.NotNil(t, seen.Connections[0].Hello)
				if row.secure != "" {
					require.Empty(t, seen.Connections[0].TLS)
					require.Equal(t, []int{22988}, ids(t, seen.Log))
					require.Equal(t, status(141, "SSLHandshakeFailed", row.secure), line(t, seen.Log, 22988).Attr["error"])
					return
				}
				require.Equal(t, "TLS "+seen.Connections[0].TLS, tls.VersionName(v))
				require.Equal(t, "hello", seen.Connections[0].Commands[0].Name)
			})
		}
		t.Run(string(row.mode)+"/HTTP", func(t *testing.T) {
			b := b.in(t)
			s := b.start(b.config(row.mode))
			c := b.raw(s)
			_, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
			require.NoError(t, err)
			require.Equal(t, "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 85\r\n\r\n"+
				"It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n", string(c.ends(t)))
			require.NoError(t, c.Close())
			seen := b.seen(s)
			const http = "Client sent an HTTP request over a native MongoDB connection"
			require.Equal(t, status(17, "ProtocolError", http), line(t, seen.Log, 22988).Attr["error"])
		})
		t.Run(string(row.mode)+"/a message that answers another", func(t *testing.T) {
			b := b.in(t)
			s := b.start(b.config(row.mode))
			c := b.raw(s)
			_, err := c.Write(opMsg(t, 1, hello))
			require.NoError(t, err)
			require.Empty(t, c.ends(t))
			require.NoError(t, c.Close())
			want := 22986
			if row.mode == scenarios.Disabled {
				want = 22988
			}
			require.Equal(t, []int{want}, ids(t, b.seen(s).Log))
		})
		t.Run(string(row.mode)+"/fifteen bytes are waited on", func(t *testing.T) {
			b := b.in(t)
			s := b.start(b.config(row.mode))
			c := b.raw(s)
			_, err := c.Write(opMsg(t, 0, hello)[:15])
			require.NoError(t, err)
			require.NoError(t, c.Close())
			accepted := func() bool { return len(b.seen(s).Connections) == 1 }
			require.Eventually(t, accepted, limit, time.Millisecond)
			seen := b.seen(s)
			require.Equal(t, []int{22986}, ids(t, seen.Log))
			require.Equal(t, status(6, "HostUnreachable", "Connection closed by peer"), line(t, seen.Log, 22986).Attr["error"])
			require.False(t, seen.Connections[0].Clear)
		})
	}
}

// Who closes TLS says so, who closes TCP alone does not.
func TestFarewell(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, says := range []bool{false, true} {
			b := newBench(t)
			s := b.start(b.config(scenarios.RequireTLS))
			conn, _ := b.secure(s, version(v))
			require.NoError(t, conn.Handshake())
			if says {
				require.NoError(t, conn.Close())
			} else {
				require.NoError(t, conn.NetConn().Close())
			}
			accepted := func() bool { return len(b.seen(s).Connections) == 1 }
			require.Eventually(t, accepted, limit, time.Millisecond)
			require.Equal(t, says, b.seen(s).Connections[0].Farewell)
		}
	}
}

func TestARefusedClientSeesTheEndAndNoCloseNotify(t *testing.T) {
	b := newBench(t)
	c := b.config(scenarios.RequireTLS)
	c.AllowConnectionsWithoutCertificates = false
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, writes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/writes=%t", tls.VersionName(v), writes), func(t *testing.T) {
				b := b.in(t)
				s := b.start(c)
				conn, wire := b.secure(s, version(v))
				require.NoError(t, conn.Handshake())
				before := wire.in.Len()
				if writes {
					_, err := conn.Write(opMsg(t, 0, hello))
					require.NoError(t, err)
				}
				_, err := conn.Read(make([]byte, 1))
				require.Equal(t, io.EOF, err)
				require.Zero(t, wire.in.Len()-before, "no byte may follow the handshake")
			})
		}
	}
}

func TestADisabledOldProtocolGetsSevenBytes(t *testing.T) {
	b := newBench(t)
	for _, row := range []struct {
		disabled string
		version  byte // minor
		alert    []byte
		ids      []int
	}{
		{"", 1, []byte{21, 3, 1, 0, 2, 2, 70}, []int{22988}},
		{"TLS1_0", 1, []byte{21, 3, 1, 0, 2, 2, 70}, []int{22988}},
		{"TLS1_0,TLS1_1", 2, []byte{21, 3, 2, 0, 2, 2, 70}, []int{22988}},
		{"TLS1_0,,TLS1_1", 2, []byte{21, 3, 2, 0, 2, 2, 70}, []int{22988}},
		{"", 2, nil, []int{22986}},
		{"none", 1, nil, []int{22986}},
		{"TLS1_1", 1, nil, []int{22986}},
		{"TLS1_2", 3, nil, []int{22986}},
	} {
		t.Run(fmt.Sprintf("%s/%d", row.disabled, row.version), func(t *testing.T) {
			b := b.in(t)
			config := b.config(scenarios.AllowTLS)
			config.DisabledProtocols = row.disabled
			s := b.start(config)
			c := b.raw(s)
			_, err := c.Write(plainHello(row.version))
			require.NoError(t, err)
			require.Equal(t, string(row.alert), string(c.ends(t)))
			require.NoError(t, c.Close())
			seen := b.seen(s)
			require.Equal(t, row.ids, ids(t, seen.Log))
			if row.alert != nil {
				require.Equal(t, status(141, "SSLHandshakeFailed", disabled), line(t, seen.Log, 22988).Attr["error"])
			} else {
				require.Equal(t, status(9001, "SocketException", "unsupported protocol"), line(t, seen.Log, 22986).Attr["error"])
				require.Equal(t, "D2", line(t, seen.Log, 22986).S)
				require.NotEmpty(t, seen.Connections[0].HandshakeError)
			}
		})
	}
}

func TestVersionsAndCiphersThatDoNotMeet(t *testing.T) {
	b := newBench(t)
	type config = standin.Config
	for _, row := range []struct {
		name   string
		server func(*config)
		client func(*tls.Config)
		want   string // negotiated version; "" none
		text   string
	}{
		{"both newest", func(*config) {}, func(*tls.Config) {}, "1.3", ""},
		{"1.3 disabled", func(c *config) { c.DisabledProtocols = "TLS1_0,TLS1_3" }, func(*tls.Config) {}, "1.2", ""},
		{"1.2 disabled", func(c *config) { c.DisabledProtocols = "TLS1_2" }, func(*tls.Config) {}, "1.3", ""},
		{"1.3 disabled, only 1.3", func(c *config) { c.DisabledProtocols = "TLS1_3" }, version(tls.VersionTLS13), "",
			"unsupported protocol"},
		{"1.2 disabled, only 1.2", func(c *config) { c.DisabledProtocols = "TLS1_2" }, version(tls.VersionTLS12), "",
			"unsupported protocol"},
		{"all disabled", func(c *config) { c.DisabledProtocols = "TLS1_0,TLS1_1,TLS1_2,TLS1_3" }, func(*tls.Config) {}, "",
			"unsupported protocol"},
		{"no shared cipher", func(*config) {}, func(c *tls.Config) {
			version(tls.VersionTLS12)(c)
			c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256} // the server's key is no RSA key
		}, "", "no shared cipher"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			row.server(&c)
			s := b.start(c)
			conn, wire := b.secure(s, row.client)
			if row.want != "" {
				served(t, conn)
				require.Equal(t, row.want, b.seen(s).Connections[0].TLS)
				return
			}
			require.ErrorIs(t, conn.Handshake(), io.EOF)
			require.Empty(t, wire.in.Bytes(), "a mongod does not flush its alerts")
			require.NoError(t, wire.Close())
			seen := b.seen(s)
			require.Empty(t, seen.Connections[0].TLS)
			require.Equal(t, status(9001, "SocketException", row.text), line(t, seen.Log, 22986).Attr["error"])
		})
	}
}

func TestTheClientHelloIsRecorded(t *testing.T) {
	b := newBench(t)
	for _, row := range []struct {
		name     string
		client   func(*tls.Config)
		sni      string
		versions []string
	}{
		{"name", func(*tls.Config) {}, "localhost", []string{"1.3", "1.2"}},
		{"address", func(c *tls.Config) { c.ServerName = "127.0.0.1" }, "", []string{"1.3", "1.2"}},
		{"one version", version(tls.VersionTLS12), "localhost", []string{"1.2"}},
		{"old ones", func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, "localhost",
			[]string{"1.3", "1.2", "1.1", "1.0"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := b.in(t)
			s := b.start(b.config(scenarios.RequireTLS))
			conn, _ := b.secure(s, row.client)
			served(t, conn)
			hello := b.seen(s).Connections[0].Hello
			require.Equal(t, row.sni, hello.SNI)
			require.Equal(t, row.versions, hello.Versions)
			require.True(t, hello.OCSP)
		})
	}
}

func TestACertificateIsAskedForOnlyWithACAFile(t *testing.T) {
	b := newBench(t)
	subject := func(name string) string { return string(b.authority(name).RawSubject) }
	for _, row := range []struct {
		name      string
		with      func(*standin.Config)
		asked     bool
		authority []string
	}{
		{"no CA file", func(c *standin.Config) { c.CAFile = "" }, false, nil},
		{"CA file", func(*standin.Config) {}, true, []string{subject(pki.CA)}},
		{"two in it", func(c *standin.Config) { c.CAFile = b.bundle(pki.CA, pki.Other) }, true,
			[]string{subject(pki.CA), subject(pki.Other)}},
		{"one twice", func(c *standin.Config) { c.CAFile = b.bundle(pki.CA, pki.CA) }, true, []string{subject(pki.CA)}},
		{"the machine's", func(c *standin.Config) {
			c.CAFile, c.SystemCAFile = "", b.bundle(pki.CA)
			c.Release, c.SetParameter["tlsUseSystemCA"] = mongod.Releases[1], "true"
		}, true, nil},
		{"advertised", func(c *standin.Config) { c.AdvertiseCAFile = b.bundle(pki.Other) }, true,
			[]string{subject(pki.Other)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := b.in(t)
			c := b.config(scenarios.RequireTLS)
			row.with(&c)
			s := b.start(c)
			asked, authorities := false, []string(nil)
			conn, _ := b.secure(s, func(c *tls.Config) {
				c.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
					asked = true
					for _, raw := range info.AcceptableCAs {
						authorities = append(authorities, string(raw))
					}
					return &tls.Certificate{}, nil
				}
			})
			served(t, conn)
			require.Equal(t, row.asked, asked)
			require.ElementsMatch(t, row.authority, authorities)
		})
	}
}

// Sessions are resumed in TLS 1.2 and 1.3, without a CertificateRequest. The subject is that of the first session, even
// if the client has another certificate by now.
func TestSessionsAreResumed(t *testing.T) {
	b := newBench(t)
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := b.start(b.config(scenarios.RequireTLS))
		cache := tls.NewLRUClientSessionCache(1)
		asked := 0
		for i, name := range []string{"CN=first", "CN=second"} {
			path, _, err := b.w.KeyFile(pki.Client, pki.Leaf{Subject: name}, pki.KeyForm{})
			require.NoError(t, err)
			own, err := tls.LoadX509KeyPair(path, path)
			require.NoError(t, err)
			conn, _ := b.secure(s, version(v), func(c *tls.Config) {
				c.ClientSessionCache = cache
				c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					asked++
					return &own, nil
				}
			})
			require.NoError(t, conn.Handshake())
			require.Equal(t, i > 0, conn.ConnectionState().DidResume)
			served(t, conn)
		}
		require.Equal(t, 1, asked)
		for _, c := range b.seen(s).Connections {
			require.Equal(t, "CN=first", c.Peer)
		}
	}
}

// A client that holds a session of a good connection meets the certificate of a bad one all the same.
func TestAnotherCertificateEndsSessions(t *testing.T) {
	b := newBench(t)
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := b.config(scenarios.RequireTLS)
		c.FaultKeyFile, c.Fault.Good = b.keyFile(pki.Leaf{DNS: []string{"other.test"}}, pki.KeyForm{}), 1
		s := b.start(c)
		cache := tls.NewLRUClientSessionCache(1)
		remember := func(c *tls.Config) { c.ClientSessionCache = cache }
		conn, _ := b.secure(s, version(v), remember)
		require.NoError(t, conn.Handshake())
		served(t, conn)
		conn, _ = b.secure(s, version(v), remember)
		require.ErrorContains(t, conn.Handshake(), "certificate is valid for other.test, not localhost")
	}
}

// A client that is gone before its connection was accepted has been there.
func TestWhoGoesAtOnceIsSeen(t *testing.T) {
	b := newBench(t)
	s := b.start(b.config(scenarios.RequireTLS))
	for i := range 500 {
		require.NoError(t, b.raw(s).Close())
		require.Len(t, b.seen(s).Connections, i+1)
	}
}

// Where OpenSSL's configuration lets it, old protocols are served: the highest that both sides have, and none that is
// switched off between two others.
func TestOldProtocolsAreServed(t *testing.T) {
	b := newBench(t)
	alert := func(v byte) []byte { return []byte{0x15, 3, v, 0, 2, 2, 70} }
	lifted := openssl.Policy{MinProtocol: tls.VersionTLS10, Level: 1}
	for _, row := range []struct {
		policy         openssl.Policy
		off            string
		lowest, newest uint16
		is             uint16 // 0: refused
		says           []byte
		series         string
	}{
		{lifted, "", tls.VersionTLS11, tls.VersionTLS11, tls.VersionTLS11, nil, ""},
		{lifted, "", tls.VersionTLS10, tls.VersionTLS10, 0, alert(1), ""},
		{lifted, "none", tls.VersionTLS10, tls.VersionTLS10, tls.VersionTLS10, nil, ""},
		{lifted, "TLS1_1", tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13, nil, ""},
		{lifted, "TLS1_1", tls.VersionTLS11, tls.VersionTLS11, 0, alert(2), ""},
		{lifted, "TLS1_2", tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS11, nil, ""},
		{lifted, "TLS1_2", tls.VersionTLS12, tls.VersionTLS12, 0, nil, ""},
		{openssl.Debian, "none", tls.VersionTLS11, tls.VersionTLS11, 0, nil, ""},
		{lifted, "none", tls.VersionTLS11, tls.VersionTLS11, tls.VersionTLS11, nil, "5.0"},
		{lifted, "none", tls.VersionTLS11, tls.VersionTLS11, 0, nil, "6.0"}, // OpenSSL 3
		{openssl.Policy{MinProtocol: tls.VersionTLS10}, "none", tls.VersionTLS11, tls.VersionTLS11, tls.VersionTLS11, nil,
			"6.0"},
	} {
		c := b.config(scenarios.RequireTLS)
		c.OpenSSL, c.DisabledProtocols = row.policy, row.off
		c.Release, _ = mongod.ReleaseOf(row.series)
		s := b.start(c)
		conn, wire := b.secure(s, func(c *tls.Config) { c.MinVersion, c.MaxVersion = row.lowest, row.newest })
		err := conn.Handshake()
		if row.is == 0 {
			require.Error(t, err, row)
			require.Equal(t, row.says, append([]byte(nil), wire.in.Bytes()...), row)
			continue
		}
		require.NoError(t, err, row)
		require.Equal(t, row.is, conn.ConnectionState().Version, row)
		served(t, conn)
	}
}

// What the security level allows, a client may show; so it is with the level of a cipher list.
func TestTheSecurityLevelDecidesAboutWeakCertificates(t *testing.T) {
	b := newBench(t)
	for name, leaf := range map[string]pki.Leaf{"small": {Key: "rsa1024"}, "SHA-1": {SHA1: true}} {
		path, _, err := b.w.KeyFile(pki.Client, leaf, pki.KeyForm{})
		require.NoError(t, err)
		own, err := tls.LoadX509KeyPair(path, path)
		require.NoError(t, err)
		for _, row := range []struct {
			policy openssl.Policy
			list   string
			served bool
		}{
			{openssl.Debian, "", false}, {openssl.Policy{MinProtocol: tls.VersionTLS10, Level: 1}, "", true},
			{openssl.Debian, "ALL:@SECLEVEL=0", true},
		} {
			c := b.config(scenarios.RequireTLS)
			c.OpenSSL, c.SetParameter = row.policy, map[string]string{"opensslCipherConfig": row.list}
			conn, _ := b.secure(b.start(c), func(c *tls.Config) {
				c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
			})
			require.NoError(t, conn.Handshake())
			if row.served {
				served(t, conn)
				continue
			}
			_, err := conn.Read(make([]byte, 1))
			require.Error(t, err, name)
		}
	}
}
