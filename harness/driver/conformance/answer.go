package conformance

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/scenarios"
)

var (
	stages = []string{"configure", "connect", "command"}
	stops  = []string{"returned", "all-servers-failed", "limit"}
	kinds  = []string{"heartbeat-failed", "heartbeat-succeeded", "pool-cleared", "connection-created", "connection-closed", "checkout-failed"}
)

// Malformed says what is wrong with the form of an answer, "" if nothing is.
func Malformed(a harness.Answer) string {
	for _, field := range []struct {
		name, value string
		known       []string
	}{{"Stopped", a.Stopped, stops}, {"Stage", a.Stage, stages}} {
		if (field.name != "Stage" || !a.OK) && !slices.Contains(field.known, field.value) {
			return fmt.Sprintf("%s is %q, not one of %q", field.name, field.value, field.known)
		}
	}
	for i, r := range a.Replies {
		if !json.Valid([]byte(r)) {
			return fmt.Sprintf("reply %d is no extended JSON: %.40q", i, r)
		}
	}
	for _, e := range a.Events {
		if !slices.Contains(kinds, e.Kind) {
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
	case !slices.Contains(scenarios.Reasons, scenarios.Reason(e.Reason)):
		return fmt.Sprintf("Reason %q is not in the list", e.Reason)
	case e.Text == "" || e.Surface == "" || len(e.Chain) == 0:
		return "Text, Surface and Chain of an Error must be there"
	}
	return ""
}
