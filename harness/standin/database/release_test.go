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
	for _, r := range mongod.Releases {
		_, err := NewParameters("", "", map[string]string{"opensslCipherSuiteConfig": "TLS_AES_256_GCM_SHA384"}, r)
		require.Equal(t, r.CipherSuites, err == nil, r.Series)
	}
}
