package replication

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/internal/connstring"
)

// interval is how often members tell each other how they are. A mongod does every two seconds; a set of stand-ins shall
// be there at once.
const interval = 500 * time.Millisecond

// patience is for how long a member goes unheard before the others elect one in its place.
const patience = 4 * interval

// A Beat is what a member tells another: a heartbeat. A mongod's does not hold the configuration, which is asked for
// besides.
type Beat struct {
	Set    string
	From   string `bson:",omitempty"` // host, "" while there is no configuration
	Config *Config
	Term   int64
	Leader string `bson:",omitempty"` // of the term, "" for none
	StepUp bool   `bson:",omitempty"` // who is told so shall become the primary
}

// A Network is what a node needs of one.
type Network struct {
	Own  func() string          // host, by which the node calls itself
	Mine func(host string) bool // does this host, with its port, lead to the node?
	Beat func(ctx context.Context, host string, b Beat) (Beat, error)
	Tell func(Set) // clients
}

// A Node is a member of a set, or is to be one. Safe for concurrent use.
type Node struct {
	name string
	net  Network

	mu     sync.Mutex
	config *Config
	self   int // the index of the member
	term   int64
	leader int // the index of the primary, -1 for none
	since  time.Time
	heard  map[string]time.Time // by host
	// in: it has got through to a primary, if it is none itself. Until then it is nothing yet, whoever gets through to it.
	in   bool
	wake chan struct{} // it has a first configuration
}

// New is a node of the set of a name, which has no configuration yet.
func New(name string, n Network) *Node {
	return &Node{name: name, net: n, leader: -1, heard: map[string]time.Time{}, wake: make(chan struct{}, 1)}
}

// Run tells the others how the node is, until ctx is done.
func (n *Node) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
			n.beatAll(ctx)
		case <-tick.C:
			n.beatAll(ctx)
			n.decide(ctx)
		}
	}
}

// Alone is the configuration of a set that is the node alone.
func (n *Node) Alone() Config {
	return Config{ID: n.name, Version: 1, Members: []Member{{Host: n.net.Own()}}}
}

// Initiate is replSetInitiate: each member must answer, and none may have a configuration.
func (n *Node) Initiate(ctx context.Context, c Config) error {
	n.mu.Lock()
	has := n.config != nil
	n.mu.Unlock()
	if has {
		return status.Errorf(status.AlreadyInitialized, "already initialized")
	}
	self, err := c.check(n.name, n.net.Mine)
	if err != nil {
		return err
	}
	for i, m := range c.Members {
		if i == self {
			continue
		}
		answer, err := n.net.Beat(ctx, m.Host, Beat{Set: n.name})
		switch {
		case err != nil:
			return status.Errorf(status.NodeNotFound, "replSetInitiate quorum check failed because not all proposed set members "+
				"responded affirmatively: %s failed with %s", m.Host, err)
		case answer.Config != nil:
			return status.Errorf(status.NewReplicaSetConfigurationIncompatible, "'%s' is already initialized", m.Host)
		}
	}
	n.mu.Lock()
	n.adopt(c, self)
	n.lead()
	n.mu.Unlock()
	n.beatAll(ctx)
	return nil
}

// Reconfigure is replSetReconfig, of the primary.
func (n *Node) Reconfigure(ctx context.Context, c Config) error {
	self, err := c.check(n.name, n.net.Mine)
	n.mu.Lock()
	switch {
	case n.config == nil:
		err = notYet()
	case n.leader != n.self:
		err = status.Errorf(status.NotWritablePrimary, "replSetReconfig should only be run on a writable PRIMARY")
	case err == nil && c.Version <= n.config.Version:
		err = status.Errorf(status.NewReplicaSetConfigurationIncompatible, "New replica set configuration version must be "+
			"greater than the old one: %d is not greater than %d", c.Version, n.config.Version)
	}
	if err == nil {
		n.adopt(c, self)
		n.leader = self
		n.tell()
	}
	n.mu.Unlock()
	if err == nil {
		n.beatAll(ctx)
	}
	return err
}

// StepUp is replSetStepUp: the node becomes the primary, if the majority can be reached.
func (n *Node) StepUp(ctx context.Context) error {
	n.beatAll(ctx)
	n.mu.Lock()
	err := n.may()
	if err == nil && n.leader != n.self {
		n.lead()
	}
	n.mu.Unlock()
	if err == nil {
		n.beatAll(ctx)
	}
	return err
}

// StepDown is replSetStepDown: another member becomes the primary.
func (n *Node) StepDown(ctx context.Context) error {
	n.mu.Lock()
	if n.config == nil || n.leader != n.self {
		n.mu.Unlock()
		return status.Errorf(status.NotWritablePrimary, "not primary so can't step down")
	}
	var others []string
	for i, m := range n.config.Members {
		if i != n.self && m.electable() && n.reaches(m.Host) {
			others = append(others, m.Host)
		}
	}
	b := n.beat()
	n.mu.Unlock()
	b.StepUp = true
	for _, host := range others {
		if answer, err := n.net.Beat(ctx, host, b); err == nil && answer.Leader == host {
			_, err := n.Hear(ctx, answer)
			return err
		}
	}
	return status.Errorf(status.ExceededTimeLimit, "No electable secondaries caught up. Please use the replSetStepDown "+
		"command with the argument {force: true} to force node to step down.")
}

// Hear is told by another member, and answers it.
func (n *Node) Hear(ctx context.Context, b Beat) (Beat, error) {
	if b.Set != n.name {
		return Beat{}, status.Errorf(status.InconsistentReplicaSetNames, "Our set name of %s does not match the set name of "+
			"%s reported by remote node", n.name, b.Set)
	}
	n.mu.Lock()
	n.learn(b)
	n.mu.Unlock()
	if b.StepUp {
		if err := n.StepUp(ctx); err != nil {
			return Beat{}, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.beat(), nil
}

// learn takes what is newer of what another member tells. The caller holds the lock, as of those below.
func (n *Node) learn(b Beat) {
	if b.From != "" {
		n.heard[b.From] = time.Now()
	}
	if c := b.Config; c != nil && (n.config == nil || c.Version > n.config.Version) {
		if self, err := c.check(n.name, n.net.Mine); err == nil {
			if n.config == nil {
				n.wake <- struct{}{}
			}
			n.adopt(*c, self)
			n.leader = -1
		}
	}
	if n.config == nil {
		return
	}
	leader := n.config.index(b.Leader)
	if b.Term > n.term || b.Term == n.term && n.leader < 0 && leader >= 0 {
		n.term, n.leader = b.Term, leader
		n.tell()
	}
}

// enter notes that the node has got through to a member.
func (n *Node) enter(host string) {
	if !n.in && n.leader >= 0 && n.config.Members[n.leader].Host == host {
		n.in = true
		n.tell()
	}
}

func (n *Node) adopt(c Config, self int) {
	n.config, n.self, n.since = &c, self, time.Now()
	n.tell()
}

// lead makes the node the primary of a new term.
func (n *Node) lead() {
	n.term++
	n.leader, n.in = n.self, true
	n.tell()
}

// may says why the node cannot become the primary.
func (n *Node) may() error {
	switch {
	case n.config == nil:
		return notYet()
	case !n.config.Members[n.self].electable():
		return status.Errorf(status.CommandFailed, "Election failed.")
	case !n.majority():
		return status.Errorf(status.CommandFailed, "Election failed.")
	}
	return nil
}

func (n *Node) majority() bool {
	in := 0
	for i, m := range n.config.Members {
		if i == n.self || n.reaches(m.Host) {
			in++
		}
	}
	return 2*in > len(n.config.Members)
}

func (n *Node) reaches(host string) bool { return time.Since(n.heard[host]) < patience }

// decide elects a primary where there is none that can be reached: of those that can be, the first of the highest
// priority.
func (n *Node) decide(ctx context.Context) {
	n.mu.Lock()
	elected := false
	if n.config != nil && time.Since(n.since) > patience {
		led := n.leader == n.self || n.leader >= 0 && n.reaches(n.config.Members[n.leader].Host)
		switch {
		case n.leader == n.self && !n.majority():
			n.leader = -1
			n.tell()
		case !led && n.may() == nil && n.best() == n.self:
			n.lead()
			elected = true
		}
	}
	n.mu.Unlock()
	if elected {
		n.beatAll(ctx)
	}
}

func (n *Node) best() int {
	best := -1
	for i, m := range n.config.Members {
		if m.electable() && (i == n.self || n.reaches(m.Host)) &&
			(best < 0 || m.priority() > n.config.Members[best].priority()) {
			best = i
		}
	}
	return best
}

func (n *Node) beat() Beat {
	b := Beat{Set: n.name, Config: n.config, Term: n.term}
	if n.config != nil {
		b.From = n.config.Members[n.self].Host
		if n.leader >= 0 {
			b.Leader = n.config.Members[n.leader].Host
		}
	}
	return b
}

// beatAll tells every other member, and learns from the answers.
func (n *Node) beatAll(ctx context.Context) {
	n.mu.Lock()
	var hosts []string
	if n.config != nil {
		for i, m := range n.config.Members {
			if i != n.self {
				hosts = append(hosts, m.Host)
			}
		}
	}
	b := n.beat()
	n.mu.Unlock()
	var all sync.WaitGroup
	for _, host := range hosts {
		all.Go(func() {
			answer, err := n.net.Beat(ctx, host, b)
			if err == nil {
				n.mu.Lock()
				n.learn(answer)
				n.enter(host)
				n.mu.Unlock()
			}
		})
	}
	all.Wait()
}

// tell makes clients be told.
func (n *Node) tell() {
	c := n.config
	me := c.Members[n.self]
	set := Set{Name: n.name, Version: c.Version, Tags: me.Tags, Leads: n.leader == n.self, Arbiter: me.ArbiterOnly,
		Hidden: me.Hidden, Out: !n.in, Horizons: map[string]Horizon{}}
	h := n.horizon(func(m Member) string { return m.Host })
	set.Hosts, set.Arbiters, set.Primary, set.Me = h.Hosts, h.Arbiters, h.Primary, h.Me
	for name, at := range me.Horizons {
		set.Horizons[connstring.HostOf(at)] = n.horizon(func(m Member) string { return m.Horizons[name] })
	}
	set.Election[0] = 0x7f // what a mongod has there
	binary.BigEndian.PutUint64(set.Election[4:], uint64(n.term))
	n.net.Tell(set)
}

// horizon are the names of the members, of one kind.
func (n *Node) horizon(of func(Member) string) (h Horizon) {
	for i, m := range n.config.Members {
		at := of(m)
		switch {
		case m.ArbiterOnly:
			h.Arbiters = append(h.Arbiters, at)
		case !m.Hidden:
			h.Hosts = append(h.Hosts, at)
		}
		if i == n.leader {
			h.Primary = at
		}
		if i == n.self {
			h.Me = at
		}
	}
	return h
}

// Config is replSetGetConfig.
func (n *Node) Config() (Config, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.config == nil {
		return Config{}, notYet()
	}
	c := *n.config
	c.Members = slices.Clone(c.Members)
	return c, nil
}

func notYet() error {
	return status.Errorf(status.NotYetInitialized, "no replset config has been received")
}

// Status is replSetGetStatus, as far as the stand-in has something to say.
func (n *Node) Status() (bson.D, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.config == nil {
		return nil, notYet()
	}
	state := func(i int) (int32, string) {
		switch m := n.config.Members[i]; {
		case i != n.self && !n.reaches(m.Host):
			return 8, "(not reachable/healthy)"
		case m.ArbiterOnly:
			return 7, "ARBITER"
		case i == n.leader:
			return 1, "PRIMARY"
		}
		return 2, "SECONDARY"
	}
	members := bson.A{}
	for i, m := range n.config.Members {
		number, name := state(i)
		health := 1.0
		if number == 8 {
			health = 0
		}
		d := bson.D{{Key: "_id", Value: m.ID}, {Key: "name", Value: m.Host}, {Key: "health", Value: health},
			{Key: "state", Value: number}, {Key: "stateStr", Value: name}, {Key: "configVersion", Value: n.config.Version}}
		if i == n.self {
			d = append(d, bson.E{Key: "self", Value: true})
		}
		members = append(members, d)
	}
	mine, _ := state(n.self)
	return bson.D{{Key: "set", Value: n.name}, {Key: "date", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "myState", Value: mine}, {Key: "term", Value: n.term},
		{Key: "heartbeatIntervalMillis", Value: interval.Milliseconds()}, {Key: "members", Value: members}}, nil
}
