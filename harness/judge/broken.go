package judge

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// What is plainly wrong, whatever the row expects. Times are in milliseconds.
const (
	// hanging is after how long a driver hangs, if its control took no more than a twentieth of it. No limit that a
	// specification gives to a part of connecting and that we stage is longer: an OCSP responder has five seconds.
	hanging = 5000
	times   = 20
	// soonest is the least of the limits that a driver has by default; those of a URI can be less.
	soonest = 5000
	// tolerance is by how much a driver may be early: some cut both the time and what is left of it to whole milliseconds.
	tolerance = 2
	// dawdling is by how much a refusal may take longer than the connection of its control, and crawling how many times
	// as long: where the control takes a second, the machine is busy.
	dawdling = 1200
	crawling = 3
	// heartbeat is how long a driver waits before it looks at a server again (SDAM spec, minHeartbeatFrequencyMS).
	heartbeat = 500
	// dials are as many connections to a server as no driver needs, and perDial is how often there may be one more: a
	// fifth of heartbeat.
	dials   = 20
	perDial = heartbeat / 5
)

// broken says what makes the answer of a driver worthless, and whether a busy machine could have brought it about.
func broken(s scenarios.Scenario, a harness.Attempt, control *harness.Control) (wrong string, again bool) {
	if a.Fault != "" {
		return "", false
	}
	reason := failure(a)
	seen := control.Connected()
	for i, first := range a.Before {
		if first.Stopped == evidence.AtLimit && seen && quick(control, harness.Attempt{Answer: first}) {
			return fmt.Sprintf("the driver hangs with client %d, which comes first: it still waited after %d ms, where its "+
				"control took %d ms", i+1, first.ElapsedMS, control.Attempt.Answer.ElapsedMS), true
		}
	}
	dialled, took := len(a.Seen.Connections), a.Answer.ElapsedMS+a.Answer.CloseMS
	switch {
	case reason == evidence.Crashed:
		return "the driver crashed: " + a.Answer.Error.Text, false
	case dialled > max(1, len(s.Members))*(dials+took/perDial) && !accepted(s.Expect, a): // which is worse
		return fmt.Sprintf("the driver dialled %d times in %d ms, where a few are allowed", dialled, took), true
	case a.Answer.Stopped == evidence.AtLimit && outwaited(s.Expect, a):
		return fmt.Sprintf(
			"the time-out of %s must end this, but the driver still waited after %d ms",
			s.Expect.Option,
			a.Answer.ElapsedMS,
		), false
	case a.Answer.Stopped == evidence.AtLimit && seen && quick(control, a):
		return fmt.Sprintf("the driver hangs: it still waited after %d ms, where its control took %d ms", a.Answer.ElapsedMS,
			control.Attempt.Answer.ElapsedMS), true
	case reason == evidence.Timeout && a.Answer.Stopped != evidence.AtLimit && a.Answer.Stage != evidence.AtConfigure &&
		a.Answer.ElapsedMS < leastLimit(a.Request.URI)-tolerance:
		return fmt.Sprintf("the driver reports a time-out after %d ms, but none of its limits can have run out before %d ms",
			a.Answer.ElapsedMS, leastLimit(a.Request.URI)), true
	case unstaged(s, a) && seen && quick(control, a):
		return fmt.Sprintf("the driver hangs: it gave up after %d ms, where its control took %d ms", a.Answer.ElapsedMS,
			control.Attempt.Answer.ElapsedMS), true
	case a.Answer.OK && !a.Seen.Served() && seen:
		return "the driver reports success, but the server served none of its commands", true
	case a.Seen.Open > 0 && (seen || a.Answer.OK && a.Seen.Served()) && a.Answer.Stopped != evidence.AtLimit:
		return fmt.Sprintf("the driver must close its connections with its client, but %d are still open", a.Seen.Open), true
	}
	return "", false
}

// failure is the reason of a driver's error, "" for none.
func failure(a harness.Attempt) evidence.Reason {
	if a.Answer.Error == nil {
		return ""
	}
	return a.Answer.Error.Reason
}

// unstaged reports whether a driver ran into a time-out that nothing in the scenario leads to.
func unstaged(s scenarios.Scenario, a harness.Attempt) bool {
	return failure(a) == evidence.Timeout && a.Answer.Stopped != evidence.AtLimit && s.Server.Fault.Stall == "" &&
		s.Expect.Outcome != scenarios.ByTimeout &&
		(responding(s) == 0 || a.Answer.ElapsedMS >= staged(s, a)+hanging)
}

// responding is how long a driver waits for the responder of a scenario: until its answer, or, of a silent one, until
// the five seconds of the OCSP support specification.
func responding(s scenarios.Scenario) (ms int) {
	switch s.Server.Responder.Answer {
	case ocsp.Slow:
		return int(ocsp.Delay.Milliseconds())
	case ocsp.Silent:
		return 5000
	}
	return 0
}

// outwaited reports whether the harness's limit was so far beyond a time-out of the driver, with a server silent as
// staged, that the driver hangs.
func outwaited(want scenarios.Expect, a harness.Attempt) bool {
	ms := milliseconds(a.Request.URI, want.Option)
	return want.Outcome == scenarios.ByTimeout && ms > 0 && a.Request.LimitMS >= times*ms && silent(a)
}

// quick reports whether the control was so much quicker than an attempt that the attempt hangs. What the steps took is
// no driver's doing.
func quick(control *harness.Control, a harness.Attempt) bool {
	ms := a.Answer.ElapsedMS - a.Seen.HeldMS()
	return ms >= hanging && ms >= times*(control.Attempt.Answer.ElapsedMS-control.Attempt.Seen.HeldMS())
}

// limits are the options of a connection string that end an attempt.
var limits = []string{
	"connectTimeoutMS",
	"serverSelectionTimeoutMS",
	"socketTimeoutMS",
	"timeoutMS",
	"waitQueueTimeoutMS",
}

// leastLimit is the shortest time after which any limit of a driver can have run out.
func leastLimit(uri string) int {
	least := soonest
	for _, option := range limits {
		if ms := milliseconds(uri, option); ms > 0 {
			least = min(least, ms)
		}
	}
	return least
}

// dawdles says how a driver took its time over a refusal, which a busy machine can do, too.
func dawdles(s scenarios.Scenario, a harness.Attempt, control *harness.Control) string {
	took := a.Answer.ElapsedMS
	if a.Answer.OK || !control.Connected() ||
		s.Restarts() { // how long a server stays away is no driver's doing
		return ""
	}
	refusals := 1
	if s.Client.GoOn {
		refusals = max(1, len(s.Client.Do))
	}
	if pace := control.Attempt.Answer.ElapsedMS; took > max(pace+refusals*dawdling, crawling*pace)+staged(s, a) {
		return fmt.Sprintf("the driver must refuse at once, but took %d ms, where its control took %d ms", took, pace)
	}
	return ""
}

// Wants reports whether an attempt without a control is judged otherwise beside a good one, for it took so long.
func Wants(a harness.Attempt) bool { return a.Answer.OK && a.Answer.ElapsedMS >= hanging }

// lateness says how a driver took its time over what it did in the end. Where servers come and go, it may have to wait.
func lateness(s scenarios.Scenario, a harness.Attempt, control *harness.Control) string {
	waited := a
	waited.Answer.ElapsedMS -= staged(s, a)
	if !a.Answer.OK || !control.Connected() || len(s.Steps) > 0 || s.Slow != "" || !quick(control, waited) {
		return ""
	}
	return fmt.Sprintf("the driver must connect at once, but took %d ms, where its control took %d ms", a.Answer.ElapsedMS,
		control.Attempt.Answer.ElapsedMS)
}

// missed says how a driver did not find a server that is there, as its control shows. One that stays away for a while
// is another matter, and so is one at another kind of address.
func missed(s scenarios.Scenario, a harness.Attempt, control *harness.Control) string {
	if a.Fault != "" || failure(a) != evidence.Unreachable || !control.Connected() || len(s.Steps) > 0 ||
		s.Expect.Outcome == scenarios.BeforeDialing || strings.Contains(s.Client.Host, ":") ||
		slices.Contains(s.Expect.Reasons, evidence.Unreachable) {
		return ""
	}
	return "the driver says that it could not reach the server, to which its control connected"
}

// staged is how long the scenario makes a driver wait.
func staged(s scenarios.Scenario, a harness.Attempt) (ms int) {
	const tries = 4 // of the same thing, each until its limit
	ms += tries * milliseconds(a.Request.URI, s.Expect.Option)
	selection := milliseconds(a.Request.URI, "serverSelectionTimeoutMS")
	switch {
	case len(s.Members) > 0: // for an operation, and for its second try
		ms += 2 * selection
	case s.Expect.Tries > 0: // between tries
		ms += selection
	}
	ms += max(1, a.Seen.OCSPRequests) * responding(s)
	if s.Server.Fault.Good > 0 {
		ms += heartbeat
	}
	return ms
}

// milliseconds reads a numeric option from a URI, whatever its case; 0 if it is not there.
func milliseconds(uri, option string) int {
	_, query, _ := strings.Cut(uri, "?")
	values, _ := url.ParseQuery(query)
	for key, value := range values {
		if strings.EqualFold(key, option) {
			n, _ := strconv.Atoi(value[0])
			return n
		}
	}
	return 0
}
