package database

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// What a restriction may be, and what is said of one that is not met, is in mongod's words.
func TestRestrictions(t *testing.T) {
	for list, says := range map[string]string{
		`[1]`:                                     "'authenticationRestrictions' array sub-documents must be address restriction objects",
		`[{}]`:                                    "At least one of 'clientSource' and/or 'serverAddress' must be set",
		`[{"nosuch": 1}]`:                         "BSON field 'address restriction.nosuch' is an unknown field.",
		`[{"clientSource": ["a"]}]`:               "Invalid IP address in CIDR string",
		`[{"clientSource": ["10.0.0.0/x"]}]`:      "Non-numeric length in CIDR string",
		`[{"serverAddress": "10.0.0.0/33"}]`:      "Invalid length in CIDR string",
		`[{"clientSource": ["10.0.0.0/8"]}]`:      "",
		`[{"clientSource": ["::1", "10.0.0.0"]}]`: "",
	} {
		var d bson.D
		require.NoError(t, bson.UnmarshalExtJSON([]byte(`{"list": `+list+`}`), false, &d))
		_, err := parseRestrictions(d[0].Value)
		if says == "" {
			require.NoError(t, err, list)
		} else {
			require.EqualError(t, err, says, list)
		}
	}
	u := user{restrictions: bson.A{
		bson.D{{Key: "clientSource", Value: bson.A{"192.0.2.0/24", "198.51.100.1"}}},
		bson.D{{Key: "serverAddress", Value: "10.0.0.1"}}}}
	const document = `{anyOf: [{allOf: [{"clientSource": ["192.0.2.0/24", "198.51.100.1/32"]}]}, ` +
		`{allOf: [{"serverAddress": ["10.0.0.1/32"]}]}]}`
	require.Equal(t, "Restriction '"+document+"' in '{allOf: ["+document+"]}' unmet", u.unmet("127.0.0.1:7"))
	require.Empty(t, u.unmet("192.0.2.9:7"))
	require.Empty(t, user{}.unmet("127.0.0.1:7"))
}

// A name that would be a member's is created where users and members need not be told apart, and the log says so.
func TestAMembersNameIsLogged(t *testing.T) {
	open := guarded
	open.SetParameter = map[string]string{"enforceUserClusterSeparation": "false"}
	s := connected(t, open, "")
	s.db.config.Authorization = false
	require.Equal(t, 1.0, Field(s.do(t, `$external: {"createUser": "`+like+`", "roles": []}`), "ok"))
	require.Equal(t, 1, s.logged(4593800))
	require.Equal(t, 1.0, Field(s.do(t, `admin: {"logRotate": 1}`), "ok"))
	require.Equal(t, bson.A{"a warning"}, Field(s.do(t, `admin: {"getLog": "startupWarnings"}`), "log"))
	require.Equal(t, "Argument to getLog must be of type String; found 1 of type int",
		Field(s.do(t, `admin: {"getLog": 1}`), "errmsg"))
}
