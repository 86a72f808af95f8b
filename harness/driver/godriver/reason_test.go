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

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
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
		want   evidence.Reason
	}{
		{name: "good", server: server(leaf())},
		{name: "unknown authority", server: server(with(other.leaf(t))), want: evidence.Untrusted},
		{name: "bad signature", server: server(with(broken)), want: evidence.Untrusted},
		{name: "wrong name", server: server(leaf(func(c *x509.Certificate) { c.DNSNames = []string{"elsewhere.test"} })),
			want: evidence.NameMismatch},
		{name: "common name only", server: server(leaf(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })),
			want: evidence.NameMismatch},
		{name: "expired", server: server(leaf(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) })),
			want: evidence.Expired},
		{name: "not yet valid", server: server(leaf(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })),
			want: evidence.NotYetValid},
		{name: "intermediate expired", server: server(under(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) })),
			want: evidence.Expired},
		{name: "client's usage", server: server(leaf(func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] })),
			want: evidence.BadUsage},
		{name: "critical extension", server: server(leaf(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		})), want: evidence.BadCertificate},
		{name: "name constraint", server: server(under(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"test"} })),
			want: evidence.BadCertificate},
		{name: "intermediate is no authority", server: server(under(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })),
			want: evidence.Untrusted},
		{name: "intermediate missing", server: server(with(deep)), want: evidence.Untrusted},
		{name: "path too long", server: server(with(tooDeep)), want: evidence.BadCertificate},
		{name: "SHA-1", server: server(leaf(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })),
			want: evidence.Weak},
		{name: "not a certificate", server: server(with(unparsable)), want: evidence.BadCertificate},
		{name: "another's key", server: server(with(stolen, only(tls.VersionTLS13))), want: evidence.BadCertificate},
		{name: "another's key in 1.2", server: server(with(stolen, only(tls.VersionTLS12))), want: evidence.BadCertificate},

		{name: "staple good", server: server(stapled(ocsp.Response{Status: ocsp.Good}))},
		{name: "staple revoked", server: server(stapled(ocsp.Response{Status: ocsp.Revoked, RevokedAt: past})), want: evidence.Revoked},
		{name: "staple expired", server: server(stapled(ocsp.Response{Status: ocsp.Good, ThisUpdate: past, NextUpdate: past.Add(time.Hour)})),
			want: evidence.OCSPInvalid},
		{name: "staple for another", server: server(stapled(ocsp.Response{Status: ocsp.Good, SerialNumber: big.NewInt(9)})),
			want: evidence.OCSPInvalid},
		{name: "staple malformed", server: server(with(malformed)), want: evidence.OCSPInvalid},
		{name: "must staple", server: server(leaf(mustStaple)), want: evidence.MustStapleMissing},
		{name: "must staple, not asked for", server: server(leaf(mustStaple)),
			code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"}},

		{name: "server is older", server: server(with(ca.leaf(t), only(tls.VersionTLS11))), want: evidence.ProtocolMismatch},
		{name: "server is newer", server: server(with(ca.leaf(t), only(tls.VersionTLS13))),
			code: map[string]string{"tlsMaxVersion": "1.2"}, want: evidence.ProtocolMismatch},
		{name: "both are old", server: server(with(ca.leaf(t), only(tls.VersionTLS11))),
			code: map[string]string{"tlsMinVersion": "1.0"}},
		{name: "client's range is empty", server: server(leaf()),
			code: map[string]string{"tlsMinVersion": "1.3", "tlsMaxVersion": "1.2"}, want: evidence.ProtocolMismatch},
		{name: "server chooses what was not offered", server: peer(oldServerHello()), want: evidence.ProtocolMismatch},
		{name: "no common cipher suite", server: server(with(ca.leaf(t), only(tls.VersionTLS12), func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		})), want: evidence.RemoteAlert},

		{name: "client certificate missing in 1.3", server: server(demands(only(tls.VersionTLS13))), want: evidence.ClientCertRequired},
		{name: "client certificate missing in 1.2", server: server(demands(only(tls.VersionTLS12))), want: evidence.RemoteAlert},
		{name: "client certificate good", server: server(demands()), add: "&tlsCertificateKeyFile=" + keyFile(t, ca.leaf(t), "")},
		{name: "client certificate foreign, not sent", server: server(demands()),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), want: evidence.ClientCertRequired},
		{name: "client certificate foreign, forced in 1.3", server: server(demands(only(tls.VersionTLS13))),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), code: forced, want: evidence.ClientCertRejected},
		{name: "client certificate foreign, forced in 1.2", server: server(demands(only(tls.VersionTLS12))),
			add: "&tlsCertificateKeyFile=" + keyFile(t, other.leaf(t), ""), code: forced, want: evidence.ClientCertRejected},
		{name: "client certificate expired", server: server(demands()),
			add:  "&tlsCertificateKeyFile=" + keyFile(t, ca.leaf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.Add(time.Hour) }), ""),
			want: evidence.ClientCertRejected},

		{name: "alert handshake_failure", server: peer(alert(40)), want: evidence.RemoteAlert},
		{name: "alert certificate_revoked", server: peer(alert(44)), want: evidence.ClientCertRejected},
		{name: "alert access_denied", server: peer(alert(49)), want: evidence.ClientCertRejected},
		{name: "alert protocol_version", server: peer(alert(70)), want: evidence.ProtocolMismatch},
		{name: "alert insufficient_security", server: peer(alert(71)), want: evidence.ProtocolMismatch},
		{name: "alert internal_error", server: peer(alert(80)), want: evidence.RemoteAlert},
		{name: "alert unrecognized_name", server: peer(alert(112)), want: evidence.RemoteAlert},
		{name: "alert certificate_required", server: peer(alert(116)), want: evidence.ClientCertRequired},
		{name: "alert without a name", server: peer(alert(200)), want: evidence.RemoteAlert},
		{name: "close_notify", server: peer(says("\x15\x03\x03\x00\x02\x01\x00")), want: evidence.PeerClosed},

		{name: "speaks HTTP", server: peer(says("HTTP/1.0 400 Bad Request\r\n\r\n")), want: evidence.NotTLS},
		{name: "speaks nonsense", server: peer(says("\x00\x01\x02\x03\x04\x05\x06\x07")), want: evidence.NotTLS},
		{name: "mongod without TLS", server: server(nil), want: evidence.PeerClosed},
		{name: "closes on accept", server: peer(closes), want: evidence.PeerClosed},
		{name: "closes after the hello", server: peer(closesAfterHello), want: evidence.PeerClosed},
		{name: "resets after the hello", server: peer(resets), want: evidence.PeerClosed},
		{name: "half a record", server: peer(func(c net.Conn) { hear(c); _, _ = c.Write([]byte{0x16, 3, 3, 0, 99, 2}) }),
			want: evidence.PeerClosed},
		{name: "closes after the handshake", server: func(t *testing.T) string {
			return mongod(t, leaf(), func(string, bson.Raw) bson.D { return nil })
		}, want: evidence.PeerClosed},
		{name: "nobody listens", server: func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, l.Close())
			return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
		}, want: evidence.Unreachable},
		{name: "stalls on accept", server: peer(stalls), add: "&connectTimeoutMS=100", want: evidence.Timeout},
		{name: "stalls after the handshake", server: peer(func(c net.Conn) { stalls(tls.Server(c, leaf())) }),
			add: "&connectTimeoutMS=100", want: evidence.Timeout},
	}
	for _, test := range tests {
		for _, mode := range []string{"", "&loadBalanced=true"} {
			t.Run(test.name+mode, func(t *testing.T) {
				a := try(t, evidence.Request{ID: test.name, Dial: "127.0.0.1", Code: test.code,
					URI: "mongodb://localhost:" + test.server(t) + "/?tls=true&tlsCAFile=" + ca.file + test.add + mode})
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
	ca := newAuthority(t, "ca", nil)
	x509auth := "&authMechanism=MONGODB-X509"
	ping := evidence.Command{DB: "admin", JSON: `{"ping":1}`}
	tests := []struct {
		name   string
		answer replies
		add    string
		do     []evidence.Command
		want   evidence.Error // Reason, Code, CodeName
		stage  evidence.Stage
	}{
		{name: "not authorized", answer: refusing("find", 13, "Unauthorized"), stage: "command",
			do:   []evidence.Command{ping, {DB: "test", JSON: `{"find":"c"}`}, ping},
			want: evidence.Error{Reason: "unauthorized", Code: 13, CodeName: "Unauthorized"}},
		{name: "refused", answer: refusing("find", 2, "BadValue"), stage: "command",
			do:   []evidence.Command{ping, {DB: "test", JSON: `{"find":"c"}`}},
			want: evidence.Error{Reason: "server-refused", Code: 2, CodeName: "BadValue"}},
		{name: "a user to drop is not found", answer: refusing("dropUser", 11, "UserNotFound"), stage: "command",
			do:   []evidence.Command{ping, {DB: "$external", JSON: `{"dropUser":"CN=x"}`}},
			want: evidence.Error{Reason: "server-refused", Code: 11, CodeName: "UserNotFound"}},
		{name: "authentication failed", answer: refusing("authenticate", 18, "AuthenticationFailed"), add: x509auth, stage: "connect",
			want: evidence.Error{Reason: "auth-failed", Code: 18, CodeName: "AuthenticationFailed"}},
		{name: "no such user", answer: refusing("authenticate", 11, "UserNotFound"), add: x509auth, stage: "connect",
			want: evidence.Error{Reason: "auth-failed", Code: 11, CodeName: "UserNotFound"}},
		{name: "mechanism unavailable", answer: refusing("authenticate", 334, "MechanismUnavailable"), add: x509auth, stage: "connect",
			want: evidence.Error{Reason: "server-refused", Code: 334, CodeName: "MechanismUnavailable"}},
		{name: "wrong password", answer: refusing("saslStart", 18, "AuthenticationFailed"), add: "&authMechanism=SCRAM-SHA-256", stage: "connect",
			want: evidence.Error{Reason: "auth-failed", Code: 18, CodeName: "AuthenticationFailed"}},
		{name: "hello refused", answer: refusing("isMaster", 8000, "AtlasError"), stage: "connect",
			want: evidence.Error{Reason: "server-refused", Code: 8000, CodeName: "AtlasError"}},
		{name: "dies on the command", stage: "command", do: []evidence.Command{ping, {DB: "test", JSON: `{"insert":"c","documents":[{}]}`}},
			answer: func(name string, doc bson.Raw) bson.D {
				if name == "insert" {
					return nil
				}
				return fine(name, doc)
			}, want: evidence.Error{Reason: "peer-closed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			port := mongod(t, with(ca.leaf(t)), test.answer)
			user := ""
			if strings.Contains(test.add, "SCRAM") {
				user = "u:p@"
			}
			a := try(t, evidence.Request{URI: "mongodb://" + user + "localhost:" + port + "/?tlsCAFile=" + ca.file + test.add,
				Dial: "127.0.0.1", Commands: test.do})
			require.False(t, a.OK)
			require.Equal(t, test.want, evidence.Error{Reason: a.Error.Reason, Code: a.Error.Code, CodeName: a.Error.CodeName}, a.Error.Text)
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
		want evidence.Reason
	}{
		{uri: "tlsCAFile=" + directory + "/missing.pem", want: evidence.KeyLoadError},
		{uri: "tlsCAFile=" + directory, want: evidence.KeyLoadError},
		{uri: "tlsCAFile=" + empty, want: evidence.KeyLoadError},
		{uri: "tlsCAFile=", want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + directory + "/missing.pem", want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + empty, want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + ca.file, want: evidence.KeyLoadError}, // no key
		{uri: "tlsCertificateKeyFile=" + keyFile(t, unmatched, ""), want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted, want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + encrypted + "&tlsCertificateKeyFilePassword=wrong", want: evidence.KeyLoadError},
		{uri: "tlsCertificateKeyFile=" + write(t, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
			want: evidence.KeyLoadError},
		{code: map[string]string{"tlsCAFile": directory + "/missing.pem"}, want: evidence.KeyLoadError},
		{code: map[string]string{"tlsCertificateKeyFile": encrypted, "tlsCertificateKeyFilePassword": "wrong"}, want: evidence.KeyLoadError},

		{uri: "tls=yes", want: evidence.ParseError},
		{uri: "tls=true&ssl=false", want: evidence.ParseError},
		{uri: "tlsInsecure=true&tlsDisableOCSPEndpointCheck=true", want: evidence.ParseError},
		{uri: "tlsDisableOCSPEndpointCheck=true", code: map[string]string{"tlsDisableCertificateRevocationCheck": "true"}, want: evidence.ParseError},
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
	for _, uri := range []string{"", "localhost:27017", "http://localhost", "mongodb://", "mongodb://a:b:c@localhost", "mongodb+srv://localhost:27017"} {
		a := try(t, evidence.Request{URI: uri})
		require.Equal(t, evidence.ParseError, a.Error.Reason, uri)
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
