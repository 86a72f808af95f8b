package own

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
)

// Every option stays as it is written, in its place; only hosts and files are other ones.
func TestStringsStay(t *testing.T) {
	w := &world{caFile: "/tmp/ca.pem", client: &credential.File{Path: "/tmp/client.pem"}}
	for _, row := range []struct{ text, want string }{
		{"mongodb://u:p%40w@a:1,b/db?tls=true&appName=x%20y&retryWrites=false",
			"mongodb://u:p%40w@h:2/db?tls=true&appName=x%20y&retryWrites=false&tlsCAFile=/tmp/ca.pem&" +
				"tlsCertificateKeyFile=/tmp/client.pem"},
		{"mongodb://a/?tlsCAFile=/etc/x.pem&ssl=true",
			"mongodb://h:2/?ssl=true&tlsCAFile=/tmp/ca.pem&tlsCertificateKeyFile=/tmp/client.pem"},
		{"mongodb://a", "mongodb://h:2/"},
		{"mongodb://a/?tls=false", "mongodb://h:2/?tls=false"},
	} {
		s, err := connstring.Parse(row.text)
		require.NoError(t, err)
		require.Equal(t, row.want, w.uri(s, "h:2"))
	}
}
