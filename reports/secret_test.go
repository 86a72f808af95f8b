package reports_test

import (
	"bytes"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func TestMaskURI(t *testing.T) {
	for in, want := range map[string]string{
		"mongodb://localhost:27017/?tls=true":                                              "mongodb://localhost:27017/?tls=true",
		"mongodb://u:secret@h:1/":                                                          "mongodb://u:***@h:1/",
		"mongodb+srv://u:secret@h/?a=b":                                                    "mongodb+srv://u:***@h/?a=b",
		"mongodb://CN%3Dc@h/?authMechanism=MONGODB-X509":                                   "mongodb://CN%3Dc@h/?authMechanism=MONGODB-X509",
		"mongodb://u:@h/":                                                                  "mongodb://u:@h/",
		"mongodb://u:a/b?c@d@h/?tls=true":                                                  "mongodb://u:***@h/?tls=true",
		"mongodb://u:a:b@h1,h2:3/db":                                                       "mongodb://u:***@h1,h2:3/db",
		"mongodb:/u:secret@h":                                                              "mongodb:***@h",
		"mongodb://h/?tlsCAFile=/a@b&x=y":                                                  "mongodb://h/?tlsCAFile=/a@b&x=y",
		"mongodb://h/?tlsCertificateKeyFilePassword=s&tls=true":                            "mongodb://h/?tlsCertificateKeyFilePassword=***&tls=true",
		"mongodb://h/?TLSCERTIFICATEKEYFILEPASSWORD=s;t":                                   "mongodb://h/?TLSCERTIFICATEKEYFILEPASSWORD=***",
		"mongodb://h/?tlsCertificateKeyFilePassword=":                                      "mongodb://h/?tlsCertificateKeyFilePassword=",
		"mongodb://h/?sslClientCertificateKeyPassword=s":                                   "mongodb://h/?sslClientCertificateKeyPassword=***",
		"mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:t&tls=true":                "mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:***&tls=true",
		"mongodb://u:x@h/?tlsCertificateKeyFilePassword=a&tlsCertificateKeyFilePassword=b": "mongodb://u:***@h/?tlsCertificateKeyFilePassword=***&tlsCertificateKeyFilePassword=***",
		"": "",
	} {
		require.Equal(t, want, reports.MaskURI(in))
		require.Equal(t, want, reports.MaskURI(want), "a second time")
	}
}

// A password is hidden whatever it holds, if it is escaped as the connection string specification demands; so is the
// password of a key file. Masking twice changes nothing, on any text.
func FuzzMaskURI(f *testing.F) {
	f.Add("hunter2")
	f.Add("p@ss:w/rd?#[]%")
	f.Add("?x=@&password=")
	f.Fuzz(func(t *testing.T, secret string) {
		once := reports.MaskURI(secret)
		require.Equal(t, once, reports.MaskURI(once))
		if secret == "" {
			return
		}
		escaped := url.QueryEscape(secret)
		require.Equal(t, "mongodb://u:***@h:1/?tls=true&tlsCertificateKeyFilePassword=***&x=y",
			reports.MaskURI("mongodb://u:"+escaped+"@h:1/?tls=true&tlsCertificateKeyFilePassword="+escaped+"&x=y"))
	})
}

func TestNoWriterWritesASecret(t *testing.T) {
	r := sample.Report()
	r.Cases[0].Attempts[0].Request.URI = "mongodb://app:with space hunter1@localhost/"
	var junit bytes.Buffer
	require.NoError(t, reports.WriteJUnit(&junit, r))
	require.NotContains(t, junit.String(), "hunter")
	require.NotContains(t, string(written(t, r)), "hunter")
	require.Contains(t, r.Cases[3].Attempts[0].Request.URI, "hunter2", "the sample holds secrets")
}
