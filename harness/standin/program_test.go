package standin_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
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
	"github.com/mongotls/mongotls/harness/mongod"
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
	shared := func(content string, mode os.FileMode) []string { // by the members of a set
		path := filepath.Join(t.TempDir(), "shared")
		require.NoError(t, os.WriteFile(path, []byte(content), mode))
		return []string{"--keyFile", path}
	}
	const failed = `"s":"I",  "c":"ACCESS",   "id":20254,   "ctx":"main","msg":"Read security file failed",` +
		`"attr":{"error":{"code":`
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
		{"no key file", []string{"--keyFile", "/nowhere"}, 1,
			failed + `30,"codeName":"InvalidPath","errmsg":"Error reading file /nowhere: No such file or directory"}}}`},
		{"a key file for others", shared("bW9uZ290bHM=", 0o640), 1, `are too open"}}}`},
		{"bad characters in a key file", shared("bW9uZ2 90b-HM=", 0o600), 1,
			failed + `12,"codeName":"UnsupportedFormat","errmsg":"invalid char in key file `},
		{"a key that is a mapping", shared("a: bW9uZ290bHM=", 0o600), 1,
			failed + `12,"codeName":"UnsupportedFormat","errmsg":"Only strings and sequences are supported`},
		{"an empty key file", shared("", 0o600), 1, "Only strings and sequences are supported"},
		{"a key file that is no YAML", shared("[", 0o600), 1, failed + `12,"codeName":"UnsupportedFormat","errmsg":"error `},
		{"a list without keys", shared("[]", 0o600), 1, failed + `50981,`},
		{"a short key", shared("a b c d e", 0o600), 1, `"id":20255,   "ctx":"main"`},
		{"a long key", shared(strings.Repeat("a", 1025), 0o600), 1, `"size":1025,"minimumLength":6,"maximumLength":1024}`},
		{"three keys", shared("[abcdef, abcdef, abcdef]", 0o600), 1, `"id":20258,`},
		{"no key file in 5.0", []string{"--imitate", "5.0", "--keyFile", "/nowhere"}, 1,
			`"error":"Location5579201: Unable to acquire security key[s]"`},
		{"a repair", []string{"--repair"}, 0, `"msg":"Shutting down","attr":{"exitCode":0}}`},
		{"a shutdown", []string{"--shutdown", "--dbpath", "/nowhere"}, 1,
			"There doesn't seem to be a server running with dbpath: /nowhere\n"},
		{"no directory", []string{"--dbpath", "/nowhere/db"}, 100, `"s":"E",  "c":"STORAGE",  "id":20557,   ` +
			`"ctx":"initandlisten","msg":"DBException in initAndListen, terminating","attr":{"error":"NonExistentPath: ` +
			`Data directory /nowhere/db not found. Create the missing directory or specify another path using (1) the ` +
			`--dbpath command line option, or (2) by adding the 'storage.dbPath' option in the configuration file."}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, row.code, standin.Program(t.Context(), append([]string{"--port", "0"}, row.args...), &out, &out),
				out.String())
			require.Contains(t, out.String(), row.says)
		})
	}
}

// A good key file, or a directory that is there, is no reason not to start; where members show certificates, the key
// file is not looked at.
func TestProgramTakesAKeyFile(t *testing.T) {
	b := newBench(t)
	path := filepath.Join(t.TempDir(), "shared")
	require.NoError(t, os.WriteFile(path, []byte("- bW9u\n  Z290bHM=\n- YWJjZGVm\n"), 0o600))
	for _, args := range [][]string{{"--keyFile", path, "--dbpath", t.TempDir()},
		{"--keyFile", "/nowhere", "--clusterAuthMode", "x509", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile",
			b.keyFile(pki.Leaf{}, pki.KeyForm{}), "--tlsCAFile", b.bundle(pki.CA)}} {
		_, stop := program(t, args...)
		require.Zero(t, stop())
	}
}

// Releases say what is wrong with a file in the words of their OpenSSL: 1.1.1 names functions, 3 does not.
func TestFilesInTheWordsOfReleases(t *testing.T) {
	b := newBench(t)
	key, ca := b.keyFile(pki.Leaf{}, pki.KeyForm{}), b.bundle(pki.CA)
	locked := b.keyFile(pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "x"})
	crl := b.file("crl", pki.File{Parts: []pki.Part{{CRL: &pki.CRL{}}}})
	for name, row := range map[string]struct {
		args       []string
		one, three string
	}{
		"missing file": {[]string{"--tlsCertificateKeyFile", "/nowhere", "--tlsCAFile", ca},
			"error:02001002:system library:fopen:No such file or directory",
			"error:80000002:system library::No such file or directory"},
		"no certificate": {[]string{"--tlsCertificateKeyFile", crl, "--tlsCAFile", ca},
			"error:0909006C:PEM routines:get_name:no start line", "error:0480006C:PEM routines::no start line"},
		"no key": {[]string{"--tlsCertificateKeyFile", ca, "--tlsCAFile", ca},
			"error:0909006C:PEM routines:get_name:no start line", "error:1E08010C:DECODER routines::unsupported"},
		"the key of another": {[]string{"--tlsCertificateKeyFile", b.keyFile(pki.Leaf{}, pki.KeyForm{OtherKey: true}),
			"--tlsCAFile", ca}, "X509_check_private_key:key values mismatch",
			"error:05800074:x509 certificate routines::key values mismatch"},
		"no password": {[]string{"--tlsCertificateKeyFile", locked, "--tlsCAFile", ca}, "bad password read",
			"error:07880109:common libcrypto routines::interrupted or cancelled"},
		"wrong password": {[]string{"--tlsCertificateKeyFile", locked, "--tlsCAFile", ca,
			"--tlsCertificateKeyFilePassword", "y"}, "EVP_DecryptFinal_ex:bad decrypt",
			"error:1C800064:Provider routines::bad decrypt"},
		"too small": {[]string{"--tlsCertificateKeyFile", b.keyFile(pki.Leaf{Key: "rsa1024"}, pki.KeyForm{}),
			"--tlsCAFile", ca}, "SSL_CTX_use_certificate:ee key too small",
			"error:0A00018F:SSL routines::ee key too small"},
		"no authorities": {[]string{"--tlsCertificateKeyFile", key, "--tlsCAFile", crl},
			"cannot read certificate authority file: " + crl + " error:0909006C:",
			"cannot read certificate authority file: " + crl +
				" error:05800088:x509 certificate routines::no certificate or crl found"},
		"no list": {[]string{"--tlsCertificateKeyFile", key, "--tlsCAFile", ca, "--tlsCRLFile", ca},
			"error:0909006C:PEM routines:get_name:no start line", "error:0480006C:PEM routines::no start line"},
	} {
		for _, r := range mongod.Releases {
			var out bytes.Buffer
			args := append([]string{"--imitate", r.Series, "--port", "0", "--tlsMode", "requireTLS"}, row.args...)
			require.Equal(t, 1, standin.Program(t.Context(), args, &out, &out), name)
			require.Contains(t, out.String(), map[bool]string{true: row.three, false: row.one}[r.OpenSSL >= 3], "%s %s",
				r.Series, name)
		}
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

// With tlsUseSystemCA clients are judged by the authorities of the machine, which OpenSSL finds by SSL_CERT_FILE.
func TestAuthoritiesOfTheMachine(t *testing.T) {
	b := newBench(t)
	args := []string{"--imitate", "7.0", "--tlsMode", "requireTLS", "--setParameter", "tlsUseSystemCA=true",
		"--tlsCertificateKeyFile", b.keyFile(pki.Leaf{}, pki.KeyForm{})}
	path, _, err := b.w.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	client, err := tls.LoadX509KeyPair(path, path)
	require.NoError(t, err)
	for _, row := range []struct {
		ca     string
		shows  tls.Certificate
		served bool
	}{{pki.CA, client, true}, {pki.Other, client, false}, {pki.CA, tls.Certificate{}, false}} {
		t.Setenv("SSL_CERT_FILE", b.bundle(row.ca))
		port, stop := program(t, args...)
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{
			InsecureSkipVerify: true, //nolint:gosec // the server is ours
			GetClientCertificate: func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				require.Empty(t, asked.AcceptableCAs)
				return &row.shows, nil
			}})
		require.NoError(t, err)
		if row.served {
			served(t, conn)
		} else {
			_, err := conn.Read(make([]byte, 1))
			require.Error(t, err)
			require.NoError(t, conn.Close())
		}
		require.Zero(t, stop())
	}
	t.Setenv("SSL_CERT_FILE", "/nowhere")
	var out bytes.Buffer
	require.Equal(t, 1, standin.Program(t.Context(), args, &out, &out))
	require.Contains(t, out.String(), "error loading system CA certificates (default certificate file: /nowhere")
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
		require.Contains(t, []int{0, 1, 2, 48, 100, 134}, standin.Program(ctx, []string{"--config", path, "--port", "0",
			"--bind_ip", "127.0.0.1"}, &out, &out))
	})
}

// A shutdown ends the connection without an answer, and the program well.
func TestProgramShutsDown(t *testing.T) {
	port, stop := program(t)
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(limit)))
	_, err = conn.Write(opMsg(t, 0, bson.D{{Key: "shutdown", Value: 1}, {Key: "$db", Value: "admin"}}))
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Empty(t, answer)
	require.Zero(t, stop())
}

// getLog counts all lines, also those that are no longer kept.
func TestProgramCountsItsLines(t *testing.T) {
	port, stop := program(t)
	client, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://127.0.0.1:%d/", port)))
	require.NoError(t, err)
	var log struct {
		TotalLinesWritten int
		Log               []string
	}
	const most = 1024
	admin := client.Database("admin")
	for range most {
		require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "logRotate", Value: 1}}).Err())
	}
	require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getLog", Value: "global"}}).Decode(&log))
	require.Len(t, log.Log, most)
	require.Greater(t, log.TotalLinesWritten, most)
	require.NoError(t, client.Disconnect(t.Context()))
	require.Zero(t, stop())
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
