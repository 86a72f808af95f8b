package evidence

// A Verdict is what the evidence of a case comes to.
type Verdict string

// The verdicts.
const (
	Conforms      Verdict = "conforms"
	Violates      Verdict = "violates"
	Known         Verdict = "known"         // violates, as the known-failure file says
	Unsupported   Verdict = "unsupported"   // this driver cannot be brought into the case
	NotRun        Verdict = "not-run"       // this back end has no server for the case, or none for its control
	Inconclusive  Verdict = "inconclusive"  // the witnesses do not suffice, or the twin does not connect
	Characterised Verdict = "characterised" // no norm: recorded, never judged
)

// Verdicts is the closed list, in the order in which reports show them.
var Verdicts = []Verdict{Conforms, Violates, Known, Unsupported, NotRun, Inconclusive, Characterised}
