package scenarios

import (
	"regexp"
	"slices"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
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
		d.names(m.Host, m.Me, m.Horizon)
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

// names checks the host names of members.
func (d *defects) names(list ...string) {
	for _, name := range list {
		name = Fill(name, func(string) string { return "x" })
		d.add(name != "" && !host.MatchString(name), "%q is no host name", name)
	}
}

// change checks a server as it differs from another.
func (d *defects) change(s Server, c Change) {
	known(d, "mode", Modes, c.Mode)
	d.server(s.With(c))
}

func (d *defects) steps(s Scenario) {
	last := 0
	for i, step := range s.Steps {
		d.add(step.After < 1, "a step comes after one operation or more")
		d.add(step.After < last, "steps stand in their order")
		d.add(step.After > len(s.Client.Do), "the client ends before a step: it needs more than %d operations in Do",
			len(s.Client.Do))
		last = step.After
		d.add(step.kinds() != 1, "a step is one thing, not %d", step.kinds())
		known(d, "role", []pki.Role{pki.Server, pki.Client}, step.Expire)
		d.add(step.Expire == pki.Server && len(s.Members) > 0, "the certificate of the only server runs out, and there are more")
		d.add(step.Expire == pki.Client && s.Client.Cert == nil, "the client has no Cert that runs out")
		ofClient := step.Files != nil || step.Cert != nil || step.Zone != ""
		d.add(step.Zone != "" && s.Client.Zone == "", "a zone takes the place of another, in Zone of the client")
		d.add(step.Zone != "" && s.Slow == "", "a driver asks DNS again after a minute: say so in Slow")
		switch {
		case ofClient:
			d.add(step.Member != "", "what the client reads and asks is no member's")
		case len(s.Members) == 0:
			d.add(step.Member != "", "there is no member %q", step.Member)
		default:
			d.add(!slices.Contains(s.addresses(), step.Member), "there is no member %q", step.Member)
		}
		d.add(step.Down < 0 || step.Down > 0 && step.Restart == nil, "only who restarts is down")
		d.add(step.Stale && (step.Restart == nil || !s.deposed(step.Member, i)),
			"only who was the primary before another, and restarts, is stale")
		d.add(step.Wait < 0, "nobody waits for %d ms", step.Wait)
		known(d, "mode", Modes, step.Raise)
		known(d, "clusterAuthMode", ClusterAuthModes, step.Cluster)
		d.add(step.Rename != "" && !host.MatchString(step.Rename), "%q is no host name", step.Rename)
		d.files(step.Files)
		if step.Cert != nil {
			d.leaves(*step.Cert)
		}
		if step.Respond != nil {
			known(d, "OCSP answer", ocsp.Answers, step.Respond.Answer)
			d.add(s.Server.Responder.Answer == "" || len(s.Members) > 0, "there is no responder of one server")
		}
		for _, c := range []*Change{step.Restart, step.Rotate} {
			if c != nil {
				d.change(s.Server, *c)
			}
		}
		d.add((step.Elect || step.Join || step.Rename != "") && len(s.Members) == 0,
			"only a member of a set is elected, added or renamed")
		d.add(step.Cert != nil && s.Client.Cert == nil, "a certificate takes the place of another, in Cert of the client")
		for name := range step.Files {
			_, there := s.Client.Files[name]
			d.add(!there, "a file takes the place of another, and {%s} is none in Files of the client", name)
		}
	}
}

// deposed reports whether a member was the primary before a step, and another is.
func (s Scenario) deposed(member string, before int) bool {
	led, leads := false, ""
	for _, m := range s.Roled() {
		if m.Role == Primary {
			leads = m.Name
		}
	}
	for _, step := range s.Steps[:before] {
		led = led || leads == member
		if step.Elect {
			leads = step.Member
		}
	}
	return led && leads != member
}

// kinds is how many things a step is.
func (s Step) kinds() (n int) {
	for _, is := range []bool{s.Restart != nil, s.Rotate != nil, s.Raise != "", s.Cluster != "",
		s.Rename != "", s.Await > 0,
		s.Join, s.Elect, s.Wait > 0, s.Respond != nil, s.Expire != "", s.Zone != "", s.Files != nil, s.Cert != nil} {
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
