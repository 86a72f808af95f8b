package standin_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
)

var (
	realMongod = flag.String("mongod", "", "path of a mongod that TestFidelity is held against")
	realImage  = flag.String("image", "", "image of a mongod that TestFidelity is held against, by docker run")
	update     = flag.Bool("update", false, "rewrite docs/fidelity.md")
)

// A fact is a row of testdata/fidelity.yaml, which says what its fields are.
type fact struct {
	ID, Says, Flags, Client, Cert, Run, DB, Send, Sees string
	Log                                                []string
	Again, Inferred                                    bool
}

type fidelity struct {
	Facts     []fact
	Otherwise []struct{ Kind, What, Why string }
}

func readFidelity(t *testing.T) (f fidelity) {
	t.Helper()
	content, err := os.ReadFile("testdata/fidelity.yaml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&f))
	return f
}

// Each fact holds for the stand-in; with -mongod or -image for a real mongod.
func TestFidelity(t *testing.T) {
	b := newBench(t)
	flags := strings.NewReplacer(
		"$server", "--tlsCertificateKeyFile "+b.keyFile(pki.Leaf{}, pki.KeyForm{}),
		"$stapling", "--tlsCertificateKeyFile "+b.keyFile(pki.Leaf{OCSP: []string{b.responder()}}, pki.KeyForm{}),
		"$crl", "--tlsCRLFile "+b.file("crl", pki.File{Parts: []pki.Part{{CRL: &pki.CRL{Serials: []int64{revoked}}}}}),
		"$ca", "--tlsCAFile "+b.bundle(pki.CA))
	for _, f := range readFidelity(t).Facts {
		t.Run(f.ID, func(t *testing.T) {
			if f.Inferred && (*realMongod != "" || *realImage != "") {
				t.Log("inferred: this is its first measurement")
			}
			b := b.in(t)
			d := b.daemon(strings.Fields(flags.Replace(f.Flags)))
			require.Equal(t, f.Sees, d.observe(b, f))
			for _, line := range f.Log {
				id, text, _ := strings.Cut(line, " ")
				logged := func() bool { return d.logged(id, text) }
				require.Eventually(t, logged, limit, 5*time.Millisecond, "no line %s in\n%s", line, d.out)
			}
		})
	}
}

// revoked is the serial number of the certificate that $crl revokes.
const revoked = 77

// responder is the address of an OCSP responder with good news.
func (b bench) responder() string {
	b.t.Helper()
	address, err := b.w.OCSP.Open("fidelity", ocsp.Behaviour{Answer: ocsp.Good})
	require.NoError(b.t, err)
	return address
}

// A daemon is a mongod in a process of its own, or the stand-in in this one.
type daemon struct {
	out   *safeBuffer
	port  int
	ended chan int // the exit code
}

// A safeBuffer is written by one goroutine and read by another.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (b bench) daemon(args []string) *daemon {
	b.t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b.t, err)
	d := &daemon{out: &safeBuffer{}, port: free.Addr().(*net.TCPAddr).Port, ended: make(chan int, 1)}
	require.NoError(b.t, free.Close())
	args = append([]string{"--port", strconv.Itoa(d.port), "--bind_ip", "127.0.0.1", "--nounixsocket",
		"--dbpath", b.t.TempDir()}, args...)
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	b.t.Cleanup(func() { stop(); <-over })
	run := func() int { return standin.Program(ctx, args, d.out, d.out) }
	if argv := realCommand(args); argv != nil {
		run = func() int {
			c := exec.CommandContext(ctx, argv[0], argv[1:]...)
			c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
			c.Stdout, c.Stderr = d.out, d.out
			_ = c.Run() // the code says it
			if is := c.ProcessState.Sys().(syscall.WaitStatus); is.Signaled() {
				const signalled = 128 // as a shell shows it
				return signalled + int(is.Signal())
			}
			return c.ProcessState.ExitCode()
		}
	}
	go func() {
		defer close(over)
		d.ended <- run()
	}()
	return d
}

// realCommand is that of the mongod which the flags of the test name, nil for none.
func realCommand(args []string) []string {
	switch {
	case *realMongod != "":
		return append([]string{*realMongod}, args...)
	case *realImage != "":
		return append([]string{"docker", "run", "--rm", "--network", "host", "-v", os.TempDir() + ":" + os.TempDir(),
			"--user", strconv.Itoa(os.Getuid()), *realImage}, args...)
	}
	return nil
}

// logged reports whether there is a line of an id with a text.
func (d *daemon) logged(id, text string) bool {
	for line := range strings.Lines(d.out.String()) {
		var l struct {
			ID   int
			Msg  string
			Attr json.RawMessage
		}
		if json.Unmarshal([]byte(line), &l) == nil && strconv.Itoa(l.ID) == id &&
			strings.Contains(l.Msg+string(l.Attr), text) {
			return true
		}
	}
	return false
}

// observe does what a fact says, and tells what is seen, as far as the fact does.
func (d *daemon) observe(b bench, f fact) string {
	b.t.Helper()
	if f.Client == "start" {
		select {
		case code := <-d.ended:
			return fmt.Sprintf("exit %d", code)
		case <-time.After(limit):
			return "no end"
		}
	}
	require.Eventually(b.t, func() bool { return d.logged("23016", "") }, limit, 5*time.Millisecond, d.out)
	conn := d.dial(b)
	defer func() { require.NoError(b.t, conn.Close()) }()
	if f.Client == "bytes" {
		sent, err := hex.DecodeString(strings.ReplaceAll(f.Send, " ", ""))
		require.NoError(b.t, err)
		_, err = conn.Write(sent)
		require.NoError(b.t, err)
		got, _ := io.ReadAll(conn)
		return hex.EncodeToString(got[:min(len(got), len(f.Sees)/2)])
	}
	if version, secure := map[string]uint16{"tls1.2": tls.VersionTLS12, "tls1.3": tls.VersionTLS13}[f.Client]; secure {
		config := b.clientOf(f.Cert, version)
		if f.Again { // the session of the connection before
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			before := tls.Client(d.dial(b), config)
			require.Equal(b.t, "ok", b.ask(before, f))
			require.NoError(b.t, before.NetConn().Close())
		}
		c := tls.Client(conn, config)
		if c.Handshake() != nil {
			return "closed"
		}
		conn = c
	}
	return b.ask(conn, f) + aboutTLS(conn)
}

// aboutTLS tells what is special about a connection.
func aboutTLS(conn net.Conn) (told string) {
	c, secure := conn.(*tls.Conn)
	if secure && c.ConnectionState().DidResume {
		told += ", resumed"
	}
	if secure && len(c.OCSPResponse()) > 0 {
		told += ", stapled"
	}
	return told
}

func (d *daemon) dial(b bench) net.Conn {
	b.t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
	require.NoError(b.t, err)
	require.NoError(b.t, conn.SetDeadline(time.Now().Add(limit)))
	return conn
}

// rolesExtension is MongoDB's, of roles that a certificate grants; readOnTest its value for one.
const (
	rolesExtension pki.ExtensionName = "1.3.6.1.4.1.34601.2.1.1"
	readOnTest     string            = "DER:310e300c0c04726561640c0474657374"
)

// clientOf is a client's side of TLS; what it thinks of the server does not matter here.
func (b bench) clientOf(cert string, version uint16) *tls.Config {
	b.t.Helper()
	c := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}
	leaf, ok := map[string]pki.Leaf{"good": {}, "other": {Issuer: pki.Other}, "expired": {NotBefore: -48 * time.Hour,
		NotAfter: -24 * time.Hour}, "revoked": {Serial: revoked},
		"roles": {Extensions: pki.Extensions{rolesExtension: readOnTest}}}[cert]
	if ok {
		path, _, err := b.w.KeyFile(pki.Client, leaf, pki.KeyForm{})
		require.NoError(b.t, err)
		own, err := tls.LoadX509KeyPair(path, path)
		require.NoError(b.t, err)
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	}
	return c
}

// ask runs the command of a fact.
func (b bench) ask(conn net.Conn, f fact) string {
	b.t.Helper()
	var command bson.D
	require.NoError(b.t, bson.UnmarshalExtJSON([]byte(f.Run), false, &command))
	db := f.DB
	if db == "" {
		db = "admin"
	}
	_, _ = conn.Write(opMsg(b.t, 0, append(command, bson.E{Key: "$db", Value: db})))
	head := make([]byte, 16)
	if _, err := io.ReadFull(conn, head); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "silence"
		}
		return "closed"
	}
	body := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16-16)
	_, err := io.ReadFull(conn, body)
	require.NoError(b.t, err)
	var answer struct {
		OK     float64
		Code   int
		ErrMsg string
	}
	require.NoError(b.t, bson.Unmarshal(body[5:], &answer))
	if answer.OK == 1 {
		return "ok"
	}
	seen := fmt.Sprintf("code %d %s", answer.Code, answer.ErrMsg)
	return seen[:min(len(seen), len(f.Sees))]
}

// docs/fidelity.md says what the facts are, and where the stand-in does otherwise.
func TestFidelityDocument(t *testing.T) {
	const path = "../../docs/fidelity.md"
	written := readFidelity(t).document()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(written), 0o644))
	}
	is, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, written, string(is), "go test ./harness/standin -run FidelityDocument -update writes it")
}

func (f fidelity) document() string {
	var b strings.Builder
	b.WriteString(`# What the stand-in does as a mongod, and what not

Written by ` + "`go test ./harness/standin -run FidelityDocument -update`" + ` from
` + "`harness/standin/testdata/fidelity.yaml`" + `. Measured means: on a mongod 4.4.5 with OpenSSL 1.1.1w under
Debian's policy.
` + "`go test ./harness/standin -run Fidelity`" + ` holds each fact against the stand-in, with ` + "`-mongod PATH`" +
		` or ` + "`-image IMAGE`" + ` against a real one.

`)
	section := func(title string, rows [][2]string) {
		if len(rows) == 0 {
			return
		}
		fmt.Fprintf(&b, "## %s\n\n", title)
		for _, row := range rows {
			fmt.Fprintf(&b, "- **%s**: %s\n", row[0], row[1])
		}
		b.WriteString("\n")
	}
	facts := func(inferred bool) (rows [][2]string) {
		for _, fact := range f.Facts {
			if fact.Inferred == inferred {
				rows = append(rows, [2]string{fact.ID, fact.Says + "."})
			}
		}
		return rows
	}
	otherwise := func(kind string) (rows [][2]string) {
		for _, o := range f.Otherwise {
			if o.Kind == kind {
				rows = append(rows, [2]string{o.What, o.Why})
			}
		}
		return rows
	}
	section("Equal, as measured", facts(false))
	section("Differs", otherwise("differs"))
	section("Impossible in Go's TLS", otherwise("impossible"))
	section("Missing", append(otherwise("missing"), [][2]string{
		{"Options without effect", strings.Join(mongod.WithoutEffect(), ", ") + "."},
		{"Parameters without effect", strings.Join(mongod.IdleParameters(), ", ") + "."}}...))
	inferred := append(facts(true), otherwise("inferred")...)
	section("Inferred, not measured", append(inferred, [2]string{"Releases",
		"All that `--imitate` changes for 5.0, 6.0, 7.0 and 8.0 comes from source and documents. " +
			"Reports call such a server inferred."}))
	return strings.TrimSuffix(b.String(), "\n")
}
