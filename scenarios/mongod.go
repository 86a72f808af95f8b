package scenarios

import (
	"reflect"
)

// Mongod says how a real mongod is brought into this deployment and through its steps, or, with can false, why it
// cannot be.
func (s Scenario) Mongod() (how string, can bool) {
	again := len(s.Steps) == 1 && s.Steps[0].After == 1 && s.Steps[0].Restart != nil && s.Steps[0].Down == 0
	switch how, can = s.Server.Mongod(); {
	case !can:
		return how, false
	case len(s.Members) > 0:
		return "several mongods that belong together are not started: no back end of real servers does that yet", false
	case len(s.Steps) > 0 && !again:
		return "a mongod is restarted once, after the first operation: its back ends know no other step yet", false
	case again:
		after := s.Server.With(*s.Steps[0].Restart)
		if why, can := after.Mongod(); !can {
			return why, false
		}
		if after.Leaf.NotAfter < 0 {
			return "a mongod does not come back with a certificate that has expired (log line 28652)", false
		}
		return how + ", and others at a restart in the middle of the attempt", true
	}
	return how, true
}

// Mongod says how a real mongod is brought into this configuration, or, with can false, why it cannot be.
func (s Server) Mongod() (how string, can bool) {
	switch {
	case !reflect.ValueOf(s.Fault).IsZero():
		return "a mongod cannot be this: only the stand-in can be told to misbehave", false
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
