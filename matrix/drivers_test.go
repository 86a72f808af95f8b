package matrix

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
)

func TestASpecThatNamesNoDriverIsOneSentence(t *testing.T) {
	for spec, want := range map[string]string{
		"cobol":     `unknown driver "cobol": there are go`,
		"cobol@1":   `unknown driver "cobol@1": there are go`,
		"@v2.9.3":   `unknown driver "@v2.9.3": there are go`,
		"go@":       `driver "go@": a version or a path must follow the @`,
		"go v2.9.3": `unknown driver "go v2.9.3": there are go`,
	} {
		_, err := openDriver(t.Context(), spec, driver.Isolation{})
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
		require.ErrorAs(t, err, new(usageError), spec)
	}
}
