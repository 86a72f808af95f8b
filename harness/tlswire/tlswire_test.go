package tlswire_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"

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
			read := tlswire.ReadHello(bytes.NewReader(sent))
			require.Equal(t, len(sent), read.Size+5)
			read.Size, read.Offer = 0, nil
			require.Equal(t, &row.want, read)
			require.Nil(t, tlswire.ReadHello(bytes.NewReader(sent[:len(sent)-1])), "it is not complete")
			for n := range tlswire.HeadSize {
				require.Equal(t, n >= 6, tlswire.IsHello(sent[:n]), n)
			}
			require.False(t, tlswire.IsMessage(sent))
		})
	}
}

// What crypto/tls offers is read as it was told to offer it.
func TestOffer(t *testing.T) {
	sent := hello(t, &tls.Config{ServerName: "a.test", MinVersion: tls.VersionTLS12, NextProtos: []string{"x"},
		CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.CurveP521}})
	o := tlswire.ReadHello(bytes.NewReader(sent)).Offer
	require.Equal(t, "1.0", o.Record)
	require.ElementsMatch(t, []string{"X25519MLKEM768", "P-521"}, o.Groups)
	require.NotEmpty(t, o.KeyShares)
	require.Subset(t, o.Groups, o.KeyShares)
	require.Equal(t, []string{"x"}, o.ALPN)
	require.Subset(t, o.Ciphers, []string{"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"})
	require.Subset(t, o.Extensions, []string{"server_name", "supported_versions", "key_share", "status_request"})
	require.Subset(t, o.Signatures, []string{"rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256", "ed25519"})
}

// encoded is a ClientHello with these numbers, in records of at most size bytes.
func encoded(size int, ciphers []uint16, extensions []uint16, content map[uint16][]byte) []byte {
	var b cryptobyte.Builder
	b.AddUint8(1)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(0x0303)
		b.AddBytes(make([]byte, 32))
		b.AddUint8LengthPrefixed(func(*cryptobyte.Builder) {})
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, c := range ciphers {
				b.AddUint16(c)
			}
		})
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8(0) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, id := range extensions {
				b.AddUint16(id)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(content[id]) })
			}
		})
	})
	var records []byte
	for part := range slices.Chunk(b.BytesOrPanic(), size) {
		records = append(append(records, 22, 3, 1, byte(len(part)>>8), byte(len(part))), part...)
	}
	return records
}

// The example of https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md, with GREASE in its lists.
func TestJA4(t *testing.T) {
	ciphers := []uint16{0x3a3a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
		0x9c, 0x9d, 0x2f, 0x35}
	extensions := []uint16{0xdada, 0x1b, 0x0, 0x33, 0x10, 0x4469, 0x17, 0x2d, 0xd, 0x5, 0x23, 0x12, 0x2b, 0xff01, 0xb, 0xa,
		0x15}
	content := map[uint16][]byte{
		0x0a: {0, 4, 0x1a, 0x1a, 0, 0x1d},
		0x0d: {0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1},
		0x10: {0, 3, 2, 'h', '2'},
		0x2b: {6, 0x7a, 0x7a, 3, 4, 3, 3},
	}
	for _, size := range []int{1 << 14, 1} { // the message in one record, and in many
		hello := tlswire.ReadHello(bytes.NewReader(encoded(size, ciphers, extensions, content)))
		require.NotNil(t, hello)
		require.Equal(t, "t13d1516h2_8daaf6152771_e5627efa2ab1", hello.Offer.JA4)
		require.Equal(t, []string{"GREASE", "X25519"}, hello.Offer.Groups)
		require.Equal(t, "application_settings", hello.Offer.Extensions[5])
	}
	require.Equal(t, "t12i020000_06d99aef75ca_000000000000",
		tlswire.ReadHello(bytes.NewReader(encoded(99, []uint16{0x2f, 0x9999}, nil, nil))).Offer.JA4)
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
