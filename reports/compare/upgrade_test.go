package compare

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/schema"
)

func left(n int) (all []Left) {
	for i := range n {
		all = append(all, Left{Kind: "new", Says: "go.mod: <x> is new" + strings.Repeat("!", i)})
	}
	return all
}

func TestUpgradeForms(t *testing.T) {
	chosen := Choice{regressions: true}
	other := compared()
	other.Base.Driver.Build, other.Head.Driver.Build = "go1.25.0 linux/amd64", "go1.25.0 linux/amd64"
	for name, row := range map[string]struct {
		upgrade  Upgrade
		summary  string
		markdown []string
		junit    []string
	}{
		"nothing": {Upgrade{Base: "a", Head: "b"}, "no MongoDB driver changed",
			[]string{"## MongoDB drivers: no MongoDB driver changed", "From <code>a</code> to <code>b</code>."}, []string{`tests="1"`}},
		"left": {Upgrade{Base: "a", Head: "b", Left: left(1)}, "no change of a MongoDB driver could be compared",
			[]string{"## MongoDB drivers: no change", "### Not compared", "- go.mod: &lt;x&gt; is new"},
			[]string{`tests="2"`, `errors="1"`, `<error message="not compared" type="new">`}},
		"one and left": {Upgrade{Base: "a", Head: "b", Left: left(100), Comparisons: []Comparison{compared()}},
			"go v2.8.2 → v2.9.3: 1 regression, 1 ability lost, 3 cases behave differently, 1 case improved, 1 ability gained; 100 more could not be compared",
			[]string{
				"100 more could not be compared", "- go.mod: &lt;x&gt; is new", "… and 70 more entries",
				"## go v2.8.2 → v2.9.3: 1 regression",
			},
			[]string{`name="go v2.8.2 → v2.9.3"`, `errors="100"`}},
		"one": {Upgrade{Base: "a", Head: "b", Comparisons: []Comparison{compared()}}, "go v2.8.2 → v2.9.3: 1 regression, 1 ability lost, 3 cases behave differently, 1 case improved, 1 ability gained",
			[]string{"## go v2.8.2 → v2.9.3: 1 regression"}, []string{`name="go v2.8.2 → v2.9.3"`, `classname="go v2.8.2 → v2.9.3 (go1.26.0 linux/amd64, crypto/tls) against embedded 4.4.5.ocsp"`}},
		"two": {Upgrade{Base: "a", Head: "b", Comparisons: []Comparison{compared(), other}}, "several MongoDB drivers or their runtimes changed",
			[]string{"## go v2.8.2 → v2.9.3"}, []string{`(go1.25.0 linux/amd64, crypto/tls) against`}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.summary, row.upgrade.Summary())
			var b bytes.Buffer
			require.NoError(t, WriteUpgradeMarkdown(&b, row.upgrade))
			require.LessOrEqual(t, b.Len(), form.MaxMarkdown)
			for _, want := range row.markdown {
				require.Contains(t, b.String(), want)
			}
			b.Reset()
			require.NoError(t, WriteUpgradeJUnit(&b, row.upgrade, chosen))
			require.NoError(t, schema.CheckJUnit(b.Bytes()))
			require.Equal(t, 2*len(row.upgrade.Comparisons), strings.Count(b.String(), "<failure "))
			for _, want := range row.junit {
				require.Contains(t, b.String(), want)
			}
			b.Reset()
			require.NoError(t, WriteUpgrade(&b, row.upgrade))
			var again Upgrade
			require.NoError(t, json.Unmarshal(b.Bytes(), &again))
			require.Equal(t, row.upgrade, again)
		})
	}
}

// However much changed, a comparison fits into a comment, and says what it leaves out.
func TestComparisonMarkdownIsBounded(t *testing.T) {
	c := compared()
	many := c
	for range 200 {
		many.Groups = append(many.Groups, c.Groups...)
	}
	var b bytes.Buffer
	require.NoError(t, WriteMarkdown(&b, many))
	require.LessOrEqual(t, b.Len(), form.MaxMarkdown)
	require.Contains(t, b.String(), "more changes, in the report itself.")
}
