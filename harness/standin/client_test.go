package standin_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

// limit bounds whatever a test waits for; nothing comes near it unless it hangs.
const limit = 20 * time.Second

// A bench is a world, and servers and clients in it.
type bench struct {
	t *testing.T
	w *fixtures.World
}

func newBench(t *testing.T) bench {
	t.Helper()
	w, err := fixtures.New(fixtures.Options{Seed: 8})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return bench{t, w}
}

// in is the same bench for a subtest.
func (b bench) in(t *testing.T) bench { return bench{t, b.w} }

// config is a good server that takes clients without a certificate, and logs what goes wrong in its TLS library.
func (b bench) config(mode scenarios.Mode) standin.Config {
	c := standin.Config{}
	c.Mode = mode
	c.CertificateKeyFile, c.CAFile = b.keyFile(pki.Leaf{}, pki.KeyForm{}), b.bundle(pki.CA)
	c.AllowConnectionsWithoutCertificates = true
	c.SetParameter = map[string]string{"logComponentVerbosity": `{"network": {"verbosity": 2}}`}
	return c
}

func (b bench) keyFile(l pki.Leaf, form pki.KeyForm) string {
	b.t.Helper()
	path, _, err := b.w.KeyFile(pki.Server, l, form)
	require.NoError(b.t, err)
	return path
}

func (b bench) bundle(names ...string) string { return b.file("ca", pki.Bundle(names...)) }

func (b bench) file(name string, f pki.File) string {
	b.t.Helper()
	path, err := b.w.File(name, f)
	require.NoError(b.t, err)
	return path
}

func (b bench) authority(name string) *x509.Certificate {
	b.t.Helper()
	pair, err := b.w.PKI.Authority(name)
	require.NoError(b.t, err)
	return pair.Certificate
}

// start runs a server until the test ends.
func (b bench) start(c standin.Config) *standin.Server {
	b.t.Helper()
	s, err := standin.Start(c)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, s.Close()) })
	return s
}

func version(v uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v }
}

// raw is a TCP client.
func (b bench) raw(s *standin.Server) *tap {
	b.t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(b.t, conn.SetDeadline(time.Now().Add(limit)))
	return &tap{Conn: conn}
}

// secure is a TLS client, before its handshake.
func (b bench) secure(s *standin.Server, options ...func(*tls.Config)) (*tls.Conn, *tap) {
	b.t.Helper()
	c := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	c.RootCAs.AddCert(b.authority(pki.CA))
	for _, option := range options {
		option(c)
	}
	wire := b.raw(s)
	return tls.Client(wire, c), wire
}

// seen is the record after every client has left.
func (b bench) seen(s *standin.Server) evidence.Seen {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	seen := s.Seen(ctx)
	require.Zero(b.t, seen.Open)
	for i := range seen.Connections { // times are another matter
		c := &seen.Connections[i]
		c.AtMS = 0
		for j := range c.Commands {
			c.Commands[j].AtMS = 0
		}
	}
	return seen
}

// canceled is a context that waits for nothing.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A tap keeps what came in.
type tap struct {
	net.Conn
	in bytes.Buffer
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.in.Write(p[:n])
	return n, err
}

// ends reads the rest: an end of file after these bytes, and no reset.
func (t *tap) ends(tb testing.TB) []byte {
	tb.Helper()
	rest, err := io.ReadAll(t)
	require.NoError(tb, err, "the end must be an end of file")
	return rest
}

// opMsg is a command in an OP_MSG that answers responseTo.
func opMsg(tb testing.TB, responseTo int32, command bson.D) []byte {
	tb.Helper()
	doc, err := bson.Marshal(command)
	require.NoError(tb, err)
	at, b := wiremessage.AppendHeaderStart(nil, 7, responseTo, wiremessage.OpMsg)
	b = wiremessage.AppendMsgFlags(b, 0)
	b = wiremessage.AppendMsgSectionType(b, wiremessage.SingleDocument)
	b = append(b, doc...)
	return bsoncore.UpdateLength(b, at, int32(len(b)))
}

var hello = bson.D{{Key: "hello", Value: 1}, {Key: "$db", Value: "admin"}}

// reply reads one message.
func reply(tb testing.TB, r io.Reader) (head, body []byte) {
	tb.Helper()
	head = make([]byte, 16)
	_, err := io.ReadFull(r, head)
	require.NoError(tb, err)
	n, _, _, _, _, _ := wiremessage.ReadHeader(head)
	body = make([]byte, n-16)
	_, err = io.ReadFull(r, body)
	require.NoError(tb, err)
	return head, body
}

// served sends a hello, reads the answer and leaves.
func served(tb testing.TB, rw io.ReadWriteCloser) {
	tb.Helper()
	_, err := rw.Write(opMsg(tb, 0, hello))
	require.NoError(tb, err)
	head, body := reply(tb, rw)
	_, _, responseTo, opcode, _, _ := wiremessage.ReadHeader(head)
	require.Equal(tb, int32(7), responseTo)
	require.Equal(tb, wiremessage.OpMsg, opcode)
	require.EqualValues(tb, 1, bsoncore.Document(body[5:]).Lookup("ok").Double())
	require.NoError(tb, rw.Close())
}

// A logged line, with its attributes as they stand.
type logged struct {
	S    string
	C    string
	ID   int
	Ctx  string
	Msg  string
	Attr map[string]any
}

func lines(tb testing.TB, log []string) (all []logged) {
	tb.Helper()
	for _, text := range log {
		var l logged
		require.NoError(tb, json.Unmarshal([]byte(text), &l), text)
		all = append(all, l)
	}
	return all
}

// ids are those of a connection's log, without its beginning and its end, which every connection has.
func ids(tb testing.TB, log []string) []int {
	tb.Helper()
	all := lines(tb, log)
	require.GreaterOrEqual(tb, len(all), 2)
	require.Equal(tb, 22943, all[0].ID)
	require.Equal(tb, 22944, all[len(all)-1].ID)
	found := []int{}
	for _, l := range all[1 : len(all)-1] {
		found = append(found, l.ID)
	}
	return found
}

// line is the one with this id.
func line(tb testing.TB, log []string, id int) logged {
	tb.Helper()
	for _, l := range lines(tb, log) {
		if l.ID == id {
			return l
		}
	}
	require.Failf(tb, "no such line", "%d in %v", id, log)
	return logged{}
}

// status is the error that a line carries.
func status(code int, name, text string) map[string]any {
	return map[string]any{"code": float64(code), "codeName": name, "errmsg": text}
}

// plainHello is the start of a ClientHello that offers no more than this version.
func plainHello(version byte) []byte {
	b := []byte{0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, version}
	b = append(b, bytes.Repeat([]byte{7}, 32)...)
	return append(b, 0, 0, 2, 0xc0, 0x2f, 1, 0)
}
