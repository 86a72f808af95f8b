package reports_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// The grid keeps the report's order of areas and the modes' own, holds the column "disabled", and no self-check: on a
// real server there is none.
func TestGrid(t *testing.T) {
	r := sample.Report()
	g := r.Grid()
	require.Equal(t, []string{"ocsp", "name"}, g.Areas)
	require.Equal(t, []string{"disabled", "preferTLS", "requireTLS"}, g.Modes)
	require.Equal(t, map[string]int{reports.Conforms: 1}, g.Cell("name", "disabled"))
	require.Equal(
		t,
		map[string]int{reports.Conforms: 1, reports.Violates: 1, reports.Known: 1},
		g.Cell("name", "requireTLS"),
	)
	require.Equal(
		t,
		map[string]int{reports.Unsupported: 1, reports.Inconclusive: 1, reports.Characterised: 1},
		g.Cell("ocsp", "preferTLS"),
	)
	require.Empty(t, g.Cell("ocsp", "requireTLS"))
	require.Equal(t, sample.Report(), r)

	r.Backend.Name = "container"
	require.Equal(
		t,
		map[string]int{reports.Conforms: 2, reports.Violates: 1, reports.Known: 1},
		r.Grid().Cell("name", "requireTLS"),
	)
	require.Empty(t, reports.Report{}.Grid().Areas)
}

// A mode or an area that the report's lists lack comes last.
func TestGridTakesUnknownNames(t *testing.T) {
	r := reports.Report{
		Areas: []string{"z"},
		Cases: []reports.Case{{Area: "b", Mode: "x"}, {Area: "a", Mode: "requireTLS"}, {Area: "z", Mode: "a"}},
	}
	require.Equal(t, []string{"z", "a", "b"}, r.Grid().Areas)
	require.Equal(t, []string{"requireTLS", "a", "x"}, r.Grid().Modes)
}

// Self-checks and the column "disabled" are no scenarios; what is characterised cannot fail, and is none either.
func TestSums(t *testing.T) {
	require.Equal(t, []string{
		"5 scenarios in 6 cases: 1 conforms, 1 violates, 1 known, 1 unsupported, 1 inconclusive, 1 characterised",
		"1 client against a server without TLS: 1 conforms",
		"1 self-check of the stand-in, which awaits a mongod: 1 conforms",
	}, sample.Report().Sums())
	require.Equal(t, []string{"0 scenarios in 0 cases: none"}, reports.Report{}.Sums())
	require.Equal(t, []string{
		"0 scenarios in 0 cases: none",
		"variables of the environment that the driver did not get: HTTPS_PROXY, NODE_OPTIONS",
	}, reports.Report{Withheld: []string{"HTTPS_PROXY", "NODE_OPTIONS"}}.Sums())
}
