package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// What a client could not offer is no violation; what it did offer, or refused before it dialled, is judged.
func TestWhatAClientCouldNotOffer(t *testing.T) {
	old := map[string]string{"tlsMinVersion": "1.0", "tlsMaxVersion": "1.0"}
	for name, row := range map[string]struct {
		code   map[string]string
		reason evidence.Reason
		seen   evidence.Seen
		kind   evidence.Verdict
	}{
		"nothing to offer":    {old, evidence.ProtocolMismatch, seen(evidence.Connection{ID: 1}), evidence.Unsupported},
		"offered and refused": {old, evidence.ProtocolMismatch, seen(hello()), evidence.Violates},
		"one of two offered": {old, evidence.ProtocolMismatch, seen(evidence.Connection{ID: 1}, hello()),
			evidence.Violates},
		"in clear":                {old, evidence.ProtocolMismatch, seen(unencrypted("ping")), evidence.Violates},
		"refused before dialling": {old, evidence.ProtocolMismatch, seen(), evidence.Violates},
		"for another reason":      {old, evidence.PeerClosed, seen(evidence.Connection{ID: 1}), evidence.Violates},
		"told nothing":            {nil, evidence.ProtocolMismatch, seen(evidence.Connection{ID: 1}), evidence.Violates},
	} {
		c := harness.Case{Scenario: scenarios.Scenario{Client: scenarios.Client{Code: row.code},
			Expect: scenarios.Connects()}}
		v := Judge(c, harness.Attempt{Answer: failed(row.reason), Seen: row.seen}, evidence.Info{}, nil)
		require.Equal(t, row.kind, v.Kind, "%s: %s", name, v.Why)
	}
}
