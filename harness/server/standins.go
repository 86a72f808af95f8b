package server

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/scenarios"
)

// setName is that of a replica set whose layout gives it none.
const setName = "rs"

// noticing is how long a client may take until it looks at a server that came back.
const noticing = 5 * time.Second

// standins are stand-ins that belong together, what they came back as, and what happens to them while a client works.
// It happens while the client waits for the answer to an operation, and thus always at the same time. A step that ends
// connections holds no lock: one of them may have an operation of its own.
type standins struct {
	release mongod.Release // that they imitate
	log     io.Writer      // nil: they keep a record
	began   time.Time
	over    context.Context
	end     context.CancelFunc

	mu         condition.Mutex
	members    []*standinMember
	name       string // of their set
	steps      []Step // that are still to come
	busy       int    // steps under way
	operations int    // of the client that have succeeded
	leader     int    // the index of the primary, -1 for none
	elections  int
	version    int32 // of the set's configuration
	happened   []evidence.StepSeen
	err        error // of a step
}

type standinMember struct {
	plan Plan
	addr *net.TCPAddr
	runs []*standin.Server
	out  bool // its fellows have not let it in
}

func (m *standinMember) now() *standin.Server { return m.runs[len(m.runs)-1] }

func openStandins(l Layout, r mongod.Release, log io.Writer) (*standins, error) {
	s := &standins{release: r, log: log, began: time.Now(), name: cmp.Or(l.Set, setName), steps: l.Steps, leader: -1,
		version: 1}
	s.over, s.end = context.WithCancel(context.Background())
	for i, p := range l.Members {
		server, err := standin.Start(s.config(i, p))
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.members = append(s.members, &standinMember{plan: p, addr: server.Addr(), runs: []*standin.Server{server}})
		if p.Seat != nil && p.Seat.Role == scenarios.Primary {
			s.leader = i
		}
	}
	s.meet()
	s.elect(s.leader) // now that the ports are known
	return s, nil
}

// meet makes the members of a set that has a clusterAuthMode greet each other, as they do after a start or a change. Who
// does not get through to the primary, or to whom the primary does not, is out; and a primary that does not have the
// majority is none. The caller does not hold the lock.
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
				all.Go(func() { let[i][j] = from.Greet(s.over, members[j].plan.Seat.Host, to) })
			}
		}
	}
	all.Wait()
	for _, server := range now {
		server.Settle(s.over)
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
func (s *standins) config(i int, p Plan) standin.Config {
	c := standinOf(p)
	c.Release, c.Log = s.release, s.log
	c.Began, c.Operation = s.began, func() func() { return s.operation(i) }
	c.Router = p.Seat != nil && p.Seat.Role == scenarios.Mongos
	return c
}

// elect makes a member the primary, and tells everybody.
func (s *standins) elect(i int) {
	if i >= 0 && s.members[i].out {
		i = s.leader // nobody votes for it
	}
	s.leader = i
	s.elections++
	s.announce()
}

// rename is replSetReconfig with another host name of a member.
func (s *standins) rename(i int, host string) {
	seat := *s.members[i].plan.Seat
	seat.Host, seat.Me = host, host
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
	seat := s.members[i].plan.Seat
	if seat == nil || seat.Role == scenarios.Mongos {
		return nil
	}
	names := s.names(i, func(seat Seat) string { return seat.Host })
	set := replication.Set{Name: s.name, Version: s.version, Hosts: names.Hosts, Arbiters: names.Arbiters,
		Primary: names.Primary, Me: s.at(i, seat.Me), Tags: seat.Tags, Leads: i == s.leader,
		Arbiter: seat.Role == scenarios.Arbiter, Hidden: seat.Role == scenarios.Hidden, Out: s.members[i].out}
	if seat.Horizon != "" {
		set.Horizons = map[string]replication.Horizon{
			seat.Horizon: s.names(i, func(seat Seat) string { return seat.Horizon })}
	}
	set.Election[0] = 0x7f // what a mongod has there
	binary.BigEndian.PutUint64(set.Election[4:], uint64(s.elections))
	return &set
}

// names are those of the members, of one kind, as one of them tells of them.
func (s *standins) names(i int, of func(Seat) string) (h replication.Horizon) {
	h.Me = s.at(i, of(*s.members[i].plan.Seat))
	for j, m := range s.members {
		host := s.at(j, of(*m.plan.Seat))
		switch m.plan.Seat.Role {
		case scenarios.Arbiter:
			h.Arbiters = append(h.Arbiters, host)
		case scenarios.Hidden:
		default:
			h.Hosts = append(h.Hosts, host)
		}
		if j == s.leader {
			h.Primary = host
		}
	}
	return h
}

func (s *standins) at(i int, host string) string {
	return net.JoinHostPort(host, strconv.Itoa(s.members[i].addr.Port))
}

// operation counts one of the client that a member has done and not answered yet, and takes the steps that come after
// it. What it returns is to be done once the answer is out.
func (s *standins) operation(member int) (then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations++
	for len(s.steps) > 0 && s.steps[0].After <= s.operations && s.over.Err() == nil {
		step := s.steps[0]
		s.steps = s.steps[1:]
		seen := evidence.StepSeen{Text: step.Says, After: s.operations, Member: s.members[step.Member].plan.Name,
			AtMS: s.ms()}
		if step.Restart != nil && step.Member == member {
			then = s.leave(step)
		} else {
			s.takeUnlocked(step)
		}
		seen.TookMS = s.ms() - seen.AtMS
		s.happened = append(s.happened, seen)
	}
	return then
}

func (s *standins) ms() int { return int(time.Since(s.began).Milliseconds()) }

// takeUnlocked takes a step without the lock, which the caller holds.
func (s *standins) takeUnlocked(step Step) {
	m := s.members[step.Member]
	server := m.now()
	var c standin.Config
	if step.Rotate != nil {
		m.plan.Config, m.plan.Fault = step.Rotate.Config, step.Rotate.Fault
		c = s.config(step.Member, m.plan)
	}
	s.busy++
	s.mu.Unlock()
	var err error
	switch {
	case step.Restart != nil:
		err = s.restart(server, m, step)
	case step.Rotate != nil:
		err = server.Rotate(c)
	case step.Raise != "":
		err = server.Raise(step.Raise)
	case step.Cluster != "":
		if err = server.SetClusterAuthMode(step.Cluster); err == nil {
			s.meet()
		}
	case step.Await:
		s.visited(server)
	case step.Do != nil:
		err = step.Do()
	}
	s.mu.Lock()
	switch {
	case step.Elect:
		s.elect(step.Member)
	case step.Rename != "":
		s.rename(step.Member, step.Rename)
	}
	s.done(step, err)
}

func (s *standins) done(step Step, err error) {
	s.busy--
	if err != nil {
		s.err = errors.Join(s.err, fmt.Errorf("%s: %w", step.Says, err))
	}
	s.mu.Broadcast()
}

// restart ends a server that has no operation of the client, and starts another on its port. The client shall notice
// before it goes on.
func (s *standins) restart(old *standin.Server, m *standinMember, step Step) error {
	if err := old.Close(); err != nil {
		return err
	}
	sleep(s.over, step.Down)
	s.mu.Lock()
	err := s.comeBack(m, step)
	server := m.now()
	s.mu.Unlock()
	if err == nil {
		s.meet()
		s.visited(server)
	}
	return err
}

// visited waits until the client has been at a server, unless it never comes.
func (s *standins) visited(server *standin.Server) {
	wait, cancel := context.WithTimeout(s.over, noticing)
	defer cancel()
	server.Visited(wait)
}

// leave ends the server that has the client's operation, whose answer is sent before its connections are cut off. They
// are when the next server is there, so that the client finds it, unless it is to be down. The caller holds the lock.
func (s *standins) leave(step Step) (then func()) {
	m := s.members[step.Member]
	old := m.now()
	err := old.Retire()
	if step.Down == 0 {
		err = errors.Join(err, s.comeBack(m, step))
	}
	s.busy++
	return func() {
		err := errors.Join(err, old.Close())
		if step.Down > 0 {
			sleep(s.over, step.Down)
		}
		s.mu.Lock()
		if step.Down > 0 {
			err = errors.Join(err, s.comeBack(m, step))
		}
		s.mu.Unlock()
		if err == nil {
			s.meet()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done(step, err)
	}
}

// comeBack starts the server that a step restarts, unless nobody is there to close it. The caller holds the lock.
func (s *standins) comeBack(m *standinMember, step Step) error {
	if s.over.Err() != nil {
		return nil
	}
	p := *step.Restart
	p.Name, p.Seat = m.plan.Name, m.plan.Seat
	c := s.config(step.Member, p)
	c.Port = m.addr.Port
	if step.Member == s.leader {
		s.elections++ // by which it comes back to its place
	}
	c.Set = s.told(step.Member)
	server, err := standin.Start(c)
	if err != nil {
		return fmt.Errorf("the server did not come back: %w", err)
	}
	m.plan, m.runs = p, append(m.runs, server)
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (s *standins) Members() (list []Member) {
	for _, m := range s.members {
		list = append(list, Member{m.plan.Name, m.addr.AddrPort()})
	}
	return list
}

func (s *standins) Seen(ctx context.Context) (evidence.Seen, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mu.Wait(ctx, func() bool { return s.busy == 0 }) {
		return evidence.Seen{}, errors.New("a step has not ended")
	}
	var all evidence.Seen
	for _, m := range s.members {
		for run, server := range m.runs {
			seen := server.Seen(ctx)
			explain(&seen)
			all = all.Then(seen.At(m.plan.Name, run))
		}
	}
	all.Steps = slices.Clone(s.happened)
	return all, s.err
}

func (s *standins) Close() error {
	s.end()
	s.mu.Lock()
	s.steps = nil
	s.mu.Wait(context.Background(), func() bool { return s.busy == 0 }) // which is soon, now that it is over
	members := s.members
	s.mu.Unlock()
	var errs []error
	for _, m := range members {
		for _, server := range m.runs {
			errs = append(errs, server.Close())
		}
	}
	return errors.Join(errs...)
}
