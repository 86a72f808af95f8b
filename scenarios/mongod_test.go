package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/scenarios"
)

// What a mongod cannot start as, it cannot come back as; one that has expired in the meantime does not start again.
func TestWhatAMongodComesBackAs(t *testing.T) {
	for name, row := range map[string]struct {
		change scenarios.Change
		can    bool
	}{
		"another key":        {scenarios.Change{Leaf: &pki.Leaf{Key: "rsa2048"}}, true},
		"another name":       {scenarios.Change{Leaf: &pki.Leaf{DNS: []string{"other.example.test"}}}, true},
		"not valid yet":      {scenarios.Change{Leaf: &pki.Leaf{NotBefore: time.Hour}}, false},
		"expired":            {scenarios.Change{Leaf: &pki.Leaf{NotAfter: -time.Hour}}, false},
		"a broken signature": {scenarios.Change{Leaf: &pki.Leaf{BadSignature: true}}, false},
		"a fault":            {scenarios.Change{Fault: &scenarios.Fault{Good: 1}}, false},
	} {
		s := scenarios.Scenario{Steps: []scenarios.Step{{After: 1, Restart: &row.change}}}
		why, can := s.Mongod(scenarios.RequireTLS)
		require.Equal(t, row.can, can, "%s: %s", name, why)
	}
}

// Members of a set of mongods must get through to each other, at first and after each step.
func TestModesOfASetOfMongods(t *testing.T) {
	a, b := scenarios.Member{Name: "a", Host: "a.test"}, scenarios.Member{Name: "b", Host: "b.test"}
	raise := func(member string, m scenarios.Mode) scenarios.Step {
		return scenarios.Step{After: 1, Member: member, Raise: m}
	}
	for name, row := range map[string]struct {
		mode, other scenarios.Mode
		steps       []scenarios.Step
		why         string
	}{
		"alike":      {mode: scenarios.RequireTLS},
		"neighbours": {mode: scenarios.PreferTLS, other: scenarios.AllowTLS},
		"clear to TLS": {mode: scenarios.RequireTLS, other: scenarios.AllowTLS,
			why: "b in allowTLS connects in clear, which a in requireTLS does not serve"},
		"TLS to clear": {mode: scenarios.PreferTLS, other: scenarios.Disabled,
			why: "a in preferTLS connects over TLS, which b in disabled does not serve"},
		"raised together": {mode: scenarios.AllowTLS, steps: []scenarios.Step{raise("a", scenarios.PreferTLS),
			raise("b", scenarios.PreferTLS)}},
		"raised too far": {mode: scenarios.AllowTLS, steps: []scenarios.Step{raise("a", scenarios.PreferTLS),
			raise("a", scenarios.RequireTLS)}, why: "b in allowTLS connects in clear, which a in requireTLS does not serve"},
	} {
		b.Differs.Mode = row.other
		s := scenarios.Scenario{Members: []scenarios.Member{a, b}, Steps: row.steps}
		why, can := s.Mongod(row.mode)
		require.Equal(t, row.why == "", can, "%s: %s", name, why)
		require.Contains(t, why, row.why, name)
	}
}

// What no set of mongods is, says so.
func TestMembersThatNoMongodIs(t *testing.T) {
	for why, m := range map[string]scenarios.Member{
		"sharded cluster":  {Role: scenarios.Mongos, Host: "a.test"},
		"name of its own":  {},
		"calls itself":     {Host: "a.test", Me: "b.test"},
		"asks clients for": {Host: "a.test", Differs: scenarios.Change{ClusterAuthMode: scenarios.ByKeyFile}},
		"past the relays":  {Host: "127.0.0.1"},
		"misbehave":        {Host: "a.test", Differs: scenarios.Change{Fault: &scenarios.Fault{Good: 1}}},
	} {
		m.Name = "a"
		got, can := scenarios.Scenario{Members: []scenarios.Member{m}}.Mongod(scenarios.RequireTLS)
		require.False(t, can)
		require.Contains(t, got, why)
	}
}

// Nobody can log in at an arbiter of a set that has users, to change it while it runs; where nobody has to, it is told.
func TestArbitersAreToldNothing(t *testing.T) {
	for name, row := range map[string]struct {
		users []scenarios.User
		step  scenarios.Step
		why   string
	}{
		"with users":    {[]scenarios.User{{Name: "u"}}, scenarios.Step{Raise: scenarios.RequireTLS}, "no administrator"},
		"without":       {nil, scenarios.Step{Raise: scenarios.RequireTLS}, ""},
		"started again": {[]scenarios.User{{Name: "u"}}, scenarios.Step{Restart: &scenarios.Change{}}, ""},
	} {
		row.step.Member = "b"
		s := scenarios.Scenario{Server: scenarios.Server{Users: row.users}, Members: []scenarios.Member{
			{Name: "a", Host: "a.test"}, {Name: "b", Host: "b.test", Role: scenarios.Arbiter}},
			Steps: []scenarios.Step{row.step}}
		why, can := s.Mongod(scenarios.PreferTLS)
		require.Equal(t, row.why == "", can, "%s: %s", name, why)
		require.Contains(t, why, row.why, name)
	}
}
