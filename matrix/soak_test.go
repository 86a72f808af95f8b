package matrix

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
)

// Servers that belong together, and what happens to them, end the same way each time, however busy the machine is.
func TestSetsAgreeWithThemselves(t *testing.T) {
	required.Asked(t, "soak", "twenty runs of the rows of several servers and of steps")
	type outcome struct {
		Kind   evidence.Verdict
		Reason string
	}
	first := map[string]outcome{}
	for run := range 20 {
		var wrong []string
		for _, r := range results(t, Options{Seed: 1, Run: []string{"set", "journey", "member"}}, nil) {
			is := outcome{r.Verdict.Kind, string(r.Verdict.Reason)}
			if len(r.Case.Scenario.Expect.Reasons) > 1 { // which of several it is may be chance
				is.Reason = ""
			}
			if run == 0 {
				first[r.Case.ID] = is
			}
			if was := first[r.Case.ID]; is != was || is.Kind == evidence.Inconclusive {
				wrong = append(wrong, fmt.Sprintf("%s: %v, and was %v: %s", r.Case.ID, is, was, r.Verdict.Why))
			}
		}
		require.Empty(t, wrong, "run %d", run)
	}
}
