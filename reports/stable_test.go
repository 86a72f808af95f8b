package reports

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
)

func TestStableGolden(t *testing.T) { golden(t, "stable.golden", written(t, sample().Stable())) }

func TestStableIsIdempotentAndLeavesItsReceiver(t *testing.T) {
	r := sample()
	once := r.Stable()
	require.Equal(t, sample(), r)
	require.Equal(t, once, once.Stable())
	require.NoError(t, Validate(once))
}

func TestStableForgetsWhatIsVolatile(t *testing.T) {
	require.Equal(t, string(written(t, sample().Stable())), string(written(t, again().Stable())))
}

// again is a second run of the same seed: later, slower, on other ports, with more heartbeats, in another order.
func again() Report {
	r := sample()
	r.Started, r.DurationMS = "2027-05-06T07:08:09Z", 99
	slices.Reverse(r.Cases)
	r.Faults = []string{"the DNS fixture on 127.0.0.1:5454 went away"}
	for i := range r.Cases {
		c := &r.Cases[i]
		for j := range c.Attempts {
			a := &c.Attempts[j]
			a.Answer.ElapsedMS, a.Answer.CloseMS = 77, 78
			slices.Reverse(a.Answer.Events)
			a.Answer.Events = append(a.Answer.Events, a.Answer.Events[0])
			a.Answer.Events[0].AtMS = 1000
			slices.Reverse(a.Server.Connections)
			slices.Reverse(a.Server.DNS)
			extra := a.Server.Connections[len(a.Server.Connections)-1]
			extra.ID, extra.Remote = 12, "127.0.0.1:60000"
			a.Server.Connections = append(a.Server.Connections, extra)
			a.Server.OCSPRequests *= 2
			for k := range a.Certificates.Server {
				leaf := &a.Certificates.Server[k]
				leaf.NotBefore, leaf.NotAfter, leaf.Serial = "2027-05-05T07:08:09Z", "2028-05-06T07:08:09Z", "66f1e2d3c4b5a69788796a5b4c3d2e1f"
				for l := range leaf.OCSP {
					leaf.OCSP[l] = "http://127.0.0.1:9999/c1"
				}
			}
			for k := range a.Server.Log {
				a.Server.Log[k] = `{"t":{"$date":"2027-05-06T07:08:09.001+02:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"127.0.0.1:60001","connectionId":31,"connectionCount":4}}`
			}
			if a.Answer.OK {
				a.Request.URI = "mongodb://localhost:41111/?tls=true&tlsCAFile=%2Fvar%2Ffolders%2Fzz%2FT%2Fmongotls-22%2Fca.pem"
				a.Answer.Events[0], a.Answer.Events[1] = evidence.Event{Kind: evidence.ConnectionCreated, Text: "localhost:41111[-9]", AtMS: 3}, evidence.Event{Kind: evidence.HeartbeatSucceeded, AtMS: 4}
				a.Server.Connections = append(a.Server.Connections, evidence.Connection{Hello: &evidence.Hello{SNI: "localhost"}, TLS: "1.3", HandshakeError: "EOF"})
			} else {
				slices.Reverse(a.Answer.Error.Labels)
				a.Answer.Error.Surface = "connection(127.0.0.1:49999[-8]) failed after 1m2.5s"
			}
		}
	}
	return r
}

// What is not volatile survives.
func TestStableKeepsTheEvidence(t *testing.T) {
	base := string(written(t, sample().Stable()))
	for name, change := range map[string]func(*Case){
		"verdict":    func(c *Case) { c.Verdict = Conforms },
		"reason":     func(c *Case) { c.Reason = "expired" },
		"subject":    func(c *Case) { c.Attempts[0].Certificates.Server = []Certificate{{Subject: "CN=x"}} },
		"error code": func(c *Case) { c.Attempts[0].Answer.Error.Code = 18 },
		"error text": func(c *Case) { c.Attempts[0].Answer.Error.Text = "EOF" },
		"chain":      func(c *Case) { slices.Reverse(c.Attempts[0].Answer.Error.Chain) },
		"new event":  func(c *Case) { c.Attempts[0].Answer.Events[0].Kind = "pool-cleared" },
		"version":    func(c *Case) { c.Attempts[0].Server.Connections[0].TLS = "1.3" },
		"cause":      func(c *Case) { c.Attempts[0].Server.Connections[0].Cause = "staged" },
		"lost peer":  func(c *Case) { c.Attempts[0].Server.Connections = c.Attempts[0].Server.Connections[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			change(&r.Cases[0])
			require.NotEqual(t, base, string(written(t, r.Stable())))
		})
	}
}

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
	cut := evidence.Connection{ID: 12, Hello: &evidence.Hello{}, HandshakeError: "read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer"}
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
		"dial tcp [::1]:27017: refused":                          "dial tcp [::1]:PORT: refused",
		"connection(LOCALHOST:1[-12]) EOF":                       "connection(LOCALHOST:PORT[-N]) EOF",
		"lookup localhost.:1 a.b.test:27":                        "lookup localhost.:PORT a.b.test:PORT",
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
