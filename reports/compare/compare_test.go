package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/sample"
	"github.com/mongotls/mongotls/reports/internal/schema"
)

const ocspCase = "ocsp/x/requireTLS"

func TestCompareKinds(t *testing.T) {
	failing := func(change func(*evidence.Answer)) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case {
			change(&c.Attempts[0].Answer)
			return c
		}
	}
	seen := func(change func(*evidence.Connection)) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case {
			change(&c.Attempts[0].Server.Connections[0])
			return c
		}
	}
	verdict := func(v string) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case { c.Verdict = v; return c }
	}
	as := func(changes ...func(reports.Case) reports.Case) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case {
			for _, change := range changes {
				c = change(c)
			}
			return c
		}
	}
	is := func(c reports.Case) reports.Case { return c }
	worded := func(sentence string) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case { c.Expectation = sentence; return c }
	}
	expecting := func(outcome string) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case { c.Expects = map[string]any{"Outcome": outcome}; return c }
	}
	stepped := func(c reports.Case) reports.Case { // something happened in the middle
		c.Attempts[0].Server.CameBack = 1
		return c
	}
	met := func(members ...string) func(reports.Case) reports.Case { // each a member and the name that it is asked for
		return func(c reports.Case) reports.Case {
			one := c.Attempts[0].Server.Connections[0]
			c.Attempts[0].Server.Connections = nil
			for _, m := range members {
				next, hello := one, *one.Hello
				next.Member, hello.SNI, _ = strings.Cut(m, " ")
				next.Hello = &hello
				c.Attempts[0].Server.Connections = append(c.Attempts[0].Server.Connections, next)
			}
			return c
		}
	}
	limit := func(n int) func(reports.Case) reports.Case {
		return func(c reports.Case) reports.Case {
			c.Verdict = reports.Inconclusive
			c.Attempts[0].Answer = evidence.Answer{
				Stage:     "connect",
				Stopped:   "limit",
				ElapsedMS: 10_000,
				Error:     &evidence.Error{Reason: "timeout"},
			}
			for range n - 1 {
				c.Attempts = append(c.Attempts, c.Attempts[0])
			}
			return c
		}
	}
	untried := func(c reports.Case) reports.Case { c.Attempts = nil; return c }
	listed := func(c reports.Case) reports.Case { c.KnownFile = "mine.yaml"; return c }
	outdated := func(c reports.Case) reports.Case { c.Outdated, c.Verdict = true, reports.Violates; return c }
	either := func(reason evidence.Reason) func(reports.Case) reports.Case { // as a known failure has it
		return func(c reports.Case) reports.Case {
			c.Verdict, c.Reason, c.Either = reports.Known, reason, []evidence.Reason{"peer-closed", "revoked"}
			c.Attempts[0].Answer.Error = &evidence.Error{Reason: reason, Text: "it is " + string(reason)}
			return c
		}
	}
	clearText := func(c *evidence.Connection) { c.Hello, c.TLS, c.Clear = nil, "", true }
	ok, no := sample.Accepted(ocspCase), sample.Refused(ocspCase)
	for name, row := range map[string]struct {
		base, head         reports.Case
		asBase, asHead     func(reports.Case) reports.Case
		kind               string
		regression         bool
		detail             string // the first
		mirror             string // kind of the change from head to base
		mirroredRegression bool
	}{
		"accepts": {
			no, ok, is, verdict(reports.Violates), "accepts", true, "verdict: conforms → violates", "fixed", false,
		},
		"accepts, without a norm": {
			no, ok, verdict(reports.Characterised), verdict(reports.Characterised), "accepts", true,
			"outcome: fails as revoked while connecting → connects over TLS", "refuses", true,
		},
		"accepts, as is known": {
			no, ok, is, verdict(reports.Known), "accepts", true, "verdict: conforms → known", "fixed", false,
		},
		"accepts, as the user knows": {
			no, ok, is, as(verdict(reports.Known), listed), "accepts", false, "verdict: conforms → known", "fixed", false,
		},
		"an entry that does not hold any more": {
			no, ok, verdict(reports.Known), outdated, "fixed", false, "verdict: known → conforms", "refuses", true,
		},
		"an entry that never held": {no, no, is, outdated, "", false, "", "", false},
		"accepts without a control": {
			no, ok, is, verdict(reports.Inconclusive), "accepts", true, "verdict: conforms → inconclusive", "refuses", true,
		},
		"refuses": {
			ok, no, is, verdict(reports.Violates), "refuses", true, "verdict: conforms → violates", "fixed", false,
		},
		"an option is understood": {
			no, ok, verdict(reports.Unsupported), is, "gained", false, "verdict: unsupported → conforms", "refuses", true,
		},
		"an option is lost": {
			no, no, is, verdict(reports.Unsupported), "lost", true, "verdict: conforms → unsupported", "gained", false,
		},
		"hangs": {
			no, no, is, limit(2), "hangs", true, "verdict: conforms → inconclusive", "ends", false,
		},
		"hangs, once": {
			ok, ok, is, limit(1), "hangs", true, "verdict: conforms → inconclusive", "ends", false,
		},
		"hangs, as judged": {
			no, no, is, as(limit(1), verdict(reports.Violates)), "hangs", true, "verdict: conforms → violates", "fixed", false,
		},
		"hangs on both sides":  {ok, ok, limit(2), limit(2), "", false, "", "", false},
		"hangs, after nothing": {ok, ok, verdict(reports.Inconclusive), limit(2), "", false, "", "", false},
		"plaintext": {
			ok, ok, is, as(verdict(reports.Violates), seen(clearText)), "plaintext", true, "verdict: conforms → violates",
			"fixed", false,
		},
		"plaintext, and it fails": {
			no, no, is, seen(clearText), "plaintext", true,
			"outcome: fails as revoked while connecting → fails as revoked while connecting in clear", "wire", false,
		},
		"regressed, otherwise": {
			no, no, is, as(verdict(reports.Violates), failing(func(a *evidence.Answer) { a.Error.Reason = "untrusted" })),
			"regressed", true, "verdict: conforms → violates", "fixed", false,
		},
		"regressed, nothing was seen": {
			ok, ok, is, verdict(reports.Violates), "regressed", true, "verdict: conforms → violates", "fixed", false,
		},
		"other verdicts only": {ok, ok, verdict(reports.Known), verdict(reports.Violates), "", false, "", "", false},
		"reason": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Reason = "ocsp-invalid" }), "reason", false,
			"reason: revoked → ocsp-invalid", "reason", false,
		},
		"stage": {
			no, no, is, failing(func(a *evidence.Answer) { a.Stage, a.Command = "command", 1 }), "error", false,
			"fails at: while connecting → at command 2", "error", false,
		},
		"types": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Chain = a.Error.Chain[1:] }), "error", false,
			"types: ocsp.Error > errors.errorString → errors.errorString", "error", false,
		},
		"code": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Code = 18 }), "error", false, "code: none → 18", "error",
			false,
		},
		"code name": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.CodeName = "HostUnreachable" }), "error", false,
			"code: none → 0 HostUnreachable", "error", false,
		},
		"network flag": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Network = false }), "error", false,
			"is a network error: true → false", "error", false,
		},
		"time-out flag": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Timeout = true }), "error", false,
			"is a time-out: false → true", "error", false,
		},
		"label": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Labels = append(a.Error.Labels, "RetryableError") }),
			"labels", false, "labels: NetworkError → NetworkError, RetryableError, so it will be retried", "labels", false,
		},
		"order of labels": {
			no, no, failing(func(a *evidence.Answer) { a.Error.Labels = []string{"a", "b"} }),
			failing(func(a *evidence.Answer) { a.Error.Labels = []string{"b", "a"} }), "", false, "", "", false,
		},
		"pool event": {
			no, no, is, failing(func(a *evidence.Answer) { a.Events = append(a.Events, evidence.Event{Kind: "pool-cleared"}) }),
			"pool", false, "events: heartbeat-failed → heartbeat-failed, pool-cleared", "pool", false,
		},
		"reason of a pool event": {
			ok, ok, is, failing(func(a *evidence.Answer) { a.Events[1].Text = "idle" }), "pool", false,
			"events: connection-closed, heartbeat-succeeded → connection-closed (idle), heartbeat-succeeded", "pool", false,
		},
		"text of an event": {
			ok, ok, is, failing(func(a *evidence.Answer) { a.Events[1].Text = "poolClosed" }), "", false, "", "", false,
		},
		"name": {
			ok, ok, is, seen(func(c *evidence.Connection) { c.Hello.SNI = "" }), "wire", false,
			"name it asks for: localhost → none", "wire", false,
		},
		"client certificate": {
			ok, ok, is, seen(func(c *evidence.Connection) { c.Peer = "CN=client" }), "wire", false,
			"client certificate: none → CN=client", "wire", false,
		},
		"command": {
			ok, ok, is, seen(func(c *evidence.Connection) { c.Commands[0].Speculative = "accepted" }), "wire", false,
			"commands: hello; ping → hello (accepted); ping", "wire", false,
		},
		"cause": {
			no, no, is, seen(func(c *evidence.Connection) { c.Cause = "handshake-failed" }), "wire", false,
			"ended by the server for: none → handshake-failed", "wire", false,
		},
		"cause, where the client has changed the server": {
			no, no, seen(func(c *evidence.Connection) { c.Commands = []evidence.CommandSeen{{Name: "setParameter"}} }),
			seen(func(c *evidence.Connection) {
				c.Commands, c.Cause = []evidence.CommandSeen{{Name: "setParameter"}}, "handshake-failed"
			}),
			"", false, "", "", false,
		},
		"farewell": {
			ok, ok, seen(func(c *evidence.Connection) { c.TLS = "1.3" }),
			seen(func(c *evidence.Connection) { c.TLS, c.Farewell = "1.3", true }), "wire", false,
			"leaves: without close_notify → with close_notify", "wire", false,
		},
		"farewell of a failure": {
			no, no, is, seen(func(c *evidence.Connection) { c.Farewell = true }), "", false, "", "", false,
		},
		"responder": {
			ok, ok, is, func(c reports.Case) reports.Case { c.Attempts[0].Server.OCSPRequests = 2; return c }, "wire", false,
			"OCSP responder: not asked → asked", "wire", false,
		},
		"DNS": {
			ok, ok, is, func(c reports.Case) reports.Case { c.Attempts[0].Server.DNS = []string{"A x."}; return c }, "wire",
			false, "DNS queries: none → A x.", "wire", false,
		},
		"a stranger's connection": {ok, ok, is, func(c reports.Case) reports.Case {
			stranger := evidence.Connection{HandshakeError: "no TLS", Cause: "handshake-failed"}
			c.Attempts[0].Server.Connections = append(c.Attempts[0].Server.Connections, stranger)
			return c
		}, "", false, "", "", false},
		"what is known to be chance": {no, no, either("peer-closed"), either("revoked"), "", false, "", "", false},
		"what conforms by chance, too": {no, no, func(c reports.Case) reports.Case {
			c = either("peer-closed")(c)
			c.Either = []evidence.Reason{"peer-closed", evidence.Reason(reports.Conforms)}
			return c
		}, is, "", false, "", "", false},
		"what is not known to be": {
			no, no, either("peer-closed"), either("untrusted"), "reason", false, "reason: peer-closed → untrusted",
			"reason", false,
		},
		"what a server is at that keeps its client waiting": {
			no, no, seen(func(c *evidence.Connection) { c.Silent = true }), seen(func(c *evidence.Connection) {
				c.Silent, c.Cause = true, evidence.HandshakeFailed
			}), "", false, "", "", false,
		},
		"what broke off in the background": {ok, ok, is, func(c reports.Case) reports.Case {
			late := evidence.Connection{Hello: &evidence.Hello{}, HandshakeError: "EOF", Cause: evidence.HandshakeFailed}
			c.Attempts[0].Server.Connections = append(c.Attempts[0].Server.Connections, late)
			return c
		}, "", false, "", "", false},
		"what fails in the middle": {no, no, stepped, as(stepped, failing(func(a *evidence.Answer) {
			a.Stage, a.Error.Reason, a.Error.Text, a.ElapsedMS = "command", "peer-closed", "x", 9000
		})), "", false, "", "", false},
		"what comes of the middle": {
			no, ok, stepped, as(stepped, verdict(reports.Violates)), "accepts", true, "verdict: conforms → violates", "fixed",
			false,
		},
		"another member": {
			ok, ok, met("a a.test", "b b.test"), met("a a.test", "c c.test"), "", false, "", "", false,
		},
		"another name for a member": {
			ok, ok, met("a a.test", "b b.test"), met("a b.test", "c c.test"), "wire", false,
			"name it asks for: a.test → b.test", "wire", false,
		},
		"the monitor of another member": {ok, ok, met("a a.test"), as(met("a a.test"), failing(func(a *evidence.Answer) {
			a.Events = append(a.Events, evidence.Event{Kind: evidence.HeartbeatFailed},
				evidence.Event{Kind: evidence.PoolCleared})
		})), "", false, "", "", false},
		"slower": {
			no, no, is, failing(func(a *evidence.Answer) { a.ElapsedMS = 1500 }), "slower", false,
			"time: under 100ms → 1s to 3s", "faster", false,
		},
		"slower, by little": {no, no, is, failing(func(a *evidence.Answer) { a.ElapsedMS = 900 }), "", false, "", "", false},
		"waits": {
			no, no, failing(func(a *evidence.Answer) { a.Stopped = "returned" }), is, "slower", false,
			"fails: at once → when server selection times out", "faster", false,
		},
		"warning": {
			ok, ok, is, failing(func(a *evidence.Answer) { a.Warnings = []string{"deprecated"} }), "warnings", false,
			"warnings: none → deprecated", "warnings", false,
		},
		"text": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Text = "connection(localhost:40001[-5]): revoked" }), "text",
			false, `text: "connection(localhost:PORT[-N]): certificate is revoked" → "connection(localhost:PORT[-N]): revoked"`,
			"text", false,
		},
		"text that wraps": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Surface = "sorry" }), "text", false,
			`text for the application: "server selection error: certificate is revoked" → "sorry"`, "text", false,
		},
		"surface in another order": {no, no, failing(func(a *evidence.Answer) { a.Error.Surface = "a:1: refused,b:1: expired" }),
			failing(func(a *evidence.Answer) { a.Error.Surface = "b:1: expired,a:1: refused" }), "", false, "", "", false},
		"volatile surface": {no, no, failing(func(a *evidence.Answer) {
			a.Error.Surface = "<ServerDescription ('localhost', 40001) Do53:127.0.0.1@53>"
		}),
			failing(func(a *evidence.Answer) { a.Error.Surface = "<ServerDescription ('localhost', 3) Do53:127.0.0.1@5353>" }), "", false, "", "", false},
		"volatile text": {
			no, no, is,
			failing(func(a *evidence.Answer) { a.Error.Text = "connection(localhost:3[-977]): certificate is revoked" }), "",
			false, "", "", false,
		},
		"version in the text": {
			no, no, failing(func(a *evidence.Answer) { a.Error.Text = "by 2.8.2" }),
			failing(func(a *evidence.Answer) { a.Error.Text = "by 2.9.3" }), "", false, "", "", false,
		},
		"several": {
			no, no, is, failing(func(a *evidence.Answer) { a.Error.Text, a.Error.Labels = "x", nil }), "labels", false,
			"labels: NetworkError → none", "labels", false,
		},
		"undecided": {
			ok, no, is, verdict(reports.Inconclusive), "undecided", false, "verdict: conforms → inconclusive", "decided", false,
		},
		"undecided, and asked for something else": {
			no, no, is, as(verdict(reports.Inconclusive), func(c reports.Case) reports.Case {
				c.Attempts[0].Request.URI += "&x=y"
				return c
			}), "undecided", false, "verdict: conforms → inconclusive", "decided", false,
		},
		"not tried, on the same back end": {
			ok, ok, is, as(verdict(reports.NotRun), untried), "undecided", false,
			"verdict: conforms → not-run", "decided", false,
		},
		"undecided twice": {
			no, no, verdict(reports.Inconclusive),
			as(verdict(reports.Inconclusive), failing(func(a *evidence.Answer) { a.Error.Text = "x" })), "", false, "", "",
			false,
		},
		"another request": {
			ok, ok, is, func(c reports.Case) reports.Case { c.Attempts[0].Request.URI += "&tlsInsecure=true"; return c },
			"restated", false,
			"request: mongodb://localhost:PORT/?tls=true; admin {\"ping\":1} → mongodb://localhost:PORT/?tls=true&tlsInsecure=true; admin {\"ping\":1}",
			"restated", false,
		},
		"another request, and a violation": {
			ok, ok, is, as(verdict(reports.Violates), func(c reports.Case) reports.Case {
				c.Attempts[0].Request.URI += "&tlsInsecure=true"
				return c
			}), "regressed", true, "verdict: conforms → violates", "restated", false,
		},
		"another expectation": {
			ok, ok, is, worded("it does not"), "restated", false, "expectation: it does → it does not", "restated", false,
		},
		"another expectation, and a violation": {
			ok, ok, is, as(verdict(reports.Violates), worded("it does not")), "regressed", true,
			"verdict: conforms → violates", "restated", false,
		},
		"another expectation, and a change": {
			no, no, is, as(verdict(reports.Violates), worded("it does not"),
				failing(func(a *evidence.Answer) { a.Error.Reason = "x" })),
			"regressed", true, "verdict: conforms → violates", "reason", false,
		},
		"the same expectation in other words": {
			ok, ok, expecting("a"), as(expecting("a"), worded("it shall")), "", false, "", "", false,
		},
		"the same expectation in other words, and a violation": {
			ok, ok, expecting("a"), as(expecting("a"), worded("it shall"), verdict(reports.Violates)), "regressed", true,
			"verdict: conforms → violates", "fixed", false,
		},
		"another expectation in the same words": {
			ok, ok, expecting("a"), expecting("b"), "restated", false,
			`expectation: {"Outcome":"a"} → {"Outcome":"b"}`, "restated", false,
		},
		"another expectation in the same words, and a violation": {
			ok, ok, expecting("a"), as(expecting("b"), verdict(reports.Violates)), "regressed", true,
			"verdict: conforms → violates", "restated", false,
		},
		"an expectation that has become data": {ok, ok, is, expecting("a"), "", false, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			base := sample.Of("v2.8.2", row.base)
			head := sample.Of("v2.9.3", row.head)
			base.Cases[0], head.Cases[0] = row.asBase(base.Cases[0]), row.asHead(head.Cases[0])
			expect := func(c Comparison, kind string, regression bool, detail string) {
				if kind == "" {
					require.Empty(t, c.Groups)
					return
				}
				require.Len(t, c.Groups, 1)
				require.Equal(t, kind, c.Groups[0].Kind)
				require.Equal(t, apart(kind), c.Unchanged())
				require.Equal(t, regression, c.Groups[0].Regression)
				if detail != "" {
					require.Equal(t, detail, c.Groups[0].Changes[0].Details[0].String())
				}
			}
			c := Reports(base, head)
			expect(c, row.kind, row.regression, row.detail)
			require.Equal(t, row.kind == "undecided", c.Unsure())
			if head.Cases[0].Ran() {
				require.Equal(t, 1, c.Compared)
			}
			expect(Reports(head, base), row.mirror, row.mirroredRegression, "")
			require.Empty(t, Reports(base, base).Groups)
			require.Empty(t, Reports(head, head).Groups)
		})
	}
}

// Every kind but those of missing cases has a row above, and all have a phrase.
func TestKinds(t *testing.T) {
	require.True(
		t,
		slices.IsSorted(
			[]int{
				harm(kindAccepts),
				harm(kindRefuses),
				harm(kindHangs),
				harm(kindPlaintext),
				harm(kindReason),
				harm(kindLabels),
				harm(kindPool),
				harm(kindText),
			},
		),
	)
	for _, k := range Kinds() {
		require.NotEmpty(t, Phrase(k))
	}
	c, err := Choose([]string{"regressions", "reason"})
	require.NoError(t, err)
	require.True(t, c.Group(Group{Kind: kindRefuses, Regression: true}))
	require.False(t, c.Group(Group{Kind: kindRefuses}), "a known failure")
	require.True(t, c.Group(Group{Kind: kindReason}))
	require.True(t, c.Group(Group{Kind: kindRestated, Details: []Detail{{Kind: kindReason}}}), "by a detail")
	require.False(t, c.Group(Group{Kind: kindFixed, Details: []Detail{{Kind: kindReason}}}), "an improvement")
	require.True(t, c.Ability(Ability{Kind: kindLost}))
	require.False(t, c.Ability(Ability{Kind: kindGained}))
	every, err := Choose([]string{"any"})
	require.NoError(t, err)
	require.Len(t, every, len(Kinds()))
	none, err := Choose([]string{"none"})
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = Choose([]string{"regressions", "colour"})
	require.EqualError(
		t,
		err,
		`"colour" is no kind of change: take regressions, any, none, or some of `+strings.Join(Kinds(), ", "),
	)
}

// Equal runs do not differ, whatever chance made of them.
func TestCompareIgnoresChance(t *testing.T) {
	c := Reports(sample.Report(), sample.Again())
	require.True(t, c.Unchanged())
	require.Empty(t, c.Groups)
	require.Equal(t, 6, c.Compared, "the self-check is left out, and what was not run")
	require.Equal(t, "nothing changed, as far as head came", c.Summary())
	require.True(t, c.Unsure(), "it was interrupted")
}

// Of what breaks somebody, that which no norm decides comes last.
func TestCompareNormsFirst(t *testing.T) {
	as := func(verdict string, c reports.Case) reports.Case { c.Verdict = verdict; return c }
	c := Reports(sample.Of("v1.0.0", as(reports.Characterised, sample.Refused("a/1/m")), sample.Accepted("a/2/m")),
		sample.Of("v1.1.0", as(reports.Characterised, sample.Accepted("a/1/m")),
			as(reports.Violates, sample.Refused("a/2/m"))))
	require.Len(t, c.Groups, 2)
	require.Equal(t, kindRefuses, c.Groups[0].Kind)
	require.Equal(t, kindAccepts, c.Groups[1].Kind)
	require.True(t, c.Groups[1].Regression)
}

// One change of a scenario in three modes and five variants is one line.
func TestCompareGroups(t *testing.T) {
	var before, after []reports.Case
	for _, variant := range []string{"", "@a", "@b", "@c", "@d"} {
		for _, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
			c := sample.Refused("ocsp/x" + variant + "/" + mode)
			before = append(before, c)
			c.Attempts = form.MapTexts(c.Attempts, strings.Clone)
			c.Attempts[0].Answer.Error.Labels = nil
			c.Attempts[0].Answer.Error.Text = "certificate of " + variant
			after = append(after, c)
		}
	}
	other := sample.Refused("trust/y/requireTLS")
	before = append(before, other, sample.Accepted("trust/gone/requireTLS"))
	worse := sample.Accepted("trust/y/requireTLS")
	worse.Verdict = reports.Violates
	after = append(after, worse, sample.Accepted("trust/new/requireTLS"))
	c := Reports(sample.Of("v1.0.0", before...), sample.Of("v1.1.0", after...))
	var lines []string
	for _, g := range c.Groups {
		lines = append(lines, fmt.Sprintf("%s %d %s", g.Kind, len(g.Changes), g.Where()))
	}
	require.Equal(
		t,
		[]string{
			"accepts 1 trust/y in requireTLS",
			"gone 1 trust/gone in requireTLS",
			"labels 15 5 scenarios: ocsp (15)",
			"new 1 trust/new in requireTLS",
		},
		lines,
	)
	require.Equal(t, "1 regression, 1 case has lost its verdict, 15 cases behave differently", c.Summary())
	require.False(t, c.Unchanged())
	regressions, err := Choose([]string{"regressions"})
	require.NoError(t, err)
	require.Equal(t, 1, regressions.Of(c))
	for _, g := range c.Groups {
		for _, change := range g.Changes {
			require.NotEmpty(t, change.Evidence())
		}
	}
}

// Texts that differ in the same words are one group, whatever surrounds these.
func TestCompareGroupsTexts(t *testing.T) {
	var before, after []reports.Case
	for i, cause := range []string{"certificate has expired", "unknown authority", "bad name"} {
		c := sample.Refused(fmt.Sprintf("name/%d/requireTLS", i))
		c.Attempts[0].Answer.Error.Text = "handshake: " + cause
		before = append(before, c)
		c.Attempts = form.MapTexts(c.Attempts, strings.Clone)
		c.Attempts[0].Answer.Error.Text = "handshake: failed to configure TLS: " + cause
		after = append(after, c)
	}
	c := Reports(sample.Of("v1.0.0", before...), sample.Of("v1.1.0", after...))
	require.Len(t, c.Groups, 1)
	require.Equal(t, []Detail{{kindText, "text", "", "failed to configure TLS:"}}, c.Groups[0].Details)
	require.Equal(t, []string{"", "a"}, slices.Collect(func(yield func(string) bool) {
		a, b := changed("x y", "x a y")
		_ = yield(a) && yield(b)
	}))
}

// A scenario is slower only if every mode is, and only by what load does not explain.
func TestComparePace(t *testing.T) {
	modes := func(ms ...int) (cases []reports.Case) {
		for i, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
			c := sample.Refused("err/x/" + mode)
			c.Attempts[0].Answer.ElapsedMS = ms[i]
			cases = append(cases, c)
		}
		return cases
	}
	idle := func(ms int) (cases []reports.Case) {
		for i := range 100 {
			c := sample.Accepted(fmt.Sprintf("trust/%d/requireTLS", i))
			c.Attempts[0].Answer.ElapsedMS = ms
			cases = append(cases, c)
		}
		return cases
	}
	for name, row := range map[string]struct {
		base, head []reports.Case
		kind       string
	}{
		"all modes":           {modes(10, 20, 30), modes(1100, 1200, 1300), "slower"},
		"one mode":            {modes(10, 20, 30), modes(1100, 1200, 30), ""},
		"below the floor":     {modes(10, 20, 30), modes(900, 900, 900), ""},
		"below the factor":    {modes(1000, 1000, 1000), modes(4500, 4500, 4500), ""},
		"one was slow before": {modes(10, 900, 30), modes(1500, 1500, 1500), ""},
		"much":                {modes(1000, 1000, 1000), modes(10_000, 10_000, 10_000), "slower"},
		"faster":              {modes(10_000, 10_000, 10_000), modes(10, 10, 10), "faster"},
		"on an idle machine": {
			append(idle(5), modes(10, 20, 30)...), append(idle(10), modes(1100, 1200, 1300)...), "slower",
		},
		"on a loaded machine": {append(idle(5), modes(10, 20, 30)...), append(idle(100), modes(1100, 1200, 1300)...), ""},
		"much, on a loaded one": {
			append(idle(5), modes(10, 20, 30)...), append(idle(100), modes(4000, 4000, 4000)...), "slower",
		},
		"a slower machine is not": {idle(5), idle(500), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := Reports(sample.Of("v1.0.0", row.base...), sample.Of("v1.1.0", row.head...))
			if row.kind == "" {
				require.Empty(t, c.Groups)
				return
			}
			require.Len(t, c.Groups, 1)
			require.Equal(t, row.kind, c.Groups[0].Kind)
			require.Len(t, c.Groups[0].Changes, 3)
		})
	}
}

// Below the reason, what differs in one mode of a scenario only is chance; an outcome never is.
func TestCompareAgreesInEveryMode(t *testing.T) {
	modes := func(change func(*evidence.Answer), in ...string) (cases []reports.Case) {
		for _, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
			c := sample.Refused("err/x/" + mode)
			if slices.Contains(in, mode) {
				change(&c.Attempts[0].Answer)
			}
			cases = append(cases, c)
		}
		return cases
	}
	none := sample.Of("v1.0.0", modes(nil)...)
	labels := func(a *evidence.Answer) { a.Error.Labels = nil }
	require.Empty(t, Reports(none, sample.Of("v1.1.0", modes(labels, "allowTLS", "preferTLS")...)).Groups)
	all := Reports(none, sample.Of("v1.1.0", modes(labels, "allowTLS", "preferTLS", "requireTLS")...)).Groups
	require.Len(t, all, 1)
	require.Len(t, all[0].Changes, 3)
	reason := func(a *evidence.Answer) { a.Error.Reason = "untrusted" }
	require.Len(t, Reports(none, sample.Of("v1.1.0", modes(reason, "allowTLS")...)).Groups, 1)
}

// What very many cases share does not tell them apart.
func TestCompareSharedByMany(t *testing.T) {
	var base, head []reports.Case
	for i := range 2 * usually {
		c := sample.Refused(fmt.Sprintf("err/x%d/requireTLS", i))
		base = append(base, c)
		c = sample.Refused(c.ID)
		a := &c.Attempts[0].Answer
		a.Error.Labels = append(slices.Clone(a.Error.Labels), "ResetPool")
		if i%usually == 0 {
			a.Error.Code = 7
		}
		head = append(head, c)
	}
	groups := Reports(sample.Of("v1.0.0", base...), sample.Of("v1.1.0", head...)).Groups
	require.Len(t, groups, 2)
	require.Equal(t, []int{2, 2*usually - 2}, []int{len(groups[0].Changes), len(groups[1].Changes)})
	require.Len(t, groups[0].Details, 1)
	require.Len(t, groups[1].Details, 1)
}

func TestCompareAbilities(t *testing.T) {
	base, head := sample.Of("v1.0.0"), sample.Of("v1.1.0")
	base.Driver.Lacks = map[string]string{
		"tlsCRLFile":  "ignored",
		"tlsInsecure": "ignored",
		"same":        "refused",
		"dns":         "no resolver on 127.0.0.1:53",
	}
	head.Driver.Lacks = map[string]string{
		"tlsCRLFile": "refused",
		"tls":        "refused",
		"same":       "refused",
		"dns":        "no resolver on 127.0.0.1:54",
	}
	c := Reports(base, head)
	require.Equal(
		t,
		[]Ability{
			{"lost", "tls", "", "refused"},
			{"error", "tlsCRLFile", "ignored", "refused"},
			{"gained", "tlsInsecure", "ignored", ""},
		},
		c.Abilities,
	)
	require.Equal(t, "1 ability lost, 1 ability gained", c.Summary())
	require.False(t, c.Unchanged())
}

func TestCompareNotes(t *testing.T) {
	base, head := sample.Report(), sample.Report()
	require.Equal(
		t,
		[]string{
			"both reports are of go v2.9.3",
			"the base run was interrupted: it holds 8 cases, and what it lacks is not called gone or new",
			"the harness had 1 faults in the base run, the first: the DNS fixture on 127.0.0.1:5353 went away",
			"the head run was interrupted: it holds 8 cases, and what it lacks is not called gone or new",
			"the harness had 1 faults in the head run, the first: the DNS fixture on 127.0.0.1:5353 went away",
			"1 cases are inconclusive on both sides: nothing is known of them",
		},
		Reports(base, head).Notes,
	)
	head.Driver = reports.Driver{Name: "node", Version: "6.20.0", Build: "node20", TLS: "OpenSSL"}
	head.Backend = reports.Backend{Name: "container", Version: "8.0.1", Image: "mongo:8.0"}
	head.Seed, head.Selection, head.Tool.Version = 3, reports.Selection{}, "v0.2.0"
	base.Interrupted, head.Interrupted, base.Faults, head.Faults = false, false, nil, nil
	require.Equal(t, "these are reports of different drivers, go and node", Fits(base, head))
	notes := strings.Join(Reports(base, head).Notes, "\n")
	for _, want := range []string{
		"different drivers", "the driver's build differs", "the TLS library differs",
		"the back end differs: embedded and container", "the server's image differs: unknown and mongo:8.0",
		"the server's version differs: 4.4.5 and 8.0.1", "the version of mongotls differs: v0.1.0 and v0.2.0",
		"the seed differs: 9223372036854775809 and 3", "the selection differs",
	} {
		require.Contains(t, notes, want)
	}
	require.Empty(t, Fits(sample.Report(), sample.Report()))
}

// What one back end has no server for is no change of the driver.
func TestNotTried(t *testing.T) {
	for _, none := range []reports.Case{
		{Verdict: reports.NotRun}, {Verdict: reports.Unsupported}, // as older versions have it
	} {
		base, head := sample.Of("v1.0.0", sample.Accepted("a/b/c")), sample.Of("v1.1.0", sample.Accepted("a/b/c"))
		head.Backend.Name = "binary"
		head.Cases[0].Verdict, head.Cases[0].Attempts = none.Verdict, nil
		for _, c := range []Comparison{Reports(base, head), Reports(head, base)} {
			require.Len(t, c.Groups, 1)
			require.Equal(t, "not tried on one side", Phrase(c.Groups[0].Kind))
			require.True(t, c.Unchanged())
			require.False(t, c.Unsure())
		}
	}
}

// Where a control fails in head alone, that is the change: a case that cannot be told without it is none.
func TestWithoutItsControl(t *testing.T) {
	side := func(control, refused reports.Case, verdicts ...string) reports.Report {
		control.Verdict, refused.Verdict, refused.Twin = verdicts[0], verdicts[1], control.ID
		return sample.Of("v1.0.0", control, refused)
	}
	good := side(sample.Accepted("a/control/c"), sample.Refused("a/refused/c"), reports.Conforms, reports.Conforms)
	bad := side(sample.Refused("a/control/c"), sample.Refused("a/refused/c"), reports.Known, reports.Unsupported)
	kinds := func(c Comparison) (list []string) {
		for _, g := range c.Groups {
			list = append(list, g.Kind)
			require.Equal(t, g.Kind == "refuses", g.Regression)
		}
		return list
	}
	require.Equal(t, []string{"refuses", "follows"}, kinds(Reports(good, bad)))
	require.Equal(t, []string{"fixed", "follows"}, kinds(Reports(bad, good)))
	bad.Cases[0] = good.Cases[0] // another reason, then
	lost := Reports(good, bad)
	require.Len(t, lost.Groups, 1)
	require.Equal(t, "lost", lost.Groups[0].Kind)
	require.True(t, lost.Groups[0].Regression)
}

// Each line says why, once for equal reasons, and the worst stand first.
func TestBecause(t *testing.T) {
	judged := func(verdict, why, known string, ids ...string) (cases []reports.Case) {
		for i, id := range ids {
			c := sample.Refused(id)
			c.Verdict, c.Why, c.Known = verdict, strings.ReplaceAll(why, "MS", fmt.Sprint(9000+i)), known
			cases = append(cases, c)
		}
		return cases
	}
	passed := func(c reports.Case) reports.Case { c.Attempts = sample.Accepted(c.ID).Attempts; return c }
	ids := []string{"a/1/m", "a/2/m", "a/3/m", "a/4/m"}
	for name, row := range map[string]struct {
		head []reports.Case
		says []string
	}{
		"why":   {judged(reports.Violates, "it is labelled", "", ids[0]), []string{"a/1: it is labelled"}},
		"known": {judged(reports.Known, "it is labelled", "see X-1", ids[0]), []string{"a/1: see X-1"}},
		"numbers": {
			judged(reports.Violates, "it took MS ms", "", ids[:3]...), []string{"a/1, a/2, a/3: it took 9000 ms"},
		},
		"many":         {judged(reports.Violates, "it hangs", "", ids...), []string{"a/1, a/2 and 2 more: it hangs"}},
		"inconclusive": {judged(reports.Inconclusive, "no port", "", ids[0]), []string{"a/1: no port"}},
		"no reason":    {judged(reports.Violates, "", "", ids[0]), []string{"a/1 in m: verdict: conforms → violates"}},
		"gone":         {nil, []string{"4 scenarios: a (4)"}},
		"two reasons": {append(judged(reports.Violates, "it hangs", "", ids[0]),
			judged(reports.Violates, "it is labelled", "", ids[1])...), []string{"a/1: it hangs", "a/2: it is labelled"}},
		"a reason, and what came of it": {[]reports.Case{passed(judged(reports.Known, "it passes", "see X-1", ids[0])[0])},
			[]string{"a/1: see X-1; outcome: fails as revoked while connecting → connects over TLS"}},
	} {
		t.Run(name, func(t *testing.T) {
			base := judged(reports.Conforms, "", "", ids[:max(1, len(row.head))]...)
			if row.head == nil {
				base = judged(reports.Conforms, "", "", ids...)
			}
			c := Reports(sample.Of("v1.0.0", base...), sample.Of("v1.1.0", row.head...))
			worst := c.Worst(nil)
			require.Len(t, worst, 1)
			require.Equal(t, row.says, worst[0].Because())
			var b bytes.Buffer
			require.NoError(t, WriteMarkdown(&b, c))
			top, table, _ := strings.Cut(b.String(), "| --: ")
			for _, says := range row.says {
				require.Contains(t, top, form.Cell(says))
			}
			if worst[0].Lines() != nil {
				require.Contains(t, table, form.Cell(worst[0].Lines()[0]))
			}
		})
	}
}

// An interrupted run lacks cases for that reason alone.
func TestCompareInterrupted(t *testing.T) {
	base, head := sample.Of(
		"v1.0.0",
		sample.Accepted("a/b/c"),
		sample.Accepted("a/b/d"),
	), sample.Of(
		"v1.1.0",
		sample.Accepted("a/b/c"),
	)
	require.Len(t, Reports(base, head).Groups, 1)
	require.Len(t, Reports(head, base).Groups, 1)
	head.Interrupted = true
	require.Empty(t, Reports(base, head).Groups)
	require.Empty(t, Reports(head, base).Groups)
}

// Random changes of random cases: a report never differs from itself, and what differs one way differs the other way.
func TestCompareMirrors(t *testing.T) {
	changes := []func(*reports.Case){
		func(c *reports.Case) { c.Verdict = reports.Verdicts[len(c.ID)%len(reports.Verdicts)] },
		func(c *reports.Case) { c.Verdict = reports.Inconclusive },
		func(c *reports.Case) { c.Attempts[0].Answer.OK = !c.Attempts[0].Answer.OK },
		func(c *reports.Case) { c.Attempts[0].Answer.Error = nil },
		func(c *reports.Case) {
			c.Attempts[0].Answer.Error = &evidence.Error{Reason: "timeout", Text: "EOF", Labels: []string{"x"}}
		},
		func(c *reports.Case) { c.Attempts[0].Answer.ElapsedMS *= 1000 },
		func(c *reports.Case) { c.Attempts[0].Answer.Events = nil },
		func(c *reports.Case) { c.Attempts[0].Answer.Stopped = "returned" },
		func(c *reports.Case) { c.Attempts[0].Server.Connections = nil },
		func(c *reports.Case) { c.Attempts = append(c.Attempts, c.Attempts[0]) },
		func(c *reports.Case) { c.Attempts[0].Answer.Stopped = "limit" },
		func(c *reports.Case) { c.Attempts = nil },
		func(c *reports.Case) { c.Expectation = "something else" },
		func(c *reports.Case) { c.Expects = map[string]any{"Outcome": "something else"} },
		func(c *reports.Case) { c.Attempts[0].Request.URI += "&x=y" },
		func(c *reports.Case) { c.ID += "x" },
		func(c *reports.Case) { c.Subject = reports.SubjectServer },
	}
	r := rand.New(rand.NewPCG(1, 2))
	mutated := func() reports.Report {
		report := sample.Report()
		for range 1 + r.IntN(6) {
			if c := &report.Cases[r.IntN(len(report.Cases))]; len(c.Attempts) > 0 {
				changes[r.IntN(len(changes))](c)
			}
		}
		return report
	}
	for range 60 {
		a, b := mutated(), mutated()
		require.Empty(t, Reports(a, a).Groups)
		there, back := Reports(a, b), Reports(b, a)
		require.Equal(t, there.Base, back.Head)
		require.Equal(t, there.Compared, back.Compared)
		require.Equal(t, differing(there, false), differing(back, true))
	}
}

// differing is what a comparison says without what depends on its direction.
func differing(c Comparison, swapped bool) map[string][]string {
	all := map[string][]string{}
	for _, g := range c.Groups {
		for _, change := range g.Changes {
			var lines []string
			for _, d := range change.Details {
				if swapped {
					d.Base, d.Head = d.Head, d.Base
				}
				lines = append(lines, fmt.Sprintf("%s: %s, %s", d.What, d.Base, d.Head))
			}
			slices.Sort(lines)
			all[change.Case()] = lines
		}
	}
	return all
}

func TestComparisonGoldens(t *testing.T) {
	c := compared()
	regressions, err := Choose([]string{"regressions"})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WriteMarkdown(&b, c))
	sample.Golden(t, "compare.md.golden", b.Bytes())
	b.Reset()
	require.NoError(t, WriteJUnit(&b, c, regressions))
	require.NoError(t, schema.CheckJUnit(b.Bytes()))
	sample.Golden(t, "compare.xml.golden", b.Bytes())
	b.Reset()
	require.NoError(t, Write(&b, c))
	var again Comparison
	require.NoError(t, json.Unmarshal(b.Bytes(), &again))
	require.Equal(t, c, again)
}

// A title names the versions, and the runtimes where they differ.
func TestTitle(t *testing.T) {
	side := func(version, runtime string) Side {
		return Side{Driver: reports.Driver{Name: "node", Version: version, Components: []evidence.Component{
			{Name: "openssl", Version: "3.5.1", Role: evidence.TLSLibrary},
			{Name: "node", Version: runtime, Role: evidence.Runtime},
		}}}
	}
	require.Equal(t, "node 6.20.0+node20.1.0 → 7.9.0+node22.1.0", Comparison{Base: side("6.20.0", "20.1.0"), Head: side("7.9.0", "22.1.0")}.Title())
	one, own := side("7.9.0", "22.1.0"), side("7.9.0", "22.1.0")
	one.Driver.Checkout, own.Driver.Checkout = "../a at 1a2b3c4", "../b at 5d6e7f8, changed"
	require.Equal(t, "node 7.9.0 in ../a at 1a2b3c4 → 7.9.0 in ../b at 5d6e7f8, changed", Comparison{Base: one, Head: own}.Title())
	require.Equal(t, "node 7.9.0 in ../a at 1a2b3c4 against", strings.TrimSpace(one.String()))
	one.Driver.Checkout = ""
	require.Equal(t, "node 7.9.0 → 7.9.0", Comparison{Base: one, Head: one}.Title())
	require.Equal(t, "node 7.9.0+node20.1.0 → 7.9.0+node22.1.0",
		Comparison{Base: side("7.9.0", "20.1.0"), Head: side("7.9.0", "22.1.0")}.Title())
}

// compared has a change of most kinds, hostile texts and secrets.
func compared() Comparison {
	base, head := sample.Report(), sample.Report()
	base.Driver.Version, base.Driver.Lacks = "v2.8.2", map[string]string{"tlsDisableCertificateRevocationCheck": "ignored"}
	base.Interrupted, head.Interrupted = false, false
	for i := range head.Cases {
		c := &head.Cases[i]
		switch c.Name {
		case "ocsp/soft-fail":
			c.Attempts = base.Cases[0].Attempts
			base.Cases[i].Attempts[0].Request = c.Attempts[0].Request
		case "name/wildcard":
			c.Verdict = reports.Conforms
			c.Attempts[0].Answer.Error.Text = "mongodb://app:hunter2@localhost/"
		case "name/ip-in-san":
			c.Attempts[0].Answer.Events = nil
		}
	}
	return Reports(base, head)
}

// No form of a comparison holds a secret.
func TestComparisonHidesSecrets(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Write(&b, compared()))
	require.NoError(t, WriteMarkdown(&b, compared()))
	require.NoError(t, WriteJUnit(&b, compared(), Choice{regressions: true}))
	for _, g := range compared().Groups {
		for _, c := range g.Changes {
			b.WriteString(c.Evidence())
		}
	}
	require.NotContains(t, b.String(), "hunter")
}

// A report of version 1 does not differ from itself.
func TestSamplesOfVersion1(t *testing.T) {
	samples, err := filepath.Glob("../testdata/v1/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, samples)
	for _, path := range samples {
		r, err := reports.LoadFile(path)
		require.NoError(t, err)
		require.Empty(t, Reports(r, r).Groups)
	}
}
