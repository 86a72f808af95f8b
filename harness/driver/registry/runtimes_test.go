package registry

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each pair is of one driver, on two things, and can be read again.
func TestRuntimes(t *testing.T) {
	pairs, err := Runtimes()
	require.NoError(t, err)
	for _, p := range pairs {
		require.Equal(t, p.From.Name, p.To.Name)
		require.Equal(t, p.From.Version, p.To.Version)
		require.NotEmpty(t, p.From.Components)
		require.NotEqual(t, p.From.Components, p.To.Components)
		again, err := Parse(p.To.String())
		require.NoError(t, err)
		require.Equal(t, p.To, again)
	}
}

// The document has a section for each pair, in this order: make runtimes writes it.
func TestTheDocumentHoldsEachPair(t *testing.T) {
	content, err := os.ReadFile("../../../docs/runtimes.md")
	require.NoError(t, err)
	headings := regexp.MustCompile(`(?m)^## .*$`).FindAllString(string(content), -1)
	pairs, err := Runtimes()
	require.NoError(t, err)
	require.Len(t, headings, len(pairs))
	for i, p := range pairs {
		require.Contains(t, headings[i], "## "+p.From.Name+" ")
		for _, s := range []string{p.From.Components[0].String(), p.To.Components[0].String()} {
			require.Contains(t, headings[i], "+"+s)
		}
	}
}
