package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// standins are stand-ins that belong together, what they came back as, and what happens to them while a client works.
type standins struct {
	*server.Script
	release mongod.Release // that they imitate
	log     io.Writer      // nil: they keep a record

	mu        sync.Mutex // guards what follows
	members   []*standinMember
	name      string // of their set
	leader    int    // the index of the primary, -1 for none
	elections int
	version   int32 // of the set's configuration
}

type standinMember struct {
	plan server.Plan
	addr *net.TCPAddr
	runs []*standin.Server
	out  bool // its fellows have not let it in
	// reign is the last election that it has won. Where it is stale, it has not heard of those since.
	reign int
	stale bool
}

func (m *standinMember) now() *standin.Server { return m.runs[len(m.runs)-1] }

func openStandins(l server.Layout, r mongod.Release, log io.Writer) (*standins, error) {
	s := &standins{release: r, log: log, name: l.NameOfSet(), leader: -1, version: 1}
	s.Script = server.NewScript(l, s)
	for i, p := range l.Members {
		run, err := standin.Start(s.config(i, p))
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.members = append(s.members, &standinMember{plan: p, addr: run.Addr(), runs: []*standin.Server{run}})
		if p.Seat != nil && p.Seat.Role == scenarios.Primary {
			s.leader = i
		}
	}
	s.meet()
	s.elect(s.leader) // now that the ports are known
	return s, nil
}

// meet makes the members of a set that has a clusterAuthMode greet each other, as they do after a start or a change.
// Who does not get through to the primary, or to whom the primary does not, is out; and a primary that does not have
// the majority is none. The caller does not hold the lock.
func (s *standins) meet() {
	s.mu.Lock()
	leader, members := s.leader, s.members
	var now []*standin.Server
	for _, m := range members {
		now = append(now, m.now())
	}
	s.mu.Unlock()
	if leader < 0 || members[leader].plan.Config.ClusterAuthMode == "" || len(members) == 1 {
		return
	}
	let := make([][]error, len(members)) // what comes of it, by who greets whom
	var all sync.WaitGroup
	for i, from := range now {
		let[i] = make([]error, len(members))
		for j, to := range now {
			if i != j {
				all.Go(func() { let[i][j] = from.Greet(s.Over, members[j].plan.Seat.Host, to) })
			}
		}
	}
	all.Wait()
	for _, run := range now {
		run.Settle(s.Over)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := 0
	for i, m := range members {
		m.out = let[i][leader] != nil || let[leader][i] != nil
		if !m.out {
			in++
		}
	}
	if 2*in <= len(members) {
		s.leader = -1
	}
	s.announce()
}

// config is that of a member, which tells the deployment of each operation.
func (s *standins) config(i int, p server.Plan) standin.Config {
	c := standinOf(p)
	c.Release, c.Log = s.release, s.log
	c.Began, c.Operation = s.Began, func() func() { return s.Operation(i) }
	c.Router = p.Seat != nil && p.Seat.Role == scenarios.Mongos
	return c
}

// elect makes a member the primary, and tells everybody.
func (s *standins) elect(i int) {
	if i >= 0 && s.members[i].out {
		i = s.leader // nobody votes for it
	}
	s.leader = i
	s.win()
	for _, m := range s.members {
		m.stale = false
	}
	s.announce()
}

// win has the primary, if there is one, win an election.
func (s *standins) win() {
	s.elections++
	if s.leader >= 0 {
		s.members[s.leader].reign = s.elections
	}
}

// reconfigure is replSetReconfig, by which a member has another seat.
func (s *standins) reconfigure(i int, change func(*server.Seat)) {
	seat := *s.members[i].plan.Seat
	change(&seat)
	s.members[i].plan.Seat = &seat
	s.version++
	s.announce()
}

// announce makes every member tell of the set as it is now.
func (s *standins) announce() {
	for i, m := range s.members {
		if set := s.told(i); set != nil {
			m.now().Advertise(*set)
		}
	}
}

// told is what a member tells of the set, nil if it is of none.
func (s *standins) told(i int) *replication.Set {
	m := s.members[i]
	seat, leader, election := m.plan.Seat, s.leader, s.elections
	if seat == nil || seat.Role == scenarios.Mongos {
		return nil
	}
	if seat.Later {
		return &replication.Set{Empty: true}
	}
	if m.stale {
		leader, election = i, m.reign
	}
	names := s.names(i, leader, func(seat server.Seat) string { return seat.Host })
	set := replication.Set{Name: s.name, Version: s.version, Hosts: names.Hosts, Arbiters: names.Arbiters,
		Primary: names.Primary, Me: s.at(i, seat.Me), Tags: seat.Tags, Leads: i == leader,
		Arbiter: seat.Role == scenarios.Arbiter, Hidden: seat.Role == scenarios.Hidden, Out: m.out}
	if seat.Horizon != "" {
		set.Horizons = map[string]replication.Horizon{
			seat.Horizon: s.names(i, leader, func(seat server.Seat) string { return seat.Horizon })}
	}
	set.Election[0] = 0x7f // what a mongod has there
	binary.BigEndian.PutUint64(set.Election[4:], uint64(election))
	return &set
}

// names are those of the members, of one kind, as one of them tells of them, and of whom it takes for the primary.
func (s *standins) names(i, leader int, of func(server.Seat) string) (h replication.Horizon) {
	h.Me = s.at(i, of(*s.members[i].plan.Seat))
	for j, m := range s.members {
		if m.plan.Seat.Later {
			continue
		}
		host := s.at(j, of(*m.plan.Seat))
		switch m.plan.Seat.Role {
		case scenarios.Arbiter:
			h.Arbiters = append(h.Arbiters, host)
		case scenarios.Hidden:
		default:
			h.Hosts = append(h.Hosts, host)
		}
		if j == leader {
			h.Primary = host
		}
	}
	return h
}

func (s *standins) at(i int, host string) string {
	return net.JoinHostPort(host, strconv.Itoa(s.members[i].addr.Port))
}

// Take takes a step.
func (s *standins) Take(step server.Step) error {
	s.mu.Lock()
	m := s.members[step.Member]
	run := m.now()
	var c standin.Config
	if step.Rotate != nil {
		m.plan.Config, m.plan.Fault = step.Rotate.Config, step.Rotate.Fault
		c = s.config(step.Member, m.plan)
	}
	s.mu.Unlock()
	switch {
	case step.Restart != nil:
		return s.restart(run, m, step)
	case step.Rotate != nil:
		return run.Rotate(c)
	case step.Raise != "":
		return run.Raise(step.Raise)
	case step.Cluster != "":
		err := run.SetClusterAuthMode(step.Cluster)
		if err == nil {
			s.meet()
		}
		return err
	case step.Await > 0:
		s.visited(run, step.Await)
		return nil
	case step.Do != nil:
		return step.Do(s.Over)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case step.Elect:
		s.elect(step.Member)
	case step.Rename != "":
		s.reconfigure(step.Member, func(seat *server.Seat) { seat.Host, seat.Me = step.Rename, step.Rename })
	case step.Join:
		s.reconfigure(step.Member, func(seat *server.Seat) { seat.Later = false })
	}
	return nil
}

// restart ends a server that has no operation of the client, and starts another on its port. The client shall notice
// before it goes on.
func (s *standins) restart(old *standin.Server, m *standinMember, step server.Step) error {
	if err := old.Close(); err != nil {
		return err
	}
	condition.Sleep(s.Over, step.Down)
	s.mu.Lock()
	err := s.comeBack(m, step)
	run := m.now()
	s.mu.Unlock()
	if err == nil {
		s.meet()
		s.visited(run, 1)
	}
	return err
}

// visited waits until the client has been at a server with so many connections, unless it never comes.
func (s *standins) visited(run *standin.Server, connections int) {
	wait, cancel := context.WithTimeout(s.Over, server.Noticing)
	defer cancel()
	run.Visited(wait, connections)
}

// Leave ends the server that has the client's operation, whose answer is sent before its connections are cut off. They
// are when the next server is there, so that the client finds it, unless it is to be down.
func (s *standins) Leave(step server.Step) (then func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[step.Member]
	old := m.now()
	err := old.Retire()
	if step.Down == 0 {
		err = errors.Join(err, s.comeBack(m, step))
	}
	return func() error {
		err := errors.Join(err, old.Close())
		if step.Down > 0 {
			condition.Sleep(s.Over, step.Down)
			s.mu.Lock()
			err = errors.Join(err, s.comeBack(m, step))
			s.mu.Unlock()
		}
		if err == nil {
			s.meet()
		}
		return err
	}
}

// comeBack starts the server that a step restarts, unless nobody is there to close it. The caller holds the lock.
func (s *standins) comeBack(m *standinMember, step server.Step) error {
	if s.Over.Err() != nil {
		return nil
	}
	p := *step.Restart
	p.Name, p.Seat = m.plan.Name, m.plan.Seat
	c := s.config(step.Member, p)
	c.Port = m.addr.Port
	m.stale = step.Stale
	if step.Member == s.leader {
		s.win() // by which it comes back to its place
	}
	c.Set = s.told(step.Member)
	run, err := standin.Start(c)
	if err != nil {
		return fmt.Errorf("the server did not come back: %w", err)
	}
	m.plan, m.runs = p, append(m.runs, run)
	return nil
}

func (s *standins) Members() (list []server.Member) {
	for _, m := range s.members {
		list = append(list, server.Member{Name: m.plan.Name, Addr: m.addr.AddrPort()})
	}
	return list
}

func (s *standins) Seen(ctx context.Context) (evidence.Seen, error) {
	happened, err := s.Played(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	var all evidence.Seen
	for _, m := range s.members {
		for i, run := range m.runs {
			seen := run.Seen(ctx)
			server.Explain(&seen)
			all = all.Then(seen.At(m.plan.Name, i))
		}
	}
	all.Steps, all.Began = happened, s.Began.UnixMilli()
	return all, err
}

func (s *standins) Close() error {
	s.Stop()
	var errs []error
	for _, m := range s.members {
		for _, run := range m.runs {
			errs = append(errs, run.Close())
		}
	}
	return errors.Join(errs...)
}
