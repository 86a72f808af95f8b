package scenarios

import (
	"cmp"
	"fmt"
	"net"
	"reflect"
	"slices"
)

// Mongod says how real mongods are brought into this deployment, in a mode, and through its steps, or, with can false,
// why they cannot be.
func (s Scenario) Mongod(mode Mode) (how string, can bool) {
	if how, can = s.Server.Mongod(); !can {
		return how, false
	}
	members := s.Members
	if len(members) == 0 {
		members = []Member{{}}
	}
	now := map[string]state{} // as the steps leave them
	for _, m := range members {
		now[m.Name] = state{mode, s.Server}.by(m.Differs)
		if why := cmp.Or(m.unreal(s.Server), now[m.Name].unreal()); why != "" {
			return why, false
		}
	}
	if why := apart(members, now); why != "" {
		return why, false
	}
	for _, step := range s.Steps {
		is := now[step.Member]
		i := max(0, slices.IndexFunc(members, func(m Member) bool { return m.Name == step.Member }))
		if why := step.unreal(is.Server, members[i].Role); why != "" {
			return why, false
		}
		if change := cmp.Or(step.Restart, step.Rotate); change != nil {
			is = is.by(*change)
		}
		is.mode = cmp.Or(step.Raise, is.mode)
		now[step.Member] = is
		if why := cmp.Or(is.unreal(), apart(members, now)); why != "" {
			return why, false
		}
	}
	if len(s.Members) > 0 {
		how += ", of the members of a replica set"
	}
	if len(s.Steps) > 0 {
		how += "; others, or commands of an administrator, in the middle of the attempt"
	}
	return how, true
}

// A state is a server at some time.
type state struct {
	mode Mode
	Server
}

func (is state) by(c Change) state { return state{cmp.Or(c.Mode, is.mode), is.With(c)} }

// unreal says why no mongod is this.
func (is state) unreal() string {
	if why, can := is.Mongod(); !can {
		return why
	}
	return ""
}

// unreal says why no mongod is such a member of a set.
func (m Member) unreal(s Server) string {
	is := s.With(m.Differs)
	switch {
	case m.Name == "": // the only server
	case m.Role == Mongos:
		return "a mongos routes to a sharded cluster, which no back end of real servers has"
	case m.Host == "":
		return "a member of a set of mongods needs a name of its own: localhost is each of them to itself"
	case net.ParseIP(m.Host) != nil:
		return "members of a set of mongods find each other past the relays of clients, which takes names: an address leads " +
			"everybody to the same place"
	case m.Me != "" && m.Me != m.Host:
		return "a mongod calls itself what its set calls it"
	case is.ClusterAuthMode != "" && len(is.Users) == 0:
		return "a mongod with clusterAuthMode asks clients for a login, and this deployment has no user"
	}
	return ""
}

// unreal says why no mongod takes such a step, as this.
func (step Step) unreal(is Server, as Role) string {
	change := cmp.Or(step.Restart, step.Rotate)
	asks := step.Rotate != nil || step.Raise != "" || step.Cluster != ""
	switch {
	case asks && as == Arbiter && (len(is.Users) > 0 || is.Auth || is.ClusterAuthMode != ""):
		return "an arbiter has none of its set's users, so that no administrator can log in there"
	case step.Expire != "":
		return "a mongod may take longer to start than such a certificate lives"
	case step.Join:
		return "the back ends of mongods add no member to a set"
	case change == nil:
	case step.Stale:
		return "a mongod that comes back asks its fellows who the primary is"
	case is.With(*change).Leaf.NotAfter < 0:
		return "a mongod does not come back with a certificate that has expired (log line 28652), nor is it given one"
	case step.Rotate != nil && change.CRL != nil && is.CRL == nil:
		return "a mongod reads those files anew that it was started with, and CRLFile is none of them"
	}
	return ""
}

// apart says which of the members would not get through to another, as their modes are, "" if all do: from preferTLS
// on, members connect to each other over TLS, before that in clear.
func apart(members []Member, now map[string]state) string {
	for _, from := range members {
		for _, to := range members {
			mode := now[from.Name].mode
			without, how := RequireTLS, "in clear"
			if mode == PreferTLS || mode == RequireTLS {
				without, how = Disabled, "over TLS"
			}
			if from.Name != to.Name && now[to.Name].mode == without {
				return fmt.Sprintf("mongods in these modes are no set: %s in %s connects %s, which %s in %s does not serve",
					from.Name, mode, how, to.Name, without)
			}
		}
	}
	return ""
}

// Mongod says how a real mongod is brought into this configuration, or, with can false, why it cannot be.
func (s Server) Mongod() (how string, can bool) {
	switch {
	case !reflect.ValueOf(s.Fault).IsZero():
		return "a mongod cannot be this: only the stand-in can be told to misbehave", false
	case s.SystemCA != nil:
		return "no back end of mongods says what the machine of one trusts", false
	case s.Leaf.NotBefore > 0:
		return "a mongod does not start with a certificate that is not yet valid (log line 28652)", false
	case s.Leaf.NotAfter < 0:
		return "start with a leaf that expires seconds later, and run this after it has", true
	case s.Leaf.SHA1 || s.Leaf.Key == "rsa1024":
		return "a mongod's TLS library, under the policy of the usual images, loads no certificate as weak as this " +
			"(log line 23248)", false
	case s.Leaf.BadSignature:
		return "a mongod's TLS library does not load a leaf with a broken signature", false
	}
	return "options of net.tls, security and setParameter at the start", true
}
