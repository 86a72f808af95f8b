package known

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
)

func TestDue(t *testing.T) {
	go29 := evidence.Info{Driver: "go", Version: "v2.9.3", Components: []evidence.Component{
		{Name: "go", Version: "1.26.8"}, {Name: "crypto/tls", Version: "1.26.8"}}}
	for name, row := range map[string]struct {
		known   Entry
		info    evidence.Info
		backend string
		due     bool
	}{
		"any version":          {Entry{Driver: "go"}, go29, "embedded", true},
		"another driver":       {Entry{Driver: "node"}, go29, "embedded", false},
		"at the first version": {Entry{Driver: "go", From: "v2.9.3"}, go29, "embedded", true},
		"before the first":     {Entry{Driver: "go", From: "v2.10.0"}, go29, "embedded", false},
		"at the end":           {Entry{Driver: "go", Before: "v2.9.3"}, go29, "embedded", false},
		"before the end":       {Entry{Driver: "go", Before: "v2.10.0"}, go29, "embedded", true},
		"of its runtime":       {Entry{Driver: "go", Build: []string{"Go 1.26"}}, go29, "embedded", true},
		"of its TLS library":   {Entry{Driver: "go", Build: []string{"node", "crypto/tls"}}, go29, "embedded", true},
		"of another runtime":   {Entry{Driver: "go", Build: []string{"go 1.2"}}, go29, "embedded", false},
		"a part of a name":     {Entry{Driver: "go", Build: []string{"tls"}}, go29, "embedded", false},
		"in a range":           {Entry{Driver: "go", Build: []string{"go from 1.26.8 before 1.27"}}, go29, "embedded", true},
		"before a range":       {Entry{Driver: "go", Build: []string{"go from 1.26.9"}}, go29, "embedded", false},
		"after a range":        {Entry{Driver: "go", Build: []string{"go before 1.26.8"}}, go29, "embedded", false},
		"on its back end":      {Entry{Driver: "go", Backend: "container"}, go29, "container", true},
		"on another back end":  {Entry{Driver: "go", Backend: "container"}, go29, "embedded", false},
		"npm": {
			Entry{Driver: "node", From: "6.9.0"}, evidence.Info{Driver: "node", Version: "6.20.0"}, "embedded", true,
		},
		"PyPI": {
			Entry{Driver: "pymongo", From: "4.10.1"}, evidence.Info{Driver: "pymongo", Version: "4.9.2"}, "embedded", false,
		},
		"before a release": {
			Entry{Driver: "pymongo", From: "4.18.0"}, evidence.Info{Driver: "pymongo", Version: "4.18.0.dev0"}, "embedded",
			false,
		},
		"a checkout, any version": {Entry{Driver: "go"}, evidence.Info{Driver: "go", Version: "devel"}, "embedded", true},
		"a checkout, a range": {
			Entry{Driver: "go", Before: "v3.0.0"}, evidence.Info{Driver: "go", Version: "devel"}, "embedded", false,
		},
	} {
		require.Equal(t, row.due, row.known.due(row.info, row.backend), name)
	}
}

func TestDueOfTheSelection(t *testing.T) {
	selected := []harness.Case{{ID: "uri/x/requireTLS"}, {ID: "uri/y/requireTLS"}}
	l := List{{Case: "name/x", Driver: "go"}, {Case: "uri/y", Driver: "go"}, {Case: "uri", Driver: "node"}}
	require.Equal(t, l[1:2], l.Due(evidence.Info{Driver: "go"}, "embedded", selected))
}

// No run may find two entries for one case.
func TestDistinct(t *testing.T) {
	cases := []harness.Case{{ID: "uri/x/requireTLS"}, {ID: "uri/y/requireTLS"}}
	for name, row := range map[string]struct {
		a, b Entry
		meet bool
	}{
		"one case":      {Entry{Case: "uri/y"}, Entry{Case: "uri/*/requireTLS"}, true},
		"other cases":   {Entry{Case: "uri/y"}, Entry{Case: "uri/x"}, false},
		"other drivers": {Entry{Case: "uri/y", Driver: "go"}, Entry{Case: "uri/y", Driver: "node"}, false},
		"other versions": {
			Entry{Case: "uri/y", From: "v1.0.0", Before: "v2.0.0"}, Entry{Case: "uri/y", From: "2.0.0"}, false,
		},
		"some versions": {
			Entry{Case: "uri/y", From: "v1.0.0", Before: "v2.0.0"}, Entry{Case: "uri/y", From: "v1.9.0"}, true,
		},
		"open ends": {Entry{Case: "uri/y", From: "v1.0.0"}, Entry{Case: "uri/y", Before: "v1.9.0"}, true},
		"other builds": {
			Entry{Case: "uri/y", Build: []string{"linux"}}, Entry{Case: "uri/y", Build: []string{"darwin"}}, false,
		},
		"any build":       {Entry{Case: "uri/y", Build: []string{"linux"}}, Entry{Case: "uri/y"}, true},
		"other back ends": {Entry{Case: "uri/y", Backend: "embedded"}, Entry{Case: "uri/y", Backend: "container"}, false},
	} {
		row.a.File, row.b.File = "a.yaml", "a.yaml"
		for _, l := range []List{{row.a, row.b}, {row.b, row.a}} {
			err := l.distinct(cases)
			require.Equal(t, row.meet, err != nil, name)
			if err != nil {
				require.ErrorContains(t, err, "known failures, a.yaml, line ", name)
				require.ErrorContains(t, err, "both speak of uri/y/requireTLS", name)
			}
		}
	}
}

// An entry that speaks of no judged case is wrong, as far as a whole run can tell.
func TestStale(t *testing.T) {
	k := Entry{Case: "uri/x"}
	of := func(verdict string) reports.Report {
		ran := []reports.Attempt{{}}
		return reports.Report{Cases: []reports.Case{{ID: "uri/x/requireTLS", Verdict: verdict, Attempts: ran},
			{ID: "uri/y/requireTLS", Verdict: reports.Conforms, Attempts: ran}}}
	}
	for verdict, wrong := range map[string]bool{reports.Known: false, reports.Violates: false, reports.Inconclusive: false,
		reports.Unsupported: true, reports.Characterised: true} {
		require.Equal(t, wrong, Stale(k, of(verdict)) != "", verdict)
	}
	r := of(reports.Unsupported)
	r.Interrupted = true
	require.Empty(t, Stale(k, r))
	r = of(reports.Unsupported)
	r.Cases[0].Attempts = nil // the back end has no server for it
	require.Empty(t, Stale(k, r))
	// Its control was left out, or the control of that.
	r = of(reports.Unsupported)
	r.Cases[0].Twin = "uri/y/requireTLS"
	require.NotEmpty(t, Stale(k, r))
	r.Cases[1].Attempts = nil
	require.Empty(t, Stale(k, r))
	r.Cases[1].Attempts, r.Cases[1].Twin = r.Cases[0].Attempts, "uri/z/requireTLS"
	r.Cases = append(r.Cases, reports.Case{ID: "uri/z/requireTLS", Verdict: reports.Unsupported})
	require.Empty(t, Stale(k, r))
	for _, part := range []reports.Selection{
		{Run: []string{"uri"}}, {Skip: []string{"name"}}, {Modes: []string{"requireTLS"}},
	} {
		r := of(reports.Unsupported)
		r.Selection = part
		require.Empty(t, Stale(k, r))
	}
}

func TestApply(t *testing.T) {
	due := List{
		{Case: "uri/x", Instead: []evidence.Reason{evidence.ParseError}},
		{Case: "uri/y", Instead: []evidence.Reason{Connects}},
		{Case: "uri/w", Instead: []evidence.Reason{evidence.ParseError, Conforms}},
	}
	for name, row := range map[string]struct {
		id   string
		in   harness.Verdict
		want evidence.Verdict
	}{
		"listed and failing so": {
			"uri/x/requireTLS", harness.Verdict{Kind: evidence.Violates, Reason: evidence.ParseError}, evidence.Known,
		},
		"listed, failing otherwise": {
			"uri/x/requireTLS", harness.Verdict{Kind: evidence.Violates, Reason: evidence.Timeout}, evidence.Violates,
		},
		"listed, but it conforms": {"uri/x/requireTLS", harness.Verdict{Kind: evidence.Conforms}, evidence.Violates},
		"listed as conforming, too": {
			"uri/w/requireTLS", harness.Verdict{Kind: evidence.Conforms}, evidence.Conforms,
		},
		"listed as conforming, but failing so": {
			"uri/w/requireTLS", harness.Verdict{Kind: evidence.Violates, Reason: evidence.ParseError}, evidence.Known,
		},
		"listed as connecting": {"uri/y@1/requireTLS", harness.Verdict{Kind: evidence.Violates}, evidence.Known},
		"listed, but undecided": {
			"uri/y/requireTLS", harness.Verdict{Kind: evidence.Inconclusive}, evidence.Inconclusive,
		},
		"not listed":                {"uri/z/requireTLS", harness.Verdict{Kind: evidence.Violates}, evidence.Violates},
		"not listed and conforming": {"uri/z/requireTLS", harness.Verdict{Kind: evidence.Conforms}, evidence.Conforms},
		"listed, but it is unsupported": {
			"uri/x/requireTLS", harness.Verdict{Kind: evidence.Unsupported}, evidence.Unsupported,
		},
	} {
		v, _ := Apply(due, row.id, row.in)
		require.Equal(t, row.want, v.Kind, name)
		require.Equal(t, row.in.Kind == evidence.Conforms && row.want == evidence.Violates, v.Listed, name)
	}
}

func TestExpired(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	require.True(t, Entry{Until: "2026-11-30"}.Expired(now))
	require.False(t, Entry{Until: "2027-01-01"}.Expired(now))
	require.False(t, Entry{}.Expired(now))
}
