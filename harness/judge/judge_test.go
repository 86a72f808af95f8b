package judge

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// The verdicts, as the tables say them.
const (
	conforms      = evidence.Conforms
	violates      = evidence.Violates
	known         = evidence.Known
	unsupported   = evidence.Unsupported
	inconclusive  = evidence.Inconclusive
	characterised = evidence.Characterised
)

// The two witnesses, as the table below varies them.

func ok() evidence.Answer { return evidence.Answer{OK: true, Stopped: evidence.Returned} }

func failed(reason evidence.Reason) evidence.Answer {
	return evidence.Answer{Stage: evidence.AtConnect, Stopped: evidence.AllServersFailed,
		Error: &evidence.Error{Reason: reason, Text: "text of " + string(reason), Surface: "surface of " + string(reason)}}
}

func refused(code int, name string) evidence.Answer {
	a := failed(evidence.ServerRefused)
	a.Error.Code, a.Error.CodeName = code, name
	return a
}

func seen(connections ...evidence.Connection) evidence.Seen {
	return evidence.Seen{Connections: connections}
}

func tls(commands ...string) evidence.Connection {
	c := evidence.Connection{ID: 1, Hello: &evidence.Hello{SNI: "localhost", Versions: []string{"1.3"}}, TLS: "1.3"}
	for _, name := range commands {
		c.Commands = append(c.Commands, evidence.CommandSeen{Name: name})
	}
	return c
}

func unencrypted(commands ...string) evidence.Connection {
	c := tls(commands...)
	c.Hello, c.TLS, c.Clear = nil, "", true
	return c
}

func hello() evidence.Connection {
	c := tls()
	c.TLS, c.HandshakeError = "", "remote error"
	return c
}

func closed(cause evidence.Cause) evidence.Connection {
	return evidence.Connection{ID: 1, Hello: &evidence.Hello{}, TLS: "1.3", Cause: cause}
}

func replied(command string, code int, name string) evidence.Connection {
	c := tls("hello")
	c.Commands = append(c.Commands, evidence.CommandSeen{Name: command, Code: code, CodeName: name})
	return c
}

// control is a case that connected in so many milliseconds, or did not.
func control(kind evidence.Verdict, connected bool, ms int) *harness.Control {
	c := &harness.Control{Verdict: harness.Verdict{Kind: kind, Why: "text of the control"}}
	c.Attempt.Answer, c.Attempt.Seen = failed(evidence.PeerClosed), seen(hello())
	if connected {
		c.Attempt.Answer, c.Attempt.Seen = ok(), seen(tls("ping"))
	}
	c.Attempt.Answer.ElapsedMS = ms
	return c
}

var conforming = control(conforms, true, 5)

func TestOracle(t *testing.T) {
	expired := scenarios.Refuses(evidence.Expired)
	silent := hello()
	silent.Silent = true
	for _, row := range []struct {
		name   string
		want   scenarios.Expect
		answer evidence.Answer
		seen   evidence.Seen
		kind   evidence.Verdict
		why    string
	}{
		{"tls", scenarios.Connects(), ok(), seen(tls("hello", "ping")), conforms, ""},
		{"tls, legacy hello", scenarios.Connects(), ok(), seen(tls("isMaster"), tls("isMaster", "ping")), conforms, ""},
		{
			"plaintext although TLS is demanded", scenarios.Connects(), ok(), seen(unencrypted("hello", "ping")), violates, "in clear",
		},
		{"one of two in clear", scenarios.Connects(), ok(), seen(tls("hello", "ping"), unencrypted("hello")), violates,
			"in clear"},
		{"refused although good", scenarios.Connects(), failed(evidence.Untrusted), seen(hello()), violates, "untrusted"},
		{"success that no server saw", scenarios.Connects(), ok(), seen(), inconclusive, "witnesses disagree"},
		{
			"success, but only the handshake was served", scenarios.Connects(), ok(), seen(tls("hello")), inconclusive,
			"witnesses disagree",
		},

		{"clear", scenarios.ConnectsInClear(), ok(), seen(unencrypted("hello", "ping")), conforms, ""},
		{
			"TLS although none is asked for", scenarios.ConnectsInClear(), ok(), seen(tls("hello", "ping")), violates,
			"ClientHello",
		},
		{"clear refused", scenarios.ConnectsInClear(), failed(evidence.PeerClosed), seen(unencrypted()), violates, "peer-closed"},

		{"parse", scenarios.RefusedBeforeDialing(evidence.ParseError), failed(evidence.ParseError), seen(), conforms, ""},
		{
			"parse, after dialling", scenarios.RefusedBeforeDialing(evidence.ParseError), failed(evidence.ParseError),
			seen(hello()), violates, "before it dials",
		},
		{
			"parse, other reason", scenarios.RefusedBeforeDialing(evidence.ParseError), failed(evidence.KeyLoadError), seen(),
			violates, "key-load-error",
		},
		{
			"parse, accepted", scenarios.RefusedBeforeDialing(evidence.ParseError), ok(), seen(tls("ping")), violates,
			"connected",
		},

		{"handshake", expired, failed(evidence.Expired), seen(hello()), conforms, ""},
		{"handshake completed at the server's end", expired, failed(evidence.Expired), seen(tls()), conforms, ""},
		{"wrong reason", expired, failed(evidence.Untrusted), seen(hello()), violates, "untrusted"},
		{
			"unclassified is no reason", scenarios.Refuses(evidence.Unclassified), failed(evidence.Unclassified), seen(hello()),
			violates, "unclassified",
		},
		{"accepted", expired, ok(), seen(tls("hello", "ping")), violates, "connected"},
		{
			"right reason, but a command was sent", expired, failed(evidence.Expired), seen(tls("hello")), violates,
			"sent hello",
		},
		{"right reason, but in clear", expired, failed(evidence.Expired), seen(unencrypted()), violates, "clear text"},
		{"right reason, but nobody came", expired, failed(evidence.Expired), seen(), violates, "never saw a ClientHello"},
		{"time-out is no refusal", expired, timedOut(5000), seen(hello()), inconclusive, "time-out"},
		{"DNS is no refusal", expired, failed(evidence.DNSError), seen(), inconclusive, "name lookup"},
		{"refused port is no refusal", expired, failed(evidence.Unreachable), seen(), inconclusive, "port"},

		{
			"closed by server", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.PeerClosed),
			seen(closed(evidence.NoClientCert)), conforms, "",
		},
		{
			"closed with an alert", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.ClientCertRequired),
			seen(closed(evidence.NoClientCert)), conforms, "",
		},
		{
			"either cause", scenarios.ClosedByServer(evidence.NoClientCert, evidence.BadClientCert), failed(evidence.PeerClosed),
			seen(closed(evidence.BadClientCert)), conforms, "",
		},
		{
			"closed for another cause", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.PeerClosed),
			seen(closed(evidence.BadClientCert)), violates, "bad-client-cert",
		},
		{
			"closed, and no log line", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.PeerClosed),
			seen(closed("")), violates, "no cause",
		},
		{
			"closed, the driver blames itself", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.Untrusted),
			seen(closed(evidence.NoClientCert)), violates, "untrusted",
		},
		{
			"closed, yet the driver connected", scenarios.ClosedByServer(evidence.NoClientCert), ok(), seen(tls("ping")),
			violates, "connected",
		},
		{
			"closed after a command", scenarios.ClosedByServer(evidence.NoClientCert), failed(evidence.PeerClosed),
			seen(tls("hello")), violates, "served hello",
		},

		{
			"command", scenarios.RefusedByCommand("find", 13, "Unauthorized"), refused(13, "Unauthorized"),
			seen(replied("find", 13, "Unauthorized")), conforms, "",
		},
		{
			"command, other code", scenarios.RefusedByCommand("find", 13, "Unauthorized"), refused(18, "AuthenticationFailed"),
			seen(replied("find", 18, "AuthenticationFailed")), violates, "18",
		},
		{
			"command, server said otherwise", scenarios.RefusedByCommand("find", 13, "Unauthorized"),
			refused(13, "Unauthorized"), seen(replied("find", 59, "CommandNotFound")), violates, "no such reply",
		},
		{
			"command, no code", scenarios.RefusedByCommand("find", 13, "Unauthorized"), failed(evidence.AuthFailed),
			seen(replied("find", 13, "Unauthorized")), violates, "auth-failed",
		},
		{
			"login, no code", scenarios.RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
			failed(evidence.AuthFailed), seen(replied("authenticate", 18, "AuthenticationFailed")), conforms, "",
		},
		{
			"login, no code, other reason", scenarios.RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
			failed(evidence.PeerClosed), seen(replied("authenticate", 18, "AuthenticationFailed")), violates, "peer-closed",
		},
		{
			"login, no code, server said otherwise", scenarios.RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
			failed(evidence.AuthFailed), seen(replied("authenticate", 11, "UserNotFound")), violates, "no such reply",
		},
		{
			"command accepted", scenarios.RefusedByCommand("find", 13, "Unauthorized"), ok(), seen(tls("find")), violates,
			"connected",
		},

		{"time-out", scenarios.TimesOut("connectTimeoutMS"), timedOut(300), seen(silent), conforms, ""},
		{
			"time-out, cut to whole milliseconds", scenarios.TimesOut("connectTimeoutMS"), timedOut(298), seen(silent), conforms,
			"",
		},
		{"time-out, too early", scenarios.TimesOut("connectTimeoutMS"), timedOut(10), seen(silent), violates, "after 10 ms"},
		{
			"time-out without silence", scenarios.TimesOut("connectTimeoutMS"), timedOut(300), seen(hello()), violates, "silent",
		},
		{
			"time-out, other reason", scenarios.TimesOut("connectTimeoutMS"), failed(evidence.PeerClosed), seen(silent),
			violates, "peer-closed",
		},

		{"characterised success", scenarios.Characterised(), ok(), seen(tls("ping")), characterised, "connected"},
		{"characterised failure", scenarios.Characterised(), failed(evidence.Weak), seen(hello()), characterised, "weak"},
		{
			"characterised, but nothing was learnt", scenarios.Characterised(), timedOut(5000), seen(hello()), inconclusive,
			"time-out",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := harness.Case{Scenario: scenarios.Scenario{Expect: row.want}}
			a := harness.Attempt{Answer: row.answer, Seen: row.seen}
			a.Request.URI = "mongodb://localhost:1/?connecttimeoutms=300"
			v := Judge(c, a, evidence.Info{}, nil)
			require.Equal(t, row.kind, v.Kind, v.Why)
			require.Contains(t, v.Why, row.why)
		})
	}
}

func timedOut(ms int) evidence.Answer {
	a := failed(evidence.Timeout)
	a.ElapsedMS = ms
	return a
}

// Whatever the harness did not bring about itself, or could not see to its end, decides nothing.
func TestUnprovenIsNoVerdict(t *testing.T) {
	for name, spoil := range map[string]func(*harness.Attempt){
		"fault of the harness":     func(a *harness.Attempt) { a.Fault = "no port" },
		"limit of the harness":     func(a *harness.Attempt) { a.Answer.Stopped = "limit" },
		"connection still open":    func(a *harness.Attempt) { a.Seen.Open = 1 },
		"failure without an error": func(a *harness.Attempt) { a.Answer.Error = nil },
	} {
		t.Run(name, func(t *testing.T) {
			for _, want := range []scenarios.Expect{
				scenarios.Connects(), scenarios.Refuses(evidence.Expired), scenarios.Characterised(),
			} {
				a := harness.Attempt{Answer: failed(evidence.Expired), Seen: seen(hello())}
				spoil(&a)
				v := Judge(harness.Case{Scenario: scenarios.Scenario{Expect: want}}, a, evidence.Info{}, nil)
				require.Equal(t, inconclusive, v.Kind, v.Why)
			}
		})
	}
}

// A negative needs a control that connected, whatever else that missed, or cannot be had.
func TestNegativeNeedsItsControl(t *testing.T) {
	c := harness.Case{Twin: "x/good/requireTLS", Scenario: scenarios.Scenario{Expect: scenarios.Refuses(evidence.Expired)}}
	a := harness.Attempt{Answer: failed(evidence.Expired), Seen: seen(hello())}
	for _, row := range []struct {
		control *harness.Control
		kind    evidence.Verdict
		why     string
	}{
		{nil, inconclusive, "no control"},
		{conforming, conforms, ""},
		{control(violates, true, 5), conforms, ""},
		{control(known, true, 5), conforms, ""},
		{control(inconclusive, true, 5), conforms, ""},
		{control(violates, false, 5), inconclusive, "no control"},
		{control(inconclusive, false, 5), inconclusive, "no control"},
		{control(known, false, 5), unsupported, "text of the control"},
		{control(unsupported, true, 5), unsupported, "text of the control"},
	} {
		v := Judge(c, a, evidence.Info{}, row.control)
		require.Equal(t, row.kind, v.Kind, v.Why)
		require.Contains(t, v.Why, row.why)
		// Who gets in where it must not needs none.
		v = Judge(c, harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}, evidence.Info{}, row.control)
		require.Equal(t, violates, v.Kind, v.Why)
		require.Contains(t, v.Why, "connected")
	}
}

func TestStagedFailuresCount(t *testing.T) {
	zone := scenarios.Scenario{
		Client: scenarios.Client{Zone: "x. 1 IN TXT \"a\""},
		Expect: scenarios.RefusedBeforeDialing(evidence.DNSError),
	}
	require.Equal(
		t,
		conforms,
		Judge(harness.Case{Scenario: zone}, harness.Attempt{Answer: failed(evidence.DNSError)}, evidence.Info{}, nil).Kind,
	)
	zone.Expect = scenarios.Connects()
	require.Equal(
		t,
		violates,
		Judge(harness.Case{Scenario: zone}, harness.Attempt{Answer: failed(evidence.DNSError)}, evidence.Info{}, nil).Kind,
	)
	slow := scenarios.Scenario{
		Server: scenarios.Server{Responder: ocsp.Behaviour{Answer: ocsp.Slow}},
		Expect: scenarios.Connects(),
	}
	require.Equal(
		t,
		violates,
		Judge(
			harness.Case{Scenario: slow},
			harness.Attempt{Answer: timedOut(5000), Seen: seen(hello())},
			evidence.Info{},
			nil,
		).Kind,
	)
}

// A staged time-out that ends a connection before the server fell silent on it proves nothing; what a driver begins
// after it, to be cut off by the closing of its client, does not matter.
func TestTimeoutBeforeTheSilence(t *testing.T) {
	stalls := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.TimesOut("connectTimeoutMS")}}
	stalls.Scenario.Server.Fault.Stall = scenarios.AtHandshake
	silent := hello()
	silent.Silent = true
	for _, row := range []struct {
		seen evidence.Seen
		kind evidence.Verdict
	}{
		{seen(hello(), silent), inconclusive},
		{seen(hello()), inconclusive},
		{seen(), inconclusive},
		{seen(tls("hello")), inconclusive},
		{seen(silent, hello()), conforms},
		{seen(tls("hello"), silent), conforms},
	} {
		v := Judge(
			stalls,
			harness.Attempt{
				Request: evidence.Request{URI: "mongodb://localhost/?connectTimeoutMS=300"},
				Answer:  timedOut(300),
				Seen:    row.seen,
			},
			evidence.Info{},
			nil,
		)
		require.Equal(t, row.kind, v.Kind, v.Why)
	}
}

// A certificate that has run out before the client came proves nothing of one that runs out while the client works.
func TestCertificateThatRanOutTooSoon(t *testing.T) {
	runsOut := scenarios.Step{After: 1, Expire: pki.Server}
	c := harness.Case{Scenario: scenarios.Scenario{Steps: []scenarios.Step{runsOut}, Expect: scenarios.Connects()}}
	a := harness.Attempt{Answer: failed(evidence.Expired), Seen: seen(hello())}
	require.Equal(t, inconclusive, Judge(c, a, evidence.Info{}, nil).Kind)
	a.Seen.Steps = []evidence.StepSeen{{}}
	require.Equal(t, violates, Judge(c, a, evidence.Info{}, nil).Kind)
}

// A fault that comes later, after the server was found, proves nothing of a driver that never found it in time.
func TestTimeoutOfTheGoodConnection(t *testing.T) {
	later := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.TimesOut("connectTimeoutMS")}}
	later.Scenario.Server.Fault = scenarios.Fault{Good: 1, Stall: scenarios.AtHello}
	silent := hello()
	silent.Silent = true
	for stopped, kind := range map[evidence.Stopped]evidence.Verdict{
		evidence.AllServersFailed: inconclusive, evidence.Returned: conforms,
	} {
		answer := timedOut(300)
		answer.Stopped = stopped
		v := Judge(
			later,
			harness.Attempt{
				Request: evidence.Request{URI: "mongodb://localhost/?connectTimeoutMS=300"},
				Answer:  answer,
				Seen:    seen(tls("hello"), silent),
			},
			evidence.Info{},
			nil,
		)
		require.Equal(t, kind, v.Kind, v.Why)
	}
}

// informed is what an adapter says that lacks this: options, and abilities as older adapters write them.
func informed(lacks map[string]string) (info evidence.Info) {
	text, err := json.Marshal(map[string]any{"Lacks": lacks})
	if err := errors.Join(err, json.Unmarshal(text, &info)); err != nil {
		panic(err)
	}
	return info
}

// An option that the driver lacks is unsupported whatever came of it, and whatever form it is given in.
func TestUnsupported(t *testing.T) {
	info := informed(map[string]string{"tlsCRLFile": "ignored", "dns": "no", "systemRoots": "no", "dial": "no",
		"code": "no"})
	for name, client := range map[string]scenarios.Client{
		"added":        {Add: "tlsCRLFile={crl}"},
		"other case":   {Options: "tls=true&TLSCRLFILE={crl}"},
		"in the URI":   {URI: "mongodb://{host}/?tlscrlfile={crl}"},
		"in code":      {Code: map[string]string{"tlsCRLFile": "{crl}"}},
		"dns":          {Zone: "x. 1 IN TXT \"a\""},
		"system roots": {SystemRoots: true},
		"any code":     {Code: map[string]string{"tls": "true"}},
		"dial":         {Host: "db.example.test"},
		"dial IPv6":    {Host: "[::1]"},
	} {
		t.Run(name, func(t *testing.T) {
			c := harness.Case{
				Twin:     "x/y/z",
				Scenario: scenarios.Scenario{Client: client, Expect: scenarios.Refuses(evidence.Revoked)},
			}
			v := Judge(c, harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}, info, nil)
			require.Equal(t, unsupported, v.Kind)
		})
	}
	for lacks, kind := range map[string]evidence.Verdict{
		"tlsCRLFile": unsupported, "?tlsCRLFile": conforms,
	} { // in the URI alone
		c := harness.Case{
			Scenario: scenarios.Scenario{
				Client: scenarios.Client{Code: map[string]string{"tlsCRLFile": "x"}},
				Expect: scenarios.Connects(),
			},
		}
		a := harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}
		require.Equal(t, kind, Judge(c, a, informed(map[string]string{lacks: "ignored"}), nil).Kind)
		c.Scenario.Client = scenarios.Client{Add: "tlsCRLFile=x"}
		require.Equal(
			t,
			unsupported,
			Judge(c, a, informed(map[string]string{lacks: "ignored"}), nil).Kind,
		)
	}
	for lacks, kind := range map[string]evidence.Verdict{"poolEvents": unsupported, "tlsCRLFile": violates} {
		c := harness.Case{
			Scenario: scenarios.Scenario{
				Expect: scenarios.Expect{
					Outcome: scenarios.InHandshake,
					Reasons: []evidence.Reason{evidence.Expired},
					Pool:    scenarios.Cleared,
				},
			},
		}
		v := Judge(
			c,
			harness.Attempt{Answer: failed(evidence.Expired), Seen: seen(hello())},
			informed(map[string]string{lacks: "none"}),
			nil,
		)
		require.Equal(t, kind, v.Kind, v.Why)
	}
	for good, kind := range map[int]evidence.Verdict{0: conforms, 1: unsupported} {
		c := harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.Connects(),
			Server: scenarios.Server{Fault: scenarios.Fault{Good: good}}}}
		v := Judge(c, harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))},
			evidence.Info{Cannot: map[evidence.Ability]evidence.Instead{evidence.Monitors: "none"}}, nil)
		require.Equal(t, kind, v.Kind, v.Why)
	}
	for name, server := range map[string]scenarios.Server{
		"responder":          {Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		"promised staple":    {Leaf: pki.Leaf{MustStaple: true}},
		"staple":             {Fault: scenarios.Fault{Staple: ocsp.Behaviour{Answer: ocsp.Revoked}}},
		"promised in faults": {Fault: scenarios.Fault{Leaf: &pki.Leaf{MustStaple: true}}},
	} {
		c := harness.Case{Scenario: scenarios.Scenario{Server: server, Expect: scenarios.Connects()}}
		for lacks, kind := range map[string]evidence.Verdict{"ocsp": unsupported, "tlsCRLFile": conforms} {
			v := Judge(
				c,
				harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))},
				informed(map[string]string{lacks: "ignored"}),
				nil,
			)
			require.Equal(t, kind, v.Kind, name)
		}
	}
	by := harness.Attempt{
		Request: evidence.Request{URI: "mongodb://localhost/?tls=true&tlsCRLFile=x"},
		Answer:  ok(),
		Seen:    seen(tls("ping")),
	}
	require.Equal(
		t,
		unsupported,
		Judge(harness.Case{Scenario: scenarios.Scenario{Expect: scenarios.Connects()}}, by, info, nil).Kind,
	)
	for _, client := range []scenarios.Client{{Add: "xtlsCRLFile=1"}, {Host: "localhost"}, {Host: "127.0.0.1"}} {
		c := harness.Case{Scenario: scenarios.Scenario{Client: client, Expect: scenarios.Connects()}}
		require.Equal(t, conforms, Judge(c, harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}, info, nil).Kind)
	}
}

// Every outcome that can be expected has its row.
func TestEveryOutcomeHasARow(t *testing.T) {
	for _, o := range []scenarios.Outcome{
		scenarios.OverTLS, scenarios.InClear, scenarios.BeforeDialing, scenarios.InHandshake, scenarios.ByServer,
		scenarios.ByCommand, scenarios.ByTimeout,
	} {
		require.Contains(t, rows, o)
	}
}

// Rows about a later fault look past the good connections, at labels and at the pool.
func TestFaultsAfterAGoodStart(t *testing.T) {
	want := scenarios.Refuses(evidence.Expired)
	want.NoLabels, want.Pool = []scenarios.Label{scenarios.SystemOverloaded}, scenarios.Cleared
	c := harness.Case{
		Scenario: scenarios.Scenario{Server: scenarios.Server{Fault: scenarios.Fault{Good: 1}}, Expect: want},
	}
	good, bad := tls("hello"), hello()
	good.ID, bad.ID = 1, 2
	a := harness.Attempt{Answer: failed(evidence.Expired), Seen: seen(bad, good)}
	a.Answer.Events = []evidence.Event{{Kind: evidence.PoolCleared}}
	require.Equal(t, conforms, Judge(c, a, evidence.Info{}, nil).Kind)
	for says, change := range map[string]func(*harness.Attempt){
		"must clear its pool": func(a *harness.Attempt) { a.Answer.Events = nil },
		"must not be labelled SystemOverloadedError": func(a *harness.Attempt) {
			a.Answer.Error.Labels = []string{"SystemOverloadedError"}
		},
		"never saw a ClientHello": func(a *harness.Attempt) { a.Seen.Connections = a.Seen.Connections[1:] },
	} {
		changed := a
		changed.Answer = failed(evidence.Expired)
		changed.Answer.Events = a.Answer.Events
		change(&changed)
		v := Judge(c, changed, evidence.Info{}, nil)
		require.Equal(t, violates, v.Kind)
		require.Contains(t, v.Why, says)
	}
	c.Scenario.Expect = scenarios.ClosedByServer(evidence.Staged)
	c.Scenario.Expect.Labels, c.Scenario.Expect.Pool = []scenarios.Label{scenarios.Retryable}, scenarios.Kept
	require.Contains(
		t,
		Judge(
			c,
			harness.Attempt{Answer: failed(evidence.PeerClosed), Seen: seen(good, closed(evidence.Staged))},
			evidence.Info{},
			nil,
		).Why,
		"must be labelled RetryableError",
	)
}

// back is what happens to a server that comes back.
var back = []scenarios.Step{{After: 1, Restart: &scenarios.Change{}}}

// A read that meets a restart twice must do so again: of a server that does not restart, one such error is enough.
func TestARestartThatIsMetTwiceIsJudgedTwice(t *testing.T) {
	for _, row := range []struct {
		steps  []scenarios.Step
		reason evidence.Reason
		again  bool
	}{
		{nil, evidence.PeerClosed, false},
		{back, evidence.PeerClosed, true},
		{[]scenarios.Step{{After: 1, Restart: &scenarios.Change{}, Down: 200}}, evidence.Unreachable, true},
		{back, evidence.Untrusted, false},
	} {
		c := harness.Case{Scenario: scenarios.Scenario{Steps: row.steps, Expect: scenarios.Connects()}}
		v := Judge(c, harness.Attempt{Answer: failed(row.reason), Seen: seen(tls("hello", "find"))}, evidence.Info{}, nil)
		require.Equal(t, violates, v.Kind, v.Why)
		require.Equal(t, row.again, v.Again, row)
	}
}

// A row about a server that comes back otherwise, and is refused, looks past those of before.
func TestRefusedOnceBack(t *testing.T) {
	c := harness.Case{
		Scenario: scenarios.Scenario{
			Steps:  back,
			Expect: scenarios.Refuses(evidence.Untrusted),
		},
	}
	before, after := tls("hello", "find"), hello()
	before.ID, after.ID = 1, 2
	for came, kind := range map[int]evidence.Verdict{0: inconclusive, 1: conforms, 2: violates} {
		before.Run, after.Run = came/2, (came+1)/2
		a := harness.Attempt{Answer: failed(evidence.Untrusted), Seen: seen(before, after)}
		require.Equal(t, kind, Judge(c, a, evidence.Info{}, nil).Kind, came)
	}
}

// A row about a change proves nothing where nobody met it.
func TestAChangeThatNobodyMet(t *testing.T) {
	want := scenarios.Connects()
	again := harness.Case{
		Scenario: scenarios.Scenario{Steps: back, Expect: want},
	}
	a := harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}
	require.Equal(t, inconclusive, Judge(again, a, evidence.Info{}, nil).Kind)
	a.Seen.Connections[0].Run = 1
	require.Equal(t, conforms, Judge(again, a, evidence.Info{}, nil).Kind)
	later := harness.Case{
		Scenario: scenarios.Scenario{Server: scenarios.Server{Fault: scenarios.Fault{Good: 1}}, Expect: want},
	}
	require.Equal(t, inconclusive, Judge(later, a, evidence.Info{}, nil).Kind)
	a.Seen = seen(tls("hello"), tls("ping"))
	require.Equal(t, conforms, Judge(later, a, evidence.Info{}, nil).Kind)
}

// Connections that a driver does not count among its attempt, such as those on which it ends its sessions, are no
// tries.
func TestTries(t *testing.T) {
	want := scenarios.Connects()
	want.Tries = 2
	for created, kind := range map[int]evidence.Verdict{0: violates, 2: conforms, 3: violates, 4: violates} {
		a := harness.Attempt{Answer: ok(), Seen: seen(tls("ping"), tls("ping"), tls("endSessions"))}
		for range created {
			a.Answer.Events = append(a.Answer.Events, evidence.Event{Kind: evidence.ConnectionCreated})
		}
		require.Equal(
			t,
			kind,
			Judge(harness.Case{Scenario: scenarios.Scenario{Expect: want}}, a, evidence.Info{}, nil).Kind,
			created,
		)
	}
}

// A row about what stays proves nothing where the client that comes first did not fare as it has it; who gets in
// where it must not does so whatever came first.
func TestClientsThatComeFirst(t *testing.T) {
	c := harness.Case{
		Twin: "x/good/requireTLS",
		Scenario: scenarios.Scenario{
			Before: []scenarios.Earlier{{}, {Refused: true}},
			Expect: scenarios.Refuses(evidence.Untrusted),
		},
	}
	a := harness.Attempt{
		Before: []evidence.Answer{ok(), failed(evidence.Untrusted)},
		Answer: failed(evidence.Untrusted),
		Seen:   seen(hello()),
	}
	require.Equal(t, conforms, Judge(c, a, evidence.Info{}, conforming).Kind)
	a.Before[1] = ok()
	v := Judge(c, a, evidence.Info{}, conforming)
	require.Equal(t, inconclusive, v.Kind)
	require.Contains(t, v.Why, "client 2")
	a.Before[1] = atLimit(10_000)
	v = Judge(c, a, evidence.Info{}, conforming)
	require.Equal(t, violates, v.Kind)
	require.Contains(t, v.Why, "hangs with client 2")
	require.True(t, v.Again)
	require.Equal(t, inconclusive, Judge(c, a, evidence.Info{}, control(conforms, true, 3000)).Kind, "a slow machine")
	a.Before[1] = ok()
	require.Equal(t, unsupported, Judge(c, a, evidence.Info{}, control(known, false, 5)).Kind)
	a.Answer, a.Seen = ok(), seen(tls("ping"))
	require.Equal(t, violates, Judge(c, a, evidence.Info{}, conforming).Kind)
}

// A driver whose application reads the files is not judged by rows about files, and by no others less.
func TestFilesThatAnApplicationReads(t *testing.T) {
	bundle := func(f pki.File) scenarios.Client { return scenarios.Client{Files: map[string]pki.File{"file": f}} }
	odd := pki.File{Parts: []pki.Part{{CA: pki.CA, As: pemfile.DER}}}
	for _, row := range []struct {
		id     string
		client scenarios.Client
		kind   evidence.Verdict
	}{
		{"key/some", scenarios.Client{}, unsupported},
		{"uri/some", bundle(pki.Bundle(pki.CA)), unsupported},
		{"uri/some", scenarios.Client{Quote: scenarios.AsComponent}, unsupported},
		{"uri/some", scenarios.Client{}, conforms},
		{"trust/some", bundle(pki.Bundle(pki.CA)), conforms},
		{"trust/some", bundle(odd), unsupported},
		{"trust/some", bundle(pki.File{As: pemfile.DER}), unsupported},
	} {
		c := harness.Case{Scenario: scenarios.Scenario{ID: row.id, Client: row.client, Expect: scenarios.Connects()}}
		info := evidence.Info{Cannot: map[evidence.Ability]evidence.Instead{evidence.Files: "an application does"}}
		v := Judge(c, harness.Attempt{Answer: ok(), Seen: seen(tls("ping"))}, info, nil)
		require.Equal(t, row.kind, v.Kind, "%s %+v: %s", row.id, row.client, v.Why)
	}
	c := harness.Case{Scenario: scenarios.Scenario{ID: "err/some",
		Expect: scenarios.RefusedBeforeDialing(evidence.KeyLoadError)}}
	info := evidence.Info{Cannot: map[evidence.Ability]evidence.Instead{evidence.Files: "an application does"}}
	require.Equal(t, unsupported, Judge(c, harness.Attempt{Answer: ok()}, info, nil).Kind)
}
