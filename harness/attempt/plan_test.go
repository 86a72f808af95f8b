package attempt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// A client whose commands are not all known to leave the server as it was has a server of its own.
func TestChanges(t *testing.T) {
	for json, changed := range map[string]bool{
		`{"ping": 1}`: false, `{"find": "c"}`: false, `{"serverStatus": 1}`: false,
		`{"authenticate": 1, "mechanism": "MONGODB-X509"}`: false,
		`{"createUser": "{id}", "roles": []}`:              true, `{"dropUser": "u"}`: true,
		`{"setParameter": 1, "tlsMode": "preferTLS"}`: true,
		`{"insert": "c", "documents": []}`:            true, `{"rotateCertificates": 1}`: true, `{}`: true, `{`: true,
	} {
		read := scenarios.Command{DB: "test", JSON: `{"find": "c"}`}
		require.Equal(t, changed, changes(scenarios.Client{Do: []scenarios.Command{read, {DB: "admin", JSON: json}}}), json)
	}
	require.False(t, changes(scenarios.Client{}))
}
