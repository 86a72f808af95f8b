package face_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/standin/face"
	"github.com/mongotls/mongotls/harness/tlswire"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/scenarios"
)

// start is a face with a key of an algorithm.
func start(t *testing.T, algorithm key.Algorithm, told scenarios.OpenSSL) (*face.Face, error) {
	t.Helper()
	if why := face.Missing(); why != "" {
		required.OrSkip(t, "node", why)
	}
	t.Setenv("TMPDIR", t.TempDir())
	w, err := fixtures.New(fixtures.Options{Seed: 8})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	path, _, err := w.KeyFile(pki.Server, pki.Leaf{Key: algorithm}, pki.KeyForm{})
	require.NoError(t, err)
	return face.Start(face.Config{KeyFile: path, OpenSSL: told})
}

// meet lets a client of crypto/tls meet a face, which echoes what it gets.
func meet(t *testing.T, f *face.Face, client *tls.Config) (agreed *face.Conn, said string, clientErr, serverErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	served := make(chan struct{})
	go func() {
		defer close(served)
		raw, err := l.Accept()
		if err != nil {
			panic(err)
		}
		defer func() { _ = raw.Close() }()
		head := make([]byte, tlswire.HeadSize)
		_, _ = io.ReadFull(raw, head)
		if agreed, serverErr = f.Handshake(raw.(*net.TCPConn), head); serverErr == nil {
			_, _ = io.Copy(agreed, agreed)
			serverErr = agreed.Close()
		}
	}()
	client.InsecureSkipVerify = true
	conn, clientErr := tls.Dial("tcp", l.Addr().String(), client)
	if clientErr == nil {
		sent := bytes.Repeat([]byte("hello "), 10000) // more than a record
		go func() {
			_, _ = conn.Write(sent)
			_ = conn.CloseWrite()
		}()
		var got []byte
		got, clientErr = io.ReadAll(conn)
		if bytes.Equal(sent, got) {
			said = "all"
		}
		_ = conn.Close()
	}
	<-served
	return agreed, said, clientErr, serverErr
}

// What is said comes back whole, and both sides say what was agreed on. Nothing stays.
func TestFace(t *testing.T) {
	f, err := start(t, key.RSA2048, scenarios.OpenSSL{})
	require.NoError(t, err)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		agreed, said, clientErr, serverErr := meet(t, f, &tls.Config{MaxVersion: version})
		require.NoError(t, clientErr)
		require.NoError(t, serverErr)
		require.Equal(t, "all", said)
		require.Equal(t, tlswire.VersionName(version), agreed.Version)
		require.Regexp(t, "^TLS_", agreed.Cipher)
	}
	require.NoError(t, f.Close())
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*-face-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// OpenSSL does what it is told, and says in its words what it cannot agree on.
func TestFaceThatCryptoTLSCannotMeet(t *testing.T) {
	for name, row := range map[string]struct {
		key  key.Algorithm
		told scenarios.OpenSSL
		says string
	}{
		"signatures": {key.RSA2048, scenarios.OpenSSL{TLS12: true, SignatureAlgorithms: "RSA+SHA1"},
			"no shared signature algorithms"},
		"group":     {key.RSA2048, scenarios.OpenSSL{Groups: "X448"}, "no suitable key share"},
		"brainpool": {key.BrainpoolP256, scenarios.OpenSSL{TLS12: true}, "no shared cipher"},
		"RSA-PSS":   {key.RSAPSS2048, scenarios.OpenSSL{}, "no suitable signature algorithm"},
		"suites": {key.RSA2048, scenarios.OpenSSL{TLS12: true, Ciphers: "DHE-RSA-AES128-GCM-SHA256"},
			"no shared cipher"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := start(t, row.key, row.told)
			require.NoError(t, err)
			defer func() { require.NoError(t, f.Close()) }()
			_, _, clientErr, serverErr := meet(t, f, &tls.Config{})
			require.EqualError(t, serverErr, row.says)
			require.ErrorContains(t, clientErr, "handshake failure")
		})
	}
}

// A renegotiation is asked for, which crypto/tls refuses.
func TestFaceThatRenegotiates(t *testing.T) {
	f, err := start(t, key.RSA2048, scenarios.OpenSSL{TLS12: true, Renegotiate: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	_, _, clientErr, serverErr := meet(t, f, &tls.Config{})
	require.NoError(t, serverErr)
	require.ErrorContains(t, clientErr, "no renegotiation")
}

// A client that leaves in the middle of its handshake is not waited for.
func TestFaceThatIsLeft(t *testing.T) {
	f, err := start(t, key.RSA2048, scenarios.OpenSSL{})
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	raw, err := l.Accept()
	require.NoError(t, err)
	defer func() { _ = raw.Close() }()
	require.NoError(t, client.Close())
	_, err = f.Handshake(raw.(*net.TCPConn), []byte{tlswire.RecordHandshake, 3, 1, 1, 0})
	require.EqualError(t, err, "stream truncated")
}

// What OpenSSL does not take is said at the start, and leaves nothing.
func TestFaceThatIsToldNonsense(t *testing.T) {
	_, err := start(t, key.RSA2048, scenarios.OpenSSL{Groups: "X449"})
	require.ErrorContains(t, err, "node, with OpenSSL, did not start: ")
	require.NotContains(t, err.Error(), "\n")
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*-face-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	t.Setenv("PATH", "")
	require.Contains(t, face.Missing(), "there is none on the PATH")
}
