package database

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
)

// Each built-in role lets its user run what the manual says, and nothing else.
func TestBuiltinRoles(t *testing.T) {
	lines := map[string]string{
		"find":         `test: {"find": "c"}`,
		"find local":   `local: {"find": "c"}`,
		"insert":       `test: {"insert": "c", "documents": [{}]}`,
		"delete":       `test: {"delete": "c", "deletes": []}`,
		"drop":         `test: {"drop": "c"}`,
		"collections":  `test: {"listCollections": 1}`,
		"createUser":   `test: {"createUser": "u", "pwd": "p", "roles": []}`,
		"other":        `other: {"find": "c"}`,
		"other users":  `other: {"createUser": "u", "pwd": "p", "roles": []}`,
		"status":       `local: {"serverStatus": 1}`,
		"getParameter": `admin: {"getParameter": 1, "tlsMode": 1}`,
		"setParameter": `admin: {"setParameter": 1, "notablescan": true}`,
		"logRotate":    `admin: {"logRotate": 1}`,
		"killOp":       `admin: {"killOp": 1, "op": 1}`,
		"set":          `admin: {"replSetGetStatus": 1}`,
		"initiate":     `admin: {"replSetInitiate": {}}`,
	}
	for role, may := range map[string][]string{
		"read@test":                  {"find", "collections"},
		"readWrite@test":             {"find", "insert", "delete", "drop", "collections"},
		"dbAdmin@test":               {"drop", "collections"},
		"userAdmin@test":             {"createUser"},
		"dbOwner@test":               {"find", "insert", "delete", "drop", "collections", "createUser"},
		"readAnyDatabase@admin":      {"find", "other", "collections"},
		"readWriteAnyDatabase@admin": {"find", "other", "insert", "delete", "drop", "collections"},
		"userAdminAnyDatabase@admin": {"createUser", "other users"},
		"dbAdminAnyDatabase@admin":   {"drop", "collections"},
		"clusterMonitor@admin":       {"status", "getParameter", "set"},
		"clusterManager@admin":       {"set", "initiate"},
		"hostManager@admin":          {"setParameter", "logRotate", "killOp"},
		"clusterAdmin@admin": {"status", "getParameter", "set", "initiate", "setParameter", "logRotate",
			"killOp"},
		"enableSharding@admin": {},
		"backup@admin":         {"find", "find local", "other", "collections", "getParameter"},
		"restore@admin":        {"insert", "drop", "collections", "createUser", "other users", "getParameter"},
		"root@admin": {"find", "find local", "insert", "delete", "drop", "collections", "createUser", "other",
			"other users", "status", "getParameter", "setParameter", "logRotate", "killOp", "set", "initiate"},
		"__system@admin": {"find", "find local", "insert", "delete", "drop", "collections", "createUser", "other",
			"other users", "status", "getParameter", "setParameter", "logRotate", "killOp", "set", "initiate"},
		"clusterAdmin@test": {}, // which is none
	} {
		for name, line := range lines {
			c := guarded
			c.Users = []mongod.User{{DB: external, Name: client, Roles: []string{role}}}
			s := connected(t, c, client)
			s.do(t, logIn)
			refused := Field(s.do(t, line), "code") == int32(13)
			require.Equal(t, !slices.Contains(may, name), refused, "%s: %s", role, name)
		}
	}
}

// rolesInfo shows built-in roles by name, and all of a database where it is asked to; one's own to everyone.
func TestRolesInfo(t *testing.T) {
	s := connected(t, guarded, client)
	s.do(t, logIn)
	shown := func(line string) (list []string) {
		reply := s.do(t, line)
		roles, _ := Field(reply, "roles").(bson.A)
		for _, one := range roles {
			d := one.(bson.D)
			name, _ := Field(d, "role").(string)
			if Field(d, "isBuiltin") == true {
				name += ", built in"
			}
			list = append(list, name)
		}
		return list
	}
	require.Equal(t, []string{"readWrite, built in"}, shown(`test: {"rolesInfo": "readWrite"}`))
	require.EqualValues(t, 13, Field(s.do(t, `test: {"rolesInfo": "read"}`), "code"))
	u, _ := s.db.users.find("admin", "root")
	s.logIn(u.identity())
	s.do(t, `test: {"createRole": "own", "privileges": [], "roles": []}`)
	require.Equal(t, []string{"own"}, shown(`test: {"rolesInfo": 1}`))
	require.Equal(t, []string{"own", "dbAdmin, built in", "dbOwner, built in", "read, built in", "readWrite, built in",
		"userAdmin, built in"}, shown(`test: {"rolesInfo": 1, "showBuiltinRoles": true}`))
	require.Equal(t, []string{"own", "root, built in"},
		shown(`test: {"rolesInfo": ["own", {"role": "root", "db": "admin"}, "nosuch"]}`))
	require.Empty(t, shown(`test: {"rolesInfo": "root"}`))
	require.Empty(t, shown(`test: {"rolesInfo": []}`))
	require.EqualValues(t, 2, Field(s.do(t, `test: {"rolesInfo": null}`), "code"))
}
