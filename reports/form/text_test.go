package form

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of a subject of 10 kB a reader sees how it begins and ends, and how much there is.
func TestLongTextsAreCut(t *testing.T) {
	var text Text
	text.Line(2, "certificate", "CN=client,OU="+strings.Repeat("ü", 10_000)+"; signed with SHA-256")
	line := text.String()
	require.True(t, strings.HasPrefix(line, "  certificate: CN=client,OU=üü"))
	require.True(t, strings.HasSuffix(line, "ü; signed with SHA-256\n"))
	require.Contains(t, line, "ü … 9034 more characters … ü")
	require.Less(t, len([]rune(line)), 1100)
}
