package database

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/scenarios"
)

const (
	own    = "CN=server,OU=mongod,O=mongotls"
	client = "CN=client,OU=clients,O=mongotls"
	like   = "CN=member,OU=mongod,O=mongotls"
)

var guarded = setup{Mode: scenarios.AllowTLS, Authorization: true, Users: []mongod.User{
	{DB: external, Name: client, Roles: []string{"readWrite@test"}},
	{DB: "admin", Name: "root", Password: "secret", Roles: []string{"root@admin"}}}}

// A setup is what a mongod is told of its database.
type setup struct {
	Mode            scenarios.Mode
	Authorization   bool
	ClusterAuthMode string
	SetParameter    map[string]string
	Users           []mongod.User
}

// connected is a session whose verified certificate has the subject peer ("" for none).
func connected(t testing.TB, c setup, peer string) *Session {
	t.Helper()
	parameters, err := NewParameters(c.Mode, c.ClusterAuthMode, c.SetParameter, mongod.Default)
	require.NoError(t, err)
	config := Config{CommandLine: func() bson.D { return nil }, Authorization: c.Authorization, Users: c.Users,
		Parameters: parameters, Log: &memory{},
		Counters: func() Counters { return Counters{} }}
	if parameters.Mode() != scenarios.Disabled {
		config.Certificate = &Certificate{Subject: subject(t, own)}
	}
	p := Peer{ID: 7, Remote: "127.0.0.1:7"}
	if peer != "" {
		p.Subject = subject(t, peer)
	}
	return Open(config).Connect(p)
}

func subject(t testing.TB, name string) []byte {
	t.Helper()
	der, err := subjectOf(name)
	require.NoError(t, err)
	return der
}

// A memory is a log that is read back.
type memory struct{ lines []string }

func (m *memory) Line(_, _ string, id int, _, message string, attr bson.D) {
	line := append(bson.D{{Key: "id", Value: id}, {Key: "msg", Value: message}}, attr...)
	json, err := bson.MarshalExtJSON(line, false, false)
	if err != nil {
		panic(err)
	}
	m.lines = append(m.lines, string(json))
}

func (*memory) Logs(string, int) bool    { return true }
func (m *memory) Lines() ([]string, int) { return m.lines, len(m.lines) + 2000 }
func (*memory) Warnings() []string       { return []string{"a warning"} }
func (*memory) Rotate() error            { return nil }

// do runs "db: {json}".
func (s *Session) do(t testing.TB, line string) bson.D {
	t.Helper()
	db, json, ok := strings.Cut(line, ": ")
	require.True(t, ok)
	var body bson.D
	require.NoError(t, bson.UnmarshalExtJSON([]byte(json), false, &body), json)
	reply := s.Execute(db, body)
	_, err := bson.Marshal(reply)
	require.NoError(t, err)
	return reply
}

// log is the log.
func (s *Session) log() []string {
	lines, _ := s.db.config.Log.Lines()
	return lines
}

// logged is the number of lines with an id.
func (s *Session) logged(id int) (n int) {
	for _, line := range s.log() {
		if strings.HasPrefix(line, fmt.Sprintf(`{"id":%d,`, id)) {
			n++
		}
	}
	return n
}

const (
	logIn  = `$external: {"authenticate": 1, "mechanism": "MONGODB-X509"}`
	asRoot = "root"
)

// Each row is what a mongod 4.4.5 answers in a state; the state is a configuration, a certificate and commands before.
func TestReplies(t *testing.T) {
	with := func(change func(*setup)) setup {
		c := guarded
		change(&c)
		return c
	}
	parameter := func(name, value string) func(*setup) {
		return func(c *setup) { c.SetParameter = map[string]string{name: value} }
	}
	started := func(name, value string) setup {
		return setup{Mode: scenarios.AllowTLS, SetParameter: map[string]string{name: value}}
	}
	plain := setup{Mode: scenarios.Disabled}
	open := setup{Mode: scenarios.RequireTLS}
	empty := setup{Mode: scenarios.AllowTLS, Authorization: true}
	x509Mode := with(func(c *setup) { c.ClusterAuthMode = "x509" })
	long := "CN=client," + strings.Repeat("OU="+strings.Repeat("u", 96)+",", 100) + "O=mongotls"
	longer := with(func(c *setup) { c.Users = []mongod.User{{DB: external, Name: long, Roles: []string{"read@test"}}} })
	lsid := `"lsid": {"id": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}}}`
	uuid := `UUID("00010203-0405-0607-0809-0a0b0c0d0e0f")`
	for name, row := range map[string]struct {
		config setup
		peer   string
		before []string
		line   string
		code   int32 // 0: ok
		text   string
		log    int
	}{
		"unknown before login": {guarded, "", nil, `test: {"nosuch": 1}`, 59, "no such command: 'nosuch'", 0},
		"unknown test command": {guarded, "", nil, `admin: {"whatsmysni": 1}`, 59, "no such command: 'whatsmysni'", 0},
		"admin only before login": {guarded, "", nil, `test: {"getCmdLineOpts": 1}`, 13,
			"getCmdLineOpts may only be run against the admin database.", 0},
		"admin only without auth": {open, "", nil, `test: {"getCmdLineOpts": 1}`, 13,
			"getCmdLineOpts may only be run against the admin database.", 0},
		"nobody": {guarded, "", nil, `test: {"find": "c"}`, 13, "command find requires authentication", 0},
		"nobody, session": {guarded, "", nil, `admin: {"endSessions": []}`, 13,
			"command endSessions requires authentication", 0},
		"ping":         {guarded, "", nil, `test: {"ping": 1}`, 0, "", 0},
		"listCommands": {guarded, "", nil, `test: {"listCommands": 1}`, 0, "", 0},
		"getnonce":     {guarded, "", nil, `test: {"getnonce": 1}`, 0, "", 0},
		"getLastError after a refusal": {guarded, "", []string{`test: {"find": "c"}`}, `test: {"getLastError": 1}`, 0, "",
			0},
		"no authorization": {open, "", nil, `test: {"find": "c"}`, 0, "", 0},
		"X.509":            {guarded, client, nil, logIn, 0, "", 20429},
		"X.509, empty user": {guarded, client, nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": ""}`, 0, "", 20429},
		"X.509, user is a number": {guarded, client, nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": 1}`, 0, "", 20429},
		"X.509, right user": {guarded, client, nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": "` + client + `"}`, 0, "", 20429},
		"X.509, wrong user": {guarded, client, nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": "CN=x"}`, 18, "auth failed", 20428},
		"X.509, not a user": {guarded, "CN=who,O=x", nil, logIn, 11, `Could not find user "CN=who,O=x" for db "$external"`,
			20428},
		"X.509, wrong db": {guarded, client, nil, `admin: {"authenticate": 1, "mechanism": "MONGODB-X509"}`, 17,
			"X.509 authentication must always use the $external database.", 20428},
		"X.509, no certificate": {guarded, "", nil, logIn, 18, "No user name provided", 20427},
		"X.509, no certificate, a name": {guarded, "", nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": "x"}`, 18,
			"No verified subject name available from client", 20427},
		"X.509, no TLS": {plain, "", nil, logIn, 18, "No user name provided", 20427},
		"X.509, no TLS, a name": {plain, "", nil,
			`$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": "x"}`, 17,
			"SSL support is required for the MONGODB-X509 mechanism.", 0},
		"no mechanism": {guarded, client, nil, `$external: {"authenticate": 1}`, 2, "Auth mechanism not specified", 0},
		"mechanism is a number": {guarded, client, nil, `$external: {"authenticate": 1, "mechanism": 1}`, 2,
			"Auth mechanism not specified", 0},
		"mechanism in lower case": {guarded, client, nil, `$external: {"authenticate": 1, "mechanism": "mongodb-x509"}`, 18,
			"No user name provided", 0},
		"mechanism of passwords": {guarded, client, nil,
			`$external: {"authenticate": 1, "mechanism": "SCRAM-SHA-256", "user": "x"}`, 2,
			"Unsupported mechanism: SCRAM-SHA-256", 0},
		"X.509 disabled": {with(parameter("authenticationMechanisms", "SCRAM-SHA-256")),
			client, nil, logIn, 2, "x.509 authentication is disabled.", 0},
		"member, no mode": {guarded, like, nil, logIn, 18, "auth failed", 20428},
		"member, keyFile": {with(func(c *setup) { c.ClusterAuthMode = "keyFile" }), like, nil, logIn, 18, "auth failed",
			20428},
		"member, sendX509": {with(func(c *setup) { c.ClusterAuthMode = "sendX509" }), like, nil, logIn, 0, "", 20429},
		"member, warned": {x509Mode, like, []string{`admin: {"hello": 1, "client": {"driver": {"name": "x"}}}`}, logIn, 0,
			"", 20430},
		"member may all": {x509Mode, like, []string{logIn}, `admin: {"serverStatus": 1}`, 0, "", 0},
		"member by override": {with(parameter(override, "OU=clients,O=mongotls")),
			client, nil, logIn, 18, "auth failed", 20428},
		"member, separation off": {with(parameter("enforceUserClusterSeparation", "false")),
			like, nil, logIn, 18, "auth failed", 20428},
		"X.509 is no SASL": {guarded, client, nil, `$external: {"saslStart": 1, "mechanism": "MONGODB-X509"}`, 2,
			"Unsupported mechanism 'MONGODB-X509' on authentication database '$external'", 0},
		"unknown SASL": {guarded, client, nil, `admin: {"saslStart": 1, "mechanism": "PLAIN"}`, 2,
			"Received authentication for mechanism PLAIN which is unknown or not enabled", 0},
		"saslContinue": {guarded, client, nil, `admin: {"saslContinue": 1}`, 17, "No SASL session state found", 0},
		"speculation: no object": {guarded, client, nil, `admin: {"hello": 1, "speculativeAuthenticate": []}`, 2,
			"isMaster.speculativeAuthenticate must be an Object", 0},
		"speculation: empty": {guarded, client, nil, `admin: {"hello": 1, "speculativeAuthenticate": {}}`, 2,
			"isMaster.speculativeAuthenticate must be a non-empty Object", 0},
		"speculation: unknown": {guarded, client, nil, `admin: {"hello": 1, "speculativeAuthenticate": {"x": 1}}`, 51769,
			"isMaster.speculativeAuthenticate unknown command: x", 0},

		"within roles": {guarded, client, []string{logIn}, `test: {"find": "c", ` + lsid + `}`, 0, "", 0},
		"beyond roles": {guarded, client, []string{logIn}, `reports: {"find": "c", ` + lsid + `, "$db": "reports"}`, 13,
			`not authorized on reports to execute command { find: "c", lsid: { id: ` + uuid + ` }, $db: "reports" }`, 20436},
		"roles elsewhere": {guarded, client, []string{logIn}, `admin: {"listCollections": 1, "nameOnly": true}`, 13,
			`not authorized on admin to execute command { listCollections: 1, nameOnly: true, $db: "admin" }`, 20436},
		"logged out": {guarded, client, []string{logIn, `$external: {"logout": 1}`}, `test: {"find": "c"}`, 13,
			"command find requires authentication", 0},
		"dropped": {guarded, client, []string{logIn, "drop"}, `test: {"find": "c"}`, 13,
			"command find requires authentication", 20245},
		"two users": {guarded, client, []string{logIn, asRoot}, `test: {"find": "c", ` + lsid + `}`, 13,
			"logical sessions can't have multiple authenticated users (for more details see: " +
				"https://docs.mongodb.com/manual/core/authentication/#authentication-methods)",
			0},
		"long name": {longer, long, []string{logIn}, `test: {"find": "c", ` + lsid + `}`, 2,
			"Username too long to use with logical sessions", 0},
		"long name, no session": {longer, long, []string{logIn}, `test: {"find": "c"}`, 0, "", 0},

		"exception: find": {empty, "", nil, `test: {"find": "c", ` + lsid + `}`, 13,
			`not authorized on test to execute command { find: "c", lsid: { id: ` + uuid + ` }, $db: "test" }`, 20436},
		"exception: first user": {empty, "", nil,
			`admin: {"createUser": "a", "pwd": "b", "roles": [{"role": "root", "db": "admin"}]}`, 0, "", 0},
		"exception: on $external": {empty, "", nil, `$external: {"createUser": "` + client + `", "roles": []}`, 0, "", 0},
		"exception: roles of test": {empty, "", nil,
			`$external: {"createUser": "CN=x", "roles": [{"role": "readWrite", "db": "test"}]}`, 13,
			`not authorized on $external to execute command ` +
				`{ createUser: "CN=x", roles: [ { role: "readWrite", db: "test" } ], $db: "$external" }`,
			20436},
		"exception: on test": {empty, "", nil, `test: {"createUser": "t", "pwd": "Tr0ub4dor", "roles": []}`, 13,
			`not authorized on test to execute command { createUser: "t", pwd: "xxx", roles: [], $db: "test" }`, 20436},
		"exception: databases": {empty, "", nil, `admin: {"listDatabases": 1}`, 0, "", 0},
		"exception: over": {empty, "", []string{`admin: {"createUser": "a", "pwd": "b", "roles": []}`},
			`admin: {"createUser": "c", "pwd": "d", "roles": []}`, 13, "command createUser requires authentication", 0},

		"create": {guarded, "", []string{asRoot}, `$external: {"createUser": "CN=x,OU=clients", "roles": []}`, 0, "", 0},
		"create: no roles": {guarded, "", []string{asRoot}, `$external: {"createUser": "CN=x"}`, 2,
			`"createUser" command requires a "roles" array`, 20436},
		"create: password": {guarded, "", []string{asRoot}, `$external: {"createUser": "CN=x", "pwd": "p", "roles": []}`, 2,
			"Cannot set the password for users defined on the '$external' database", 0},
		"create: no password": {guarded, "", []string{asRoot}, `admin: {"createUser": "x", "roles": []}`, 2,
			"Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db", 0},
		"create: twice": {guarded, "", []string{asRoot}, `$external: {"createUser": "` + client + `", "roles": []}`, 51003,
			`User "` + client + `@$external" already exists`, 0},
		"create: unknown role": {guarded, "", []string{asRoot},
			`$external: {"createUser": "CN=x", "roles": [{"role": "x", "db": "y"}]}`, 31, "No role named x@y", 0},
		"create: root on test": {guarded, "", []string{asRoot},
			`$external: {"createUser": "CN=x", "roles": [{"role": "root", "db": "test"}]}`, 31, "No role named root@test", 0},
		"create: argument": {guarded, "", []string{asRoot}, `$external: {"createUser": "CN=x", "roles": [], "nosuch": 1}`,
			2, `"nosuch" is not a valid argument to createUser`, 0},
		"create: no mechanisms": {guarded, "", []string{asRoot},
			`$external: {"createUser": "CN=x", "roles": [], "mechanisms": []}`, 12, "mechanisms field must not be empty", 0},
		"create: no name": {guarded, "", []string{asRoot}, `$external: {"createUser": "", "roles": []}`, 2,
			"User document needs 'user' field to be non-empty", 23219},
		"create: no DN": {open, "", nil, `$external: {"createUser": "no distinguished name", "roles": []}`, 0, "", 23219},
		"create: member": {open, "", nil, `$external: {"createUser": "CN=x,OU=mongod,O=mongotls", "roles": []}`, 2,
			"Cannot create an x.509 user with a subjectname that would be recognized as an internal cluster member", 0},
		"create: member, no TLS": {plain, "", nil, `$external: {"createUser": "CN=x,OU=mongod,O=mongotls", "roles": []}`, 0,
			"", 0},
		"create: member, separation off": {started("enforceUserClusterSeparation", "false"), "", nil,
			`$external: {"createUser": "CN=x,OU=mongod,O=mongotls", "roles": []}`, 0, "", 0},
		"create: in the name of the override": {started(override, "O=other"), "", nil,
			`$external: {"createUser": "CN=x,O=other", "roles": []}`, 0, "", 0},
		"drop nobody": {guarded, "", []string{asRoot}, `$external: {"dropUser": "CN=nobody"}`, 11,
			"User 'CN=nobody@$external' not found", 0},

		"mode: step": {setup{Mode: scenarios.AllowTLS}, "", nil, `admin: {"setParameter": 1, "tlsMode": "preferTLS"}`, 0,
			"", 23435},
		"mode: skip": {setup{Mode: scenarios.AllowTLS}, "", nil, `admin: {"setParameter": 1, "tlsMode": "requireTLS"}`, 2,
			"Illegal state transition for tlsMode, attempt to change from allowTLS to requireTLS", 20496},
		"mode: down": {setup{Mode: scenarios.RequireTLS}, "", nil, `admin: {"setParameter": 1, "sslMode": "preferSSL"}`, 2,
			"Illegal state transition for sslMode, attempt to change from requireSSL to preferSSL", 20496},
		"mode: same": {setup{Mode: scenarios.RequireTLS}, "", nil, `admin: {"setParameter": 1, "tlsMode": "requireTLS"}`, 2,
			"Illegal state transition for tlsMode, attempt to change from requireTLS to requireTLS", 0},
		"mode: from none": {plain, "", nil, `admin: {"setParameter": 1, "tlsMode": "allowTLS"}`, 2,
			"Illegal state transition for tlsMode, attempt to change from disabled to allowTLS", 0},
		"mode: unknown": {open, "", nil, `admin: {"setParameter": 1, "tlsMode": "x"}`, 2,
			"Invalid tlsMode setting 'x', expected one of: 'disabled', 'allowTLS', 'preferTLS', or 'requireTLS'", 0},
		"override: no DN": {open, "", nil, `admin: {"setParameter": 1, "` + override + `": "CN=x"}`, 2,
			"Cluster member DN's must contain at least one O, OU, or DC component", 0},
		"override: set": {open, "", nil, `admin: {"setParameter": 1, "` + override + `": "O=Probe, OU=x"}`, 0, "", 0},
		"unauthorized set": {guarded, client, []string{logIn}, `admin: {"setParameter": 1, "tlsMode": "preferTLS"}`, 13,
			`not authorized on admin to execute command { setParameter: 1, tlsMode: "preferTLS", $db: "admin" }`, 20436},
		"no replica set": {open, "", nil, `admin: {"replSetGetStatus": 1}`, 76, "not running with --replSet", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := connected(t, row.config, row.peer)
			for _, line := range row.before {
				switch line {
				case asRoot:
					u, ok := c.db.users.find("admin", "root")
					require.True(t, ok)
					c.logIn(u.identity())
				case "drop":
					other := c.db.Connect(Peer{ID: 8})
					u, _ := c.db.users.find("admin", "root")
					other.logIn(u.identity())
					require.Equal(t, 1.0, Field(other.do(t, `$external: {"dropUser": "`+client+`"}`), "ok"))
				default:
					c.do(t, line)
				}
			}
			reply := c.do(t, row.line)
			if row.code == 0 {
				require.Equal(t, 1.0, Field(reply, "ok"), reply)
			} else {
				require.Equal(t, bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: row.text}, {Key: "code", Value: row.code},
					{Key: "codeName", Value: status.Code(row.code).String()}}, reply)
			}
			if row.log != 0 {
				require.NotZero(t, c.logged(row.log), c.log())
			}
			require.NotContains(t, strings.Join(c.log(), ""), "Tr0ub4dor")
		})
	}
}

// Refusals of the parameters have no code.
func TestParameterRefusalsHaveNoCode(t *testing.T) {
	for line, text := range map[string]string{
		`admin: {"setParameter": 1, "ocspEnabled": false}`: "not allowed to change [ocspEnabled] at runtime",
		`admin: {"setParameter": 1, "nosuch": 1}`: "attempted to set unrecognized parameter [nosuch], " +
			"use help:true to see options ",
		`admin: {"setParameter": 1}`:                        "no option found to set, use help:true to see options ",
		`admin: {"getParameter": 1, "nosuch": 1}`:           "no option found to get",
		`admin: {"getParameter": 1, "` + override + `": 1}`: "no option found to get",
		`admin: {"getLog": "x"}`:                            "no RamLog named: x",
	} {
		c := connected(t, setup{Mode: scenarios.AllowTLS}, "")
		require.Equal(t, bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: text}}, c.do(t, line), line)
	}
}

func TestModeIsRaisedForNewConnections(t *testing.T) {
	c := connected(t, setup{Mode: scenarios.AllowTLS}, "")
	require.Equal(t, "allowTLS", Field(c.do(t, `admin: {"setParameter": 1, "tlsMode": "preferTLS"}`), "was"))
	require.Equal(t, scenarios.PreferTLS, c.db.config.Parameters.Mode())
	require.Equal(t, "preferTLS", Field(c.do(t, `admin: {"getParameter": 1, "tlsMode": 1}`), "tlsMode"))
}

func TestDocuments(t *testing.T) {
	c := connected(t, setup{}, "")
	two := c.do(t, `test: {"insert": "c", "documents": [{"_id": 1, "x": "a"}, {"_id": 2, "x": "b"}]}`)
	require.EqualValues(t, 2, Field(two, "n"))
	twice := c.do(t, `test: {"insert": "c", "documents": [{"_id": 1}]}`)
	require.EqualValues(t, 11000, Field(Field(twice, "writeErrors").(bson.A)[0].(bson.D), "code"))
	batch := func(line string) bson.A { return Field(Field(c.do(t, line), "cursor").(bson.D), "firstBatch").(bson.A) }
	require.Len(t, batch(`test: {"find": "c"}`), 2)
	require.Len(t, batch(`test: {"find": "c", "filter": {"x": "b"}}`), 1)
	require.Len(t, batch(`test: {"find": "c", "limit": {"$numberLong": "1"}}`), 1)
	require.Len(t, batch(`other: {"find": "c"}`), 0)
	counted := batch(`test: {"aggregate": "c", "pipeline": [{"$match": {}}, {"$group": {"_id": 1, "n": {"$sum": 1}}}],
		"cursor": {}}`)
	require.EqualValues(t, 2, Field(counted[0].(bson.D), "n"))
	require.EqualValues(t, 1, Field(c.do(t, `test: {"delete": "c", "deletes": [{"q": {}, "limit": 1}]}`), "n"))
	require.EqualValues(t, 1, Field(c.do(t, `test: {"count": "c"}`), "n"))
	require.Len(t, batch(`test: {"listCollections": 1}`), 1)
	require.Len(t, Field(c.do(t, `admin: {"listDatabases": 1}`), "databases"), 2)
}

// Whatever a client sends, it gets a reply that can be sent.
func FuzzExecute(f *testing.F) {
	seed := func(d bson.D) {
		b, err := bson.Marshal(d)
		require.NoError(f, err)
		f.Add("admin", b)
	}
	odd := []any{nil, "", int32(1), int64(-1 << 63), 1e300, true, bson.D{}, bson.A{nil, bson.D{}, bson.A{}},
		bson.Binary{Subtype: 4}, bson.MinKey{}, bson.D{{Key: "saslStart", Value: 1}, {Key: "mechanism", Value: scramSHA256},
			{Key: "db", Value: ""}, {Key: "payload", Value: "bixuPSxyPQ=="}}}
	for name := range commands {
		for _, value := range odd {
			command := bson.D{{Key: name, Value: value}, {Key: "mechanism", Value: scramSHA256}}
			for _, field := range []string{"roles", "documents", "deletes", "pipeline", "filter", "speculativeAuthenticate",
				"saslSupportedMechs", "payload", "tlsMode"} {
				command = append(command, bson.E{Key: field, Value: value})
			}
			seed(command)
		}
	}
	f.Fuzz(func(t *testing.T, db string, raw []byte) {
		var body bson.D
		if bson.Unmarshal(raw, &body) != nil {
			t.Skip()
		}
		for _, config := range []setup{{}, guarded, {Mode: scenarios.AllowTLS, Authorization: true}} {
			c := connected(t, config, client)
			for range 2 {
				reply := c.Execute(db, body)
				require.NotNil(t, Field(reply, "ok"))
				_, err := bson.Marshal(reply)
				require.NoError(t, err)
			}
		}
	})
}
