package command

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// docs/coverage.md says what the table says.
func TestCoverageIsPublished(t *testing.T) {
	var now bytes.Buffer
	listCoverage(&now, scenarios.All())
	published, err := os.ReadFile("../../docs/coverage.md")
	require.NoError(t, err)
	require.Equal(t, now.String(), string(published), "go run . list --coverage >docs/coverage.md")
}
