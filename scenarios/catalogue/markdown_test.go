package catalogue_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
	"github.com/mongotls/mongotls/scenarios/catalogue"
)

// docs/coverage.md says what the table says.
func TestCoverageIsPublished(t *testing.T) {
	var now bytes.Buffer
	catalogue.WriteMarkdown(&now, scenarios.All())
	published, err := os.ReadFile("../../docs/coverage.md")
	require.NoError(t, err)
	require.Equal(t, now.String(), string(published), "go run . list --coverage >docs/coverage.md")
}
