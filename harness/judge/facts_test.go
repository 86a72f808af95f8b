package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// Each fact holds of an attempt, and does not once the attempt is spoilt.
func TestFacts(t *testing.T) {
	dn := "CN=client"
	for _, row := range []struct {
		name  string
		with  func(*scenarios.Expect)
		good  func(*harness.Attempt)
		spoil func(*harness.Attempt)
		why   string
	}{
		{"version", func(e *scenarios.Expect) { e.Version = scenarios.TLS13 }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].TLS = "1.2" }, "TLS 1.3"},
		{"name", func(e *scenarios.Expect) { e.SNI = "localhost" }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Hello.SNI = "x" }, "localhost"},
		{"name, beside a ClientHello that was cut off", func(e *scenarios.Expect) { e.SNI = "localhost" },
			func(a *harness.Attempt) {
				a.Seen.Connections = append(a.Seen.Connections, evidence.Connection{ID: 2, Hello: &evidence.Hello{}})
			},
			func(a *harness.Attempt) { a.Seen.Connections[1].Hello.Versions = []string{"1.3"} }, `names ""`},
		{"name, of which nothing is known", func(e *scenarios.Expect) { e.SNI = "localhost" }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Hello = &evidence.Hello{} }, "none was read"},
		{"no name", func(e *scenarios.Expect) { e.SNI = scenarios.NoServerName },
			func(a *harness.Attempt) { a.Seen.Connections[0].Hello.SNI = "" },
			func(a *harness.Attempt) { a.Seen.Connections[0].Hello.SNI = "x" }, "no server name"},
		{"staple", func(e *scenarios.Expect) { e.Stapling = scenarios.Stapled },
			func(a *harness.Attempt) { a.Seen.Connections[0].Stapled = true },
			func(a *harness.Attempt) { a.Seen.Connections[0].Stapled = false }, "must staple"},
		{"no staple", func(e *scenarios.Expect) { e.Stapling = scenarios.Unstapled }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Stapled = true }, "must not staple"},
		{"requests", func(e *scenarios.Expect) { e.Requests = scenarios.SomeRequests },
			func(a *harness.Attempt) { a.Seen.OCSPRequests = 1 },
			func(a *harness.Attempt) { a.Seen.OCSPRequests = 0 }, "must ask"},
		{"no requests", func(e *scenarios.Expect) { e.Requests = scenarios.NoRequests }, nil,
			func(a *harness.Attempt) { a.Seen.OCSPRequests = 2 }, "must not ask"},
		{"user absent", func(e *scenarios.Expect) { e.User = scenarios.Absent }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Commands[1].User = &dn }, "must be absent"},
		{"user present", func(e *scenarios.Expect) { e.User = scenarios.Present }, func(a *harness.Attempt) {
			a.Seen.Connections[0].Commands[0].User, a.Seen.Connections[0].Commands[1].User = &dn, &dn
		}, func(a *harness.Attempt) { a.Seen.Connections[0].Commands[0].User = nil }, "must be present"},
		{"no login at all", func(e *scenarios.Expect) { e.User = scenarios.Absent }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Commands = nil }, "must authenticate"},
		{"speculation", func(e *scenarios.Expect) { e.Speculative = evidence.Refused }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Commands[0].Speculative = "" }, "must be refused"},
		{"one login is enough", func(e *scenarios.Expect) { e.Speculative = evidence.Accepted }, func(a *harness.Attempt) {
			a.Seen.Connections[0].Commands = []evidence.CommandSeen{{Name: "hello", Speculative: "accepted"}, {Name: "ping"}}
		}, func(a *harness.Attempt) {
			a.Seen.Connections[0].Commands[1].Name = "authenticate"
		}, "logged in again"},
		{"login on the monitor's connection", func(e *scenarios.Expect) { e.Logins = 1 }, nil, func(a *harness.Attempt) {
			a.Seen.Connections = append(a.Seen.Connections, tls("saslStart"))
		}, "on 1 connections at the most"},
		{"warning", func(e *scenarios.Expect) { e.Warns = "tlsFoo" }, func(a *harness.Attempt) { a.Answer.Warnings = []string{"unknown option tlsfoo"} },
			func(a *harness.Attempt) { a.Answer.Warnings = nil }, "tlsFoo"},
		{"heartbeat", func(e *scenarios.Expect) { e.Reports = "expired" }, func(a *harness.Attempt) {
			a.Answer.Events = []evidence.Event{{Kind: evidence.HeartbeatFailed, Text: "has expired"}}
		}, func(a *harness.Attempt) { a.Answer.Events[0].Kind = evidence.ConnectionClosed }, "published"},
		{"pool cleared", func(e *scenarios.Expect) { e.Pool = scenarios.Cleared }, func(a *harness.Attempt) {
			a.Answer.Events = []evidence.Event{{Kind: evidence.PoolCleared}}
		}, func(a *harness.Attempt) { a.Answer.Events = nil }, "must clear its pool"},
		{"pool kept", func(e *scenarios.Expect) { e.Pool = scenarios.Kept }, nil, func(a *harness.Attempt) {
			a.Answer.Events = []evidence.Event{{Kind: evidence.PoolCleared}}
		}, "must not clear its pool"},
		{
			"log line", func(e *scenarios.Expect) { e.LogIDs = []int{23234} }, nil,
			func(a *harness.Attempt) { a.Seen.Log[0] = `{"id":232}` }, "23234",
		},
		{"server's text", func(e *scenarios.Expect) { e.ServerSays = []string{"has expired"} }, nil,
			func(a *harness.Attempt) { a.Seen.Connections[0].Text = "" }, "must say"},
		{"server's reply", func(e *scenarios.Expect) { e.ServerSays = []string{"not authorized"} }, func(a *harness.Attempt) {
			a.Seen.Connections[0].Commands[2].Error = "not authorized on test"
		}, func(a *harness.Attempt) { a.Seen.Connections[0].Commands[2].Error = "" }, "must say"},
		{"label", func(e *scenarios.Expect) { e.Labels = []scenarios.Label{scenarios.Retryable} }, fails("RetryableError"),
			func(a *harness.Attempt) { a.Answer.Error.Labels = nil }, "must be labelled"},
		{"no label", func(e *scenarios.Expect) { e.NoLabels = []scenarios.Label{scenarios.Retryable} }, fails("NetworkError"),
			func(a *harness.Attempt) { a.Answer.Error.Labels = []string{"RetryableError"} }, "must not be labelled"},
		// An event or the decisive error is not what the application reads.
		{"mention", func(e *scenarios.Expect) { e.Mentions = []string{"surface of expired"} }, fails(), func(a *harness.Attempt) {
			a.Answer.Error.Text, a.Answer.Error.Surface = a.Answer.Error.Surface, "no server"
			a.Answer.Events = []evidence.Event{{Kind: evidence.HeartbeatFailed, Text: a.Answer.Error.Text}}
		}, "application gets must mention"},
		{"mention, spelt otherwise", func(e *scenarios.Expect) { e.Mentions = []string{"SURFACE_OF expired"} }, fails(),
			func(a *harness.Attempt) { a.Answer.Error.Surface = "surface of something else" }, "application gets must mention"},
		{
			"secret in the surface", hides, fails(), func(a *harness.Attempt) { a.Answer.Error.Surface = "for hunter2" },
			"the error that the application gets",
		},
		{
			"secret in the decisive error", hides, fails(), func(a *harness.Attempt) { a.Answer.Error.Text = "for hunter2" },
			"an error",
		},
		{
			"secret in its types", hides, fails(),
			func(a *harness.Attempt) { a.Answer.Error.Chain = []string{"Refused", "hunter2"} }, "the types",
		},
		{"secret in an event", hides, nil, func(a *harness.Attempt) {
			a.Answer.Events = []evidence.Event{{Kind: evidence.CheckoutFailed, Text: "for hunter2"}}
		}, "checkout-failed"},
		{
			"secret in a warning", hides, nil, func(a *harness.Attempt) { a.Answer.Warnings = []string{"hunter2 is weak"} },
			"a warning",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := scenarios.Connects()
			row.with(&want)
			c := tls("hello", "authenticate", "ping")
			c.Commands[0].Speculative, c.Text = "refused", "certificate has expired"
			a := harness.Attempt{
				Answer: ok(),
				Seen:   evidence.Seen{Connections: []evidence.Connection{c}, Log: []string{`{"t":1,"id":23234,"msg":"x"}`}},
			}
			if row.good != nil {
				row.good(&a)
			}
			require.Empty(t, facts(want, a))
			row.spoil(&a)
			require.Contains(t, facts(want, a), row.why)
		})
	}
}

func hides(e *scenarios.Expect) { e.Hides = []string{"hunter2"} }

func fails(labels ...string) func(*harness.Attempt) {
	return func(a *harness.Attempt) {
		a.Answer = failed(evidence.Expired)
		a.Answer.Error.Labels = labels
	}
}

// Refused before dialling means that not even an address was looked up; records of the seed list are another matter.
func TestDialingBeginsWithALookup(t *testing.T) {
	want := scenarios.RefusedBeforeDialing(evidence.DNSError)
	c := harness.Case{Scenario: scenarios.Scenario{Client: scenarios.Client{Zone: "x. 1 IN TXT a"}, Expect: want}}
	a := harness.Attempt{
		Answer: failed(evidence.DNSError),
		Seen:   evidence.Seen{DNS: []string{"SRV _mongodb._tcp.x.test.", "TXT x.test."}},
	}
	require.Equal(t, conforms, Judge(c, a, evidence.Info{}, nil).Kind)
	for _, kind := range []string{"A", "AAAA"} {
		asked := a
		asked.Seen.DNS = append([]string{kind + " node.x.test."}, a.Seen.DNS...)
		v := Judge(c, asked, evidence.Info{}, nil)
		require.Equal(t, violates, v.Kind)
		require.Contains(t, v.Why, "node.x.test.")
		c.Scenario.Server.Fault.Good = 1 // which dialled
		asked.Seen.Connections = []evidence.Connection{tls("hello")}
		require.Equal(t, conforms, Judge(c, asked, evidence.Info{}, nil).Kind)
		c.Scenario.Server.Fault.Good = 0
	}
}
