package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// at is a connection to a member, after so many restarts.
func at(member string, run int, c evidence.Connection) evidence.Connection {
	c.Member, c.Run = member, run
	return c
}

// when is a connection whose commands were answered at this time.
func when(ms int, c evidence.Connection) evidence.Connection {
	for i := range c.Commands {
		c.Commands[i].AtMS = ms
	}
	return c
}

// What is said of members is held against connections to them, and to what they were last.
func TestMembers(t *testing.T) {
	set := scenarios.Scenario{Members: []scenarios.Member{{Name: "a"}, {Name: "b"}}}
	row := func(e scenarios.Expect) scenarios.Scenario {
		s := set
		s.Expect = e
		return s
	}
	shunning := row(scenarios.Expect{Outcome: scenarios.OverTLS, Shuns: []string{"b"}})
	sparing := row(scenarios.Expect{Outcome: scenarios.OverTLS, Spares: []string{"b"}})
	refusing := row(scenarios.Expect{Outcome: scenarios.InHandshake, Reasons: []evidence.Reason{evidence.Expired},
		At: []string{"b"}})
	step := scenarios.Step{After: 1, Member: "b", Restart: &scenarios.Change{}}
	gone := row(scenarios.Expect{Outcome: scenarios.OverTLS, Gap: 100})
	gone.Steps = []scenarios.Step{step}
	leaving := row(scenarios.Expect{Outcome: scenarios.OverTLS, Leaves: []string{"a"}, Ignores: []string{"b"}})
	drawing := row(scenarios.Expect{Outcome: scenarios.OverTLS, Hosts: 1})
	served := at("a", 0, tls("find"))
	left := seen(served, at("c", 0, tls("find", "find")))
	left.Steps = []evidence.StepSeen{{After: 1}}
	kept := seen(at("a", 0, tls("find", "find")), at("c", 0, tls("find")))
	kept.Steps = left.Steps
	slow := seen(when(10, served), when(500, at("b", 1, tls("find"))))
	excused := slow
	excused.Steps = []evidence.StepSeen{{AtMS: 20, TookMS: 450}}
	for name, test := range map[string]struct {
		row    scenarios.Scenario
		answer evidence.Answer
		seen   evidence.Seen
		kind   evidence.Verdict
		why    string
	}{
		"shunned":       {shunning, ok(), seen(served, at("b", 0, hello())), conforms, ""},
		"not turned to": {shunning, ok(), seen(served), violates, "must turn to b"},
		"spoken to":     {shunning, ok(), seen(served, at("b", 0, tls("hello"))), violates, "sent hello there"},
		"spoken to before": {shunning, ok(), seen(served, at("b", 0, tls("hello")), at("b", 1, hello())), conforms,
			""},
		"left":         {leaving, ok(), left, conforms, ""},
		"not left":     {leaving, ok(), kept, violates, "no operation must go to a after the last step, but 1 did"},
		"not ignored":  {leaving, ok(), seen(served, at("b", 0, hello())), violates, "must not connect to b"},
		"one of two":   {drawing, ok(), seen(served, served), conforms, ""},
		"both of two":  {drawing, ok(), seen(served, at("b", 0, hello())), violates, "no more than 1 of its servers"},
		"spared":       {sparing, ok(), seen(served, at("b", 0, tls("hello"))), conforms, ""},
		"not spared":   {sparing, ok(), seen(served, at("b", 0, tls("find"))), violates, "must go to b"},
		"refused at b": {refusing, failed(evidence.Expired), seen(served, at("b", 0, hello())), conforms, ""},
		"refused, yet spoken to": {refusing, failed(evidence.Expired), seen(at("b", 0, tls("hello"))), violates,
			"sent hello"},
		"refused elsewhere":       {refusing, failed(evidence.Expired), seen(at("a", 0, hello())), violates, "never saw"},
		"nobody there afterwards": {gone, ok(), seen(served), inconclusive, "came back"},
		"too slow":                {gone, ok(), slow, violates, "none did for 490 ms"},
		"slow for the step":       {gone, ok(), excused, conforms, ""},
	} {
		v := Judge(harness.Case{Scenario: test.row}, harness.Attempt{Answer: test.answer, Seen: test.seen}, evidence.Info{},
			nil)
		require.Equal(t, test.kind, v.Kind, "%s: %s", name, v.Why)
		require.Contains(t, v.Why, test.why, name)
	}
}
