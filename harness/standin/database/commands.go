package database

import (
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// A handler answers a command; its error is a status.Error.
type handler func(*Session, request) (bson.D, error)

// A command of the dispatch table.
type command struct {
	run handler
	// open needs no authentication. admin runs on that database only.
	open, admin bool
	test        bool // with enableTestCommands only
	// in says in which releases there is the command; nil: in all.
	in func(mongod.Release) bool
	// needs is the right on the request's database; allowed replaces it where the rule is more than that.
	needs   right
	allowed func(*Session, request) (bool, error)
}

// A request is a command as it came.
type request struct {
	db   string
	name string
	body bson.D
	// inner is the request that stands in a hello, and has no $db.
	inner bool
	query bool // it came in an OP_QUERY
}

// field is a value of the body, nil if absent.
func (q request) field(name string) any { return Field(q.body, name) }

// Field is the value of a document's first field of that name, nil if there is none.
func Field(d bson.D, name string) any {
	for _, e := range d {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

// empty is the reply that says no more than that a command succeeded.
var empty = bson.D{}

// commands is filled by init because listCommands reads it.
var commands map[string]command

func init() {
	open := func(run handler) command { return command{run: run, open: true} }
	host := func(run handler) command { return command{run: run, admin: true, needs: monitoring} }
	users := func(run handler) command { return command{run: run, allowed: (*Session).mayAdminister} }
	roles := func(run handler) command { return command{run: run, needs: administeringUsers} }
	old := func(run handler) command {
		return command{run: run, open: true, in: func(r mongod.Release) bool { return !r.QueryHello }}
	}
	nothing := func(*Session, request) (bson.D, error) { return empty, nil }
	commands = map[string]command{
		"hello": open((*Session).hello), "isMaster": open((*Session).hello), "ismaster": open((*Session).hello),
		"ping":      open(nothing),
		"buildInfo": open(buildInfo), "buildinfo": open(buildInfo),
		"connectionStatus": open((*Session).connectionStatus),
		"whatsmyuri":       open((*Session).whatsmyuri),
		"listCommands":     open(listCommands),
		"getnonce":         open(getnonce),
		"getLastError":     old((*Session).getLastError), "getlasterror": old((*Session).getLastError),
		"authenticate": open((*Session).authenticate),
		"saslStart":    open((*Session).saslStart),
		"saslContinue": open((*Session).saslContinue),
		"logout":       open((*Session).logout),

		"startSession":    {run: startSession},
		"endSessions":     {run: nothing},
		"refreshSessions": {run: nothing},

		"createUser":       users((*Session).createUser),
		"updateUser":       users((*Session).updateUser),
		"dropUser":         users((*Session).dropUser),
		"grantRolesToUser": users((*Session).changeRoles), "revokeRolesFromUser": users((*Session).changeRoles),
		"dropAllUsersFromDatabase": roles((*Session).dropAllUsers),
		"createRole":               roles((*Session).createRole),
		"dropRole":                 roles((*Session).dropRole),
		"rolesInfo":                {run: (*Session).rolesInfo, allowed: (*Session).maySeeRoles},
		"usersInfo":                {run: (*Session).usersInfo, allowed: (*Session).maySeeUser},

		"getParameter":     {run: (*Session).getParameter, admin: true, needs: seeingParameters},
		"setParameter":     {run: (*Session).setParameter, admin: true, needs: hosting},
		"getCmdLineOpts":   host((*Session).getCmdLineOpts),
		"serverStatus":     {run: (*Session).serverStatus, needs: monitoring},
		"getLog":           host((*Session).getLog),
		"hostInfo":         host(hostInfo),
		"replSetGetStatus": {run: (*Session).replSetGetStatus, admin: true, needs: seeingSet},
		"replSetGetConfig": {run: (*Session).replSetGetConfig, admin: true, needs: seeingSet},
		"replSetInitiate":  {run: (*Session).replSetInitiate, admin: true, needs: configuringSet},
		"replSetReconfig":  {run: (*Session).replSetReconfig, admin: true, needs: configuringSet},
		"replSetStepUp":    {run: (*Session).replSetStepUp, admin: true, needs: managingSet},
		"replSetStepDown":  {run: (*Session).replSetStepDown, admin: true, needs: managingSet},
		"replSetHeartbeat": {run: (*Session).replSetHeartbeat, admin: true, open: true},
		"features":         {run: features},
		"rotateCertificates": {run: (*Session).rotateCertificates, admin: true, needs: hosting,
			in: func(r mongod.Release) bool { return r.Rotates }},
		"currentOp": host((*Session).currentOp),
		"validateDBMetadata": {run: validateDBMetadata, needs: listing,
			in: func(r mongod.Release) bool { return r.ChecksMetadata }},
		"logRotate":  {run: (*Session).logRotate, admin: true, needs: hosting},
		"killOp":     {run: killOp, admin: true, needs: hosting},
		"shutdown":   {run: (*Session).shutdown, admin: true, needs: hosting},
		"whatsmysni": {run: (*Session).whatsmysni, open: true, test: true},

		"insert":          {run: (*Session).insert, needs: inserting},
		"delete":          {run: (*Session).remove, needs: removing},
		"find":            {run: (*Session).find, needs: reading},
		"count":           {run: (*Session).count, needs: reading},
		"aggregate":       {run: (*Session).aggregate, needs: reading},
		"getMore":         {run: getMore, needs: reading},
		"killCursors":     {run: killCursors, needs: reading},
		"drop":            {run: (*Session).drop, needs: dropping},
		"listCollections": {run: (*Session).listCollections, needs: listing},
		"listDatabases":   {run: (*Session).listDatabases, admin: true},
	}
}

// Execute answers a command, whose first field is its name.
func (s *Session) Execute(db string, body bson.D) bson.D {
	return s.execute(request{db: db, body: body})
}

// Query answers a command that came in an OP_QUERY.
func (s *Session) Query(db string, body bson.D) bson.D {
	return s.execute(request{db: db, body: body, query: true})
}

func (s *Session) execute(q request) bson.D {
	body := q.body
	if len(body) > 0 {
		q.name = body[0].Key
	}
	reply, err := s.dispatch(q)
	var failure status.Error
	if err != nil && !errors.As(err, &failure) {
		failure = status.Error{Code: status.BadValue, Text: err.Error()}
	}
	s.last = failure
	s.logCommand(q, failure)
	if err != nil {
		return append(failure.Reply(), s.about(q, failure)...)
	}
	if Field(reply, "ok") != nil {
		return reply // in a type of its own
	}
	return append(slices.Clip(reply), bson.E{Key: "ok", Value: 1.0})
}

// about is what a refusal for not being primary says besides: that a retryable write may be repeated, and of which
// topology the server speaks. Clients leave the first to the server since 4.4; src/mongo/db/error_labels.cpp (read, not
// measured).
func (s *Session) about(q request, failure status.Error) (d bson.D) {
	if !failure.Code.NotPrimary() {
		return nil
	}
	if q.field("txnNumber") != nil && q.field("autocommit") == nil {
		d = append(d, bson.E{Key: "errorLabels", Value: bson.A{"RetryableWriteError"}})
	}
	return append(d, bson.E{Key: "topologyVersion", Value: s.db.version(s.db.now())})
}

// queryCommands are those that an OP_QUERY may still carry since 5.1.
var queryCommands = []string{"hello", "isMaster", "ismaster", "_isSelf", "authenticate", "buildinfo", "buildInfo",
	"saslContinue", "saslStart"}

// dispatch decides in mongod's order: is the command known, may the user have a session, may it run here and for whom.
func (s *Session) dispatch(q request) (bson.D, error) {
	if s.db.config.Release.QueryHello && q.query && !slices.Contains(queryCommands, q.name) {
		return nil, status.Errorf(status.UnsupportedOpQueryCommand, "Unsupported OP_QUERY command: %s. The client driver may require an upgrade. For "+
			"more details see https://dochub.mongodb.org/core/legacy-opcode-removal", q.name)
	}
	c, ok := commands[q.name]
	if !ok || !s.db.has(c) {
		return nil, status.Errorf(status.CommandNotFound, "no such command: '%s'", q.name)
	}
	s.forgetDropped()
	if err := s.maySession(q); err != nil {
		return nil, err
	}
	if err := s.mayRun(c, q); err != nil {
		return nil, err
	}
	if err := s.mayHere(c, q); err != nil {
		return nil, err
	}
	return c.run(s, q)
}

// has reports whether a command is there in this release, with these parameters.
func (d *Database) has(c command) bool {
	return (c.in == nil || c.in(d.config.Release)) && (!c.test || d.config.Parameters.Bool(enableTestCommands))
}

// mayHere refuses what only the primary of a set does: writing and, unless the client prefers another member, reading.
// The texts are those of src/mongo/db/service_entry_point_common.cpp, 4.4 (read, not measured).
func (s *Session) mayHere(c command, q request) error {
	set := s.db.now().set
	if set == nil || set.Leads {
		return nil
	}
	preference, _ := q.field("$readPreference").(bson.D)
	mode, ok := Field(preference, "mode").(string)
	switch c.needs {
	case inserting, removing, dropping:
		return status.Errorf(status.NotWritablePrimary, "not master")
	case reading, listing:
		if !ok || mode == "primary" {
			return status.Errorf(status.NotPrimaryNoSecondaryOk, "not master and slaveOk=false")
		}
	}
	return nil
}

// logCommand is the line that a mongod writes of every command at command verbosity 1, as if it were a slow one.
func (s *Session) logCommand(q request, failure status.Error) {
	if !s.db.config.Log.Logs("COMMAND", 1) {
		return
	}
	var body any = hidden(q.body)
	if strings.HasSuffix(failure.Text, " requires authentication") { // refused before it is parsed: measured
		s.line("D1", "COMMAND", 21966, "Assertion while executing command", bson.D{{Key: "command", Value: q.name},
			{Key: "db", Value: q.db}, {Key: "error", Value: failure.Code.String() + ": " + failure.Text}})
		body = "unrecognized"
	}
	attr := bson.D{{Key: "type", Value: "command"}, {Key: "ns", Value: q.db + ".$cmd"},
		{Key: "command", Value: body}, {Key: "numYields", Value: int32(0)}}
	if failure.Text != "" {
		attr = append(attr, bson.E{Key: "ok", Value: int32(0)}, bson.E{Key: "errMsg", Value: failure.Text},
			bson.E{Key: "errName", Value: failure.Code.String()}, bson.E{Key: "errCode", Value: int32(failure.Code)})
	}
	attr = append(attr, bson.E{Key: "protocol", Value: "op_msg"}, bson.E{Key: "durationMillis", Value: int32(0)})
	s.line("I", "COMMAND", 51803, "Slow query", attr)
}

// hidden is a command without what a mongod hides in its log.
func hidden(body bson.D) bson.D {
	d := slices.Clone(body)
	for i, e := range d {
		switch inner, ok := e.Value.(bson.D); {
		case e.Key == "pwd" || e.Key == "payload" || e.Key == "proof":
			d[i].Value = "xxx"
		case ok && e.Key == "speculativeAuthenticate":
			d[i].Value = hidden(inner)
		}
	}
	return d
}
