package reports

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Row is what the cases of a scenario or a variant have in common, but for their modes: area/name[@variant], and the
// release.
func (c Case) Row() string {
	row := strings.TrimSuffix(strings.TrimSuffix(c.ID, "/"+c.Release), "/"+c.Mode)
	if c.Release == "" {
		return row
	}
	return row + " of " + c.Release
}

// Last is the attempt that decided, the zero one if there was none.
func (c Case) Last() Attempt {
	if n := len(c.Attempts); n > 0 {
		return c.Attempts[n-1]
	}
	return Attempt{}
}

// Decided reports whether the case was tried, and the last attempt proves anything.
func (c Case) Decided() bool { return c.Verdict != Inconclusive && c.Verdict != NotRun }

// SameExpectation reports whether two cases expect the same: as data or, if a report is older than these, in words.
func SameExpectation(a, b Case) bool {
	if a.Expects == nil || b.Expects == nil {
		return a.Expectation == b.Expectation
	}
	return reflect.DeepEqual(a.Expects, b.Expects)
}

// Behaviour is what became of the case, in a few words: "connects over TLS", "fails as revoked while connecting".
func (c Case) Behaviour() string {
	last := c.Last()
	a := last.Answer
	how := map[bool]string{true: " in clear", false: ""}[last.InClear()]
	switch {
	case len(c.Attempts) == 0:
		return "was not tried"
	case c.Hangs() && a.Stopped == evidence.AtLimit:
		return fmt.Sprintf("does not end within %d s", last.Request.LimitMS/1000)
	case c.Hangs():
		return "times out"
	case a.OK && how == "" && last.SpeaksTLS():
		return "connects over TLS"
	case a.OK:
		return "connects" + how
	}
	return "fails as " + string(last.Failure().Reason) + " " + last.FailsAt() + how
}

// Hangs reports whether the driver came to no end of its own: every attempt ran into the harness's limit, or,
// undecided and more than once, into a time-out of the driver that nobody staged.
func (c Case) Hangs() bool {
	if c.Decided() && c.Last().Answer.Stopped != evidence.AtLimit || len(c.Attempts) == 0 {
		return false
	}
	limit, timeout := true, len(c.Attempts) > 1
	for _, a := range c.Attempts {
		limit = limit && a.Fault == "" && a.Answer.Stopped == evidence.AtLimit
		timeout = timeout && a.Fault == "" && a.Answer.Error != nil &&
			(a.Answer.Error.Reason == evidence.Timeout || a.Answer.Stopped == evidence.AtLimit)
	}
	return limit || timeout
}

// InClear reports whether the driver sent commands in clear, or began to.
func (a Attempt) InClear() bool {
	return slices.ContainsFunc(a.Server.Connections, func(c evidence.Connection) bool {
		return c.Clear || c.TLS == "" && c.Hello == nil && len(c.Commands) > 0
	})
}

// SpeaksTLS reports whether the driver began a handshake.
func (a Attempt) SpeaksTLS() bool {
	return slices.ContainsFunc(a.Server.Connections, func(c evidence.Connection) bool { return c.Hello != nil })
}

// Failure is the driver's error, the zero one if it has none.
func (a Attempt) Failure() evidence.Error {
	if a.Answer.Error == nil {
		return evidence.Error{}
	}
	return *a.Answer.Error
}

// FailsAt is where the driver failed, in words.
func (a Attempt) FailsAt() string {
	switch a.Answer.Stage {
	case evidence.AtConfigure:
		return "before dialling"
	case evidence.AtConnect:
		return "while connecting"
	case evidence.AtCommand:
		return fmt.Sprintf("at command %d", a.Answer.Command+1)
	}
	return ""
}
