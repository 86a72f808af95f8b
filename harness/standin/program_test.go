package standin_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

// What does not start ends as a mongod ends: the code, and the words.
func TestProgramRefuses(t *testing.T) {
	b := newBench(t)
	key, expired := b.keyFile(pki.Leaf{}, pki.KeyForm{}), b.keyFile(pki.Leaf{NotAfter: -time.Hour}, pki.KeyForm{})
	locked := b.keyFile(pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "x"})
	small, sha1 := b.keyFile(pki.Leaf{Key: "rsa1024"}, pki.KeyForm{}), b.keyFile(pki.Leaf{SHA1: true}, pki.KeyForm{})
	mismatch, noCertificate := b.keyFile(pki.Leaf{}, pki.KeyForm{OtherKey: true}), b.keyFile(pki.Leaf{},
		pki.KeyForm{OmitCert: true})
	ca, crl := b.bundle(pki.CA), b.file("crl", pki.File{Parts: []pki.Part{{CRL: &pki.CRL{}}}})
	cut := filepath.Join(t.TempDir(), "cut.pem")
	content, err := os.ReadFile(ca)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cut, content[:200], 0o600))
	on := func(key string, more ...string) []string {
		return append([]string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", key}, more...)
	}
	keyFile := func(id int, says string) string { // without a block
		return fmt.Sprintf(`"id":%d,   "ctx":"main","msg":%q,"attr":{"keyFile":`, id, says)
	}
	for _, row := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"printed", []string{"--nosuch"}, 2,
			"Error parsing command line: unrecognised option '--nosuch'\ntry '" +
				filepath.Join(filepath.Dir(os.Args[0]), "mongod") + " --help' for more information\n"},
		{"no configuration file", []string{"--config", "/nowhere"}, 2,
			"Error opening config file: No such file or directory"},
		{"logged", []string{"--tlsMode", "sometimes"}, 1,
			`"error":{"code":2,"codeName":"BadValue","errmsg":"unsupported value for tlsMode sometimes"}`},
		{"missing file", on("/nowhere"), 1,
			`"attr":{"keyFile":"/nowhere","error":"error:02001002:system library:fopen:No such file or directory"}`},
		{"a directory", on("/"), 1, keyFile(23248,
			"Cannot read certificate file") + `"/","error":"error:0909006C:PEM routines:get_name:no start line"}`},
		{"no certificate in it", on(noCertificate), 1, keyFile(23248, "Cannot read certificate file")},
		{"no key in it", on(ca), 1, keyFile(23251, "Cannot read PEM key file")},
		{"the key of another", on(mismatch), 1,
			`"error":"error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch"`},
		{"no password", on(locked), 1, "Enter PEM passphrase\n"},
		{"wrong password", on(locked, "--tlsCertificateKeyFilePassword", "y"), 1, "EVP_DecryptFinal_ex:bad decrypt"},
		{"too small", on(small), 1, "SSL_CTX_use_certificate:ee key too small"},
		{"too old", on(sha1), 1, "SSL_CTX_use_certificate:ca md too weak"},
		{"no authorities there", on(key, "--tlsCAFile", "/nowhere"), 1,
			`{"code":140,"codeName":"InvalidSSLConfiguration",` +
				`"errmsg":"cannot read certificate authority file: /nowhere error:`},
		{"no authorities in it", on(key, "--tlsCAFile", crl), 1, "get_name:no start line"},
		{"authorities cut off", on(key, "--tlsCAFile", cut), 1, "get_header_and_data:bad end line"},
		{"no list in it", on(key, "--tlsCAFile", ca, "--tlsCRLFile", ca), 1,
			`"msg":"Cannot read CRL file","attr":{"crlFile":"` + ca + `","error":"error:0909006C:`},
		{"nothing towards members", on(key, "--tlsClusterFile", "/nowhere"), 1, "Can not set up ssl clusterFile."},
		{"no password towards members", on(key, "--tlsClusterFile", locked), 1, "Enter cluster certificate passphrase\n"},
		{"expired", on(expired), 14, `"id":28652`},
		{"FIPS", []string{"--tlsFIPSMode"}, 134, `"id":23173`},
		{"unknown parameter", []string{"--setParameter", "nosuch=1"}, 1, "Unknown --setParameter 'nosuch'"},
		{"bad value", []string{"--setParameter", "ocspEnabled=perhaps"}, 2, "BadValue: Bad value for parameter"},
		{"a cache of nothing", []string{"--setParameter", "ocspCacheSize=0"}, 2,
			"Invalid value for parameter ocspCacheSize: 0 is not greater than 0"},
		{"no JSON", []string{"--setParameter", "tlsCATrusts=nonsense"}, 2,
			`"tlsCATrusts": code FailedToParse: FailedToParse: Expecting '{': offset:0 of:nonsense`},
		{"reopened, not appended to", []string{"--logRotate", "reopen"}, 2,
			"logAppend must equal true if logRotate is set to reopen"},
		{"rotated in another way", []string{"--logRotate", "never"}, 2, "unsupported value for logRotate never"},
		{"a log that cannot be opened", []string{"--logpath", "/nowhere/mongod.log"}, 1,
			`"error":{"code":38,"codeName":"FileNotOpen","errmsg":"Can't initialize rotatable log file :: caused by :: Failed`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, row.code, standin.Program(t.Context(), append([]string{"--port", "0"}, row.args...), &out, &out),
				out.String())
			require.Contains(t, out.String(), row.says)
		})
	}
}

// The same server from flags, from their old names and from both forms of a configuration file.
func TestProgramServes(t *testing.T) {
	b := newBench(t)
	key, ca := b.keyFile(pki.Leaf{}, pki.KeyForm{}), b.bundle(pki.CA)
	file := func(format string) []string {
		path := filepath.Join(t.TempDir(), "mongod.conf")
		require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, format, key, ca), 0o600))
		return []string{"--config", path}
	}
	for name, args := range map[string][]string{
		"flags": {"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", key, "--tlsCAFile", ca,
			"--tlsAllowConnectionsWithoutCertificates",
			"--setParameter", "tlsX509ExpirationWarningThresholdDays=7"},
		"old flags": {"--sslMode", "requireSSL", "--sslPEMKeyFile", key, "--sslCAFile", ca, "--sslWeakCertificateValidation",
			"--setParameter", "tlsX509ExpirationWarningThresholdDays=7"},
		"file": file(`
net: {tls: {mode: requireTLS, certificateKeyFile: %s, CAFile: %s, allowConnectionsWithoutCertificates: true}}
setParameter: {tlsX509ExpirationWarningThresholdDays: 7}
`),
		"old file": file(`
net: {ssl: {mode: requireSSL, PEMKeyFile: %s, CAFile: %s, allowConnectionsWithoutCertificates: true}}
setParameter: {tlsX509ExpirationWarningThresholdDays: 7}
`),
		"a flag wins": append(file("net: {tls: {mode: allowTLS, certificateKeyFile: %s, CAFile: %s}}\n"),
			"--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates", "--setParameter",
			"tlsX509ExpirationWarningThresholdDays=7"),
	} {
		t.Run(name, func(t *testing.T) {
			port, stop := program(t, args...)
			client, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://localhost:%d/?tls=true&tlsCAFile=%s",
				port, ca)))
			require.NoError(t, err)
			var parameters, lines bson.M
			admin := client.Database("admin")
			require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getParameter", Value: 1}, {Key: "tlsMode", Value: 1},
				{Key: "tlsX509ExpirationWarningThresholdDays", Value: 1}}).Decode(&parameters))
			require.Equal(t, "requireTLS", parameters["tlsMode"])
			require.EqualValues(t, 7, parameters["tlsX509ExpirationWarningThresholdDays"])
			require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getLog", Value: "global"}}).Decode(&lines))
			require.NotZero(t, lines["totalLinesWritten"])
			var told struct {
				Parsed struct{ Net struct{ TLS bson.M } }
			}
			require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getCmdLineOpts", Value: 1}}).Decode(&told))
			require.Equal(t, bson.M{"mode": "requireTLS", "certificateKeyFile": key, "CAFile": ca,
				"allowConnectionsWithoutCertificates": true}, told.Parsed.Net.TLS)
			require.NoError(t, client.Disconnect(t.Context())) // which waits for a server that has left
			require.Zero(t, stop())
		})
	}
}

// The authorities of clients are those of the cluster, if there are any, with or without others. They complete the
// chain, too.
func TestClusterAuthorities(t *testing.T) {
	b := newBench(t)
	for _, ca := range []string{b.bundle(pki.CA), ""} {
		c := b.config(scenarios.RequireTLS)
		c.CAFile, c.ClusterCAFile = ca, b.bundle(pki.Other)
		conn, _ := b.secure(b.start(c), func(c *tls.Config) {
			c.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				require.Equal(t, [][]byte{b.authority(pki.Other).RawSubject}, asked.AcceptableCAs)
				return &tls.Certificate{}, nil
			}
		})
		require.NoError(t, conn.Handshake())
		require.Len(t, conn.ConnectionState().PeerCertificates, 1)
		require.NoError(t, conn.Close())
	}
}

// program runs the stand-in until stop, which returns its exit code.
func program(t *testing.T, args ...string) (port int, stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- standin.Program(ctx, append([]string{"--port", "0"}, args...), writer, writer)
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		var line struct {
			ID   int
			Attr struct{ Port int }
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line), lines.Text())
		if line.ID == 23016 {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return line.Attr.Port, func() int { cancel(); return <-code }
		}
	}
	require.FailNow(t, "it ended", "%d", <-code)
	return 0, nil
}

func FuzzConfigurationFile(f *testing.F) {
	f.Add("net: {tls: {mode: requireTLS}}")
	f.Add("setParameter: {a: 1}\nnet: [1]")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "systemLog") {
			t.Skip("it could move files away")
		}
		path := filepath.Join(dir, "mongod.conf")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out bytes.Buffer
		require.Contains(t, []int{0, 1, 2, 48, 134}, standin.Program(ctx, []string{"--config", path, "--port", "0",
			"--bind_ip", "127.0.0.1"}, &out, &out))
	})
}

// The program follows the release that --imitate names.
func TestProgramImitates(t *testing.T) {
	b := newBench(t)
	chainless := []string{"--port", "0", "--tlsMode", "requireTLS",
		"--tlsCertificateKeyFile", b.keyFile(pki.Leaf{}, pki.KeyForm{})}
	for _, row := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--imitate", "8.0", "--version"}, 0, "db version v8.0."},
		{[]string{"--version", "--imitate=4.4"}, 0, "db version v4.4.5 "},
		{append([]string{"--imitate", "7.0"}, chainless...), 1, "without specifying a chain of trust"},
		{append([]string{"--imitate", "5.0", "--tlsClusterCAFile", b.bundle(pki.CA)}, chainless...), 1,
			"Specifying a tlsClusterCAFile requires a tlsCAFile also be specified"},
		{append([]string{"--imitate", "7.0", "--tlsCAFile", b.bundle(pki.CA), "--clusterAuthMode", "x509", "--setParameter",
			"enforceUserClusterSeparation=false"}, chainless...), 1, "while not enforcing user cluster separation"},
		{append([]string{"--imitate", "6.0", "--setParameter", "nosuch=1"}, chainless[2:]...), 1, "chain of trust"},
		{[]string{"--imitate", "3.6"}, 2, "--imitate 3.6: the stand-in imitates 4.4, 5.0, 6.0, 7.0, 8.0"},
		{[]string{"--imitate"}, 2, "the required argument for option '--imitate' is missing"},
	} {
		var out bytes.Buffer
		require.Equal(t, row.code, standin.Program(t.Context(), row.args, &out, &out), row.args)
		require.Contains(t, out.String(), row.says)
	}
}
