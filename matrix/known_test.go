package matrix

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/scenarios"
)

const entry = `
- case: uri/invalid-bool
  driver: go
  from: v2.0.0
  before: v3.0.0
  instead: parse-error
  because: it is an error there
  see: the specification
`

func TestParseKnown(t *testing.T) {
	entries, err := parseKnown([]byte(entry))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	for wrong, content := range map[string]string{
		"not a list":             "case: x",
		"field colour not found": entry + "  colour: red\n",
		"because is missing":     "- {case: x, driver: go, instead: connects, see: y}",
		"is neither a reason":    "- {case: x, driver: go, instead: sad, because: z, see: y}",
		"is not a version":       "- {case: x, driver: go, instead: connects, because: z, see: y, from: two}",
		"is not a day":           "- {case: x, driver: go, instead: connects, because: z, see: y, until: soon}",
		"mapping values":         "- case: : :",
		"did not find expected":  "- {case: [",
	} {
		_, err := parseKnown([]byte(content))
		require.ErrorContains(t, err, wrong)
	}
	_, err = parseKnown(builtin)
	require.NoError(t, err)
	table, err := expand(scenarios.All())
	require.NoError(t, err)
	_, err = loadKnown("", table, harness.Info{Driver: "go", Version: "v2.9.3"}, "embedded")
	require.NoError(t, err, "every built-in entry matches a case")
}

func FuzzParseKnown(f *testing.F) {
	f.Add([]byte(entry))
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, err := parseKnown(content)
		if err == nil {
			for _, k := range entries {
				require.NoError(t, k.check())
			}
		}
	})
}

func TestDue(t *testing.T) {
	k := Known{Driver: "go", From: "v2.0.0", Before: "v2.9.0", Backend: "embedded"}
	for version, due := range map[string]bool{"v1.17.10": false, "v2.0.0": true, "v2.8.2": true, "v2.9.0": false, "v2.10.0": false} {
		require.Equal(t, due, k.due(harness.Info{Driver: "go", Version: version}, "embedded"), version)
	}
	require.False(t, k.due(harness.Info{Driver: "node", Version: "v2.1.0"}, "embedded"))
	require.False(t, k.due(harness.Info{Driver: "go", Version: "v2.1.0"}, "container"))
}

func TestApply(t *testing.T) {
	due := []Known{{Case: "uri/x", Instead: scenarios.ParseError}, {Case: "uri/y", Instead: connects}}
	for name, row := range map[string]struct {
		id   string
		in   harness.Verdict
		want harness.Kind
	}{
		"listed and failing so":         {"uri/x/requireTLS", harness.Verdict{Kind: harness.Violates, Reason: scenarios.ParseError}, harness.Known},
		"listed, failing otherwise":     {"uri/x/requireTLS", harness.Verdict{Kind: harness.Violates, Reason: scenarios.Timeout}, harness.Violates},
		"listed, but it conforms":       {"uri/x/requireTLS", harness.Verdict{Kind: harness.Conforms}, harness.Violates},
		"listed as connecting":          {"uri/y@1/requireTLS", harness.Verdict{Kind: harness.Violates}, harness.Known},
		"listed, but undecided":         {"uri/y/requireTLS", harness.Verdict{Kind: harness.Inconclusive}, harness.Inconclusive},
		"not listed":                    {"uri/z/requireTLS", harness.Verdict{Kind: harness.Violates}, harness.Violates},
		"not listed and conforming":     {"uri/z/requireTLS", harness.Verdict{Kind: harness.Conforms}, harness.Conforms},
		"listed, but it is unsupported": {"uri/x/requireTLS", harness.Verdict{Kind: harness.Unsupported}, harness.Unsupported},
	} {
		v, _ := apply(due, row.id, row.in)
		require.Equal(t, row.want, v.Kind, name)
	}
}

func TestExpired(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	require.True(t, Known{Until: "2026-11-30"}.expired(now))
	require.False(t, Known{Until: "2027-01-01"}.expired(now))
	require.False(t, Known{}.expired(now))
}
