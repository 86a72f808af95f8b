package matrix

import (
	"context"
	"testing"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Test runs the chosen cases, each as a subtest named by its id, so that -run selects them: -run
// 'TestTLS/name/mismatch'. A violation and an inconclusive case fail; an unsupported and a known one are skipped with
// the reason. When all have run, a known failure that speaks of none of them fails the test.
//
//	func TestTLS(t *testing.T) {
//		matrix.Test(t, matrix.Options{Driver: "go@../go.mod", Run: []string{"trust", "name"}})
//	}
//
// Put it into a module of its own beside that of the application, whose go.mod the Driver names: so neither changes
// what the other builds with. The first line of the test says what was tested.
func Test(t *testing.T, o Options) {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := s.report(nil)
	t.Logf("%s %s (%s) against %s, seed %d", r.Driver.Name, r.Driver.Version, r.Driver.Build, r.Backend, r.Seed)
	t.Cleanup(func() {
		if results, all := s.engine.Ended(s.chosen); all {
			for _, k := range s.report(results).Known {
				if k.Stale != "" {
					t.Errorf("known failure %s does not hold: %s", k.ID, k.Stale)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	subtests(t, s)
}

func subtests(t *testing.T, s *Session) {
	for _, c := range s.engine.WithControls(s.chosen) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			r := s.engine.Result(context.WithoutCancel(t.Context()), c.ID)
			switch r.Verdict.Kind {
			case evidence.Violates, evidence.Inconclusive:
				t.Error(s.evidence(r))
			case evidence.Known, evidence.Unsupported, evidence.NotRun:
				t.Skip(string(r.Verdict.Kind) + ": " + r.Verdict.Why)
			default:
				t.Log(string(r.Verdict.Kind) + ": " + r.Verdict.Why)
			}
		})
	}
}
