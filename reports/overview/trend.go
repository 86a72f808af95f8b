package overview

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/compare"
	"github.com/mongotls/mongotls/reports/form"
)

// A Trend is what many runs say together: one line per driver, version and back end. What changes from one version to
// another is for package compare to say.
type Trend struct {
	Lines []Line // by driver, the newest version first
	// LeftOut are the files that were found and could not be read, a sentence each.
	LeftOut []string `json:",omitempty"`
}

// A Line is the runs of one version of a driver against one back end, the oldest first.
type Line struct {
	Driver, Version string
	Backend         reports.Backend
	Runs            []Run
	// Failing are the cases that violate in the newest run that has them, and did not before.
	Failing []Series `json:",omitempty"`
	// Flaky are the cases whose verdict or reason differs between runs of one build of the driver and one version of
	// this program, by the same expectation.
	Flaky []Series `json:",omitempty"`
	// Slower are the cases that take longer in the newest run than in each one before it, by the measure of
	// compare.Slower.
	Slower []Series `json:",omitempty"`
}

// A Run is one run as a whole.
type Run struct {
	File        string // where the report was found
	Page        string `json:",omitempty"` // of the report, relative to the page of the trend
	Started     string `json:",omitempty"`
	Driver      reports.Driver
	Tool        reports.Tool
	Interrupted bool           `json:",omitempty"`
	Verdicts    map[string]int // but for self-checks
	MedianMS    int
	DurationMS  int
}

// A Series is a case over the runs of its line.
type Series struct {
	ID     string
	Why    string  // one sentence
	Points []Point // one per run; one without a verdict is a run that does not have the case
}

// A Point is a case in one run.
type Point struct {
	Verdict string `json:",omitempty"`
	Reason  string `json:",omitempty"`
	MS      int    `json:",omitempty"` // elapsed in the last attempt
}

// A Digest is what a trend needs of a report. Reports are large, so a trend over many holds one of them at a time.
type Digest struct {
	run     Run
	backend reports.Backend
	cases   map[string]digested
	pace    []reports.Case // without evidence
}

type digested struct {
	point   Point
	expects reports.Case // no more of it than what it expects
}

// NewDigest makes the digest of the report in a file.
func NewDigest(file string, r reports.Report) Digest {
	counted := slices.DeleteFunc(slices.Clone(r.Cases), r.SelfCheck)
	d := Digest{
		backend: r.Backend,
		cases:   map[string]digested{},
		run: Run{
			File:        file,
			Started:     r.Started,
			Driver:      r.Driver,
			Tool:        r.Tool,
			Interrupted: r.Interrupted,
			Verdicts:    reports.Count(counted),
			MedianMS:    reports.MedianMS(counted),
			DurationMS:  r.DurationMS,
		},
	}
	for _, c := range counted {
		slim := reports.Case{ID: c.ID, Mode: c.Mode, Verdict: c.Verdict, DerivedDisabled: c.DerivedDisabled}
		last := c.Last().Answer
		if len(c.Attempts) > 0 {
			slim.Attempts = []reports.Attempt{
				{Answer: evidence.Answer{OK: last.OK, Stopped: last.Stopped, ElapsedMS: last.ElapsedMS}},
			}
		}
		d.pace = append(d.pace, slim)
		d.cases[c.ID] = digested{Point{c.Verdict, string(c.Reason), last.ElapsedMS},
			reports.Case{Expectation: c.Expectation, Expects: c.Expects}}
	}
	return d
}

// NewTrend puts digests of reports together. leftOut says of files why there is none of them.
func NewTrend(digests []Digest, leftOut []string) Trend {
	lines := map[string][]Digest{}
	for _, d := range digests {
		k := fmt.Sprintf(
			"%q",
			[]string{d.run.Driver.Name, d.run.Driver.Version, d.backend.Name, d.backend.Version, d.backend.Image},
		)
		lines[k] = append(lines[k], d)
	}
	t := Trend{LeftOut: leftOut}
	for _, k := range slices.Sorted(maps.Keys(lines)) {
		t.Lines = append(t.Lines, line(lines[k]))
	}
	slices.SortStableFunc(t.Lines, func(a, b Line) int {
		return cmp.Or(
			cmp.Compare(a.Driver, b.Driver), versions.Compare(b.Version, a.Version),
			cmp.Compare(a.Backend.String(), b.Backend.String()),
		)
	})
	return t
}

func line(runs []Digest) Line {
	slices.SortStableFunc(runs, func(a, b Digest) int {
		return cmp.Or(moment(a).Compare(moment(b)), cmp.Compare(a.run.File, b.run.File))
	})
	l := Line{Driver: runs[0].run.Driver.Name, Version: runs[0].run.Driver.Version, Backend: runs[0].backend}
	ids := map[string]bool{}
	for _, r := range runs {
		l.Runs = append(l.Runs, r.run)
		for id := range r.cases {
			ids[id] = true
		}
	}
	slow := slower(runs)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		c := Series{ID: id}
		for _, r := range runs {
			c.Points = append(c.Points, r.cases[id].point)
		}
		add := func(to *[]Series, why string) {
			if why != "" {
				c.Why = why
				*to = append(*to, c)
			}
		}
		add(&l.Failing, failing(id, runs))
		add(&l.Flaky, flaky(id, runs))
		add(&l.Slower, slow[id])
	}
	return l
}

// moment is when a run started; one that does not say comes first.
func moment(d Digest) time.Time {
	t, err := time.Parse(time.RFC3339, d.run.Started)
	if err != nil {
		return time.Time{}
	}
	return t
}

// failing says since when a case violates, "" if it does not in its newest run, or always did.
func failing(id string, runs []Digest) string {
	since := ""
	for _, r := range slices.Backward(runs) {
		switch r.cases[id].point.Verdict {
		case "":
		case reports.Violates:
			since = r.run.name()
		default:
			if since == "" {
				return ""
			}
			return fmt.Sprintf("violates since %s; %s in %s", since, r.cases[id].point, r.run.name())
		}
	}
	return ""
}

// flaky says between what a case flips in runs of equal coordinates.
func flaky(id string, runs []Digest) string {
	type series struct {
		build, tool string
		expects     reports.Case  // of its newest run
		seen        map[Point]int // how often
	}
	var all []series
	for _, r := range runs {
		c, ok := r.cases[id]
		if !ok {
			continue
		}
		i := slices.IndexFunc(all, func(s series) bool {
			return s.build == r.run.Driver.Build && s.tool == r.run.Tool.Version &&
				reports.SameExpectation(s.expects, c.expects)
		})
		if i < 0 {
			all, i = append(all, series{r.run.Driver.Build, r.run.Tool.Version, c.expects, map[Point]int{}}), len(all)
		}
		all[i].expects = c.expects
		all[i].seen[Point{Verdict: c.point.Verdict, Reason: c.point.Reason}]++
	}
	var says []string
	for _, s := range all {
		if len(s.seen) < 2 {
			continue
		}
		var parts []string
		for _, p := range slices.SortedFunc(maps.Keys(s.seen), func(a, b Point) int {
			return cmp.Or(cmp.Compare(s.seen[b], s.seen[a]), cmp.Compare(a.String(), b.String()))
		}) {
			parts = append(parts, fmt.Sprintf("%d times %s", s.seen[p], p))
		}
		says = append(says, strings.Join(parts, ", "))
	}
	return strings.Join(says, "; ")
}

// slower says of the cases that take longer in the newest run than in every one before it how much longer that is.
func slower(runs []Digest) map[string]string {
	newest := runs[len(runs)-1]
	why, not := map[string]string{}, map[string]bool{}
	for _, r := range runs[:len(runs)-1] {
		slow := compare.Slower(r.pace, newest.pace)
		for id := range r.cases {
			d, is := slow[id]
			not[id] = not[id] || !is
			why[id] = fmt.Sprintf("%s: %s; %s in %s", d.What, d.Head, d.Base, r.run.name())
		}
	}
	maps.DeleteFunc(why, func(id, _ string) bool { return not[id] })
	return why
}

// String is the verdict with the reason.
func (p Point) String() string {
	if p.Reason == "" {
		return p.Verdict
	}
	return p.Verdict + " (" + p.Reason + ")"
}

// name says which run it is: when it started, or the file of one that does not say.
func (r Run) name() string { return cmp.Or(r.Started, r.File) }

// String names the driver and the back end: "go v2.9.3 against embedded 4.4.5".
func (l Line) String() string {
	return form.Visible(
		l.Driver + " " + l.Version + " against " + strings.TrimSpace(l.Backend.Name+" "+l.Backend.Version),
	)
}

// WriteTrend writes t as indented JSON.
func WriteTrend(w io.Writer, t Trend) error { return form.WriteJSON(w, t) }
