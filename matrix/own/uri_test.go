package own

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
)

// No part of a string that cannot be read is ever printed: it may be a password.
func TestBadStrings(t *testing.T) {
	for text, says := range map[string]string{
		"":                                            "begins with mongodb:// or mongodb+srv://",
		"https://u:hunter2@db.example.com/":           "begins with mongodb:// or mongodb+srv://",
		"mongodb://u:hunter2@x@db.example.com/":       "percent-encoding",
		"mongodb://u:hunter2/x@db.example.com/":       "percent-encoding",
		"mongodb://u:hunter2%x@db.example.com/":       "percent-encoding",
		"mongodb://u:hunter2:x@db.example.com/?a=b":   "percent-encoding",
		"mongodb://u:hunter2@":                        "a host is missing",
		"mongodb://u:hunter2@a,,b/":                   "a host is missing",
		"mongodb://u:hunter2@%2Ftmp%2Fmongodb.sock/":  "Unix domain socket",
		"mongodb+srv://u:hunter2@a,b/":                "takes one name without a port",
		"mongodb+srv://u:hunter2@a:27017/":            "takes one name without a port",
		"mongodb://u:hunter2@a/?tls=true&hunter2":     "an option has no value",
		"mongodb://u:hunter2?x@db.example.com/?a=b&c": "percent-encoding",
	} {
		_, err := parseString(text)
		require.ErrorContains(t, err, says, text)
		require.True(t, usage.Is(err))
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), "\n")
	}
}

// Every option stays as it is written, in its place; only hosts and files are other ones.
func TestStringsStay(t *testing.T) {
	w := &world{caFile: "/tmp/ca.pem", client: &pemFile{path: "/tmp/client.pem"}}
	for _, row := range []struct{ text, want string }{
		{"mongodb://u:p%40w@a:1,b/db?tls=true&appName=x%20y&retryWrites=false",
			"mongodb://u:p%40w@h:2/db?tls=true&appName=x%20y&retryWrites=false&tlsCAFile=/tmp/ca.pem&" +
				"tlsCertificateKeyFile=/tmp/client.pem"},
		{"mongodb://a/?tlsCAFile=/etc/x.pem&ssl=true",
			"mongodb://h:2/?ssl=true&tlsCAFile=/tmp/ca.pem&tlsCertificateKeyFile=/tmp/client.pem"},
		{"mongodb://a", "mongodb://h:2/"},
		{"mongodb://a/?tls=false", "mongodb://h:2/?tls=false"},
	} {
		s, err := parseString(row.text)
		require.NoError(t, err)
		require.Equal(t, row.want, w.uri(s, "h:2"))
	}
}

// What is read is written again as it was, whatever it is.
func FuzzParseString(f *testing.F) {
	f.Add("mongodb://u:p@a:1,b/db?tls=true&x=y")
	f.Add("mongodb+srv://a.b.c/?x=")
	f.Add("mongodb://[::1]:27017/")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseString(text)
		if err != nil {
			return
		}
		again, err := parseString(s.text(s.hosts...))
		require.NoError(t, err, s.text(s.hosts...))
		require.Equal(t, s, again)
	})
}
