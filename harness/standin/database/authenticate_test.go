package database

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

func TestSpeculativeX509(t *testing.T) {
	hello := `admin: {"isMaster": 1, "speculativeAuthenticate":
		{"authenticate": 1, "mechanism": "MONGODB-X509", "db": "$external"}}`
	c := connected(t, guarded, client)
	require.Equal(t, bson.D{{Key: "dbname", Value: external}, {Key: "user", Value: client}},
		Field(c.do(t, hello), "speculativeAuthenticate"))
	require.Equal(t, 1.0, Field(c.do(t, `test: {"find": "c"}`), "ok"))

	c = connected(t, guarded, "CN=nobody")
	reply := c.do(t, hello)
	require.Equal(t, 1.0, Field(reply, "ok"), "failures are swallowed")
	require.Nil(t, Field(reply, "speculativeAuthenticate"))
	require.Equal(t, 1, c.logged(20428))
}

func TestHello(t *testing.T) {
	c := connected(t, guarded, "")
	keys := func(d bson.D) (list []string) {
		for _, e := range d {
			list = append(list, e.Key)
		}
		return list
	}
	rest := strings.Fields("topologyVersion maxBsonObjectSize maxMessageSizeBytes maxWriteBatchSize localTime " +
		"logicalSessionTimeoutMinutes connectionId minWireVersion maxWireVersion readOnly ok")
	require.Equal(t, append([]string{"isWritablePrimary"}, rest...), keys(c.do(t, `admin: {"hello": 1, "helloOk": true}`)))
	require.Equal(t, append([]string{"ismaster"}, rest...), keys(c.do(t, `admin: {"isMaster": 1}`)))
	mechanisms := func(user string) any {
		return Field(c.do(t, `admin: {"hello": 1, "saslSupportedMechs": "`+user+`"}`), "saslSupportedMechs")
	}
	require.Equal(t, bson.A{scramSHA1, scramSHA256}, mechanisms("admin.root"))
	require.Nil(t, mechanisms("admin.nobody"))
	require.Equal(t, 1, c.logged(20251))
}

func TestConnectionStatus(t *testing.T) {
	info := func(s *Session) bson.D {
		return Field(s.do(t, `admin: {"connectionStatus": 1}`), "authInfo").(bson.D)
	}
	c := connected(t, guarded, client)
	c.do(t, logIn)
	require.Equal(t, bson.D{
		{Key: "authenticatedUsers", Value: bson.A{bson.D{{Key: "user", Value: client}, {Key: "db", Value: external}}}},
		{Key: "authenticatedUserRoles", Value: bson.A{bson.D{{Key: "role", Value: "readWrite"}, {Key: "db", Value: "test"}}}},
	}, info(c))
	trusting := guarded
	trusting.ClusterAuthMode = "x509"
	c = connected(t, trusting, like)
	c.do(t, logIn)
	require.Equal(t, bson.D{
		{Key: "authenticatedUsers", Value: bson.A{bson.D{{Key: "user", Value: "__system"}, {Key: "db", Value: "local"}}}},
		{Key: "authenticatedUserRoles", Value: bson.A{}},
	}, info(c))
}

// The log says what the client is not told.
func TestMaskedRefusalIsInTheLog(t *testing.T) {
	c := connected(t, guarded, like)
	require.Equal(t, "auth failed", Field(c.do(t, logIn), "errmsg"))
	require.Contains(t, strings.Join(c.log(), "\n"),
		"The provided certificate can only be used for cluster authentication, not client authentication. The current "+
			"configuration does not allow x.509 cluster authentication, check the --clusterAuthMode flag")
}

func TestSCRAM(t *testing.T) {
	for name, row := range map[string]struct {
		password           string
		speculative, short bool
		fails              bool
	}{
		"plain":              {password: "secret"},
		"short":              {password: "secret", short: true},
		"speculative":        {password: "secret", short: true, speculative: true},
		"wrong":              {password: "Tr0ub4dor", short: true, fails: true},
		"wrong, speculative": {password: "Tr0ub4dor", short: true, speculative: true, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := connected(t, guarded, "")
			sha, err := scram.SHA256.NewClient("root", row.password, "")
			require.NoError(t, err)
			talk := sha.NewConversation()
			first, err := talk.Step("")
			require.NoError(t, err)
			binary := func(s string) bson.Binary { return bson.Binary{Data: []byte(s)} }
			start := bson.D{{Key: "saslStart", Value: int32(1)}, {Key: "mechanism", Value: scramSHA256},
				{Key: "payload", Value: binary(first)},
				{Key: "options", Value: bson.D{{Key: "skipEmptyExchange", Value: row.short}}}}
			var reply bson.D
			if row.speculative {
				start = append(start, bson.E{Key: "db", Value: "admin"})
				hello := c.Execute("admin", bson.D{{Key: "hello", Value: 1}, {Key: "speculativeAuthenticate", Value: start}})
				reply = Field(hello, "speculativeAuthenticate").(bson.D)
			} else {
				reply = c.Execute("admin", start)
			}
			require.Equal(t, false, Field(reply, "done"))
			next := func(payload string) bson.D {
				return c.Execute("admin", bson.D{{Key: "saslContinue", Value: int32(1)},
					{Key: "conversationId", Value: int32(1)}, {Key: "payload", Value: binary(payload)}})
			}
			proof, err := talk.Step(string(Field(reply, "payload").(bson.Binary).Data))
			require.NoError(t, err)
			reply = next(proof)
			if row.fails {
				require.Equal(t, status.Errorf(status.AuthenticationFailed, "Authentication failed.").Reply(), reply)
				require.Equal(t, 1, c.logged(20249))
				require.EqualValues(t, 13, Field(c.do(t, `test: {"find": "c"}`), "code"))
				return
			}
			_, err = talk.Step(string(Field(reply, "payload").(bson.Binary).Data))
			require.NoError(t, err)
			require.True(t, talk.Valid())
			require.Equal(t, row.short, Field(reply, "done"))
			if !row.short {
				require.EqualValues(t, 13, Field(c.do(t, `test: {"find": "c"}`), "code"), "not yet done")
				require.Equal(t, true, Field(next(""), "done"))
			}
			require.Equal(t, 1, c.logged(20250))
			require.Equal(t, 1.0, Field(c.do(t, `test: {"find": "c"}`), "ok"))
		})
	}
}

func TestSCRAMKeepsToItsConversation(t *testing.T) {
	c := connected(t, guarded, "")
	start := `admin: {"saslStart": 1, "mechanism": "SCRAM-SHA-256",
		"payload": {"$binary": {"base64": "biwsbj1yb290LHI9YWJj", "subType": "00"}}}`
	refused := func(code status.Code, text, line string) {
		t.Helper()
		require.Equal(t, status.Errorf(code, "%s", text).Reply(), c.do(t, line))
	}
	require.Equal(t, 1.0, Field(c.do(t, start), "ok"))
	refused(status.ProtocolError, "sasl: Mismatched conversation id", `admin: {"saslContinue": 1, "conversationId": 2}`)
	refused(status.ProtocolError, "Attempt to switch database target during SASL authentication.",
		`test: {"saslContinue": 1, "conversationId": 1}`)
	refused(status.AuthenticationFailed, "Authentication failed.", `admin: {"saslContinue": 1, "conversationId": 1}`)
}

// Members' O, OU and DC match as multisets, in any order (MongoDB manual, x.509, member certificates).
func TestMembers(t *testing.T) {
	for _, row := range []struct {
		server, client string
		member         bool
	}{
		{"CN=host1,OU=Dept1,O=MongoDB,ST=NY,C=US", "C=US,ST=CA,O=MongoDB,OU=Dept1,CN=host2", true},
		{"CN=host1,OU=Dept1,OU=Sales,O=MongoDB", "CN=host2,OU=Dept1,O=MongoDB", false},
		{"CN=host1,OU=Dept1,OU=Sales,O=MongoDB", "CN=host2,OU=Sales,O=MongoDB,OU=Dept1", true},
		{"CN=x,O=a", "CN=x,O=a,O=a", false},
		{"CN=x,O=a", "CN=y+O=a", true},
		{"CN=x,O=a", "CN=y, O=a", true},
		{"CN=x,O=a", "CN=y,2.5.4.10=a", true},
		{"CN=x,O=a", "CN=y,O=A", false},
		{"CN=x,O=a", "CN=y,O=a,DC=b", false},
		{"CN=x,DC=a,DC=b", "CN=y,DC=b,DC=a", true},
		{"CN=x,O=a", "CN=y,OU=a", false},
		{"CN=x", "CN=x", false},
	} {
		c := connected(t, guarded, "")
		c.db.config.Certificate.Subject = subject(t, row.server)
		require.Equal(t, row.member, c.db.isMember(subject(t, row.client), "", true), row)
	}
}

func TestOverrideIsEchoedNormalised(t *testing.T) {
	for given, shown := range map[string]string{"O=Probe, OU=x": "O=Probe,OU=x", "2.5.4.10=x": "O=x"} {
		c := connected(t, setup{Mode: "allowTLS"}, "")
		require.Nil(t, Field(c.do(t, `admin: {"setParameter": 1, "`+override+`": "`+given+`"}`), "was"))
		require.Zero(t, c.logged(23435), "the first time")
		require.Equal(t, shown, Field(c.do(t, `admin: {"getParameter": 1, "`+override+`": 1}`), override))
		require.Equal(t, shown, Field(c.do(t, `admin: {"setParameter": 1, "`+override+`": ""}`), "was"))
	}
}

func TestParametersOfTheStart(t *testing.T) {
	for name, row := range map[string]struct {
		given map[string]string
		fails string
	}{
		"none": {nil, ""},
		"good": {map[string]string{"ocspEnabled": "false", "tlsX509ExpirationWarningThresholdDays": "10", override: "O=x"},
			""},
		"unknown":  {map[string]string{"nosuch": "1"}, "nosuch"},
		"number":   {map[string]string{"tlsOCSPVerifyTimeoutSecs": "x"}, "tlsOCSPVerifyTimeoutSecs"},
		"override": {map[string]string{override: "CN=x"}, "at least one O, OU, or DC"},
	} {
		_, err := NewParameters("", "", row.given, mongod.Default)
		if row.fails == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, row.fails, name)
		}
	}
}

// Credentials have the iterations that parameters asked for when they were made.
func TestIterations(t *testing.T) {
	c := guarded
	c.SetParameter = map[string]string{"scramIterationCount": "6000", "scramSHA256IterationCount": "7000"}
	s := connected(t, c, "")
	root, _ := s.db.users.find("admin", "root")
	s.logIn(root.identity())
	iterations := func(name string) (list []any) {
		users := Field(s.do(t, `admin: {"usersInfo": "`+name+`", "showCredentials": true}`), "users").(bson.A)
		for _, e := range Field(users[0].(bson.D), "credentials").(bson.D) {
			list = append(list, Field(e.Value.(bson.D), "iterationCount"))
		}
		return list
	}
	require.Equal(t, []any{int32(6000), int32(7000)}, iterations("root"))
	s.do(t, `admin: {"setParameter": 1, "scramIterationCount": 5000}`)
	s.do(t, `admin: {"createUser": "new", "pwd": "p", "roles": []}`)
	require.Equal(t, []any{int32(5000), int32(7000)}, iterations("new"))
	require.Equal(t, []any{int32(6000), int32(7000)}, iterations("root"))
	s.do(t, `admin: {"updateUser": "root", "pwd": "p"}`)
	require.Equal(t, []any{int32(5000), int32(7000)}, iterations("root"))
	require.Nil(t, Field(s.byPassword(t, scramSHA1, "root", "p"), "code"))
}

// Only who comes from this machine may create the first user.
func TestExceptionIsForLocalClients(t *testing.T) {
	for from, ok := range map[string]bool{"127.0.0.1:7": true, "[::1]:7": true, "[::ffff:127.0.0.1]:7": true,
		"192.0.2.1:7": false, "": false} {
		s := connected(t, setup{Mode: "allowTLS", Authorization: true}, "")
		s.peer.Remote = from
		reply := s.do(t, `admin: {"createUser": "a", "pwd": "b", "roles": []}`)
		require.Equal(t, ok, Field(reply, "ok") == 1.0, "%s: %v", from, reply)
	}
}

// listCommands shows what this release has, with these parameters.
func TestListCommands(t *testing.T) {
	for name, row := range map[string]struct {
		release int // of the table
		given   map[string]string
		has     bool
	}{
		"rotateCertificates": {1, nil, true}, "validateDBMetadata": {0, nil, false}, "getLastError": {4, nil, false},
		"whatsmysni": {0, map[string]string{enableTestCommands: "1"}, true}, "ping": {0, nil, true},
	} {
		s := connected(t, setup{SetParameter: row.given}, "")
		s.db.config.Release = mongod.Releases[row.release]
		listed := Field(Field(s.do(t, `admin: {"listCommands": 1}`), "commands").(bson.D), name)
		require.Equal(t, row.has, listed != nil, name)
		require.Equal(t, row.has, Field(s.do(t, `admin: {"`+name+`": 1}`), "code") != int32(59), name)
	}
	require.Nil(t, Field(Field(connected(t, setup{}, "").do(t, `admin: {"listCommands": 1}`), "commands").(bson.D),
		"whatsmysni"))
}

// The level of a line's component decides whether it is written, and the level of all where it has none. Parameters
// count more than options.
func TestVerbosity(t *testing.T) {
	for name, row := range map[string]struct {
		given    map[string]string
		options  map[string]int
		line     string
		net, cmd int // the highest
	}{
		"none":               {nil, nil, "", 0, 0},
		"options":            {nil, map[string]int{"": 1, "network": 2, "storage": 5}, "", 2, 1},
		"logLevel":           {map[string]string{logLevel: "3"}, map[string]int{"": 1}, "", 3, 3},
		"components":         {map[string]string{logComponentVerbosity: `{"command": {"verbosity": 1}}`}, nil, "", 0, 1},
		"component, default": {map[string]string{logComponentVerbosity: `{"verbosity": 2}`}, nil, "", 2, 2},
		"components, less": {map[string]string{logComponentVerbosity: `{"network": {"verbosity": 0}}`},
			map[string]int{"": 4}, "", 0, 4},
		"components, inherits": {map[string]string{logComponentVerbosity: `{"network": {"verbosity": -1}}`},
			map[string]int{"": 4}, "", 4, 4},
		"at runtime": {nil, map[string]int{"": 1}, `admin: {"setParameter": 1, "logLevel": 2}`, 2, 2},
		"at runtime, component": {nil, nil,
			`admin: {"setParameter": 1, "logComponentVerbosity": {"verbosity": 1, "network": {"verbosity": 3}}}`, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected(t, setup{SetParameter: row.given}, "")
			p := s.db.config.Parameters
			p.Verbose(row.options)
			if row.line != "" {
				require.Equal(t, 1.0, Field(s.do(t, row.line), "ok"))
			}
			for level := 1; level <= 5; level++ {
				require.Equal(t, level <= row.net, p.Logs("NETWORK", level), level)
				require.Equal(t, level <= row.cmd, p.Logs("COMMAND", level), level)
			}
		})
	}
}

func TestUsersInfo(t *testing.T) {
	c := connected(t, guarded, client)
	c.do(t, logIn)
	users := func(line string) bson.A { return Field(c.do(t, line), "users").(bson.A) }
	self := users(`$external: {"usersInfo": "` + client + `"}`)
	require.Len(t, self, 1, "oneself")
	require.Equal(t, bson.A{"external"}, Field(self[0].(bson.D), "mechanisms"))
	require.EqualValues(t, 13, Field(c.do(t, `$external: {"usersInfo": 1}`), "code"))
	u, _ := c.db.users.find("admin", "root")
	before := c.login
	c.users = []identity{u.identity()}
	require.Len(t, users(`admin: {"usersInfo": {"forAllDBs": true}}`), 2)
	require.Len(t, users(`admin: {"usersInfo": [{"user": "root", "db": "admin"}]}`), 1)
	require.Empty(t, users(`admin: {"usersInfo": "nobody"}`))
	grant := `$external: {"grantRolesToUser": "` + client + `", "roles": [{"role": "read", "db": "reports"}]}`
	require.Equal(t, 1.0, Field(c.do(t, grant), "ok"))
	c.login = before
	require.Equal(t, 1.0, Field(c.do(t, `reports: {"find": "c"}`), "ok"), "the role counts")
}

// A parameter is called idle where no code speaks of it, and nowhere else.
func TestIdleParameters(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../*.go", "../../mongod/parameters.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			before, table, _ := strings.Cut(string(text), "\nvar serverParameters = ")
			_, after, _ := strings.Cut(table, "\n}\n")
			code.WriteString(before + after)
		}
	}
	idle := mongod.IdleParameters()
	for _, name := range mongod.Parameters() {
		spoken := strings.Contains(code.String(), `"`+mongod.ParameterOf(name).Name+`"`)
		require.Equal(t, !spoken, slices.Contains(idle, name), name)
	}
}
