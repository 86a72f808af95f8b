package compare

import (
	"fmt"
	"slices"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
)

// A scenario is slower or faster if each of its modes takes at least paceFactor times as long as the slowest one on
// the other side, and paceFloor longer. On a loaded machine single attempts of 10 ms take more than a second, so the
// floor rises with the median of the slower run: at most 25 times that has been seen between equal runs, on two cores
// with thirty processes waiting for them.
const (
	paceFactor = 5
	paceFloor  = time.Second
	paceLoad   = 30
	paceSample = 30 // cases without which a median says nothing of the load
)

// A pace knows the elapsed times of both sides, by scenario.
type pace struct {
	base, head map[string][]time.Duration
	floor      time.Duration
}

func newPace(base, head map[string]observed) pace {
	p := pace{base: elapsed(base), head: elapsed(head), floor: paceFloor}
	if len(base) >= paceSample && len(head) >= paceSample {
		p.floor = max(paceFloor, paceLoad*max(middle(base), middle(head)))
	}
	return p
}

func elapsed(all map[string]observed) map[string][]time.Duration {
	of := map[string][]time.Duration{}
	for _, o := range all {
		if o.c.Decided() {
			of[scenario(o.c)] = append(of[scenario(o.c)], o.took())
		}
	}
	return of
}

func (o observed) took() time.Duration {
	return time.Duration(o.c.Last().Answer.ElapsedMS) * time.Millisecond
}

// scenario is what the modes of a case have in common. The column "disabled" stands for itself.
func scenario(c reports.Case) string {
	if c.DerivedDisabled {
		return c.ID
	}
	return c.Row()
}

// compare reports whether a case has become slower or faster. That a driver does not fail at once any more, but leaves
// it to server selection, counts however long the attempt took: the harness does not wait for that.
func (p pace) compare(b, h observed) Detail {
	x, y := b.last.Answer, h.last.Answer
	if !x.OK && !y.OK && x.Stopped != y.Stopped {
		what := map[evidence.Stopped]string{
			evidence.Returned: "at once", evidence.AllServersFailed: "when server selection times out",
		}
		switch {
		case what[x.Stopped] == "" || what[y.Stopped] == "":
		case x.Stopped == evidence.Returned:
			return Detail{kindSlower, "fails", what[x.Stopped], what[y.Stopped]}
		default:
			return Detail{kindFaster, "fails", what[x.Stopped], what[y.Stopped]}
		}
	}
	base, head := p.base[scenario(b.c)], p.head[scenario(h.c)]
	if len(base) == 0 || len(head) == 0 {
		return Detail{}
	}
	far := func(short, long []time.Duration) bool {
		most, least := slices.Max(short), slices.Min(long)
		return least >= paceFactor*most && least-most >= p.floor
	}
	switch {
	case far(base, head):
		return Detail{kindSlower, "time", roughly(slices.Max(base)), roughly(slices.Min(head))}
	case far(head, base):
		return Detail{kindFaster, "time", roughly(slices.Min(base)), roughly(slices.Max(head))}
	}
	return Detail{}
}

// roughly names a time so that equal changes are worded equally.
func roughly(d time.Duration) string {
	steps := []time.Duration{100 * time.Millisecond, time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second}
	for i, s := range steps {
		switch {
		case d >= s:
		case i == 0:
			return "under " + s.String()
		default:
			return fmt.Sprintf("%s to %s", steps[i-1], s)
		}
	}
	return "30s or more"
}

func middle(all map[string]observed) time.Duration {
	var cases []reports.Case
	for _, o := range all {
		cases = append(cases, o.c)
	}
	return time.Duration(reports.MedianMS(cases)) * time.Millisecond
}

// Slower says of the cases that take longer in head than in base how much longer that is, by id.
func Slower(base, head []reports.Case) map[string]Detail {
	before, after := raw(base), raw(head)
	p := newPace(before, after)
	all := map[string]Detail{}
	for id, h := range after {
		b, ok := before[id]
		if !ok || !b.c.Decided() || !h.c.Decided() {
			continue
		}
		if d := p.compare(b, h); d.Kind == kindSlower {
			all[id] = d
		}
	}
	return all
}

// raw are cases by id, with all that is volatile.
func raw(cases []reports.Case) map[string]observed {
	all := make(map[string]observed, len(cases))
	for _, c := range cases {
		all[c.ID] = observe(c, c.Last())
	}
	return all
}
