package matrix

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/matrix/engine"
	"github.com/mongotls/mongotls/scenarios"
)

// Every mutant turns every case red that it claims to, while their controls stay green: the scenarios can fail, and fail
// for the defect. The log of the test is the table of who kills whom.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, m.Red)
			e := broken(t, m)
			chosen, err := e.Table.Choose(m.Red, nil, nil)
			require.NoError(t, err)
			var killers []string
			for _, c := range chosen {
				if c.Derived || c.Scenario.Client.Zone != "" || c.Scenario.Client.SystemRoots {
					continue // a mutant lives in this process
				}
				v := e.Result(t.Context(), c.ID).Verdict
				if v.Kind == harness.Conforms || v.Kind == harness.Characterised || v.Kind == harness.Unsupported {
					t.Errorf("%s survives %s: %s, %s", m.Name, c.ID, v.Kind, v.Why)
					continue
				}
				killers = append(killers, fmt.Sprintf("%-50s %-12s %s", c.ID, v.Kind, v.Why))
				if c.Twin != "" && !m.TwinsToo {
					twin := e.Result(t.Context(), c.Twin).Verdict
					require.Equal(t, harness.Conforms, twin.Kind, "the control %s of %s: %s", c.Twin, c.ID, twin.Why)
				}
			}
			require.NotEmpty(t, killers)
			t.Logf("%s %s\n%s", m.Name, m.Says, strings.Join(killers, "\n"))
		})
	}
}

// broken is an engine with one part replaced by the mutant, and short limits: a mutant may hang.
func broken(t *testing.T, m mutant.Mutant) *engine.Engine {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	table, err := cases.Expand(scenarios.All())
	require.NoError(t, err)
	var d driver.Driver = godriver.New(driver.Isolation{})
	var b server.Backend = server.NewEmbedded()
	if m.Driver != nil {
		d = m.Driver()
	} else {
		b = m.Backend(b)
	}
	s := assemble(Options{}, w, d, b, table, nil)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	if m.Name == "hangs" {
		s.engine.Limits = []time.Duration{20 * time.Millisecond, 40 * time.Millisecond}
	}
	return s.engine
}
