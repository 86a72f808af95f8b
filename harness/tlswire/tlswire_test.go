package tlswire_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// hello is the ClientHello of a client of crypto/tls.
func hello(t testing.TB, c *tls.Config) []byte {
	t.Helper()
	client, server := net.Pipe()
	c.InsecureSkipVerify = true
	go func() {
		_ = tls.Client(client, c).Handshake() // the other side leaves
		_ = client.Close()
	}()
	sent := make([]byte, 1<<16)
	n, err := server.Read(sent)
	require.NoError(t, err)
	require.NoError(t, server.Close())
	return sent[:n]
}

func TestReadHello(t *testing.T) {
	for name, row := range map[string]struct {
		client *tls.Config
		want   evidence.Hello
	}{
		"newest": {&tls.Config{ServerName: "a.test", MinVersion: tls.VersionTLS12},
			evidence.Hello{SNI: "a.test", Versions: []string{"1.3", "1.2"}, OCSP: true}},
		"oldest": {&tls.Config{ServerName: "a.test", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
			evidence.Hello{SNI: "a.test", Versions: []string{"1.1", "1.0"}, OCSP: true}},
		"no name": {&tls.Config{ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13},
			evidence.Hello{Versions: []string{"1.3"}, OCSP: true}},
	} {
		t.Run(name, func(t *testing.T) {
			sent := hello(t, row.client)
			require.Equal(t, &row.want, tlswire.ReadHello(bytes.NewReader(sent)))
			require.Nil(t, tlswire.ReadHello(bytes.NewReader(sent[:len(sent)-1])), "it is not complete")
			for n := range tlswire.HeadSize {
				require.Equal(t, n >= 6, tlswire.IsHello(sent[:n]), n)
			}
			require.False(t, tlswire.IsMessage(sent))
		})
	}
}

// A client in clear is known by the whole header of a message that answers nothing.
func TestIsMessage(t *testing.T) {
	for _, row := range []struct {
		name string
		head []byte
		want bool
	}{
		{"answers nothing", []byte{16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0}, true},
		{"answers minus one", []byte{16, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xdd, 7, 0, 0}, true},
		{"answers one", []byte{16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xdd, 7, 0, 0}, false},
		{"fifteen bytes", make([]byte, 15), false},
		{"HTTP", []byte("GET / HTTP/1.1\r\n"), false},
	} {
		require.Equal(t, row.want, tlswire.IsMessage(row.head), row.name)
		require.False(t, tlswire.IsHello(row.head), row.name)
	}
}

func TestVersions(t *testing.T) {
	for _, name := range []string{"1.0", "1.1", "1.2", "1.3"} {
		number, ok := tlswire.Version(name)
		require.True(t, ok)
		require.Equal(t, name, tlswire.VersionName(number))
		require.Equal(t, "TLS "+name, tls.VersionName(number))
	}
	_, ok := tlswire.Version("1.4")
	require.False(t, ok)
	require.Empty(t, tlswire.VersionName(0x0300))
}

// Whatever comes first is read without harm, and a ClientHello that was read also looks like one.
func FuzzFirstBytes(f *testing.F) {
	f.Add(hello(f, &tls.Config{ServerName: "a.test"}))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte{16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		head := sent[:min(len(sent), tlswire.HeadSize)]
		require.Equal(t, tlswire.IsHello(sent), tlswire.IsHello(head))
		require.Equal(t, tlswire.IsMessage(sent), tlswire.IsMessage(head))
		if tlswire.ReadHello(bytes.NewReader(sent)) != nil {
			require.Equal(t, byte(22), sent[0])
		}
	})
}

// In whatever pieces the bytes of a side come, the same is read.
func FuzzSide(f *testing.F) {
	f.Add([]byte{22, 3, 3, 0, 4, 2, 0, 0, 0}, 3)
	f.Fuzz(func(t *testing.T, sent []byte, cut int) {
		var whole, pieces, silent tlswire.Side
		whole.Sent(sent)
		cut = max(0, min(cut, len(sent)))
		pieces.Sent(sent[:cut])
		pieces.Sent(sent[cut:])
		require.Equal(t, whole, pieces)
		require.Equal(t, tlswire.Completed(&whole, &whole), tlswire.Completed(&pieces, &pieces))
		require.Empty(t, tlswire.Completed(&silent, &whole))
	})
}
