package judge

import (
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// unoffered says that a client that was told which versions of TLS to offer had none of them, "" if it had: it dialled,
// and sent nothing. Its runtime, a policy of the machine or FIPS mode has taken them away.
func unoffered(s scenarios.Scenario, a harness.Attempt) string {
	_, least := s.Client.Code["tlsMinVersion"]
	_, most := s.Client.Code["tlsMaxVersion"]
	if !least && !most || a.Answer.Error == nil || a.Answer.Error.Reason != evidence.ProtocolMismatch ||
		len(a.Seen.Connections) == 0 {
		return ""
	}
	for _, c := range a.Seen.Connections {
		if c.Hello != nil || c.Clear {
			return ""
		}
	}
	return "the client could not offer the versions of TLS that it was told to: it dialled, and sent no ClientHello"
}
