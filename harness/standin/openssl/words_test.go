package openssl

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// What goes wrong is said in OpenSSL's words (measured on mongod 4.4.5, but for alerts other than bad_certificate).
func TestFailures(t *testing.T) {
	hello := "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03\x07\x07\x07\x07\x07"
	for _, row := range []struct{ head, err, says string }{
		{"POST / HTTP/1.1\r", "tls: first record does not look like a TLS handshake", "http request"},
		{"get / HTTP/1.1\r\n", "tls: first record does not look like a TLS handshake", "wrong version number"},
		{"CONNECT a:1 HTTP", "tls: first record does not look like a TLS handshake", "https proxy request"},
		{"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x02\x00", "tls: unsupported SSLv2 handshake received",
			"unknown protocol"},
		{"\x16\x03\x00\x00\x2d\x01\x00\x00\x29\x03\x00\x07\x07\x07\x07\x07",
			"tls: client offered only unsupported versions: [300]", "version too low"},
		{hello, "tls: client offered only unsupported versions: [302]", "unsupported protocol"},
		{hello, "tls: no cipher suite supported by both client and server", "no shared cipher"},
		{hello, "remote error: tls: bad certificate", "sslv3 alert bad certificate"},
		{hello, "remote error: tls: unknown certificate authority", "tlsv1 alert unknown ca"},
		{hello, "remote error: tls: of tomorrow", "remote error: tls: of tomorrow"},
	} {
		require.Equal(t, row.says, Failure(errors.New(row.err), []byte(row.head)), "%q", row.head)
	}
	require.Equal(t, "stream truncated", Failure(io.ErrUnexpectedEOF, []byte(hello)))
}
