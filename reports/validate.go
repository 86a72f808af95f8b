package reports

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Validate says in one sentence what is wrong with r and where: a version other than Schema, a case without an id or
// with another one's, a verdict or subject outside the closed lists, a twin that the report lacks (unless the run was
// interrupted), a start that is no time, a negative number of milliseconds or matches.
func Validate(r Report) error {
	if r.Schema != Schema {
		return fmt.Errorf("field Schema: version %d is unknown, this program knows version %d", r.Schema, Schema)
	}
	if _, err := time.Parse(time.RFC3339, r.Started); r.Started != "" && err != nil {
		return fmt.Errorf("field Started: %q is no RFC 3339 time", r.Started)
	}
	if r.DurationMS < 0 {
		return fmt.Errorf("field DurationMS: %d is negative", r.DurationMS)
	}
	for _, k := range r.Known {
		if k.Matched < 0 {
			return fmt.Errorf("known failure %q: Matched: %d is negative", k.ID, k.Matched)
		}
	}
	ids := map[string]bool{}
	for i, c := range r.Cases {
		if c.ID == "" {
			return fmt.Errorf("case %d of %d has no ID", i+1, len(r.Cases))
		}
		if ids[c.ID] {
			return fmt.Errorf("case %q occurs twice", c.ID)
		}
		ids[c.ID] = true
		if err := c.validate(); err != nil {
			return fmt.Errorf("case %q: %w", c.ID, err)
		}
	}
	for _, c := range r.Cases {
		if c.Twin != "" && !ids[c.Twin] && !r.Interrupted {
			return fmt.Errorf("case %q: its twin %q is not in the report", c.ID, c.Twin)
		}
	}
	return nil
}

func (c Case) validate() error {
	if !slices.Contains(Verdicts, c.Verdict) {
		return fmt.Errorf("verdict %q is unknown", c.Verdict)
	}
	if c.Subject != SubjectDriver && c.Subject != SubjectServer {
		return fmt.Errorf("subject %q is neither %q nor %q", c.Subject, SubjectDriver, SubjectServer)
	}
	for i, a := range c.Attempts {
		times := map[string]int{
			"Request.LimitMS": a.Request.LimitMS, "Answer.ElapsedMS": a.Answer.ElapsedMS,
			"Answer.CloseMS": a.Answer.CloseMS,
		}
		for j, e := range a.Answer.Events {
			times[fmt.Sprintf("Answer.Events[%d].AtMS", j)] = e.AtMS
		}
		for _, name := range slices.Sorted(maps.Keys(times)) {
			if times[name] < 0 {
				return fmt.Errorf("attempt %d: %s: %d is negative", i+1, name, times[name])
			}
		}
	}
	return nil
}
