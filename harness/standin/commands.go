package standin

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
)

// A command of the dispatch table.
type command struct {
	run func(*connection, request) (bson.D, error)
	// open needs no authentication. admin runs on that database only.
	open, admin bool
	// needs is the right on the request's database; allowed replaces it where the rule is more than that.
	needs   right
	allowed func(*connection, request) (bool, error)
}

// A request is a command as it came.
type request struct {
	db   string
	name string
	body bson.D
}

// field is a value of the body, nil if absent.
func (q request) field(name string) any { return field(q.body, name) }

func field(d bson.D, name string) any {
	for _, e := range d {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

// A failure is an error reply. Without a code the reply has neither code nor codeName, as mongod's from parameters.
type failure struct {
	code int32
	text string
}

func (f failure) Error() string { return f.text }

func fail(code int32, format string, args ...any) error {
	return failure{code, fmt.Sprintf(format, args...)}
}

// Codes of mongod that are used by name.
const (
	badValue             = 2
	userNotFound         = 11
	unauthorized         = 13
	typeMismatch         = 14
	protocolError        = 17
	authenticationFailed = 18
	commandNotFound      = 59
	handshakeFailed      = 141

	invalidSSLConfiguration = 140
	socketException         = 9001
)

var codeNames = map[int32]string{badValue: "BadValue", 9: "FailedToParse", userNotFound: "UserNotFound", 12: "UnsupportedFormat",
	unauthorized: "Unauthorized", typeMismatch: "TypeMismatch", protocolError: "ProtocolError",
	authenticationFailed: "AuthenticationFailed", 26: "NamespaceNotFound", 31: "RoleNotFound", 43: "CursorNotFound",
	commandNotFound: "CommandNotFound", 73: "InvalidNamespace", 76: "NoReplicationEnabled",
	invalidSSLConfiguration: "InvalidSSLConfiguration", handshakeFailed: "SSLHandshakeFailed",
	socketException: "SocketException"}

func (f failure) codeName() string {
	if name, ok := codeNames[f.code]; ok {
		return name
	}
	return fmt.Sprintf("Location%d", f.code)
}

// status is how a failure stands in the log.
func (f failure) status() bson.D {
	return bson.D{{Key: "code", Value: f.code}, {Key: "codeName", Value: f.codeName()}, {Key: "errmsg", Value: f.text}}
}

func (f failure) reply() bson.D {
	d := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: f.text}}
	if f.code != 0 {
		d = append(d, bson.E{Key: "code", Value: f.code}, bson.E{Key: "codeName", Value: f.codeName()})
	}
	return d
}

var done = bson.D{}

// commands is filled by init because listCommands reads it.
var commands map[string]command

func init() {
	open := func(run func(*connection, request) (bson.D, error)) command { return command{run: run, open: true} }
	host := func(run func(*connection, request) (bson.D, error)) command {
		return command{run: run, admin: true, needs: monitoring}
	}
	empty := func(*connection, request) (bson.D, error) { return done, nil }
	users := func(run func(*connection, request) (bson.D, error)) command {
		return command{run: run, allowed: (*connection).mayAdminister}
	}
	commands = map[string]command{
		"hello": open((*connection).hello), "isMaster": open((*connection).hello), "ismaster": open((*connection).hello),
		"ping":      open(empty),
		"buildInfo": open(buildInfo), "buildinfo": open(buildInfo),
		"connectionStatus": open((*connection).connectionStatus),
		"whatsmyuri":       open((*connection).whatsmyuri),
		"listCommands":     open(listCommands),
		"getnonce":         open(getnonce),
		"getLastError":     open((*connection).getLastError), "getlasterror": open((*connection).getLastError),
		"authenticate": open((*connection).authenticate),
		"saslStart":    open((*connection).saslStart),
		"saslContinue": open((*connection).saslContinue),
		"logout":       open((*connection).logout),

		"startSession":    {run: startSession},
		"endSessions":     {run: empty},
		"refreshSessions": {run: empty},

		"createUser":       users((*connection).createUser),
		"updateUser":       users((*connection).updateUser),
		"dropUser":         users((*connection).dropUser),
		"grantRolesToUser": users((*connection).grantRolesToUser),
		"usersInfo":        {run: (*connection).usersInfo, allowed: (*connection).maySeeUser},

		"getParameter":     host((*connection).getParameter),
		"setParameter":     {run: (*connection).setParameter, admin: true, needs: everything},
		"getCmdLineOpts":   host((*connection).getCmdLineOpts),
		"serverStatus":     {run: (*connection).serverStatus, needs: monitoring},
		"getLog":           host((*connection).getLog),
		"replSetGetStatus": host(replSetGetStatus),

		"insert":          {run: (*connection).insert, needs: writing},
		"delete":          {run: (*connection).remove, needs: writing},
		"find":            {run: (*connection).find, needs: reading},
		"count":           {run: (*connection).count, needs: reading},
		"aggregate":       {run: (*connection).aggregate, needs: reading},
		"getMore":         {run: getMore, needs: reading},
		"killCursors":     {run: killCursors, needs: reading},
		"drop":            {run: (*connection).drop, needs: shaping},
		"listCollections": {run: (*connection).listCollections, needs: listing},
		"listDatabases":   {run: (*connection).listDatabases, admin: true},
	}
}

// execute answers a command, in mongod's order: is it known, may the user have a session, may it run here, for this
// user, and then the command itself.
func (c *connection) execute(db string, body bson.D) bson.D {
	q := request{db: db, body: body}
	if len(body) > 0 {
		q.name = body[0].Key
	}
	reply, err := c.dispatch(q)
	var f failure
	if err != nil && !errors.As(err, &f) {
		f = failure{badValue, err.Error()}
	}
	c.login.last = f
	c.logCommand(q, f)
	if err != nil {
		return f.reply()
	}
	return append(slices.Clip(reply), bson.E{Key: "ok", Value: 1.0})
}

// logCommand is the line that a mongod writes of every command at command verbosity 1, as if it were a slow one.
func (c *connection) logCommand(q request, f failure) {
	if !c.server.log.verbosity.goes("COMMAND", 1) {
		return
	}
	attr := bson.D{{Key: "type", Value: "command"}, {Key: "ns", Value: q.db + ".$cmd"}, {Key: "command", Value: q.logged()},
		{Key: "numYields", Value: int32(0)}}
	if f.text != "" {
		attr = append(attr, bson.E{Key: "ok", Value: int32(0)}, bson.E{Key: "errMsg", Value: f.text},
			bson.E{Key: "errName", Value: f.codeName()}, bson.E{Key: "errCode", Value: f.code})
	}
	attr = append(attr, bson.E{Key: "protocol", Value: "op_msg"}, bson.E{Key: "durationMillis", Value: int32(0)})
	c.server.log.line("I", "COMMAND", 51803, c.ctx, "Slow query", attr)
}

// logged is a command with what a mongod hides in its log.
func (q request) logged() bson.D {
	d := slices.Clone(q.body)
	for i, e := range d {
		switch inner, ok := e.Value.(bson.D); {
		case e.Key == "pwd" || e.Key == "payload":
			d[i].Value = "xxx"
		case ok && e.Key == "speculativeAuthenticate":
			d[i].Value = request{body: inner}.logged()
		}
	}
	return d
}

func (c *connection) dispatch(q request) (bson.D, error) {
	cmd, ok := commands[q.name]
	if !ok {
		return nil, fail(commandNotFound, "no such command: '%s'", q.name)
	}
	c.forgetDropped()
	if err := c.maySession(cmd, q); err != nil {
		return nil, err
	}
	if err := c.mayRun(cmd, q); err != nil {
		return nil, err
	}
	return cmd.run(c, q)
}

func buildInfo(*connection, request) (bson.D, error) {
	return bson.D{{Key: "version", Value: mongod.Default.Version}, {Key: "gitVersion", Value: "mongotls stand-in"},
		{Key: "modules", Value: bson.A{}}, {Key: "versionArray", Value: mongod.Default.VersionArray()},
		{Key: "openssl", Value: bson.D{{Key: "running", Value: "Go crypto/tls"}, {Key: "compiled", Value: "Go crypto/tls"}}},
		{Key: "bits", Value: int32(64)}, {Key: "debug", Value: false}, {Key: "maxBsonObjectSize", Value: int32(16 << 20)}}, nil
}

func (c *connection) whatsmyuri(request) (bson.D, error) {
	return bson.D{{Key: "you", Value: c.remote}}, nil
}

func listCommands(*connection, request) (bson.D, error) {
	list := bson.D{}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		list = append(list, bson.E{Key: name, Value: bson.D{{Key: "help", Value: ""},
			{Key: "requiresAuth", Value: !commands[name].open}, {Key: "adminOnly", Value: commands[name].admin}}})
	}
	return bson.D{{Key: "commands", Value: list}}, nil
}

func getnonce(*connection, request) (bson.D, error) {
	nonce := make([]byte, 8)
	_, _ = rand.Read(nonce) // cannot fail
	return bson.D{{Key: "nonce", Value: hex.EncodeToString(nonce)}}, nil
}

// getLastError succeeds, with the failure of the command before.
func (c *connection) getLastError(request) (bson.D, error) {
	d := bson.D{{Key: "connectionId", Value: int32(c.id)}, {Key: "n", Value: int32(0)}}
	if last := c.login.last; last.text != "" {
		return append(d, bson.E{Key: "err", Value: last.text}, bson.E{Key: "code", Value: last.code},
			bson.E{Key: "codeName", Value: last.codeName()}), nil
	}
	return append(d, bson.E{Key: "err", Value: nil}), nil
}

func startSession(*connection, request) (bson.D, error) {
	return bson.D{{Key: "id", Value: bson.D{{Key: "id", Value: newUUID()}}}, {Key: "timeoutMinutes", Value: int32(30)}}, nil
}

func newUUID() bson.Binary {
	b := make([]byte, 16)
	_, _ = rand.Read(b)                         // cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 4122, version 4
	return bson.Binary{Subtype: 4, Data: b}
}

func replSetGetStatus(*connection, request) (bson.D, error) {
	return nil, fail(76, "not running with --replSet")
}

func (c *connection) getLog(q request) (bson.D, error) {
	name, ok := q.field("getLog").(string)
	if !ok {
		return nil, fail(typeMismatch, "Argument to getLog must be of type String; found type %s", typeName(q.field("getLog")))
	}
	var lines []string
	switch name {
	case "*":
		return bson.D{{Key: "names", Value: bson.A{"global", "startupWarnings"}}}, nil
	case "global":
		lines = c.server.log.all()
	case "startupWarnings":
	default:
		return nil, fail(0, "no RamLog named: %s", name)
	}
	total := len(lines)
	list := bson.A{}
	for _, line := range lines[max(0, total-1024):] {
		list = append(list, line)
	}
	return bson.D{{Key: "totalLinesWritten", Value: int32(total)}, {Key: "log", Value: list}}, nil
}

// getCmdLineOpts shows the options of the start, whatever setParameter changed since.
func (c *connection) getCmdLineOpts(request) (bson.D, error) {
	return c.server.config.options(), nil
}

func (c *connection) serverStatus(request) (bson.D, error) {
	s := c.server
	s.mu.Lock()
	current, total := len(s.conns), s.next
	s.mu.Unlock()
	counts := s.handshakes()
	transport := bson.D{}
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3", "unknown"} {
		transport = append(transport, bson.E{Key: version, Value: counts[version]})
	}
	security := bson.D{{Key: "authentication", Value: bson.D{{Key: "mechanisms", Value: s.store.attempts()}}}}
	if own := s.subject(); own != nil {
		name, err := pki.DN(own.RawSubject)
		if err != nil {
			return nil, err
		}
		security = append(security, bson.E{Key: "SSLServerSubjectName", Value: name},
			bson.E{Key: "SSLServerHasCertificateAuthority", Value: s.files.ca != nil},
			bson.E{Key: "SSLServerCertificateExpirationDate", Value: bson.NewDateTimeFromTime(own.NotAfter)})
	}
	return bson.D{{Key: "version", Value: mongod.Default.Version}, {Key: "process", Value: "mongod"}, {Key: "pid", Value: int64(os.Getpid())},
		{Key: "localTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "connections", Value: bson.D{{Key: "current", Value: int32(current)}, {Key: "available", Value: int32(51200)},
			{Key: "totalCreated", Value: int32(total)}, {Key: "active", Value: int32(1)}}},
		{Key: "security", Value: security}, {Key: "transportSecurity", Value: transport}}, nil
}
