package matrix

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/scenarios"
)

// Both builds of PyMongo do what they must, or what is known of them, for a reason that has a name.
func TestPyMongo(t *testing.T) {
	if !required.Is("python") {
		t.Skip("PyMongo would be installed: MONGOTLS_REQUIRE=python does it")
	}
	for _, name := range []string{"pymongo", "pymongo+pyopenssl"} {
		t.Run(name, func(t *testing.T) {
			s, err := open(t.Context(), Options{Driver: name, Modes: []string{"requireTLS"}})
			require.NoError(t, err)
			report := s.run(t.Context(), func(r Result) {
				require.NotContains(t, []harness.Kind{harness.Violates, harness.Inconclusive}, r.Verdict.Kind, "%s: %s", r.Case.ID, r.Verdict.Why)
				require.NotEqual(t, scenarios.Unclassified, r.Verdict.Reason, r.Case.ID)
			})
			require.NoError(t, s.close())
			require.Equal(t, "pymongo", report.Driver.Name)
		})
	}
}
