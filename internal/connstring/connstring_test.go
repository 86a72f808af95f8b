package connstring

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
		"mongodb://u@a/?hunter2":                      "an option has no value",
		"mongodb://u@a/?tls=true;x=hunter2":           "an option has a semicolon",
		"mongodb://u:hunter2/?tls=true":               "if it is a password, write USER:PASSWORD@HOST",
		"mongodb://u:hunter2?a=b@db.example.com/":     "if it is a password, write USER:PASSWORD@HOST",
		"mongodb://a:0/":                              "a number from 1 to 65535",
		"mongodb://a:65536/":                          "a number from 1 to 65535",
		"mongodb://a:/":                               "a number from 1 to 65535",
		"mongodb://[::1]:x/":                          "a number from 1 to 65535",
		"mongodb://::1/":                              "an IPv6 address stands in brackets",
		"mongodb://u:hunter2?x@db.example.com/?a=b&c": "percent-encoding",
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, says, text)
		require.True(t, usage.Is(err))
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), "\n")
	}
}

// What is read is written again as it was, whatever it is.
func FuzzParse(f *testing.F) {
	f.Add("mongodb://u:p@a:1,b/db?tls=true&x=y")
	f.Add("mongodb+srv://a.b.c/?x=")
	f.Add("mongodb://[::1]:27017/")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.Text(s.Hosts...))
		require.NoError(t, err, s.Text(s.Hosts...))
		require.Equal(t, s, again)
	})
}

// A path stands in a string as every driver reads it: with its blanks in percent-encoding, and slashes as they are.
func TestPath(t *testing.T) {
	s := &String{Hosts: []string{"a"}}
	s.Set("/etc/my certs/a+b&c.pem", "tlsCAFile", "sslCertificateAuthorityFile")
	require.Equal(t, "mongodb://a/?tlsCAFile=/etc/my%20certs/a%2Bb%26c.pem", s.Text("a"))
	value, _ := s.Get("tlscafile")
	require.Equal(t, "/etc/my certs/a+b&c.pem", value)
}
