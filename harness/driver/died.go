package driver

import "github.com/mongotls/mongotls/harness/evidence"

// Died is the error of each request that was under way when its adapter's process ended, or was ended because one of
// them stayed unanswered. Which one it was, the error does not say: see whether a request that has the process to
// itself ends it again.
type Died struct {
	Text string
	Late bool // it was ended
}

func (d *Died) Error() string { return d.Text }

// Answer is that of a driver whose request, alone, ends its process.
func (d *Died) Answer(r evidence.Request) evidence.Answer {
	a := evidence.Answer{ID: r.ID, Stage: evidence.AtConnect, Stopped: evidence.Returned,
		Error: &evidence.Error{Reason: evidence.Crashed, Text: d.Text, Surface: d.Text}}
	if d.Late {
		a.Stopped, a.ElapsedMS, a.Error.Reason = evidence.AtLimit, r.LimitMS, evidence.Timeout
	}
	return a
}
