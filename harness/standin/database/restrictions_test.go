package database

import (
	"crypto/md5"
	"encoding/hex"
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
	require.Equal(t, "Restriction '"+document+"' in '{allOf: ["+document+"]}' unmet",
		u.unmet(Peer{Remote: "127.0.0.1:7", Local: "192.0.2.9:27017"}))
	require.Empty(t, u.unmet(Peer{Remote: "192.0.2.9:7"}))
	require.Empty(t, u.unmet(Peer{Remote: "127.0.0.1:7", Local: "10.0.0.1:27017"}))
	require.NotEmpty(t, u.unmet(Peer{Remote: "10.0.0.1:7", Local: "127.0.0.1:27017"}))
	require.NotEmpty(t, u.unmet(Peer{}))
	require.Empty(t, user{}.unmet(Peer{Remote: "127.0.0.1:7"}))
}

// Restrictions count for every mechanism; the client is not told of them.
func TestRestrictionsBarLogins(t *testing.T) {
	for source, code := range map[string]any{"127.0.0.0/8": nil, "192.0.2.1": int32(18)} {
		s := connected(t, guarded, client)
		root, _ := s.db.users.find("admin", "root")
		s.logIn(root.identity())
		restrict := `"authenticationRestrictions": [{"clientSource": ["` + source + `"]}]}`
		require.Equal(t, 1.0, Field(s.do(t, `admin: {"updateUser": "root", `+restrict), "ok"))
		require.Equal(t, 1.0, Field(s.do(t, `$external: {"updateUser": "`+client+`", `+restrict), "ok"))
		s.users = nil
		require.Equal(t, code, Field(s.do(t, logIn), "code"), source)
		require.Equal(t, code == nil, len(s.users) == 1, source)
		s.users = nil
		for _, mechanism := range []string{scramSHA1, scramSHA256} {
			reply := s.byPassword(t, mechanism, "root", "secret")
			require.Equal(t, code, Field(reply, "code"), mechanism)
			require.Equal(t, code == nil, len(s.users) == 1, mechanism)
			s.users = nil
		}
		require.Equal(t, map[bool]int{true: 0, false: 3}[code == nil], s.logged(20240), source)
	}
}

// byPassword logs in on admin, and returns the last reply.
func (s *Session) byPassword(t *testing.T, mechanism, name, password string) bson.D {
	t.Helper()
	is := scramOf[mechanism]
	newClient := is.hash.NewClient
	if mechanism == scramSHA1 {
		sum := md5.Sum([]byte(name + ":mongo:" + password))
		newClient, password = is.hash.NewClientUnprepped, hex.EncodeToString(sum[:])
	}
	sha, err := newClient(name, password, "")
	require.NoError(t, err)
	talk := sha.NewConversation()
	command := bson.D{{Key: "saslStart", Value: int32(1)}, {Key: "mechanism", Value: mechanism},
		{Key: "options", Value: bson.D{{Key: "skipEmptyExchange", Value: true}}}}
	var reply bson.D
	said := ""
	for range 2 {
		message, err := talk.Step(said)
		require.NoError(t, err)
		reply = s.Execute("admin", append(command, bson.E{Key: "payload", Value: bson.Binary{Data: []byte(message)}}))
		payload, _ := Field(reply, "payload").(bson.Binary)
		said = string(payload.Data)
		command = bson.D{{Key: "saslContinue", Value: int32(1)}, {Key: "conversationId", Value: int32(1)}}
	}
	return reply
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
