package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// What is plainly wrong violates beside a quick control, and proves nothing beside none or a slow one.
func TestPlainlyWrong(t *testing.T) {
	expired := scenarios.Scenario{Expect: scenarios.Refuses(evidence.Expired)}
	good := scenarios.Scenario{Expect: scenarios.Connects()}
	open := scenarios.Scenario{Expect: scenarios.Characterised()}
	brief := func(s scenarios.Scenario) scenarios.Scenario {
		s.Client.Add = "serverSelectionTimeoutMS=1000"
		return s
	}
	unanswered := good
	unanswered.Server.Responder.Answer = ocsp.Silent
	silent := hello()
	silent.Silent = true
	many := func(n int) evidence.Seen { return seen(make([]evidence.Connection, n)...) }
	after := func(a evidence.Answer, ms int) evidence.Answer {
		a.ElapsedMS = ms
		return a
	}
	leaking := seen(hello())
	leaking.Open = 1
	served := seen(tls("ping"))
	served.Open = 1
	for name, row := range map[string]struct {
		scenario scenarios.Scenario
		answer   evidence.Answer
		seen     evidence.Seen
		kind     evidence.Verdict // beside a control of 5 ms
		slow     evidence.Verdict // beside a control of 3 s
		none     evidence.Verdict
		why      string
	}{
		"hangs on a refusal": {
			expired, atLimit(10_000), seen(hello()), violates, inconclusive, inconclusive, "hangs",
		},
		"hangs where it must connect": {good, atLimit(10_000), seen(hello()), violates, inconclusive, inconclusive, "hangs"},
		"hangs without a norm":        {open, atLimit(10_000), seen(hello()), violates, inconclusive, inconclusive, "hangs"},
		"a limit that is short": {
			expired, atLimit(1000), seen(hello()), inconclusive, inconclusive, inconclusive, "own limit",
		},
		"gives up after half a minute": {
			expired, timedOut(30_000), seen(hello()), violates, inconclusive, inconclusive, "hangs",
		},
		"waits for a responder, and gives up after half a minute": {
			unanswered, timedOut(30_000), seen(hello()), violates, inconclusive, inconclusive, "hangs",
		},
		"refuses after half a minute": {
			expired, after(failed(evidence.Expired), 30_000), seen(hello()), violates, violates, conforms, "at once",
		},
		"refuses 1.5 s late": {
			expired, after(failed(evidence.Expired), 1505), seen(hello()), violates, conforms, conforms, "at once",
		},
		"refuses 6 s late": { // which says nothing of a machine on which the control takes seconds
			expired, after(failed(evidence.Expired), 6005), seen(hello()), violates, conforms, conforms, "at once",
		},
		"refuses 1 s late": {
			expired, after(failed(evidence.Expired), 1005), seen(hello()), conforms, conforms, conforms, "",
		},
		"connects 9 s late": {
			good, after(ok(), 9000), seen(tls("ping")), violates, conforms, conforms, "at once",
		},
		"connects 4 s late": {good, after(ok(), 4000), seen(tls("ping")), conforms, conforms, conforms, ""},
		"connects past a silent responder": {
			unanswered, after(ok(), 5007), seen(tls("ping")), conforms, conforms, conforms, "",
		},
		"connects past it 6 s late": {
			unanswered, after(ok(), 11_000), seen(tls("ping")), violates, conforms, conforms, "at once",
		},
		"misses the server": {good, failed(evidence.Unreachable), seen(), violates, violates, inconclusive, "not reach"},
		"misses who is bad": {expired, failed(evidence.Unreachable), seen(), violates, violates, inconclusive, "not reach"},
		"a time-out of no limit": {
			expired, timedOut(40), seen(hello()), violates, violates, violates, "none of its limits",
		},
		"a time-out before its limit": {
			brief(expired), timedOut(900), seen(hello()), violates, violates, violates, "before 1000 ms",
		},
		"a time-out of its limit": {
			brief(expired), timedOut(999), seen(hello()), violates, violates, violates, "must fail as expired",
		},
		"crashes": {
			expired, failed(evidence.Crashed), seen(hello()), violates, violates, violates, "crashed",
		},
		"crashes without a norm": {
			open, failed(evidence.Crashed), seen(hello()), violates, violates, violates, "crashed",
		},
		"leaves a connection": {
			expired, failed(evidence.Expired), leaking, violates, violates, inconclusive, "still open",
		},
		"leaves a good connection":   {good, ok(), served, violates, violates, violates, "still open"},
		"reports what nobody served": {good, ok(), seen(tls("hello")), violates, violates, inconclusive, "served none"},
		"dials and dials": {
			expired, after(failed(evidence.Expired), 1000), withHellos(many(200)), violates, violates, violates,
			"dialled 200 times",
		},
		"dials without a norm": {
			open, after(failed(evidence.Expired), 1000), withHellos(many(200)), violates, violates, violates,
			"dialled 200 times",
		},
		"dials now and then": {
			expired, after(failed(evidence.Expired), 1000), withHellos(many(7)), conforms, conforms, conforms, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := harness.Case{Scenario: row.scenario}
			a := harness.Attempt{Answer: row.answer, Seen: row.seen}
			a.Request = evidence.Request{URI: "mongodb://localhost/?" + row.scenario.Client.Add, LimitMS: row.answer.ElapsedMS}
			v := Judge(c, a, evidence.Info{}, control(conforms, true, 5))
			require.Equal(t, row.kind, v.Kind, v.Why)
			require.Contains(t, v.Why, row.why)
			require.Equal(t, row.kind == violates && v.Reason != evidence.Crashed, v.Again)
			require.Equal(t, row.slow, Judge(c, a, evidence.Info{}, control(conforms, true, 3000)).Kind)
			require.Equal(t, row.none, Judge(c, a, evidence.Info{}, nil).Kind)
			require.Equal(
				t,
				row.none,
				Judge(c, a, evidence.Info{}, control(violates, false, 5)).Kind,
				"a control that did not connect",
			)
		})
	}
	silentAnswer := atLimit(10_000)
	for _, row := range []struct {
		conn  evidence.Connection
		limit int
		kind  evidence.Verdict
	}{{silent, 10_000, violates}, {silent, 1_000, inconclusive}, {hello(), 10_000, inconclusive}} {
		stalls := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.TimesOut("connectTimeoutMS")}}
		stalls.Scenario.Server.Fault.Stall = scenarios.AtHandshake
		a := harness.Attempt{Answer: silentAnswer, Seen: seen(row.conn)}
		a.Request = evidence.Request{URI: "mongodb://localhost/?connectTimeoutMS=300", LimitMS: row.limit}
		v := Judge(stalls, a, evidence.Info{}, nil)
		require.Equal(t, row.kind, v.Kind, v.Why)
		require.False(t, v.Again, "no machine is that busy")
	}
}

// An error that names no reason can be a race inside the driver: it must come twice. One that names a wrong reason is
// no chance.
func TestUnclassifiedIsJudgedTwice(t *testing.T) {
	for reason, again := range map[evidence.Reason]bool{evidence.Unclassified: true, evidence.Expired: false} {
		c := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.Expect{
			Outcome: scenarios.InHandshake, Reasons: []evidence.Reason{evidence.Untrusted}}}}
		v := Judge(c, harness.Attempt{Answer: failed(reason), Seen: seen(hello())}, evidence.Info{}, nil)
		require.Equal(t, violates, v.Kind, v.Why)
		require.Equal(t, again, v.Again, reason)
	}
}

func atLimit(ms int) evidence.Answer {
	a := timedOut(ms)
	a.Stopped = evidence.AtLimit
	return a
}

func withHellos(s evidence.Seen) evidence.Seen {
	for i := range s.Connections {
		s.Connections[i] = hello()
		s.Connections[i].ID = int64(i)
	}
	return s
}

// What a scenario makes a driver wait for is not its fault.
func TestStagedWaits(t *testing.T) {
	uri := "mongodb://localhost/?connectTimeoutMS=300&serverSelectionTimeoutMS=1000"
	for name, row := range map[string]struct {
		scenario scenarios.Scenario
		ms       int
	}{
		"nothing":             {scenarios.Scenario{Expect: scenarios.Refuses(evidence.Expired)}, 0},
		"a limit, some times": {scenarios.Scenario{Expect: scenarios.TimesOut("connectTimeoutMS")}, 1200},
		"another server":      {scenarios.Scenario{Expect: scenarios.Expect{Tries: 3}}, 1000},
		"a set":               {scenarios.Scenario{Members: make([]scenarios.Member, 3)}, 2000},
		"two slow answers": {
			scenarios.Scenario{Server: scenarios.Server{Responder: ocsp.Behaviour{Answer: ocsp.Slow}}}, 2000,
		},
		"another look": {scenarios.Scenario{Server: scenarios.Server{Fault: scenarios.Fault{Good: 1}}}, heartbeat},
	} {
		a := harness.Attempt{Request: evidence.Request{URI: uri}, Seen: evidence.Seen{OCSPRequests: 2}}
		require.Equal(t, row.ms, staged(row.scenario, a), name)
	}
}

// What a scenario makes a driver wait for, or takes away, is no delay and no miss of its.
func TestNeitherLateNorMissed(t *testing.T) {
	good := scenarios.Scenario{Expect: scenarios.Connects()}
	for name, change := range map[string]func(*scenarios.Scenario){
		"steps":        func(s *scenarios.Scenario) { s.Steps = back },
		"slow":         func(s *scenarios.Scenario) { s.Slow = "it takes a minute" },
		"IPv6":         func(s *scenarios.Scenario) { s.Client.Host = "[::1]" },
		"not the port": func(s *scenarios.Scenario) { s.Expect.Reasons = []evidence.Reason{evidence.Unreachable} },
	} {
		s := good
		change(&s)
		late := harness.Attempt{Answer: ok()}
		late.Answer.ElapsedMS = 9000
		if len(s.Steps) > 0 || s.Slow != "" {
			require.Empty(t, lateness(s, late, conforming), name)
		}
		if s.Slow == "" {
			require.Empty(t, missed(s, harness.Attempt{Answer: failed(evidence.Unreachable)}, conforming), name)
		}
	}
	slow := good
	slow.Server.Responder.Answer = ocsp.Slow
	a := harness.Attempt{Answer: ok(), Seen: evidence.Seen{OCSPRequests: 6}}
	a.Answer.ElapsedMS = 9000
	require.Empty(t, lateness(slow, a, conforming))
	require.NotEmpty(t, lateness(good, a, conforming))
}

// What the specification requires is never excused by being ignored; nothing else is held against a driver.
func TestRequiredOptions(t *testing.T) {
	in := seen(unencrypted("ping"))
	const endpoint, check = "tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck"
	for _, row := range []struct {
		lacks map[string]string
		kind  evidence.Verdict
	}{
		{map[string]string{endpoint: "ignored"}, violates},
		{map[string]string{endpoint: "ignored, with a warning"}, violates},
		{map[string]string{endpoint: "ignored", "ocsp": "none"}, unsupported},
		{map[string]string{check: "ignored"}, violates},
		{map[string]string{check: "ignored, with a warning"}, unsupported},
		{map[string]string{check: "ignored", "ocsp": "none"}, unsupported},
	} {
		c := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.Connects(),
			Client: scenarios.Client{Options: endpoint + "=true&" + check + "=true"}}}
		v := Judge(c, harness.Attempt{Answer: ok(), Seen: in}, informed(row.lacks), nil)
		require.Equal(t, row.kind, v.Kind, "%v: %s", row.lacks, v.Why)
	}
	inCode := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.Connects(),
		Client: scenarios.Client{Code: map[string]string{endpoint: "true"}}}}
	v := Judge(inCode, harness.Attempt{Answer: failed(evidence.ParseError)},
		informed(map[string]string{endpoint: "ignored"}), nil)
	require.Equal(t, unsupported, v.Kind, v.Why)
	for option, kind := range map[string]evidence.Verdict{
		"ssl": violates, "tlsCAFile": violates, "tlsCRLFile": unsupported,
	} {
		c := harness.Case{
			Scenario: scenarios.Scenario{Client: scenarios.Client{Options: option + "=x"}, Expect: scenarios.Connects()},
		}
		for _, instead := range []string{"ignored", "ignored, with a warning"} {
			v := Judge(c, harness.Attempt{Answer: ok(), Seen: in}, informed(map[string]string{option: instead}), nil)
			require.Equal(t, kind, v.Kind, v.Why)
		}
		v := Judge(
			c,
			harness.Attempt{Answer: failed(evidence.ParseError)},
			informed(map[string]string{option: "refused"}),
			nil,
		)
		require.Equal(t, unsupported, v.Kind, v.Why)
	}
}
