package matrix

import (
	"testing"

	"github.com/stretchr/testify/require"
	driverversion "go.mongodb.org/mongo-driver/v2/version"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
)

func TestASpecThatNamesNoDriverIsOneSentence(t *testing.T) {
	for spec, want := range map[string]string{
		"cobol":     `unknown driver "cobol": there are go`,
		"cobol@1":   `unknown driver "cobol@1": there are go`,
		"@v2.9.3":   `unknown driver "@v2.9.3": there are go`,
		"go@":       `driver "go@": a version or a path must follow the @`,
		"go v2.9.3": `unknown driver "go v2.9.3": there are go`,
	} {
		_, err := registry.Parse(spec)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
		require.True(t, usage.Is(err), spec)
	}
}

// The version that this program is linked with does the same in a process of its own build: verdicts, and the driver's
// error to the last label.
func TestBuiltVersionAgrees(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 1, Run: []string{"uri", "name", "mtls", "x509", "ocsp/t*", "srv"}, Modes: []string{"requireTLS"}}
	o.Driver = "go@v" + driverversion.Driver
	built := results(t, o, nil)
	var chosen []harness.Case
	for _, r := range built {
		chosen = append(chosen, r.Case)
	}
	linked := same(t, chosen)
	for i, a := range linked {
		b := built[i]
		require.Equal(t, a.Case.ID, b.Case.ID)
		require.Equal(t, a.Verdict.Kind, b.Verdict.Kind, "%s: %s; %s", a.Case.ID, a.Verdict.Why, b.Verdict.Why)
		require.Equal(t, essence(a), essence(b), a.Case.ID)
	}
}

// essence is what a driver's error says, without what differs from attempt to attempt.
func essence(r Result) any {
	if len(r.Attempts) == 0 {
		return nil
	}
	e := r.Attempts[len(r.Attempts)-1].Answer.Error
	if e == nil {
		return nil
	}
	return []any{e.Reason, e.Chain, e.Code, e.CodeName, e.Labels, e.Network, e.Timeout}
}
