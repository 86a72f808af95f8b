package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/matrix/internal/known"
)

// gone is a back end that shares servers, and has lost all of them.
type gone struct{}

func (gone) Info() server.Info          { return server.Info{Name: "binary", Shared: true} }
func (gone) Cannot(harness.Case) string { return "" }
func (gone) Close() error               { return nil }
func (gone) Open(context.Context, server.Layout) (server.Deployment, error) {
	return nil, errors.New("the server is gone")
}

// However many cases prove nothing and look for a control, no turn waits for one that waits for it: the run ends.
func TestTurnsDoNotWaitForEachOther(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	table, err := whole()
	require.NoError(t, err)
	d := godriver.New(driver.Isolation{})
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	e := New(w, d, gone{}, table, known.List{})
	results := e.All(t.Context(), table.Cases, 8, 1, func(Result) {})
	require.Len(t, results, len(table.Cases))
	for _, r := range results {
		require.Contains(
			t,
			[]evidence.Verdict{evidence.Inconclusive, evidence.Unsupported, evidence.NotRun},
			r.Verdict.Kind,
			"%s: %s",
			r.Case.ID,
			r.Verdict.Why,
		)
	}
}
