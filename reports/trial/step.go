package trial

import "fmt"

// NewStep is what changes from the rows of a driver to those of another, which are of the same hosts in the same order.
func NewStep(from, to []Row) Step {
	s := Step{From: from[0].Driver, To: to[0].Driver}
	for i, before := range from {
		after := to[i]
		if before.Says != after.Says {
			s.Says = append(s.Says, fmt.Sprintf("at %s: %s; before: %s", after.Host, after.Says, before.Says))
		}
	}
	return s
}

// String is the step in one line.
func (s Step) String() string {
	if len(s.Says) == 0 {
		return fmt.Sprintf("%s -> %s: nothing changes", s.From, s.To)
	}
	return fmt.Sprintf("%s -> %s: what happens changes", s.From, s.To)
}
