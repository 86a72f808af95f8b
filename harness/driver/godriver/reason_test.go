package godriver

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	config "github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

const limitMS = 20_000

// try makes one attempt in this process.
func try(t *testing.T, r evidence.Request) evidence.Answer {
	t.Helper()
	if r.LimitMS == 0 {
		r.LimitMS = limitMS
	}
	d := New(driver.Isolation{})
	a, err := d.Do(t.Context(), r)
	require.NoError(t, err)
	require.NotEqual(t, a.OK, a.Error != nil)
	require.NoError(t, d.Close())
	return a
}

// A target starts whom the client is to meet, and returns the port.
type target = func(testing.TB) string

func peer(handle func(net.Conn)) target {
	return func(t testing.TB) string { return listen(t, handle) }
}

// TestReasonsOfHandshakes makes every error with a real peer, and expects the same reason whether a heartbeat saw it
// or, in load balanced mode, the command itself.
func TestReasonsOfHandshakes(t *testing.T) {
	of := func(l pki.Leaf) target { return plain(l).start }
	under := func(l pki.Leaf, chain ...string) target {
		return mongod{leaf: l, form: pki.KeyForm{Chain: chain}, optional: true}.start
	}
	faulty := func(f scenarios.Fault) target { return mongod{optional: true, fault: f}.start }
	demands := func(f scenarios.Fault) target {
		f.VerifyInHandshake = true
		return mongod{fault: f}.start
	}
	stapled := func(b ocsp.Behaviour) target {
		_, certificate, err := world.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
		require.NoError(t, err)
		response, err := world.OCSP.Response(b, pki.CA, certificate.SerialNumber)
		require.NoError(t, err)
		return mongod{optional: true, staple: response}.start
	}
	pair, err := world.PKI.Leaf(pki.Server, pki.Leaf{})
	require.NoError(t, err)
	other, err := world.PKI.Leaf(pki.Client, pki.Leaf{})
	require.NoError(t, err)
	certificate := func(l pki.Leaf) string { return "&tlsCertificateKeyFile=" + keyFile(t, pki.Client, l, pki.KeyForm{}) }
	forced := map[string]string{"tlsForceClientCertificate": "true"}

	tests := []struct {
		name   string
		target target
		add    string // URI options
		code   map[string]string
		want   evidence.Reason
	}{
		{name: "good", target: of(pki.Leaf{})},
		{name: "unknown authority", target: of(pki.Leaf{Issuer: pki.Other}), want: evidence.Untrusted},
		{name: "bad signature", target: of(pki.Leaf{BadSignature: true}), want: evidence.Untrusted},
		{name: "wrong name", target: of(pki.Leaf{DNS: []string{"elsewhere.test"}}), want: evidence.NameMismatch},
		{name: "common name only", target: of(pki.Leaf{Subject: "CN=localhost", NoSAN: true}), want: evidence.NameMismatch},
		{name: "expired", target: of(pki.Leaf{NotAfter: -time.Minute}), want: evidence.Expired},
		{name: "not yet valid", target: of(pki.Leaf{NotBefore: time.Hour}), want: evidence.NotYetValid},
		{name: "intermediate expired", target: under(pki.Leaf{Issuer: "expired-intermediate"}, "expired-intermediate"),
			want: evidence.Expired},
		{name: "client's usage", target: of(pki.Leaf{Usage: []string{pki.ClientAuth}}), want: evidence.BadUsage},
		{name: "critical extension", target: of(pki.Leaf{CriticalExtension: true}), want: evidence.BadCertificate},
		{name: "name constraint", target: under(pki.Leaf{Issuer: "constrained"}, "constrained"),
			want: evidence.BadCertificate},
		{name: "intermediate is no authority", target: under(pki.Leaf{Issuer: "no-ca-flag"}, "no-ca-flag"),
			want: evidence.Untrusted},
		{name: "intermediate missing", target: under(pki.Leaf{Issuer: pki.Intermediate}), want: evidence.Untrusted},
		{name: "path too long", target: under(pki.Leaf{Issuer: "beyond-pathlen"}, "beyond-pathlen", "pathlen"),
			want: evidence.BadCertificate},
		{name: "SHA-1", target: of(pki.Leaf{SHA1: true}), want: evidence.Weak},
		{name: "not a certificate", target: peer(presents([]byte{0x30, 3, 1, 1, 0}, pair.Key, tls.VersionTLS13)),
			want: evidence.BadCertificate},
		{name: "another's key", target: peer(presents(pair.Certificate.Raw, other.Key, tls.VersionTLS13)),
			want: evidence.BadCertificate},
		{name: "another's key in 1.2", target: peer(presents(pair.Certificate.Raw, other.Key, tls.VersionTLS12)),
			want: evidence.BadCertificate},

		{name: "staple good", target: stapled(ocsp.Behaviour{Answer: ocsp.Good})},
		{name: "staple revoked", target: stapled(ocsp.Behaviour{Answer: ocsp.Revoked}), want: evidence.Revoked},
		{name: "staple expired", target: stapled(ocsp.Behaviour{Answer: ocsp.Expired}), want: evidence.OCSPInvalid},
		{name: "staple for another", target: stapled(ocsp.Behaviour{Answer: ocsp.OtherCert}), want: evidence.OCSPInvalid},
		{name: "staple malformed", target: stapled(ocsp.Behaviour{Answer: ocsp.Malformed}), want: evidence.OCSPInvalid},
		{name: "must staple", target: of(pki.Leaf{MustStaple: true}), want: evidence.MustStapleMissing},
		{name: "must staple, not asked for", target: of(pki.Leaf{MustStaple: true}),
			code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"}},

		{name: "server is older", target: faulty(scenarios.Fault{MinTLS: "1.0", MaxTLS: "1.1"}),
			want: evidence.ProtocolMismatch},
		{name: "server is newer", target: faulty(scenarios.Fault{MinTLS: "1.3"}),
			code: map[string]string{"tlsMaxVersion": "1.2"}, want: evidence.ProtocolMismatch},
		{name: "both are old", target: faulty(scenarios.Fault{MinTLS: "1.0", MaxTLS: "1.1"}),
			code: map[string]string{"tlsMinVersion": "1.0"}},
		{name: "client's range is empty", target: of(pki.Leaf{}),
			code: map[string]string{"tlsMinVersion": "1.3", "tlsMaxVersion": "1.2"}, want: evidence.ProtocolMismatch},
		{name: "server chooses what was not offered", target: peer(says(oldServerHello())), want: evidence.ProtocolMismatch},
		{name: "no common cipher suite", target: faulty(scenarios.Fault{MaxTLS: "1.2",
			Ciphers: []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}}),
			want: evidence.RemoteAlert},

		{name: "client certificate missing in 1.3", target: demands(scenarios.Fault{MinTLS: "1.3"}),
			want: evidence.ClientCertRequired},
		{name: "client certificate missing in 1.2", target: demands(scenarios.Fault{MaxTLS: "1.2"}),
			want: evidence.RemoteAlert},
		{name: "client certificate good", target: demands(scenarios.Fault{}), add: certificate(pki.Leaf{})},
		{name: "client certificate foreign, not sent", target: demands(scenarios.Fault{}),
			add: certificate(pki.Leaf{Issuer: pki.Other}), want: evidence.ClientCertRequired},
		{name: "client certificate foreign, forced in 1.3", target: demands(scenarios.Fault{MinTLS: "1.3"}),
			add: certificate(pki.Leaf{Issuer: pki.Other}), code: forced, want: evidence.ClientCertRejected},
		{name: "client certificate foreign, forced in 1.2", target: demands(scenarios.Fault{MaxTLS: "1.2"}),
			add: certificate(pki.Leaf{Issuer: pki.Other}), code: forced, want: evidence.ClientCertRejected},
		{name: "client certificate expired", target: demands(scenarios.Fault{}),
			add: certificate(pki.Leaf{NotAfter: -time.Hour}), want: evidence.ClientCertRejected},

		{name: "alert handshake_failure", target: faulty(scenarios.Fault{Alert: 40}), want: evidence.RemoteAlert},
		{name: "alert certificate_revoked", target: faulty(scenarios.Fault{Alert: 44}), want: evidence.ClientCertRejected},
		{name: "alert access_denied", target: faulty(scenarios.Fault{Alert: 49}), want: evidence.ClientCertRejected},
		{name: "alert protocol_version", target: faulty(scenarios.Fault{Alert: 70}), want: evidence.ProtocolMismatch},
		{name: "alert insufficient_security", target: faulty(scenarios.Fault{Alert: 71}), want: evidence.ProtocolMismatch},
		{name: "alert internal_error", target: faulty(scenarios.Fault{Alert: 80}), want: evidence.RemoteAlert},
		{name: "alert unrecognized_name", target: faulty(scenarios.Fault{Alert: 112}), want: evidence.RemoteAlert},
		{name: "alert certificate_required", target: faulty(scenarios.Fault{Alert: 116}), want: evidence.ClientCertRequired},
		{name: "alert without a name", target: faulty(scenarios.Fault{Alert: 200}), want: evidence.RemoteAlert},
		{name: "close_notify", target: peer(says("\x15\x03\x03\x00\x02\x01\x00")), want: evidence.PeerClosed},

		{name: "speaks HTTP", target: faulty(scenarios.Fault{Speak: "HTTP/1.0 400 Bad Request\r\n\r\n"}),
			want: evidence.NotTLS},
		{name: "speaks nonsense", target: peer(says("\x00\x01\x02\x03\x04\x05\x06\x07")), want: evidence.NotTLS},
		{name: "mongod without TLS", target: mongod{off: true}.start, want: evidence.PeerClosed},
		{name: "closes on accept", target: faulty(scenarios.Fault{Close: "accept"}), want: evidence.PeerClosed},
		{name: "closes after the hello", target: faulty(scenarios.Fault{Close: "hello"}), want: evidence.PeerClosed},
		{name: "resets after the hello", target: peer(resets), want: evidence.PeerClosed},
		{name: "half a record", target: peer(func(c net.Conn) { hear(c); _, _ = c.Write([]byte{0x16, 3, 3, 0, 99, 2}) }),
			want: evidence.PeerClosed},
		{name: "closes after the handshake", target: faulty(scenarios.Fault{Close: "handshake"}), want: evidence.PeerClosed},
		{name: "nobody listens", target: func(t testing.TB) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, l.Close())
			return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
		}, want: evidence.Unreachable},
		{name: "stalls on accept", target: faulty(scenarios.Fault{Stall: "accept"}), add: "&connectTimeoutMS=100",
			want: evidence.Timeout},
		{name: "stalls after the handshake", target: faulty(scenarios.Fault{Stall: "handshake"}),
			add:  "&connectTimeoutMS=100",
			want: evidence.Timeout},
	}
	for _, test := range tests {
		for _, mode := range []string{"", "&loadBalanced=true"} {
			if test.want == "" && mode != "" {
				continue // no mongod serves it
			}
			t.Run(test.name+mode, func(t *testing.T) {
				a := try(t, evidence.Request{ID: test.name, Dial: "127.0.0.1", Code: test.code,
					URI: "mongodb://localhost:" + test.target(t) + "/?tls=true&tlsCAFile=" + bundle(t, pki.CA) + test.add + mode})
				if test.want == "" {
					require.True(t, a.OK, "%+v", a.Error)
					return
				}
				require.False(t, a.OK)
				require.Equal(t, test.want, a.Error.Reason, "%+v", a.Error)
				require.Equal(t, evidence.AtConnect, a.Stage)
				require.NotEmpty(t, a.Error.Chain)
				if mode == "" {
					require.Equal(t, evidence.AllServersFailed, a.Stopped)
					require.Contains(t, a.Error.Surface, a.Error.Text) // what the application would have been told
				} else {
					require.Equal(t, evidence.Returned, a.Stopped)
				}
			})
		}
	}
}

func TestReasonsOfReplies(t *testing.T) {
	byX509 := "&authMechanism=MONGODB-X509&tlsCertificateKeyFile=" + keyFile(t, pki.Client, pki.Leaf{}, pki.KeyForm{})
	ping := evidence.Command{DB: "admin", JSON: `{"ping":1}`}
	tests := []struct {
		name   string
		server mongod
		user   string // with a password, for the URI
		add    string
		do     []evidence.Command
		want   evidence.Error // Reason, Code, CodeName
		stage  evidence.Stage
	}{
		{name: "not authorized", server: mongod{authorizes: true}, stage: evidence.AtCommand,
			do:   []evidence.Command{ping, {DB: "test", JSON: `{"find":"c"}`}, ping},
			want: evidence.Error{Reason: evidence.Unauthorized, Code: 13, CodeName: "Unauthorized"}},
		{name: "refused", stage: evidence.AtCommand,
			do:   []evidence.Command{ping, {DB: "test", JSON: `{"mongotls":1}`}},
			want: evidence.Error{Reason: evidence.ServerRefused, Code: 59, CodeName: "CommandNotFound"}},
		{name: "a user to drop is not found", stage: evidence.AtCommand,
			do:   []evidence.Command{ping, {DB: "$external", JSON: `{"dropUser":"CN=x"}`}},
			want: evidence.Error{Reason: evidence.ServerRefused, Code: 11, CodeName: "UserNotFound"}},
		{name: "no such user", server: mongod{authorizes: true}, add: byX509, stage: evidence.AtConnect,
			want: evidence.Error{Reason: evidence.AuthFailed, Code: 11, CodeName: "UserNotFound"}},
		{name: "mechanism unavailable", add: byX509, stage: evidence.AtConnect,
			server: mongod{parameters: map[string]string{"authenticationMechanisms": "SCRAM-SHA-256"}},
			want:   evidence.Error{Reason: evidence.ServerRefused, Code: 2, CodeName: "BadValue"}},
		{name: "wrong password", stage: evidence.AtConnect, user: "u:wrong@",
			add:    "&authMechanism=SCRAM-SHA-256&authSource=admin",
			server: mongod{authorizes: true, users: []config.User{{DB: "admin", Name: "u", Password: "right"}}},
			want:   evidence.Error{Reason: evidence.AuthFailed, Code: 18, CodeName: "AuthenticationFailed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.server.optional = true
			a := try(t, evidence.Request{URI: "mongodb://" + test.user + "localhost:" + test.server.start(t) + "/?tlsCAFile=" +
				bundle(t, pki.CA) + test.add,
				Dial: "127.0.0.1", Commands: test.do})
			require.False(t, a.OK)
			require.Equal(t, test.want, evidence.Error{Reason: a.Error.Reason, Code: a.Error.Code, CodeName: a.Error.CodeName},
				a.Error.Text)
			require.Equal(t, test.stage, a.Stage)
			if test.stage == evidence.AtCommand {
				require.Equal(t, 1, a.Command)
				require.Len(t, a.Replies, 1)
			}
		})
	}
}

// A server that breaks off while a command is under way.
func TestAServerThatDiesOnTheCommand(t *testing.T) {
	port := relay{hears: func(_ int, said []byte) bool { return bytes.Contains(said, []byte("insert")) }}.start(t,
		mongod{off: true})
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + port + "/", Dial: "127.0.0.1",
		Commands: []evidence.Command{{DB: "admin", JSON: `{"ping":1}`}, {DB: "test",
			JSON: `{"insert":"c","documents":[{}]}`}}})
	require.False(t, a.OK)
	require.Equal(t, evidence.PeerClosed, a.Error.Reason, a.Error.Text)
	require.Equal(t, evidence.AtCommand, a.Stage)
	require.Equal(t, 1, a.Command)
}

// Codes that the stand-in never gives, outside of authentication.
func TestReasonsOfCodes(t *testing.T) {
	for code, want := range map[int32]evidence.Reason{11: evidence.ServerRefused, 13: evidence.Unauthorized,
		18:  evidence.AuthFailed,
		334: evidence.ServerRefused, 8000: evidence.ServerRefused} {
		require.Equal(t, want, reason(xdriver.Error{Code: code, Message: "no"}), code)
	}
}

func TestReasonsOfConfigurations(t *testing.T) {
	good := keyFile(t, pki.Client, pki.Leaf{}, pki.KeyForm{})
	encrypted := keyFile(t, pki.Client, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "secret"})
	missing, err := world.File("nothing", pki.File{Missing: true})
	require.NoError(t, err)
	empty, err := world.File("empty", pki.File{})
	require.NoError(t, err)
	directory, err := world.File("directory", pki.File{Directory: true})
	require.NoError(t, err)
	tests := []struct {
		uri  string // after mongodb://localhost:1/?
		code map[string]string
		want evidence.Reason
	}{
		{uri: "tlsCAFile=" + missing, want: evidence.KeyLoadError},
		{uri: "tlsCAFile=" + directory, want: evidence.KeyLoadError},
		{uri: "tlsCAFile=" + empty, want: evidence.KeyLoadError},
		{uri: "tlsCAFile=", want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + missing, want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + empty, want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + bundle(t, pki.CA), want: evidence.KeyLoadError}, // no key
		{uri: "tlsCertificateKeyFile=" + keyFile(t, pki.Client, pki.Leaf{}, pki.KeyForm{OtherKey: true}),
			want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted, want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted + "&tlsCertificateKeyFilePassword=wrong", want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + write(
			t,
			"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		),
			want: evidence.KeyLoadError},
		{code: map[string]string{"tlsCAFile": missing}, want: evidence.KeyLoadError},
		{code: map[string]string{"tlsCertificateKeyFile": encrypted, "tlsCertificateKeyFilePassword": "wrong"},
			want: evidence.KeyLoadError},

		{uri: "tls=yes", want: evidence.ParseError},
		{uri: "tls=true&ssl=false", want: evidence.ParseError},
		{uri: "tlsInsecure=true&tlsDisableOCSPEndpointCheck=true", want: evidence.ParseError},
		{uri: "tlsDisableOCSPEndpointCheck=true", code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"},
			want: evidence.ParseError},
		{uri: "authMechanism=MONGODB-X509&authSource=admin", want: evidence.ParseError},
		{uri: "authMechanism=mongodb-x509", want: evidence.ParseError}, // from mongo.Connect
		{uri: "authMechanism=MAGIC", want: evidence.ParseError},
		{uri: "loadBalanced=true&replicaSet=rs", want: evidence.ParseError},
		{uri: "tlsCertificateFile=" + good, want: evidence.ParseError},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.uri, test.code), func(t *testing.T) {
			a := try(t, evidence.Request{URI: "mongodb://localhost:1/?" + test.uri, Code: test.code})
			require.False(t, a.OK)
			require.Equal(t, test.want, a.Error.Reason, a.Error.Text)
			require.Equal(t, evidence.AtConfigure, a.Stage)
			require.Equal(t, evidence.Returned, a.Stopped)
			require.Equal(t, a.Error.Text, a.Error.Surface)
			require.NotContains(t, a.Error.Text, "wrong")
			require.Empty(t, a.Events)
		})
	}
	for _, uri := range []string{"", "localhost:27017", "http://localhost", "mongodb://", "mongodb://a:b:c@localhost",
		"mongodb+srv://localhost:27017"} {
		a := try(t, evidence.Request{URI: uri})
		require.Equal(t, evidence.ParseError, a.Error.Reason, uri)
	}
}

// An operation that waited for a connection of a pool which another cleared gets the other's error as text. It failed
// for the same reason.
func TestClearedPool(t *testing.T) {
	for _, err := range []error{
		x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other.example.test"}}, Host: "localhost"},
		x509.HostnameError{Certificate: &x509.Certificate{}, Host: "localhost"},
		x509.HostnameError{Certificate: &x509.Certificate{}, Host: "127.0.0.1"},
		x509.UnknownAuthorityError{},
		syscall.ECONNRESET,
	} {
		text := errors.New("connection pool for localhost:27017 was cleared because another operation failed with: " +
			err.Error())
		require.Equal(t, reason(err), reason(text), text)
		require.NotEqual(t, evidence.Unclassified, reason(text))
	}
}

// TestReasonsAreOfTheVocabulary guards the tables.
func TestReasonsAreOfTheVocabulary(t *testing.T) {
	var all []evidence.Reason
	for _, r := range invalid {
		all = append(all, r)
	}
	for _, r := range alerts {
		all = append(all, r)
	}
	for _, x := range append(handshakeTexts, configureTexts...) {
		all = append(all, x.reason)
	}
	require.Subset(t, evidence.Reasons, all)
	require.Equal(t, evidence.Unclassified, reason(fmt.Errorf("something new")))
}
