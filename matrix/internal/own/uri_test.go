package own

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/reports/trial"
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

// A string that does not verify, or says two things of TLS, is not told off as if it left TLS out.
func TestWhatAStringIsToldOf(t *testing.T) {
	const insecure = ": that a driver connects says little of the certificate, and anybody may stand between"
	for text, want := range map[string][]string{
		"mongodb://a/?tls=true":          nil,
		"mongodb://a/?tls=true&ssl=true": nil,
		"mongodb+srv://a.example.com/":   nil,
		"mongodb://a/": {"the connection string does not turn TLS on: add tls=true if the server is to be reached over " +
			"TLS"},
		"mongodb://a/?tls=true&ssl=false": {"the connection string turns TLS on and off: leave one of tls=true and " +
			"ssl=false"},
		"mongodb://a/?tls=true&tlsInsecure=true&tlsAllowInvalidHostnames=false": {
			"the connection string has tlsInsecure" + insecure},
		"mongodb://a/?tls=true&tlsAllowInvalidHostnames=true": {
			"the connection string has tlsAllowInvalidHostnames" + insecure},
	} {
		g := &given{}
		require.NoError(t, g.readString(t.Context(), Options{URI: text}))
		require.Equal(t, want, g.notes, text)
	}
}

// What a driver's words do not tell of is no advice for it, and one that tells nothing hears all there is.
func TestExplaining(t *testing.T) {
	found := []defect{
		{is: "name", why: []evidence.Reason{evidence.NameMismatch}},
		{is: "constraint", why: []evidence.Reason{evidence.BadCertificate}},
		{is: "letter", why: []evidence.Reason{evidence.BadCertificate}, strict: true},
	}
	for text, row := range map[string]struct {
		reason evidence.Reason
		want   []string
	}{
		"permitted subtree violation":                     {evidence.BadCertificate, []string{"constraint"}},
		"verify failed: Missing Authority Key Identifier": {evidence.BadCertificate, []string{"constraint", "letter"}},
		"no attribute SICertificateError":                 {evidence.CertRefused, []string{"name", "constraint"}},
	} {
		refused := trial.Row{Verdict: trial.Refused, By: "driver", Reason: row.reason}
		refused.Answer.Error = &evidence.Error{Text: text}
		var told []string
		for _, d := range explaining(refused, found, false) {
			told = append(told, d.is)
		}
		require.Equal(t, row.want, told, text)
	}
	refused := trial.Row{Verdict: trial.Refused, By: "server", Seen: evidence.Seen{Connections: []evidence.Connection{
		{Cause: evidence.NoClientCert}}}}
	require.Equal(t, causes[evidence.NoClientCert].do, explaining(refused, nil, false)[0].do)
	require.Equal(t, causes[evidence.BadClientCert].do, explaining(refused, nil, true)[0].do)
}
