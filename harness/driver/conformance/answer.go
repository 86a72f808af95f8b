package conformance

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Malformed says what is wrong with the form of an answer, "" if nothing is.
func Malformed(a evidence.Answer) string {
	switch {
	case !slices.Contains(evidence.Endings, a.Stopped):
		return fmt.Sprintf("Stopped is %q, not one of %q", a.Stopped, evidence.Endings)
	case !a.OK && !slices.Contains(evidence.Stages, a.Stage):
		return fmt.Sprintf("Stage is %q, not one of %q", a.Stage, evidence.Stages)
	}
	for i, r := range a.Replies {
		if !json.Valid([]byte(r)) {
			return fmt.Sprintf("reply %d is no extended JSON: %.40q", i, r)
		}
	}
	for _, e := range a.Events {
		if !slices.Contains(evidence.EventKinds, e.Kind) {
			return fmt.Sprintf("there is no kind of event %q", e.Kind)
		}
	}
	if a.ElapsedMS < 0 || a.CloseMS < 0 {
		return "a duration is negative"
	}
	switch e := a.Error; {
	case a.OK && e != nil:
		return "a success with an Error"
	case a.OK:
		return ""
	case e == nil:
		return "a failure without an Error"
	case !slices.Contains(evidence.Reasons, e.Reason):
		return fmt.Sprintf("Reason %q is not in the list", e.Reason)
	case e.Text == "" || e.Surface == "" || len(e.Chain) == 0:
		return "Text, Surface and Chain of an Error must be there"
	}
	return ""
}
