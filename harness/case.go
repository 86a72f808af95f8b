// Package harness tries a case: it says what a case is, what is tried, and how the answer is told.
package harness

import (
	"crypto/x509"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// A Case is a scenario, or one variant of it, in one mode, and against one release where there are several.
type Case struct {
	ID       string // area/name[@variant]/mode[/release]
	Scenario scenarios.Scenario
	Variant  string
	Mode     scenarios.Mode
	Release  string // series that its servers imitate, "" for the back end's own
	Twin     string // id of the control's case, "" for none
	// Derived: of the disabled column, made from a client of the table and never counted as a scenario.
	Derived bool
}

// An Attempt is one request with what both witnesses say about it.
type Attempt struct {
	// Before are the answers to the clients that came first; Seen is without their connections.
	Before  []evidence.Answer `json:"-"`
	Request evidence.Request
	Answer  evidence.Answer
	Seen    evidence.Seen
	// Server and Client are the certificates of the two key files, the leaf first; nil where there are none, or where they
	// are not ours.
	Server, Client []*x509.Certificate `json:"-"`
	Fault          string              `json:",omitempty"` // what went wrong with the harness itself
	// Died: the driver's process ended while this attempt, and maybe others, were under way in it.
	Died bool `json:"-"`
}

// Interrupted is the Fault of an attempt that the user stopped. Its case is left out of the report.
const Interrupted = "interrupted"

// A Control is what another case came to, with its last attempt.
type Control struct {
	Verdict Verdict
	Attempt Attempt
}

// Connected reports whether there is a control, and both witnesses saw it connect.
func (c *Control) Connected() bool {
	return c != nil && c.Attempt.Fault == "" && c.Attempt.Answer.OK && c.Attempt.Seen.Served()
}

// A Verdict is what an attempt means.
type Verdict struct {
	Kind   evidence.Verdict
	Reason evidence.Reason  // what the driver said, "" for success
	Why    string           // one sentence: what was seen, and what it contradicts if it does
	Again  bool             // a busy machine could bring it about, too: it holds if a second attempt has it again
	Alone  bool             // and does so if there is too much else to do: the second attempt is made alone
	Repeat evidence.Verdict // of a further run of what violates, Conforms or Violates; "" for none
	Afresh evidence.Verdict // of one more in a new process of the driver, where it violates again; likewise
	Listed bool             // it conforms, and violates because a known failure is listed for it
}
