package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/internal/loopback"
	"github.com/mongotls/mongotls/scenarios"
)

// A Launcher starts mongods, as processes or as containers.
type Launcher interface {
	// Launch starts a mongod. Its log goes to book, which is closed when it ends.
	Launch(ctx context.Context, c mongod.Config, h Home, book io.WriteCloser) (Process, error)
	// NoNames says why mongods cannot be given names for each other, "" if they can.
	NoNames() string
	// Keep makes a place for the data of a mongod that is started again, and Forget clears it away.
	Keep(ctx context.Context) (data string, err error)
	Forget(data string) error
	Close() error
}

// A Home is where a mongod lives.
type Home struct {
	Data string // from Keep; "": its data ends with it
	// Names are those by which it finds its fellows, all at Fellows.
	Names []string
}

// Fellows is the address of the members of sets. Clients come by a relay, on the same port of 127.0.0.1: so what a
// member is called leads clients to the relay, and members to each other.
const Fellows = "127.0.0.2"

// A Process is a mongod that was started.
type Process interface {
	// Stop ends it and waits for its end.
	Stop() error
	// Exit is the code it ended with, false while it runs.
	Exit() (code int, ended bool)
	// Replace gives a file of its configuration, by its path there, another content.
	Replace(ctx context.Context, path string, content []byte) error
}

// An instance is a running mongod in one configuration. It serves one attempt at a time.
type instance struct {
	process Process
	book    *logbook
	plan    Plan
	shape   string
	mode    scenarios.Mode // now
	home    Home
	ip      string
	port    int
	admin   bool // the harness has a user there
	stapled bool
	version string
	usable  time.Time // its certificate has expired by then, as it should; zero where none is to
}

// Limits of a server, much longer than anything takes.
const (
	startLimit   = 60 * time.Second
	commandLimit = 10 * time.Second
	stepLimit    = 10 * time.Second
	stapleLimit  = 3 * time.Second
	lifetime     = 8 * time.Second        // of a certificate that is to expire after the start
	goodbye      = 300 * time.Millisecond // of a handshake that its client has left
)

// admin is the harness's own user of a server with users.
const (
	adminName     = "mongotls-harness"
	adminPassword = "mongotls"
)

// verbosityJSON makes a mongod log failures inside its TLS library, and every command.
const verbosityJSON = `{"network": {"verbosity": 2}, "command": {"verbosity": 1}}`

// ready is the id of the line by which a mongod says that it serves.
const ready = 23016

// refusedConfiguration is a configuration that this mongod does not start with, in its own words.
type refusedConfiguration struct{ text string }

func (r refusedConfiguration) Error() string { return "this mongod does not start so: " + r.text }

// startMongod starts a server in the first mode that its configuration allows, gives it its users and raises it to the
// mode that is asked for. All that the harness itself says to it goes in clear, which both of those modes serve, so no
// certificate of the configuration can lock it out.
func startMongod(ctx context.Context, l Launcher, p Plan) (*instance, error) {
	m := &instance{plan: p, shape: p.Shape(), mode: firstMode(p), ip: "127.0.0.1"}
	return m, m.begin(ctx, l, m.prepare)
}

// startMember starts a member of a set, whose relay has this port, in the mode that is asked for. What there is to say
// to it is said once it has its fellows.
func startMember(ctx context.Context, l Launcher, p Plan, h Home, port int) (*instance, error) {
	m := &instance{plan: p, mode: p.Config.Mode, home: h, ip: Fellows, port: port}
	return m, m.begin(ctx, l, func(ctx context.Context) error {
		m.stapled = m.staples(ctx)
		return nil
	})
}

// begin starts a server and prepares it. One that cannot be is stopped.
func (m *instance) begin(ctx context.Context, l Launcher, prepare func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if m.plan.Expiring != nil {
		var err error
		if m.plan.Config.CertificateKeyFile, m.usable, err = m.plan.Expiring(lifetime); err != nil {
			return err
		}
	}
	fixed := m.port != 0
	for try := 0; ; try++ {
		err := m.start(ctx, l, fixed)
		if err == nil {
			break
		}
		const portTaken = 48
		if code, ended := m.exit(); fixed || !ended || code != portTaken || try == 3 || ctx.Err() != nil {
			return errors.Join(err, m.stop())
		}
	}
	if err := prepare(ctx); err != nil {
		return errors.Join(fmt.Errorf("preparing the server: %w", err), m.stop())
	}
	return nil
}

func (m *instance) start(ctx context.Context, l Launcher, fixed bool) (err error) {
	if !fixed {
		if m.port, err = freePort(); err != nil {
			return err
		}
	}
	m.book = &logbook{}
	m.process, err = l.Launch(ctx, m.told(), m.home, m.book)
	if err != nil {
		return err
	}
	serves := m.book.wait(ctx, 0, func(lines []logged) bool {
		return slices.ContainsFunc(lines, func(l logged) bool { return l.ID == ready })
	})
	if serves {
		return nil
	}
	if text := refusal(m.book.since(0)); text != "" {
		return refusedConfiguration{text}
	}
	if code, ended := m.exit(); ended {
		return fmt.Errorf("the server ended with code %d before it served; its log ends: %s", code, m.tail())
	}
	return fmt.Errorf("the server did not serve within %v; its log ends: %s", startLimit, m.tail())
}

// prepare does what must have happened before the first client comes. A server that starts in requireTLS has no users,
// and nothing is to be said to it.
func (m *instance) prepare(ctx context.Context) error {
	if m.mode == scenarios.RequireTLS {
		m.stapled = m.staples(ctx)
		return nil
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	m.stapled = m.staples(ctx)
	return m.raise(ctx, m.plan.Config.Mode)
}

// settle asks the server for its version, and creates its users, the harness's own first.
func (m *instance) settle(ctx context.Context) error {
	err := m.administer(ctx, func(db *mongo.Database) error {
		var info struct{ Version string }
		if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
			return err
		}
		m.version = info.Version
		if len(m.plan.Users) == 0 {
			return nil
		}
		return run(ctx, db, createUser(adminName, adminPassword, "root@admin"))
	})
	if err != nil || len(m.plan.Users) == 0 {
		return err
	}
	m.admin = true
	return m.administer(ctx, func(db *mongo.Database) error {
		for _, u := range m.plan.Users {
			if u.Password == "" && u.DB != "$external" { // which a mongod does not take; no certificate logs in there
				u.Password = adminPassword
			}
			if err := run(ctx, db.Client().Database(u.DB), createUser(u.Name, u.Password, u.Roles...)); err != nil {
				return fmt.Errorf("user %s: %w", u.Name, err)
			}
		}
		return nil
	})
}

// guarded reports whether a server asks clients who they are.
func (p Plan) guarded() bool { return p.Config.Authorization || p.Config.ClusterAuthMode != "" }

// raisable says whether the mode of a running server of this configuration can be changed: the harness must be allowed
// to.
func raisable(p Plan) bool {
	return !p.guarded() || len(p.Users) > 0
}

// firstMode is the mode in which a server of this configuration starts.
func firstMode(p Plan) scenarios.Mode {
	c := p.Config
	switch {
	case !raisable(p) || c.Mode == scenarios.Disabled || c.Mode == scenarios.AllowTLS:
		return c.Mode
	case c.ClusterAuthMode == "sendX509" || c.ClusterAuthMode == "x509":
		return scenarios.PreferTLS
	}
	return scenarios.AllowTLS
}

// raise brings the server into a later mode, a step at a time.
func (m *instance) raise(ctx context.Context, to scenarios.Mode) error {
	for m.mode != to {
		next := scenarios.Modes[slices.Index(scenarios.Modes, m.mode)+1]
		err := m.administer(ctx, func(db *mongo.Database) error {
			return run(ctx, db, setParameter("tlsMode", string(next)))
		})
		if err != nil {
			return fmt.Errorf("raising tlsMode to %s: %w", next, err)
		}
		m.mode = next
	}
	return nil
}

// administer runs f with a client that logs in as the harness's own user, if there is one already.
func (m *instance) administer(ctx context.Context, f func(*mongo.Database) error) error {
	if !m.admin {
		return m.ask(ctx, f)
	}
	return m.ask(ctx, f, options.Client().SetAuth(options.Credential{AuthMechanism: "SCRAM-SHA-256", AuthSource: "admin",
		Username: adminName, Password: adminPassword}))
}

// ask runs f with a client: in clear, unless the server takes none. Whom it talks to is not in doubt; a server that
// demands a certificate is shown its own.
func (m *instance) ask(ctx context.Context, f func(*mongo.Database) error, more ...*options.ClientOptions) error {
	opts := options.Client().ApplyURI(fmt.Sprintf("mongodb://%s/?directConnection=true", m.addr())).
		SetServerSelectionTimeout(commandLimit)
	if m.mode == scenarios.RequireTLS {
		c := &tls.Config{InsecureSkipVerify: true}
		path := m.plan.Config.CertificateKeyFile
		own, err := tls.LoadX509KeyPair(path, path)
		if err == nil && !m.plan.Config.AllowConnectionsWithoutCertificates {
			c.Certificates = []tls.Certificate{own}
		}
		opts.SetTLSConfig(c)
	}
	client, err := mongo.Connect(append(more, opts)...)
	if err != nil {
		return err
	}
	err = f(client.Database("admin"))
	return errors.Join(err, client.Disconnect(context.WithoutCancel(ctx)))
}

func setParameter(name, value string) bson.D {
	return bson.D{{Key: "setParameter", Value: 1}, {Key: name, Value: value}}
}

func run(ctx context.Context, db *mongo.Database, command bson.D) error {
	return db.RunCommand(ctx, command).Err()
}

func createUser(name, password string, roles ...string) bson.D {
	command := bson.D{{Key: "createUser", Value: name}}
	if password != "" {
		command = append(command, bson.E{Key: "pwd", Value: password})
	}
	list := bson.A{}
	for _, r := range roles {
		role, db, _ := strings.Cut(r, "@")
		list = append(list, bson.D{{Key: "role", Value: role}, {Key: "db", Value: db}})
	}
	return append(command, bson.E{Key: "roles", Value: list})
}

// staples says whether the server staples. A mongod asks the responder after its start; it staples, or logs that it
// cannot, or never asks.
func (m *instance) staples(ctx context.Context) bool {
	leaf := leafOf(m.plan.Config.CertificateKeyFile)
	off := m.plan.Config.SetParameter[mongod.OCSPEnabled] == "false"
	if m.mode == scenarios.Disabled || leaf == nil || len(leaf.OCSPServer) == 0 || off {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, stapleLimit)
	defer cancel()
	for {
		mark := m.book.mark()
		d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // what it staples is looked at, not whom it is
		conn, err := d.DialContext(ctx, "tcp", m.addr())
		if err == nil {
			stapled := len(conn.(*tls.Conn).ConnectionState().OCSPResponse) > 0
			_ = conn.Close()
			if stapled {
				return true
			}
		}
		const cannotStaple = 23233
		if slices.ContainsFunc(m.book.since(0),
			func(l logged) bool { return l.ID == cannotStaple || l.ID == cannotStaple-1 }) {
			return false
		}
		again, stop := context.WithTimeout(ctx, stapleLimit/20)
		m.book.wait(again, mark, func(lines []logged) bool {
			return slices.ContainsFunc(lines, func(l logged) bool { return l.ID == cannotStaple })
		})
		stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// leafOf is the first certificate of a PEM file, nil if there is none.
func leafOf(path string) *x509.Certificate {
	rest, err := os.ReadFile(path)
	for err == nil {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type == "CERTIFICATE" {
			cert, _ := x509.ParseCertificate(b.Bytes)
			return cert
		}
	}
	return nil
}

// barrier returns once the log has all that the server had to say before now: a connection of the harness's own leaves
// lines after it.
func (m *instance) barrier(ctx context.Context) error {
	mark := m.book.mark()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", m.addr())
	if err != nil {
		return fmt.Errorf("the server cannot be reached: %w", err)
	}
	own := conn.LocalAddr().String()
	_ = conn.Close()
	if !m.book.wait(ctx, mark, func(lines []logged) bool { return ended(lines, own) }) {
		return fmt.Errorf("the server's log does not go on; it ends: %s", m.tail())
	}
	return nil
}

func (m *instance) addr() string { return net.JoinHostPort(m.ip, strconv.Itoa(m.port)) }

func (m *instance) exit() (int, bool) {
	if m.process == nil {
		return 0, false
	}
	return m.process.Exit()
}

func (m *instance) stop() error {
	if m.process == nil {
		return nil
	}
	return m.process.Stop()
}

// tail is the end of the log, for an error.
func (m *instance) tail() string {
	var texts []string
	lines := m.book.since(0)
	for _, l := range lines[max(0, len(lines)-3):] {
		texts = append(texts, l.text)
	}
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, " | ")
}

// refusal is what a mongod says when it does not start with its options, "" for any other reason.
func refusal(lines []logged) string {
	const cannotInitialise, badValue = 20574, 2
	for _, l := range lines {
		var s status
		if l.ID == cannotInitialise && json.Unmarshal(l.Attr.Error, &s) == nil && s.Code == badValue {
			return s.Text
		}
	}
	return ""
}

// told is what a mongod of the harness's is told: where it listens, on nothing else, and what it logs; its mode is that
// of the start.
func (m *instance) told() mongod.Config {
	c := m.plan.Config
	c.Mode, c.Port, c.BindIP = m.mode, m.port, []string{m.ip}
	c.Other = joined(c.Other, map[string]string{mongod.UnixSocket: "false", mongod.CacheSize: "0.25"})
	c.SetParameter = joined(c.SetParameter, map[string]string{mongod.LogComponentVerbosity: verbosityJSON})
	return c
}

// joined is a map with more in it.
func joined(m, more map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, m)
	maps.Copy(all, more)
	return all
}

// freePort is a port of 127.0.0.1 that nobody listens on now.
func freePort() (int, error) {
	l, err := loopback.Listen("127.0.0.1", 0)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// awaitUse waits until the server is as it should be: until its certificate has expired.
func (m *instance) awaitUse(ctx context.Context) error {
	if !condition.Sleep(ctx, time.Until(m.usable)) {
		return ctx.Err()
	}
	return nil
}
