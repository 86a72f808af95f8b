package godriver

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/crypto/ocsp"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/scenarios"
)

const limitMS = 20_000

// try makes one attempt in this process.
func try(t *testing.T, r harness.Request) harness.Answer {
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

type certificate = func(*x509.Certificate)

// TestReasonsOfHandshakes makes every error with a real peer, and expects the same reason whether a heartbeat saw it or,
// in load balanced mode, the command itself.
func TestReasonsOfHandshakes(t *testing.T) {
	ca, other := newAuthority(t, "ca", nil), newAuthority(t, "other", nil)
	leaf := func(change ...certificate) *tls.Config { return with(ca.leaf(t, change...)) }
	server := func(c *tls.Config) func(*testing.T) string {
		return func(t *testing.T) string { return mongod(t, c, fine) }
	}
	peer := func(handle func(net.Conn)) func(*testing.T) string {
		return func(t *testing.T) string { return listen(t, handle) }
	}
	under := func(change ...certificate) *tls.Config {
		return with(newAuthority(t, "intermediate", ca, change...).leaf(t))
	}
	stapled := func(r ocsp.Response) *tls.Config { return with(ca.staple(t, ca.leaf(t), r)) }
	demands := func(change ...func(*tls.Config)) *tls.Config {
		c := with(ca.leaf(t), change...)
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool()
		return c
	}
	only := func(v uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v }
	}
	upper := newAuthority(t, "upper", ca, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	deep := newAuthority(t, "lower", upper).leaf(t) // sends no more than its issuer
	tooDeep := deep
	tooDeep.Certificate = append(slices.Clone(deep.Certificate), upper.cert.Raw)
	broken := ca.leaf(t)
	broken.Certificate[0][len(broken.Certificate[0])-1] ^= 1
	unparsable := ca.leaf(t)
	unparsable.Certificate = [][]byte{{0x30, 3, 1, 1, 0}}
	stolen := ca.leaf(t)
	stolen.PrivateKey = key(t)
	malformed := ca.leaf(t)
	malformed.OCSPStaple = []byte{0x30, 0}
	past := time.Now().Add(-2 * time.Hour)
	forced := map[string]string{"tlsForceClientCertificate": "true"}

	tests := []struct {
		name   string
		server func(*testing.T) string
		add    string // URI options
		code   map[string]string
		want   scenarios.Reason
	}{
		{name: "good", server: server(leaf())},
		{name: "unknown authority", server: server(with(other.leaf(t))), want: scenarios.Untrusted},
		{name: "bad signature", server: server(with(broken)), want: scenarios.Untrusted},
		{name: "wrong name", server: server(leaf(func(c *x509.Certificate) { c.DNSNames = []string{"elsewhere.test"} })),
			want: scenarios.NameMismatch},
		{name: "common name only", server: server(leaf(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })),
			want: scenarios.NameMismatch},
		{name: "expired", server: server(leaf(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) })),
			want: scenarios.Expired},
		{name: "not yet valid", server: server(leaf(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })),
			want: scenarios.NotYetValid},
		{name: "intermediate expired", server: server(under(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) })),
			want: scenarios.Expired},
		{name: "client's usage", server: server(leaf(func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] })),
			want: scenarios.BadUsage},
		{name: "critical extension", server: server(leaf(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		})), want: scenarios.BadCertificate},
		{name: "name constraint", server: server(under(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"test"} })),
			want: scenarios.BadCertificate},
		{name: "intermediate is no authority", server: server(under(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })),
			want: scenarios.Untrusted},
		{name: "intermediate missing", server: server(with(deep)), want: scenarios.Untrusted},
		{name: "path too long", server: server(with(tooDeep)), want: scenarios.BadCertificate},
		{name: "SHA-1", server: server(leaf(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })),
			want: scenarios.Weak},
		{name: "not a certificate", server: server(with(unparsable)), want: scenarios.BadCertificate},
		{name: "another's key", server: server(with(stolen, only(tls.VersionTLS13))), want: scenarios.BadCertificate},
		{name: "another's key in 1.2", server: server(with(stolen, only(tls.VersionTLS12))), want: scenarios.BadCertificate},

		{name: "staple good", server: server(stapled(ocsp.Response{Status: ocsp.Good}))},
		{name: "staple revoked", server: server(stapled(ocsp.Response{Status: ocsp.Revoked, RevokedAt: past})), want: scenarios.Revoked},
		{name: "staple expired", server: server(stapled(ocsp.Response{Status: ocsp.Good, ThisUpdate: past, NextUpdate: past.Add(time.Hour)})),
			want: scenarios.OCSPInvalid},
		{name: "staple for another", server: server(stapled(ocsp.Response{Status: ocsp.Good, SerialNumber: big.NewInt(9)})),
			want: scenarios.OCSPInvalid},
		{name: "staple malformed", server: server(with(malformed)), want: scenarios.OCSPInvalid},
		{name: "must staple", server: server(leaf(mustStaple)), want: scenarios.MustStapleMissing},
		{name: "must staple, not asked for", server: server(leaf(mustStaple)),
			code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"}},

		{name: "server is older", server: server(with(ca.leaf(t), only(tls.VersionTLS11))), want: scenarios.ProtocolMismatch},
		{name: "server is newer", server: server(with(ca.leaf(t), only(tls.VersionTLS13))),
			code: map[string]string{"tlsMaxVersion": "1.2"}, want: scenarios.ProtocolMismatch},
		{name: "both are old", server: server(with(ca.leaf(t), only(tls.VersionTLS11))),
			code: map[string]string{"tlsMinVersion": "1.0"}},
		{name: "client's range is empty", server: server(leaf()),
			code: map[string]string{"tlsMinVersion": "1.3", "tlsMaxVersion": "1.2"}, want: scenarios.ProtocolMismatch},
		{name: "server chooses what was not offered", server: peer(oldServerHello()), want: scenarios.ProtocolMismatch},
		{name: "no common cipher suite", server: server(with(ca.leaf(t), only(tls.VersionTLS12), func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		})), want: scenarios.RemoteAlert},

		{name: "client certificate missing in 1.3", server: server(demands(only(tls.VersionTLS13))), want: scenarios.ClientCertRequired},
		{name: "client certificate missing in 1.2", server: server(demands(only(tls.VersionTLS12))), want: scenarios.RemoteAlert},
		{name: "client certificate good", server: server(demands()), add: "&tlsCertificateKeyFile=" + keyFile(t, ca.leaf(t), "")},
		{name: "client certificate foreign, not sent", server: server(demands()),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), want: scenarios.ClientCertRequired},
		{name: "client certificate foreign, forced in 1.3", server: server(demands(only(tls.VersionTLS13))),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), code: forced, want: scenarios.ClientCertRejected},
		{name: "client certificate foreign, forced in 1.2", server: server(demands(only(tls.VersionTLS12))),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), code: forced, want: scenarios.ClientCertRejected},
		{name: "client certificate expired", server: server(demands()),
			add:  "&tlsCertificateKeyFile=" + keyFile(t, ca.leaf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) }), ""),
			want: scenarios.ClientCertRejected},

		{name: "alert handshake_failure", server: peer(alert(40)), want: scenarios.RemoteAlert},
		{name: "alert certificate_revoked", server: peer(alert(44)), want: scenarios.ClientCertRejected},
		{name: "alert access_denied", server: peer(alert(49)), want: scenarios.ClientCertRejected},
		{name: "alert protocol_version", server: peer(alert(70)), want: scenarios.ProtocolMismatch},
		{name: "alert insufficient_security", server: peer(alert(71)), want: scenarios.ProtocolMismatch},
		{name: "alert internal_error", server: peer(alert(80)), want: scenarios.RemoteAlert},
		{name: "alert unrecognized_name", server: peer(alert(112)), want: scenarios.RemoteAlert},
		{name: "alert certificate_required", server: peer(alert(116)), want: scenarios.ClientCertRequired},
		{name: "alert without a name", server: peer(alert(200)), want: scenarios.RemoteAlert},
		{name: "close_notify", server: peer(says("\x15\x03\x03\x00\x02\x01\x00")), want: scenarios.PeerClosed},

		{name: "speaks HTTP", server: peer(says("HTTP/1.0 400 Bad Request\r\n\r\n")), want: scenarios.NotTLS},
		{name: "speaks nonsense", server: peer(says("\x00\x01\x02\x03\x04\x05\x06\x07")), want: scenarios.NotTLS},
		{name: "mongod without TLS", server: server(nil), want: scenarios.PeerClosed},
		{name: "closes on accept", server: peer(closes), want: scenarios.PeerClosed},
		{name: "closes after the hello", server: peer(closesAfterHello), want: scenarios.PeerClosed},
		{name: "resets after the hello", server: peer(resets), want: scenarios.PeerClosed},
		{name: "half a record", server: peer(func(c net.Conn) { hear(c); _, _ = c.Write([]byte{0x16, 3, 3, 0, 99, 2}) }),
			want: scenarios.PeerClosed},
		{name: "closes after the handshake", server: func(t *testing.T) string {
			return mongod(t, leaf(), func(string, bson.Raw) bson.D { return nil })
		}, want: scenarios.PeerClosed},
		{name: "nobody listens", server: func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, l.Close())
			return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
		}, want: scenarios.Unreachable},
		{name: "stalls on accept", server: peer(stalls), add: "&connectTimeoutMS=100", want: scenarios.Timeout},
		{name: "stalls after the handshake", server: peer(func(c net.Conn) { stalls(tls.Server(c, leaf())) }),
			add: "&connectTimeoutMS=100", want: scenarios.Timeout},
	}
	for _, test := range tests {
		for _, mode := range []string{"", "&loadBalanced=true"} {
			t.Run(test.name+mode, func(t *testing.T) {
				a := try(t, harness.Request{ID: test.name, Dial: "127.0.0.1", Code: test.code,
					URI: "mongodb://localhost:" + test.server(t) + "/?tls=true&tlsCAFile=" + ca.file + test.add + mode})
				if test.want == "" {
					require.True(t, a.OK, "%+v", a.Error)
					return
				}
				require.False(t, a.OK)
				require.Equal(t, string(test.want), a.Error.Reason, "%+v", a.Error)
				require.Equal(t, "connect", a.Stage)
				require.NotEmpty(t, a.Error.Chain)
				if mode == "" {
					require.Equal(t, "all-servers-failed", a.Stopped)
					require.Contains(t, a.Error.Surface, a.Error.Text) // what the application would have been told
				} else {
					require.Equal(t, "returned", a.Stopped)
				}
			})
		}
	}
}

func TestReasonsOfReplies(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	x509auth := "&authMechanism=MONGODB-X509"
	ping := harness.Command{DB: "admin", JSON: `{"ping":1}`}
	tests := []struct {
		name   string
		answer replies
		add    string
		do     []harness.Command
		want   harness.Error // Reason, Code, CodeName
		stage  string
	}{
		{name: "not authorized", answer: refusing("find", 13, "Unauthorized"), stage: "command",
			do:   []harness.Command{ping, {DB: "test", JSON: `{"find":"c"}`}, ping},
			want: harness.Error{Reason: "unauthorized", Code: 13, CodeName: "Unauthorized"}},
		{name: "refused", answer: refusing("find", 2, "BadValue"), stage: "command",
			do:   []harness.Command{ping, {DB: "test", JSON: `{"find":"c"}`}},
			want: harness.Error{Reason: "server-refused", Code: 2, CodeName: "BadValue"}},
		{name: "a user to drop is not found", answer: refusing("dropUser", 11, "UserNotFound"), stage: "command",
			do:   []harness.Command{ping, {DB: "$external", JSON: `{"dropUser":"CN=x"}`}},
			want: harness.Error{Reason: "server-refused", Code: 11, CodeName: "UserNotFound"}},
		{name: "authentication failed", answer: refusing("authenticate", 18, "AuthenticationFailed"), add: x509auth, stage: "connect",
			want: harness.Error{Reason: "auth-failed", Code: 18, CodeName: "AuthenticationFailed"}},
		{name: "no such user", answer: refusing("authenticate", 11, "UserNotFound"), add: x509auth, stage: "connect",
			want: harness.Error{Reason: "auth-failed", Code: 11, CodeName: "UserNotFound"}},
		{name: "mechanism unavailable", answer: refusing("authenticate", 334, "MechanismUnavailable"), add: x509auth, stage: "connect",
			want: harness.Error{Reason: "server-refused", Code: 334, CodeName: "MechanismUnavailable"}},
		{name: "wrong password", answer: refusing("saslStart", 18, "AuthenticationFailed"), add: "&authMechanism=SCRAM-SHA-256", stage: "connect",
			want: harness.Error{Reason: "auth-failed", Code: 18, CodeName: "AuthenticationFailed"}},
		{name: "hello refused", answer: refusing("isMaster", 8000, "AtlasError"), stage: "connect",
			want: harness.Error{Reason: "server-refused", Code: 8000, CodeName: "AtlasError"}},
		{name: "dies on the command", stage: "command", do: []harness.Command{ping, {DB: "test", JSON: `{"insert":"c","documents":[{}]}`}},
			answer: func(name string, doc bson.Raw) bson.D {
				if name == "insert" {
					return nil
				}
				return fine(name, doc)
			}, want: harness.Error{Reason: "peer-closed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			port := mongod(t, with(ca.leaf(t)), test.answer)
			user := ""
			if strings.Contains(test.add, "SCRAM") {
				user = "u:p@"
			}
			a := try(t, harness.Request{URI: "mongodb://" + user + "localhost:" + port + "/?tlsCAFile=" + ca.file + test.add,
				Dial: "127.0.0.1", Do: test.do})
			require.False(t, a.OK)
			require.Equal(t, test.want, harness.Error{Reason: a.Error.Reason, Code: a.Error.Code, CodeName: a.Error.CodeName}, a.Error.Text)
			require.Equal(t, test.stage, a.Stage)
			if test.stage == "command" {
				require.Equal(t, 1, a.Command)
				require.Len(t, a.Replies, 1)
			}
		})
	}
}

func TestReasonsOfConfigurations(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	good, encrypted := keyFile(t, ca.leaf(t), ""), keyFile(t, ca.leaf(t), "secret")
	unmatched := ca.leaf(t)
	unmatched.PrivateKey = key(t)
	empty, directory := write(t, nil), t.TempDir()
	tests := []struct {
		uri  string // after mongodb://localhost:1/?
		code map[string]string
		want scenarios.Reason
	}{
		{uri: "tlsCAFile=" + directory + "/missing.pem", want: scenarios.KeyLoadError},
		{uri: "tlsCAFile=" + directory, want: scenarios.KeyLoadError},
		{uri: "tlsCAFile=" + empty, want: scenarios.KeyLoadError},
		{uri: "tlsCAFile=", want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + directory + "/missing.pem", want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + empty, want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + ca.file, want: scenarios.KeyLoadError}, // no key
		{uri: "tlsCertificateKeyFile=" + keyFile(t, unmatched, ""), want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted, want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted + "&tlsCertificateKeyFilePassword=wrong", want: scenarios.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + write(t, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
			want: scenarios.KeyLoadError},
		{code: map[string]string{"tlsCAFile": directory + "/missing.pem"}, want: scenarios.KeyLoadError},
		{code: map[string]string{"tlsCertificateKeyFile": encrypted, "tlsCertificateKeyFilePassword": "wrong"}, want: scenarios.KeyLoadError},

		{uri: "tls=yes", want: scenarios.ParseError},
		{uri: "tls=true&ssl=false", want: scenarios.ParseError},
		{uri: "tlsInsecure=true&tlsDisableOCSPEndpointCheck=true", want: scenarios.ParseError},
		{uri: "tlsDisableOCSPEndpointCheck=true", code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"}, want: scenarios.ParseError},
		{uri: "authMechanism=MONGODB-X509&authSource=admin", want: scenarios.ParseError},
		{uri: "authMechanism=mongodb-x509", want: scenarios.ParseError}, // from mongo.Connect
		{uri: "authMechanism=MAGIC", want: scenarios.ParseError},
		{uri: "loadBalanced=true&replicaSet=rs", want: scenarios.ParseError},
		{uri: "tlsCertificateFile=" + good, want: scenarios.ParseError},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.uri, test.code), func(t *testing.T) {
			a := try(t, harness.Request{URI: "mongodb://localhost:1/?" + test.uri, Code: test.code})
			require.False(t, a.OK)
			require.Equal(t, string(test.want), a.Error.Reason, a.Error.Text)
			require.Equal(t, "configure", a.Stage)
			require.Equal(t, "returned", a.Stopped)
			require.Equal(t, a.Error.Text, a.Error.Surface)
			require.NotContains(t, a.Error.Text, "wrong")
			require.Empty(t, a.Events)
		})
	}
	for _, uri := range []string{"", "localhost:27017", "http://localhost", "mongodb://", "mongodb://a:b:c@localhost", "mongodb+srv://localhost:27017"} {
		a := try(t, harness.Request{URI: uri})
		require.Equal(t, "parse-error", a.Error.Reason, uri)
	}
}

// TestReasonsAreOfTheVocabulary guards the tables.
func TestReasonsAreOfTheVocabulary(t *testing.T) {
	var all []scenarios.Reason
	for _, r := range invalid {
		all = append(all, r)
	}
	for _, r := range alerts {
		all = append(all, r)
	}
	for _, x := range append(handshakeTexts, configureTexts...) {
		all = append(all, x.reason)
	}
	require.Subset(t, scenarios.Reasons, all)
	require.Equal(t, scenarios.Unclassified, reason(fmt.Errorf("something new")))
}
