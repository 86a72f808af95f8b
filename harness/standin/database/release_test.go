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

			s.db.config.Authorization = false
			missing := func(command string) bool {
				reply := s.do(t, `admin: {"`+command+`": 1}`)
				return Field(reply, "ok") == 0.0 && Field(reply, "codeName") == "CommandNotFound"
			}
			require.Equal(t, !r.Rotates, missing("rotateCertificates"))
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
