package engine

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/scenarios"
)

var update = flag.Bool("update", false, "rewrite docs/sensitivity.md")

// The published list of what would turn each row red is that of the registry, which TestMutants holds against the
// rows.
func TestSensitivity(t *testing.T) {
	const path = "../../../docs/sensitivity.md"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(sensitivity(t)), 0o644))
	}
	published, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(published), sensitivity(t), "go test ./matrix/internal/engine -run TestSensitivity -update")
}

func sensitivity(t *testing.T) string {
	var w strings.Builder
	red := map[string][]string{}
	for _, row := range rows() {
		for _, k := range killers(t, row) {
			red[row.ID] = append(red[row.ID], k.name)
		}
	}
	fmt.Fprintf(&w, `# What would turn a row red

Each row states a rule. A mutant is a driver or a server with one plausible defect; it turns the rows here red, for the
reason that it must, while their controls stay green. A test plays each of the %d mutants; a patch, of the list at the
end, is a defect in the real Go driver, and `+"`make mutants`"+` plays it. A row that none of them turns red is one
that no norm decides, or one that today's Go driver violates by itself.

Written by `+"`go test ./matrix/internal/engine -run TestSensitivity -update`.\n", len(mutant.All))
	for _, area := range scenarios.Areas {
		fmt.Fprintf(&w, "\n## %s\n\n| row | rule | turned red by |\n|:--|:--|:--|\n", area)
		for _, row := range rows() {
			if cases.Area(row.ID) == area {
				fmt.Fprintf(&w, "| `%s` | %s | %s |\n", row.ID, cell(row.Says), cell(reddened(t, row, red[row.ID])))
			}
		}
	}
	fmt.Fprint(&w, "\n## Mutants\n\n| mutant | what is broken | rows that it turns red |\n|:--|:--|--:|\n")
	for _, m := range mutant.All {
		n := 0
		for _, by := range red {
			if slices.Contains(by, m.Name) {
				n++
			}
		}
		fmt.Fprintf(&w, "| %s | %s | %d |\n", m.Name, cell(m.Says), n)
	}
	all, err := patches()
	require.NoError(t, err)
	fmt.Fprint(&w, "\n## Patches of the real Go driver\n\n`make mutants` writes each into a copy of the driver, and runs it.\n\n"+
		"| patch | what is broken | rows that it must turn red |\n|:--|:--|:--|\n")
	for _, p := range all {
		var red []string
		for _, k := range p.Kills {
			red = append(red, k.Rows...)
		}
		rows := "`" + strings.Join(red, "`, `") + "`"
		if p.Same {
			rows = "none: it does the same in other words"
		}
		fmt.Fprintf(&w, "| %s | %s | %s |\n", p.Name, cell(p.Says), rows)
	}
	return w.String()
}

// reddened says what turns a row red, or why nothing has to.
func reddened(t *testing.T, row scenarios.Scenario, mutants []string) string {
	switch {
	case len(mutants) > 0:
		return strings.Join(mutants, ", ")
	case row.Expect.Outcome == scenarios.Unspecified:
		return "no norm: recorded, never judged"
	case isKnown(t, row):
		return "a known failure of today's Go driver"
	}
	return "**nothing**"
}

// cell is text inside a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
