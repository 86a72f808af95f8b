package scenarios

import (
	"regexp"
	"slices"

	"github.com/mongotls/mongotls/fixtures/ocsp"
)

var memberName = regexp.MustCompile(`^[a-z]+$`)

// addresses are the names of the members, which stand for their addresses in the texts of a row.
func (s Scenario) addresses() (list []string) {
	for _, m := range s.Members {
		list = append(list, m.Name)
	}
	return list
}

func (d *defects) members(s Scenario) {
	primaries, routers := 0, 0
	list := s.Roled()
	for i, m := range list {
		d.add(!memberName.MatchString(m.Name), "%q is no name of a member: write a word in lower case", m.Name)
		d.add(placeholder(m.Name) != nil, "{%s} is no name for a member: it is a placeholder already", m.Name)
		d.add(slices.Contains(s.addresses()[:i], m.Name), "two members are called %q", m.Name)
		known(d, "role", Roles, m.Role)
		switch m.Role {
		case Primary:
			primaries++
		case Mongos:
			routers++
		}
		d.change(s.Server, m.Differs)
	}
	d.add(primaries > 1, "a set has one primary, not %d", primaries)
	d.add(routers > 0 && routers < len(list), "routers are no members of a set")
	d.add(routers == 0 && len(list) > 0 && primaries == 0, "a set needs a primary")
}

// change checks a server as it differs from another.
func (d *defects) change(s Server, c Change) {
	known(d, "mode", Modes, c.Mode)
	d.server(s.With(c))
}

func (d *defects) steps(s Scenario) {
	last := 0
	for _, step := range s.Steps {
		d.add(step.After < 1, "a step comes after one operation or more")
		d.add(step.After < last, "steps stand in their order")
		d.add(step.After > len(s.Client.Do), "the client ends before a step: it needs more than %d operations in Do",
			len(s.Client.Do))
		last = step.After
		d.add(step.kinds() != 1, "a step is one thing, not %d", step.kinds())
		ofClient := step.Files != nil || step.Cert != nil
		switch {
		case ofClient:
			d.add(step.Member != "", "the files of the client are no member's")
		case len(s.Members) == 0:
			d.add(step.Member != "", "there is no member %q", step.Member)
		default:
			d.add(!slices.Contains(s.addresses(), step.Member), "there is no member %q", step.Member)
		}
		d.add(step.Down < 0 || step.Down > 0 && step.Restart == nil, "only who restarts is down")
		known(d, "mode", Modes, step.Raise)
		known(d, "clusterAuthMode", ClusterAuthModes, step.Cluster)
		if step.Respond != nil {
			known(d, "OCSP answer", ocsp.Answers, step.Respond.Answer)
			d.add(s.Server.Responder.Answer == "" || len(s.Members) > 0, "there is no responder of one server")
		}
		for _, c := range []*Change{step.Restart, step.Rotate} {
			if c != nil {
				d.change(s.Server, *c)
			}
		}
		d.add((step.Elect || step.Rename != "") && len(s.Members) == 0, "only a member of a set is elected, or renamed")
		d.add(step.Cert != nil && s.Client.Cert == nil, "a certificate takes the place of another, in Cert of the client")
		for name := range step.Files {
			_, there := s.Client.Files[name]
			d.add(!there, "a file takes the place of another, and {%s} is none in Files of the client", name)
		}
	}
}

// kinds is how many things a step is.
func (s Step) kinds() (n int) {
	for _, is := range []bool{s.Restart != nil, s.Rotate != nil, s.Raise != "", s.Cluster != "", s.Rename != "", s.Await, s.Elect,
		s.Respond != nil, s.Files != nil, s.Cert != nil} {
		if is {
			n++
		}
	}
	return n
}

// Restarts reports whether a server comes back in the middle of the row.
func (s Scenario) Restarts() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Restart != nil })
}
