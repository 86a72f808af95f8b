package engine

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/scenarios"
)

// mortal is a driver in one process, which some requests end.
type mortal struct {
	driver.Driver
	fatal string // part of the ids of those requests
	late  bool

	under atomic.Int32 // way
	died  atomic.Bool
}

func (m *mortal) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	alone := m.under.Add(1) == 1
	defer m.under.Add(-1)
	switch {
	case strings.Contains(r.ID, m.fatal):
		m.died.Store(true)
		return evidence.Answer{}, &driver.Died{Text: "the adapter ended: signal: segmentation fault", Late: m.late}
	case m.died.Load() && !alone:
		return evidence.Answer{}, &driver.Died{Text: "the adapter ended: signal: segmentation fault", Late: m.late}
	}
	return m.Driver.Do(ctx, r)
}

func newTestEngine(t *testing.T, d driver.Driver) *Engine {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	table, err := cases.Expand(scenarios.All())
	require.NoError(t, err)
	b := server.NewEmbedded()
	t.Cleanup(func() { require.NoError(t, errors.Join(d.Close(), b.Close(), w.Close())) })
	return New(w, d, b, table, nil)
}

// The request that ends the driver's process again, alone, has crashed it; those that were under way with it keep their
// verdicts.
func TestACrashIsTheFaultOfWhoCausesIt(t *testing.T) {
	for late, why := range map[bool]string{false: "the driver crashed", true: "the driver hangs"} {
		e := newTestEngine(t, &mortal{Driver: godriver.New(driver.Isolation{}), fatal: "time/expired/", late: late})
		chosen, err := e.Table.Choose(
			[]string{"time/expired", "time/not-yet-valid", "name/mismatch", "trust/wrong-ca"},
			nil,
			[]scenarios.Mode{scenarios.RequireTLS},
		)
		require.NoError(t, err)
		e.Limits = []time.Duration{secondLimit} // beside which a control is quick on a busy machine, too
		for _, r := range e.All(t.Context(), chosen, 8, 1, func(Result) {}) {
			if strings.HasPrefix(r.Case.ID, "time/expired/") {
				require.Equal(t, harness.Violates, r.Verdict.Kind, r.Verdict.Why)
				require.Contains(t, r.Verdict.Why, why)
				require.Len(t, r.Attempts, 2)
				continue
			}
			require.Equal(t, harness.Conforms, r.Verdict.Kind, "%s: %s", r.Case.ID, r.Verdict.Why)
		}
	}
}
