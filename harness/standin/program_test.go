package standin_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/standin"
)

// What does not start ends as a mongod ends: the code, and the words.
func TestProgramRefuses(t *testing.T) {
	b := newBench(t)
	key, expired := b.keyFile(pki.Leaf{}, pki.KeyForm{}), b.keyFile(pki.Leaf{NotAfter: -time.Hour}, pki.KeyForm{})
	locked := b.keyFile(pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "x"})
	ca := b.bundle(pki.CA)
	for _, row := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"unknown flag", []string{"--nosuch"}, 2, "Error parsing command line"},
		{"stray word", []string{"admin"}, 2, "too many positional options"},
		{"no configuration file", []string{"--config", "/nowhere"}, 2, "Error opening config file"},
		{"unknown mode", []string{"--tlsMode", "sometimes"}, 1, "unsupported value for tlsMode sometimes"},
		{"no key file", []string{"--tlsMode", "requireTLS"}, 1, "need tlsCertificateKeyFile or certificateSelector"},
		{"TLS options without TLS", []string{"--tlsCAFile", ca}, 1, "need to enable TLS via the sslMode/tlsMode flag"},
		{"a list without authorities", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", key, "--tlsCRLFile", ca}, 1, "need tlsCAFile with tlsCRLFile"},
		{"members in allowTLS", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", key, "--tlsCAFile", ca, "--clusterAuthMode", "x509"}, 1, "cannot have x.509 cluster authentication in allowTLS mode"},
		{"unknown protocol", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", key, "--tlsDisabledProtocols", "SSL9"}, 1, "Unrecognized disabledProtocols 'SSL9'"},
		{"missing file", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", "/nowhere"}, 1, `"id":23248`},
		{"no key in it", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", ca}, 1, `"id":23251`},
		{"no password", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", locked}, 1, "Can not set up PEM key file."},
		{"no authorities in it", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", key, "--tlsCAFile", "/nowhere"}, 1, "cannot read certificate authority file"},
		{"expired", []string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", expired}, 14, `"id":28652`},
		{"unknown parameter", []string{"--setParameter", "nosuch=1"}, 1, "Unknown --setParameter 'nosuch'"},
		{"bad value", []string{"--setParameter", "ocspEnabled=perhaps"}, 2, "BadValue: Bad value for parameter"},
		{"no assignment", []string{"--setParameter", "ocspEnabled"}, 2, "Illegal option assignment"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, row.code, standin.Program(t.Context(), append([]string{"--port", "0"}, row.args...), &out, &out), out.String())
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
		"flags": {"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", key, "--tlsCAFile", ca, "--tlsAllowConnectionsWithoutCertificates",
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
			"--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates", "--setParameter", "tlsX509ExpirationWarningThresholdDays=7"),
	} {
		t.Run(name, func(t *testing.T) {
			port, stop := program(t, args...)
			client, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://localhost:%d/?tls=true&tlsCAFile=%s", port, ca)))
			require.NoError(t, err)
			t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
			var parameters, lines bson.M
			admin := client.Database("admin")
			require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getParameter", Value: 1}, {Key: "tlsMode", Value: 1},
				{Key: "tlsX509ExpirationWarningThresholdDays", Value: 1}}).Decode(&parameters))
			require.Equal(t, "requireTLS", parameters["tlsMode"])
			require.EqualValues(t, 7, parameters["tlsX509ExpirationWarningThresholdDays"])
			require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "getLog", Value: "global"}}).Decode(&lines))
			require.NotZero(t, lines["totalLinesWritten"])
			require.Zero(t, stop())
		})
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
		path := filepath.Join(dir, "mongod.conf")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out bytes.Buffer
		require.Contains(t, []int{0, 1, 2, 48}, standin.Program(ctx, []string{"--config", path, "--port", "0", "--bind_ip", "127.0.0.1"}, &out, &out))
	})
}
