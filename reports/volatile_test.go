package reports

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A connection without a word is evidence when it is the only one.
func TestStableKeepsTheOnlyConnection(t *testing.T) {
	silent := evidence.Connection{Remote: "127.0.0.1:5"}
	s := evidence.Seen{Connections: []evidence.Connection{silent, silent}}
	forget(&s, false)
	stabiliseSeen(&s)
	require.Equal(t, []evidence.Connection{silent}, s.Connections)
}

// One that was cut off beside another is noise, and so is what the log says of it; one that ended with an alert is not.
func TestStableForgetsWhatTheClientCutOff(t *testing.T) {
	refused := evidence.Connection{ID: 1, Hello: &evidence.Hello{}, HandshakeError: "remote error: tls: bad certificate"}
	cut := evidence.Connection{
		ID:             12,
		Hello:          &evidence.Hello{},
		HandshakeError: "read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer",
	}
	lines := []string{`{"id":22986,"ctx":"conn1"}`, `{"id":22986,"ctx":"conn12"}`}
	s := evidence.Seen{Connections: []evidence.Connection{cut, refused}, Log: lines}
	forget(&s, false)
	require.Equal(t, evidence.Seen{Connections: []evidence.Connection{refused}, Log: lines[:1]}, s)
}

func TestMaskVolatile(t *testing.T) {
	for in, want := range map[string]string{
		// unchanged
		"x509: certificate is valid for wrong.example.test, not localhost": "x509: certificate is valid for wrong.example.test, not localhost",
		"TLS 1.3, code 13, 22988, -h, v2.9.3":                              "TLS 1.3, code 13, 22988, -h, v2.9.3",
		"client offered only unsupported versions: [304 303]":              "client offered only unsupported versions: [304 303]",
		"connectTimeoutMS=500":                                             "connectTimeoutMS=500",
		"name/ip-in-san/requireTLS":                                        "name/ip-in-san/requireTLS",
		"/nowhere":                                                         "/nowhere",
		"http://localhost/ocsp/a/b":                                        "http://localhost/ocsp/a/b",
		// ports
		"read tcp 127.0.0.1:40001->127.0.0.1:50001: i/o timeout": "read tcp 127.0.0.1:PORT->127.0.0.1:PORT: i/o timeout",
		"::1%lo:44303: refused":                                  "::1%lo:PORT: refused",
		"0:0:0:0:0:0:0:1:17944: refused":                         "0:0:0:0:0:0:0:1:PORT: refused",
		"<ServerDescription ('::1%lo', 18916)":                   "<ServerDescription ('::1%lo', PORT)",
		"dial tcp [::1]:27017: refused":                          "dial tcp [::1]:PORT: refused",
		"connection(LOCALHOST:1[-12]) EOF":                       "connection(LOCALHOST:PORT[-N]) EOF",
		"lookup localhost.:1 a.b.test:27":                        "lookup localhost.:PORT a.b.test:PORT",
		"Server 127.0.0.1 UDP port 40123 answered SERVFAIL":      "Server 127.0.0.1 UDP port PORT answered SERVFAIL",
		// times
		"current time 2026-01-02T03:04:05Z is after 2025-01-02T03:04:05Z":                                                           "current time TIME is after TIME",
		"reported nextUpdate time 2026-01-02 03:04:05.5 +0000 UTC is before current time 2026-01-02 03:04:05.12 +0100 CET m=+0.123": "reported nextUpdate time TIME is before current time TIME",
		"notAfter=Jan  2 03:04:05 2026 GMT":                      "notAfter=TIME",
		"NotAfter: Fri Jan 02 03:04:05 UTC 2026":                 "NotAfter: TIME",
		"at Fri Jan 02 2026 03:04:05 GMT+0000":                   "at TIME",
		`{"localTime":{"$date":"2026-01-02T03:04:05.678Z"}}`:     `{"localTime":{"$date":"TIME"}}`,
		`{"operationTime":{"$timestamp":{"t":1700,"i":1}}}`:      `{"operationTime":{"$timestamp":TIME}}`,
		"wait duration: 700.443619ms":                            "wait duration: DURATION",
		"after 1m2.5s, 30 seconds, 1 second, 5µs":                "after DURATION, DURATION, DURATION, DURATION",
		"total connections: 1, connections in use by cursors: 0": "total connections: N, connections in use by cursors: N",
		"Type: RSSecondary, Average RTT: 6254149":                "Type: RSSecondary, Average RTT: N",
		// ids
		`{"connectionId":5,"pid": 77,"ctx":"conn12"}`:       `{"connectionId":N,"pid": N,"ctx":"connN"}`,
		`{"connectionId":{"$numberInt":"5"}}`:               `{"connectionId":N}`,
		`{"processId":{"$oid":"65a1b2c3d4e5f60718293a4b"}}`: `{"processId":{"$oid":"HEX"}}`,
		`UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")`:      `UUID("UUID")`,
		`{"$binary":{"base64":"aGk=","subType":"00"}}`:      `{"$binary":{"base64":"BYTES","subType":"00"}}`,
		"<SSLSocket at 0x7f00aa11bb22> 0x1301":              "<SSLSocket at ADDRESS> 0x1301",
		// directories
		"open /tmp/mongotls-1/x/ca.pem: no such file":     "open DIR/ca.pem: no such file",
		`file "/home/u/a b/ca.pem"`:                       `file "DIR/a b/ca.pem"`,
		"tlsCAFile=%2Ftmp%2Fmongotls-1%2Fca.pem&tls=true": "tlsCAFile=DIR/ca.pem&tls=true",
		"tlsCAFile=file:///tmp/mongotls-1/ca.pem":         "tlsCAFile=file://DIR/ca.pem",
		"tlsCAFile=%22/tmp/mongotls-1/ca.pem%22":          "tlsCAFile=%22DIR/ca.pem%22",
		"tlsCAFile=../../tmp/mongotls-1/ca.pem":           "tlsCAFile=DIR/ca.pem",
	} {
		require.Equal(t, want, maskVolatile(in))
		require.Equal(t, want, maskVolatile(want), "a second time")
	}
}

func FuzzMaskVolatile(f *testing.F) {
	f.Add("5s2026-01-02T03:04:05Z:27017 /a/b %2Fc%2Fd [-5] conn1")
	f.Add(`"base64":"x""base64":"` + "/a/b/c")
	f.Fuzz(func(t *testing.T, s string) {
		once := maskVolatile(s)
		require.Equal(t, once, maskVolatile(once))
	})
}
