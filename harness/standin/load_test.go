package standin_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/scenarios"
)

// misbehaving are ways to hold a connection to a server, or to leave it. What they return is over when the test is.
var misbehaving = map[string]func(net.Conn, *tls.Config){
	"says nothing":       func(net.Conn, *tls.Config) {},
	"leaves":             func(c net.Conn, _ *tls.Config) { _ = c.Close() },
	"resets":             func(c net.Conn, _ *tls.Config) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
	"says half a header": func(c net.Conn, _ *tls.Config) { _, _ = c.Write(make([]byte, 15)) },
	"says what is no TLS": func(c net.Conn, _ *tls.Config) {
		_, _ = c.Write([]byte("\xde\xad\xbe\xef\xde\xad\xbe\xefmore of it"))
	},
	"begins a ClientHello": func(c net.Conn, _ *tls.Config) {
		_, _ = c.Write([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\x00"))
	},
	"speaks HTTP":       func(c net.Conn, _ *tls.Config) { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") },
	"speaks in clear":   func(c net.Conn, _ *tls.Config) { _, _ = c.Write(announcing(64)) },
	"only shakes hands": func(c net.Conn, config *tls.Config) { _ = tls.Client(c, config).Handshake() },
	"announces 48 MB": func(c net.Conn, config *tls.Config) {
		_, _ = tls.Client(c, config).Write(announcing(48_000_000))
	},
	"announces too much": func(c net.Conn, config *tls.Config) {
		_, _ = tls.Client(c, config).Write(announcing(48_000_001))
	},
	"sends what is no BSON": func(c net.Conn, config *tls.Config) {
		_, _ = tls.Client(c, config).Write(append(announcing(26), "\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff"...))
	},
	"breaks off in TLS": func(c net.Conn, config *tls.Config) {
		_ = tls.Client(c, config).Handshake()
		_, _ = c.Write([]byte("\x17\x03\x03\x00\x20and this is no record"))
		_ = c.(*net.TCPConn).CloseWrite()
	},
}

// announcing is the header of an OP_MSG of this size.
func announcing(size uint32) []byte {
	const opMsg = 2013
	head := binary.LittleEndian.AppendUint32(nil, size)
	head = binary.LittleEndian.AppendUint64(head, 1)
	return binary.LittleEndian.AppendUint32(head, opMsg)
}

// Of a thousand clients half misbehave, all of them at once and for as long as it takes: the other half is served, and
// what the server holds of it is gone with them.
func TestLoad(t *testing.T) {
	const half, rounds = 500, 3
	b := newBench(t)
	c := b.config(scenarios.RequireTLS)
	c.Log = io.Discard
	s := b.start(c)
	client := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool()}
	client.RootCAs.AddCert(b.authority(pki.CA))
	command := opMsg(t, 0, hello)
	goroutines, heap := runtime.NumGoroutine(), uint64(0)
	for round := range rounds {
		conns := make([]net.Conn, 2*half)
		var bad, good sync.WaitGroup
		for i := range conns {
			conn, err := net.Dial("tcp", s.Addr().String())
			require.NoError(t, err)
			require.NoError(t, conn.SetDeadline(time.Now().Add(3*limit)))
			conns[i] = conn
		}
		ways := make([]func(net.Conn, *tls.Config), 0, len(misbehaving))
		for _, way := range misbehaving {
			ways = append(ways, way)
		}
		for i, conn := range conns[:half] {
			bad.Go(func() { ways[i%len(ways)](conn, client) })
		}
		served := make([]error, half)
		for i, conn := range conns[half:] {
			good.Go(func() { served[i] = asks(tls.Client(conn, client), command) })
		}
		good.Wait()
		for _, err := range served {
			require.NoError(t, err)
		}
		held := heapInUse()
		for _, conn := range conns {
			_ = conn.Close()
		}
		bad.Wait()
		const own = 5 // of the test's, at the most
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+own }, limit, 10*time.Millisecond,
			"goroutines stay")
		left := heapInUse()
		t.Logf("round %d: %d kB while all are there, %d kB after", round, held>>10, left>>10)
		const each = 64 << 10 // bytes of a connection, of both sides of it
		require.Less(t, held, uint64(2*half*each))
		if heap != 0 {
			const noise = 1 << 20
			require.Less(t, left, heap+noise, "memory grows")
		}
		heap = left
	}
}

// asks sends a few of the same commands and reads the answers.
func asks(conn io.ReadWriter, command []byte) error {
	for range 3 {
		if _, err := conn.Write(command); err != nil {
			return err
		}
		head := make([]byte, 16)
		if _, err := io.ReadFull(conn, head); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.LittleEndian.Uint32(head))-16); err != nil {
			return err
		}
	}
	return nil
}

// heapInUse is what is reachable, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
