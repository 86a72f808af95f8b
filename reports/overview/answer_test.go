package overview

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// ends are cases that ended in each way that there is.
func ends() map[string]reports.Case {
	failing := func(reason evidence.Reason, stage evidence.Stage, connections ...evidence.Connection) reports.Case {
		c := sample.Refused(ocspCase)
		a := &c.Attempts[0]
		a.Answer.Error.Reason, a.Answer.Stage, a.Server.Connections, c.Reason = reason, stage, connections, reason
		return c
	}
	plain := sample.Accepted(ocspCase)
	in := &plain.Attempts[0].Server.Connections[0]
	in.Hello, in.TLS, in.Clear = nil, "", true
	return map[string]reports.Case{
		"connects over TLS": sample.Accepted(ocspCase), "connects in clear": plain, "refuses": sample.Refused(ocspCase),
		"does not parse": failing(evidence.ParseError, evidence.AtConfigure),
		"breaks":         failing(evidence.Crashed, evidence.AtConfigure),
		"waits in vain": failing(
			evidence.Timeout,
			evidence.AtConnect,
			evidence.Connection{Hello: &evidence.Hello{}},
		),
		"is sent away": failing(evidence.PeerClosed, evidence.AtConnect, evidence.Connection{Clear: true}),
		"nobody knows what": failing(
			evidence.Unclassified,
			evidence.AtConnect,
			evidence.Connection{Hello: &evidence.Hello{}},
		),
		"is sent away, in handshake": failing(
			evidence.RemoteAlert,
			evidence.AtConnect,
			evidence.Connection{Hello: &evidence.Hello{}},
		),
	}
}

// No answer says what its case does not show, whatever the verdict.
func TestAnswersHoldAgainstTheirCases(t *testing.T) {
	for end, c := range ends() {
		for _, verdict := range reports.Verdicts {
			for _, by := range []By{ByConformance, ByRefusal, ByConnecting, ByTLS} {
				c.Verdict, c.Why = verdict, "so it was"
				a := Question{Row: "ocsp/x", By: by}.answer(sample.Of("v1.0.0", c))
				name := fmt.Sprintf("%s, %s, by %s: %+v", end, verdict, by, a)
				require.Equal(t, []string{c.ID, verdict}, []string{a.Case, a.Verdict}, name)
				last := c.Last()
				switch {
				case verdict == reports.Unsupported:
					require.Equal(t, Lacking, a.Says, name)
				case verdict == reports.Inconclusive, verdict == reports.NotRun:
					require.Equal(t, Unknown, a.Says, name)
					require.Equal(t, verdict, a.How, name)
				case by == ByConformance:
					require.Equal(t, verdict == reports.Conforms, a.Says == Yes, name)
					require.Equal(t, verdict == reports.Violates || verdict == reports.Known, a.Says == No, name)
				case by == ByRefusal:
					require.Equal(t, end == "refuses" || end == "does not parse", a.Says == Yes, name)
					require.Equal(t, last.Answer.OK, a.Says == No, name)
				case by == ByConnecting:
					require.Equal(t, last.Answer.OK, a.Says == Yes, name)
					require.Equal(t, !last.Answer.OK, a.Says == No, name)
				case by == ByTLS:
					require.Equal(t, last.SpeaksTLS(), a.Says == Yes, name)
					require.Equal(t, last.InClear(), a.Says == No, name)
				}
				if a.Says == No || a.Says == Unknown {
					require.NotEmpty(t, a.How, name)
				}
				if slices.Contains([]By{ByRefusal, ByConnecting, ByTLS}, by) && a.Says != Lacking && a.Says != Unknown {
					require.Contains(t, []string{"", c.Behaviour()}, a.How, name)
				}
			}
		}
	}
}

// An answer is that of every mode, or says where it is another.
func TestAnswersOfModes(t *testing.T) {
	in := func(mode string, c reports.Case, verdict string) reports.Case {
		c.ID, c.Mode, c.Verdict = "ocsp/x/"+mode, mode, verdict
		return c
	}
	q := Question{Row: "ocsp/x", By: ByRefusal}
	no, yes, plain := sample.Accepted(ocspCase), sample.Refused(ocspCase), ends()["connects in clear"]
	for _, row := range []struct {
		cases []reports.Case
		want  Answer
	}{
		{nil, Answer{}},
		{
			[]reports.Case{in("allowTLS", yes, reports.Conforms), in("requireTLS", yes, reports.Conforms)},
			Answer{Yes, "", "ocsp/x/requireTLS", reports.Conforms},
		},
		{[]reports.Case{in("allowTLS", no, reports.Violates), in("requireTLS", yes, reports.Conforms)},
			Answer{Differs, "requireTLS: yes; allowTLS: no connects over TLS", "ocsp/x/requireTLS", reports.Conforms}},
		{
			[]reports.Case{in("allowTLS", plain, reports.Violates), in("requireTLS", yes, reports.Inconclusive)},
			Answer{No, "connects in clear", "ocsp/x/allowTLS", reports.Violates},
		},
		{
			[]reports.Case{in("requireTLS", yes, reports.Inconclusive)},
			Answer{Unknown, "inconclusive", "ocsp/x/requireTLS", reports.Inconclusive},
		},
	} {
		require.Equal(t, row.want, q.answer(sample.Of("v1.0.0", row.cases...)))
	}
}
