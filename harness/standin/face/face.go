// Package face puts OpenSSL in the place of crypto/tls where that cannot play a server: keys for RSASSA-PSS alone and
// on Brainpool curves, signatures with SHA-1, groups and suites that it does not have, renegotiation. The OpenSSL is
// that of Node.js, in a small process for each server.
package face

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mongotls/mongotls/scenarios"
)

//go:embed face.cjs
var script string

// program has the OpenSSL.
const program = "node"

// Missing says why there can be no face on this machine, "" if there can.
func Missing() string {
	if _, err := exec.LookPath(program); err != nil {
		return "its server needs OpenSSL, which the program " + program + " would bring, and there is none on the PATH"
	}
	return ""
}

// A Config is what OpenSSL is told.
type Config struct {
	KeyFile string // PEM: certificates and key
	scenarios.OpenSSL
}

// A Face does the handshakes of one server.
type Face struct {
	dir     string // private; the socket of the process is in it
	process *exec.Cmd
	alive   io.Closer // the process ends with it
	number  atomic.Int64
}

// Start starts the process, and waits until it is ready. The error says what OpenSSL does not take.
func Start(c Config) (f *Face, err error) {
	told, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	f = &Face{}
	if f.dir, err = os.MkdirTemp("", "mongotls-face-"); err != nil {
		return nil, err
	}
	f.process = exec.Command(program, "-e", script, string(told), f.socket())
	f.process.Env = []string{"PATH=" + os.Getenv("PATH"), "OPENSSL_CONF=" + os.DevNull}
	var complaint bytes.Buffer
	f.process.Stderr = &complaint
	out, err := f.process.StdoutPipe()
	if err == nil {
		f.alive, err = f.process.StdinPipe()
	}
	if err == nil {
		err = f.process.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(f.dir))
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		err = f.Close() // which waits for the complaint
		return nil, errors.Join(fmt.Errorf("%s, with OpenSSL, did not start: %s", program,
			strings.Join(strings.Fields(complaint.String()), " ")), err)
	}
	return f, nil
}

func (f *Face) socket() string { return filepath.Join(f.dir, "s") }

// Close ends the process, and all connections.
func (f *Face) Close() error {
	_ = f.alive.Close()
	_ = f.process.Process.Kill() // it has nothing to tidy up
	_ = f.process.Wait()
	return os.RemoveAll(f.dir)
}

// A Conn is the cleartext of a connection.
type Conn struct {
	Version string // "1.3"
	Cipher  string // as IANA writes it
	io.Reader
	io.Writer
	cipher, plain *net.UnixConn
	sent          chan struct{} // closed once all ciphertext has been
}

// Handshake does one with the client behind raw, of which head has been read. It reads raw until that is closed. The
// error is OpenSSL's.
func (f *Face) Handshake(raw *net.TCPConn, head []byte) (*Conn, error) {
	number := f.number.Add(1)
	plain, err := f.dial("clear", number)
	if err != nil {
		return nil, err
	}
	cipher, err := f.dial("cipher", number)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	reader := bufio.NewReader(plain)
	conn := &Conn{Reader: reader, Writer: plain, cipher: cipher, plain: plain, sent: make(chan struct{})}
	go func() {
		_, _ = io.Copy(cipher, io.MultiReader(bytes.NewReader(head), raw))
		_ = cipher.CloseWrite()
		for _, end := range []*net.UnixConn{cipher, plain} { // the client has gone: nobody waits for long
			_ = end.SetDeadline(time.Now().Add(patience))
		}
	}()
	go func() {
		defer close(conn.sent)
		_, _ = io.Copy(raw, cipher)
	}()
	var agreed struct{ Version, Cipher, Error string }
	line, err := reader.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &agreed)
	}
	if err == nil && agreed.Error != "" {
		err = errors.New(agreed.Error)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	conn.Version, conn.Cipher = strings.TrimPrefix(agreed.Version, "TLSv"), agreed.Cipher
	return conn, nil
}

// dial opens one of the two ends of a connection.
func (f *Face) dial(kind string, number int64) (*net.UnixConn, error) {
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: f.socket(), Net: "unix"})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "%s %d\n", kind, number); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// patience is how long a connection may take to send what it has to.
const patience = 2 * time.Second

// Close ends the connection, once all that was written has been sent.
func (c *Conn) Close() error {
	_ = c.plain.CloseWrite()
	select {
	case <-c.sent:
	case <-time.After(patience):
	}
	return errors.Join(c.plain.Close(), c.cipher.Close())
}
