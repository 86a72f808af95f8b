package database

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
)

// Each release says what its row of mongod.Releases says, and has the commands that it has.
func TestReleases(t *testing.T) {
	require.False(t, mongod.Default.Inferred, "what is followed by default was measured")
	for _, r := range mongod.Releases {
		t.Run(r.Series, func(t *testing.T) {
			s := connected(t, guarded, client)
			s.db.config.Release = r
			hello := s.do(t, `admin: {"hello": 1, "helloOk": true}`)
			require.Equal(t, r.MaxWireVersion, Field(hello, "maxWireVersion"))
			require.Equal(t, r.HelloOK, Field(hello, "helloOk") == true)
			require.Equal(t, r.Version, Field(s.do(t, `admin: {"buildInfo": 1}`), "version"))
			refused := s.do(t, `test: {"find": "c"}`)
			require.Contains(t, Field(refused, "errmsg"), "ommand find requires authentication")
			s.do(t, logIn)
			require.Equal(t, 1, s.logged(r.LoggedIn))
			require.Equal(t, r.Login == 20427, s.logged(20427) == 1)
			other := s.do(t, `$external: {"authenticate": 1, "mechanism": "MONGODB-X509", "user": "CN=other"}`)
			require.Equal(t, r.LoginRefused, Field(other, "errmsg"))
			require.Equal(t, 1, s.logged(r.LoginFailed))
			nameless := s.do(t, `$external: {"authenticate": 1, "mechanism": "NOSUCH"}`)
			require.Equal(t, !r.MasksLogins, Field(nameless, "errmsg") == "No user name provided")
			wrong := s.do(t, `test: {"authenticate": 1, "mechanism": "MONGODB-X509"}`)
			require.Equal(t, "ProtocolError", Field(wrong, "codeName"))
			require.Contains(t, Field(s.do(t, `admin: {"hello": 1, "speculativeAuthenticate": 1}`), "errmsg"), r.Speculates+".")

			s.db.config.Authorization = false
			status := s.do(t, `admin: {"serverStatus": 1}`)
			require.Equal(t, r.LogsHandshakes, Field(status, "metrics") != nil)
			counts := Field(Field(Field(status, "security").(bson.D), "authentication").(bson.D), "mechanisms").(bson.D)
			require.Equal(t, r.CountsMembers, Field(counts[0].Value.(bson.D), "clusterAuthenticate") != nil)
			missing := func(command string) bool {
				reply := s.do(t, `admin: {"`+command+`": 1}`)
				return Field(reply, "ok") == 0.0 && Field(reply, "codeName") == "CommandNotFound"
			}
			require.Equal(t, !r.Rotates, missing("rotateCertificates"))
			require.Equal(t, !r.ChecksMetadata, missing("validateDBMetadata"))
			require.Equal(t, r.QueryHello, missing("getLastError"))
			query := func(name string) any {
				return Field(s.Query("admin", bson.D{{Key: name, Value: int32(1)}}), "code")
			}
			require.Nil(t, query("isMaster"))
			if r.QueryHello {
				require.Equal(t, int32(352), query("ping"))
				refusal := s.Query("admin", bson.D{{Key: "ping", Value: int32(1)}})
				require.Equal(t, "UnsupportedOpQueryCommand", Field(refusal, "codeName"))
			} else {
				require.Nil(t, query("ping"))
			}
		})
	}
}

// Where certificates make no members, a member's is one of an ordinary user if users and members need not be told
// apart.
func TestSeparationYields(t *testing.T) {
	for _, r := range mongod.Releases {
		open := guarded
		open.SetParameter = map[string]string{"enforceUserClusterSeparation": "false"}
		s := connected(t, open, like)
		s.db.config.Release = r
		reply := s.do(t, logIn)
		require.Equal(t, r.SeparationYields, Field(reply, "codeName") == "UserNotFound", "%s: %v", r.Series, reply)
	}
}

// There are parameters that came with a release.
func TestParametersOfReleases(t *testing.T) {
	for name, row := range map[string]struct{ value, since, until string }{
		"opensslCipherSuiteConfig":       {"TLS_AES_256_GCM_SHA384", "5.0", ""},
		"tlsUseSystemCA":                 {"true", "5.0", ""},
		"connPoolMaxShardedConnsPerHost": {"100", "", "5.0"},
		"tlsClusterAuthX509Override":     {`{"attributes": "O=x"}`, "7.0", ""},
	} {
		for _, r := range mongod.Releases {
			_, err := NewParameters("", "", map[string]string{name: row.value}, r)
			if r.Has(row.since, row.until) {
				require.NoError(t, err, "%s %s", r.Series, name)
				continue
			}
			require.EqualError(t, err, "Unknown --setParameter '"+name+"'", r.Series)
		}
	}
	later := mongod.Releases[len(mongod.Releases)-1]
	later.Series = "10.0"
	_, err := NewParameters("", "", map[string]string{"tlsUseSystemCA": "true"}, later)
	require.NoError(t, err)
	_, err = NewParameters("", "", map[string]string{"connPoolMaxShardedConnsPerHost": "100"}, later)
	require.Error(t, err)
	for _, value := range []string{"O=x", `{"subject": "O=x"}`, `{"attributes": 1}`, `{"attributes": "x"}`} {
		_, err := NewParameters("", "", map[string]string{memberOverride: value}, mongod.Releases[3])
		require.ErrorAs(t, err, new(ParameterError), value)
	}
}

// Since 7.0 attributes of one's choice, or an extension, make a member, in place of the server's O, OU and DC.
func TestWhatMakesAMember(t *testing.T) {
	attributes := subject(t, "O=other,L=here")
	for _, row := range []struct {
		name       string
		attributes []byte
		value      string // of the extension that is wanted
		override   string // tlsClusterAuthX509Override
		subject    string
		shows      string // likewise, that is there
		member     bool
	}{
		{"O, OU and DC", nil, "", "", like, "", true},
		{"attributes", attributes, "", "", "CN=x,O=other,L=here,OU=more", "", true},
		{"too few attributes", attributes, "", "", "CN=x,O=other", "", false},
		{"the server's no more", attributes, "", "", like, "", false},
		{"the extension", nil, "foo", "", "CN=x", "foo", true},
		{"another extension", nil, "foo", "", like, "bar", false},
		{"no extension", nil, "foo", "", like, "", false},
		{"attributes of the override", nil, "foo", `{"attributes": "O=next"}`, "CN=x,O=next", "", true},
		{"the extension of the override", attributes, "", `{"extensionValue": "next"}`, "CN=x", "next", true},
		{"beside the override", nil, "foo", `{"attributes": "O=next"}`, "CN=x", "foo", true},
		{"neither", nil, "foo", `{"attributes": "O=next"}`, like, "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			trusting := guarded
			trusting.ClusterAuthMode = "x509"
			s := connected(t, trusting, row.subject)
			s.peer.Membership = row.shows
			s.db.config.Member = Membership{row.attributes, row.value}
			if row.override != "" {
				var err error
				s.db.config.Parameters.member, err = parseMembership(row.override)
				require.NoError(t, err)
			}
			reply := s.do(t, logIn)
			require.Equal(t, row.member, Field(reply, "ok") == 1.0, reply)
			s.db.config.Authorization = false
			created := s.do(t, `$external: {"createUser": "`+row.subject+`", "roles": []}`)
			require.Equal(t, row.member && row.value == "" && row.override == "", Field(created, "ok") == 0.0, created)
			if row.member && row.value != "" {
				again := s.do(t, logIn)
				require.Equal(t, "AuthenticationFailed", Field(again, "codeName"), "it is a user as well")
			}
		})
	}
}
