package reports_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func TestStableGolden(t *testing.T) {
	sample.Golden(t, "stable.golden", written(t, sample.Report().Stable()))
}

func TestStableIsIdempotentAndLeavesItsReceiver(t *testing.T) {
	r := sample.Report()
	once := r.Stable()
	require.Equal(t, sample.Report(), r)
	require.Equal(t, once, once.Stable())
	require.NoError(t, reports.Validate(once))
}

func TestStableForgetsWhatIsVolatile(t *testing.T) {
	require.Equal(t, string(written(t, sample.Report().Stable())), string(written(t, sample.Again().Stable())))
}

// What is not volatile survives.
func TestStableKeepsTheEvidence(t *testing.T) {
	base := string(written(t, sample.Report().Stable()))
	for name, change := range map[string]func(*reports.Case){
		"verdict":    func(c *reports.Case) { c.Verdict = reports.Conforms },
		"reason":     func(c *reports.Case) { c.Reason = "expired" },
		"subject":    func(c *reports.Case) { c.Attempts[0].Certificates.Server = []reports.Certificate{{Subject: "CN=x"}} },
		"error code": func(c *reports.Case) { c.Attempts[0].Answer.Error.Code = 18 },
		"error text": func(c *reports.Case) { c.Attempts[0].Answer.Error.Text = "EOF" },
		"chain":      func(c *reports.Case) { slices.Reverse(c.Attempts[0].Answer.Error.Chain) },
		"new event":  func(c *reports.Case) { c.Attempts[0].Answer.Events[0].Kind = "pool-cleared" },
		"version":    func(c *reports.Case) { c.Attempts[0].Server.Connections[0].TLS = "1.3" },
		"cause":      func(c *reports.Case) { c.Attempts[0].Server.Connections[0].Cause = "staged" },
		"lost peer":  func(c *reports.Case) { c.Attempts[0].Server.Connections = c.Attempts[0].Server.Connections[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			r := sample.Report()
			change(&r.Cases[0])
			require.NotEqual(t, base, string(written(t, r.Stable())))
		})
	}
}
