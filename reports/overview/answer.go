package overview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
)

// A Question is what a reader wants to know of every driver, and the scenario whose cases answer it.
type Question struct {
	Topic, Does string
	Row         string // area/name[@variant]
	By          By     `json:",omitempty"`
}

// By is what makes an answer a yes.
type By string

// What can make an answer a yes.
const (
	ByConformance By = ""
	ByRefusal     By = "refusal" // the driver refuses the peer or the options, whatever reason it gives for that
	ByConnecting  By = "connecting"
	ByTLS         By = "tls" // the driver begins a TLS handshake
)

// An AnswerRow is a question with the answer of each column.
type AnswerRow struct {
	Question
	Answers []Answer
}

// An Answer is what the cases of a question say of a driver.
type Answer struct {
	Says Says   `json:",omitempty"`
	How  string `json:",omitempty"` // what it does, if that is not what is asked for, or what keeps it from an answer
	// Case is the id of the case that shows it, and Verdict that case's.
	Case    string `json:",omitempty"`
	Verdict string `json:",omitempty"`
}

// Says is an answer in a word.
type Says string

// The answers. Only what was seen is a yes or a no.
const (
	Unknown Says = ""                 // not run, or nothing was proved
	Yes     Says = "yes"              // in each mode that was run
	No      Says = "no"               // likewise
	Differs Says = "not in each mode" // yes in one, no in another
	Lacking Says = "does not have it" // the driver lacks an option or ability that is asked about
)

// answer is what the cases of the question say of the driver, the strictest mode first.
func (q Question) answer(r reports.Report) Answer {
	var all []Answer
	var modes []string
	for _, mode := range slices.Backward(reports.Modes) {
		id := q.Row + "/" + mode
		if i := slices.IndexFunc(
			r.Cases,
			func(c reports.Case) bool { return c.ID == id && !c.DerivedDisabled },
		); i >= 0 {
			all, modes = append(all, q.of(r.Cases[i])), append(modes, mode)
		}
	}
	if len(all) == 0 {
		return Answer{}
	}
	known := slices.IndexFunc(all, func(a Answer) bool { return a.Says != Unknown })
	if known < 0 {
		return all[0]
	}
	same := func(a Answer) bool { return a.Says == all[known].Says || a.Says == Unknown }
	if !slices.ContainsFunc(all, func(a Answer) bool { return !same(a) }) {
		return all[known]
	}
	var parts []string
	for i, a := range all {
		if a.Says != Unknown {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s: %s %s", modes[i], a.Says, a.How)))
		}
	}
	return Answer{Differs, strings.Join(parts, "; "), all[known].Case, all[known].Verdict}
}

// of is what one case says.
func (q Question) of(c reports.Case) Answer {
	last := c.Last()
	a := Answer{Case: c.ID, Verdict: c.Verdict}
	switch {
	case !c.Ran() || !c.Decided():
		a.How = c.Verdict
		return a
	case c.Verdict == reports.Unsupported:
		a.Says, a.How = Lacking, strings.TrimPrefix(c.Why, "the driver does not have ")
		return a
	}
	switch q.By {
	case ByRefusal:
		a.Says = says(!last.Answer.OK && slices.Contains(refusals, last.Failure().Reason), last.Answer.OK)
	case ByConnecting:
		a.Says = says(last.Answer.OK, !last.Answer.OK)
	case ByTLS:
		a.Says = says(last.SpeaksTLS(), last.InClear())
	default:
		a.Says = says(c.Verdict == reports.Conforms, c.Verdict == reports.Violates || c.Verdict == reports.Known)
		if a.Says == No {
			a.How = cmp.Or(c.Why, c.Behaviour())
			return a
		}
	}
	if a.Says != Yes || c.Verdict != reports.Conforms && (q.By != ByConnecting || !last.Answer.OK) {
		a.How = c.Behaviour()
	}
	return a
}

func says(yes, no bool) Says {
	switch {
	case yes:
		return Yes
	case no:
		return No
	}
	return Unknown
}

// refusals are the reasons by which a driver refuses what it was given or shown. That it broke, waited in vain or was
// sent away is none.
var refusals = []evidence.Reason{
	evidence.ParseError, evidence.Untrusted, evidence.NameMismatch, evidence.Expired, evidence.NotYetValid,
	evidence.BadUsage, evidence.BadCertificate, evidence.CertRefused, evidence.Weak, evidence.Revoked,
	evidence.RevocationUnknown, evidence.MustStapleMissing, evidence.OCSPInvalid,
}
