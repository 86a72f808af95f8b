package usage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The nearest word is offered, whatever its case, and none that is far off.
func TestMeant(t *testing.T) {
	words := []string{"allowTLS", "preferTLS", "requireTLS", "go", "node", "mongod", "mongosh"}
	for word, want := range map[string]string{
		"requiretls": " (did you mean requireTLS?)", "refuireTLS": " (did you mean requireTLS?)",
		"nod": " (did you mean node?)", "mongoshh": " (did you mean mongosh?)", "": "", "og": " (did you mean go?)",
		"ndoe": " (did you mean node?)", "cobol": "", "x": "", "sideways": "",
	} {
		require.Equal(t, want, Meant(word, words), word)
	}
}
