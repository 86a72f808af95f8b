package replication

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// together are nodes whose network is this process; who is nil cannot be reached.
type together struct {
	mu    sync.Mutex
	nodes map[string]*Node
	told  map[string]Set
}

func (all *together) join(host string) *Node {
	n := New("rs", Network{
		Own:  func() string { return host },
		Mine: func(at string) bool { return at == host },
		Beat: func(ctx context.Context, at string, b Beat) (Beat, error) {
			all.mu.Lock()
			other := all.nodes[at]
			all.mu.Unlock()
			if other == nil {
				return Beat{}, errors.New("nobody is there")
			}
			return other.Hear(ctx, b)
		},
		Tell: func(s Set) {
			all.mu.Lock()
			defer all.mu.Unlock()
			all.told[host] = s
		},
	})
	all.put(host, n)
	return n
}

func (all *together) put(host string, n *Node) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.nodes[host] = n
}

func (all *together) set(host string) Set {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.told[host]
}

func three(t *testing.T) (*together, []*Node, Config) {
	all := &together{nodes: map[string]*Node{}, told: map[string]Set{}}
	c := Config{ID: "rs"}
	var nodes []*Node
	for i := range 3 {
		host := fmt.Sprintf("m%d.test:1", i)
		nodes = append(nodes, all.join(host))
		c.Members = append(c.Members, Member{ID: int32(i), Host: host, Horizons: map[string]string{
			"out": fmt.Sprintf("m%d.out:2", i)}})
	}
	c.Members[2].ArbiterOnly = true
	require.NoError(t, nodes[0].Initiate(t.Context(), c))
	return all, nodes, c
}

// Each member tells clients of the set as it is seen from there, by the names of their horizon.
func TestMembersTellOfTheSet(t *testing.T) {
	all, nodes, _ := three(t)
	require.True(t, all.set("m0.test:1").Leads)
	other := all.set("m1.test:1")
	require.False(t, other.Leads)
	require.Equal(t, []string{"m0.test:1", "m1.test:1"}, other.Hosts)
	require.Equal(t, []string{"m2.test:1"}, other.Arbiters)
	require.Equal(t, "m0.test:1", other.Primary)
	outer := other.SeenAs("m1.out")
	require.Equal(t, []string{"m0.out:2", "m1.out:2"}, outer.Hosts)
	require.Equal(t, "m1.out:2", outer.Me)
	require.ErrorContains(t, nodes[2].StepUp(t.Context()), "Election failed", "an arbiter")

	require.NoError(t, nodes[1].StepUp(t.Context()))
	require.Equal(t, "m1.test:1", all.set("m0.test:1").Primary)
	require.False(t, all.set("m0.test:1").Leads)
}

// A member that comes back without its memory is told of the set again, and a primary that comes back so is none.
func TestMemoryComesBack(t *testing.T) {
	all, nodes, _ := three(t)
	again := all.join("m0.test:1")
	_, err := again.Config()
	require.ErrorContains(t, err, "no replset config has been received")
	nodes[1].beatAll(t.Context())
	c, err := again.Config()
	require.NoError(t, err)
	require.Len(t, c.Members, 3)
}

// Who cannot reach the majority is no primary, and the others elect one of them.
func TestElection(t *testing.T) {
	all, nodes, _ := three(t)
	long := time.Now().Add(-2 * patience)
	forget := func(n *Node, hosts ...string) {
		n.since = long
		for _, host := range hosts {
			n.heard[host] = long
		}
	}
	all.put("m0.test:1", nil)
	forget(nodes[0], "m1.test:1", "m2.test:1")
	nodes[0].decide(t.Context())
	require.False(t, all.set("m0.test:1").Leads)
	nodes[1].beatAll(t.Context())
	forget(nodes[1], "m0.test:1")
	nodes[1].decide(t.Context())
	require.True(t, all.set("m1.test:1").Leads)
}

// A heartbeat of another set is refused.
func TestSetsAreNotMixed(t *testing.T) {
	_, nodes, _ := three(t)
	_, err := nodes[0].Hear(t.Context(), Beat{Set: "other"})
	require.ErrorContains(t, err, "does not match the set name")
}

// The primary alone takes another configuration, and a later one only; all are told of it.
func TestReconfigure(t *testing.T) {
	all, nodes, c := three(t)
	require.ErrorContains(t, nodes[0].Reconfigure(t.Context(), c), "must be greater")
	c.Version = 2
	c.Members[1].Hidden = true
	require.ErrorContains(t, nodes[1].Reconfigure(t.Context(), c), "writable PRIMARY")
	require.NoError(t, nodes[0].Reconfigure(t.Context(), c))
	require.Equal(t, []string{"m0.test:1"}, all.set("m1.test:1").Hosts)
	require.True(t, all.set("m1.test:1").Hidden)
	require.True(t, all.set("m0.test:1").Leads)
}

// A member to which the primary gets through, and which does not get through to that, is nothing until it does.
func TestMemberThatIsNotLetIn(t *testing.T) {
	all, nodes, c := three(t)
	lone := New("rs", Network{Own: func() string { return "m3.test:1" }, Mine: func(at string) bool { return at == "m3.test:1" },
		Beat: func(context.Context, string, Beat) (Beat, error) { return Beat{}, errors.New("refused") },
		Tell: func(s Set) {
			all.mu.Lock()
			defer all.mu.Unlock()
			all.told["m3.test:1"] = s
		}})
	all.put("m3.test:1", lone)
	c.Version = 2
	c.Members = append(c.Members, Member{ID: 3, Host: "m3.test:1"})
	require.NoError(t, nodes[0].Reconfigure(t.Context(), c))
	lone.beatAll(t.Context())
	require.Equal(t, "m0.test:1", all.set("m3.test:1").Primary)
	require.True(t, all.set("m3.test:1").Out)
	lone.net.Beat = nodes[1].net.Beat
	lone.beatAll(t.Context())
	require.False(t, all.set("m3.test:1").Out)
}
