package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
)

// A group is mongods that belong together, or one, what they came back as, and what happens to them while a client
// works. Clients reach each by a relay of its own, which holds the answer to an operation until the steps after it have
// been taken. It serves one attempt.
type group struct {
	*Script
	mongods *Mongods
	set     replicaSet // empty for a server without fellows
	dir     string     // of files that are the group's own
	members []*groupMember

	mu sync.Mutex // guards the plans and lives of members
}

type groupMember struct {
	plan  Plan
	relay *relay
	home  Home
	lives []life
	// counted is how many operations are known of each connection, by its address towards the server.
	counted map[string]int
}

// A life is that of a server, from its start to its end.
type life struct {
	*instance
	mark  int // of its log, where clients come
	first int // connection of the relay that is one to it
}

// now is the life of a member that is the last so far.
func (g *group) now(m *groupMember) life {
	g.mu.Lock()
	defer g.mu.Unlock()
	return m.lives[len(m.lives)-1]
}

// openGroup starts the servers of a layout, and makes a set of those that are to be one.
func (b *Mongods) openGroup(ctx context.Context, l Layout) (_ Deployment, err error) {
	if err := b.makeRoom(ctx, len(l.Members)); err != nil {
		return nil, err
	}
	g := &group{mongods: b}
	g.Script = NewScript(l, g)
	for _, p := range l.Members {
		g.members = append(g.members, &groupMember{plan: p, counted: map[string]int{}})
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	if g.dir, err = os.MkdirTemp("", "mongotls-group-"); err != nil {
		return nil, err
	}
	g.set.keyFile = filepath.Join(g.dir, "keyfile")
	if err := os.WriteFile(g.set.keyFile, []byte(rand.Text()), 0o600); err != nil {
		return nil, err
	}
	if err := g.furnish(ctx, l); err != nil {
		return nil, err
	}
	errs := make([]error, len(g.members))
	var all sync.WaitGroup
	for i, m := range g.members {
		all.Go(func() { errs[i] = g.start(ctx, m, 0) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if g.set.name != "" {
		if err := g.initiate(ctx); err != nil {
			return nil, fmt.Errorf("the replica set: %w", err)
		}
	}
	for _, m := range g.members {
		if err := g.now(m).awaitUse(ctx); err != nil {
			return nil, err
		}
	}
	g.Began = time.Now()
	for i, m := range g.members {
		g.open(m)
		m.relay.forwardTo(g.now(m).addr())
		m.relay.answers = func(upstream string) func() { return g.answered(i, upstream) }
		m.relay.start()
	}
	return g, nil
}

// furnish gives each member its relay, and what it needs among fellows.
func (g *group) furnish(ctx context.Context, l Layout) (err error) {
	var names []string
	for _, p := range l.Members {
		if p.Seat != nil {
			names = append(names, p.Seat.Host)
			g.set.name = l.NameOfSet()
		}
	}
	for _, step := range l.Steps {
		if step.Rename != "" {
			names = append(names, step.Rename)
		}
	}
	for i, m := range g.members {
		if m.relay, err = newRelay(""); err != nil {
			return err
		}
		rotates := func(step Step) bool { return step.Member == i && step.Rotate != nil }
		if slices.ContainsFunc(l.Steps, rotates) {
			if err := g.own(&m.plan.Config, i); err != nil {
				return err
			}
		}
		if m.plan.Seat == nil {
			continue
		}
		m.home.Names = names
		if m.home.Data, err = g.mongods.launch.Keep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// own makes the files that a member rotates its own.
func (g *group) own(c *mongod.Config, member int) error {
	for name, path := range rotated(c) {
		if *path == "" {
			continue
		}
		content, err := os.ReadFile(*path)
		if err != nil {
			return err
		}
		*path = filepath.Join(g.dir, strconv.Itoa(member)+"-"+name)
		if err := os.WriteFile(*path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// rotated are the paths of the files that rotateCertificates reads anew.
func rotated(c *mongod.Config) map[string]*string {
	return map[string]*string{"key.pem": &c.CertificateKeyFile, "cluster.pem": &c.ClusterFile, "ca.pem": &c.CAFile,
		"cluster-ca.pem": &c.ClusterCAFile, "crl.pem": &c.CRLFile}
}

// start starts a member as its plan says, after the first so many connections of its relay.
func (g *group) start(ctx context.Context, m *groupMember, first int) error {
	var i *instance
	if m.plan.Seat == nil {
		var err error
		if i, err = g.mongods.start(ctx, m.plan); err != nil {
			return err
		}
	} else {
		err := g.mongods.slowly(ctx, func() (err error) {
			i, err = startMember(ctx, g.mongods.launch, g.set.seated(m.plan), m.home, m.relay.addr().Port)
			return err
		})
		if err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	m.lives = append(m.lives, life{instance: i, first: first})
	return nil
}

// answered is told that a member's answer on a connection is about to be passed on. A server logs a command before it
// answers; so the log tells whether this is the answer to an operation, after which steps are to be taken.
func (g *group) answered(member int, upstream string) (then func()) {
	if !g.pending() {
		return nil
	}
	m := g.members[member]
	server := g.now(m)
	ctx, cancel := context.WithTimeout(g.Over, commandLimit)
	defer cancel()
	if server.barrier(ctx) != nil {
		return nil
	}
	lines := server.book.since(server.mark)
	done := 0
	for _, c := range commands(lines, number(lines, upstream), g.Began) {
		if c.OfUser() && c.Code == 0 {
			done++
		}
	}
	g.mu.Lock()
	fresh := done - m.counted[upstream]
	m.counted[upstream] = done
	g.mu.Unlock()
	var leave func()
	for range fresh {
		leave = g.Operation(member)
	}
	if leave == nil {
		return nil
	}
	return func() {
		g.underWay(m, upstream)
		leave()
	}
}

// underWay waits until the client has its next operation under way, as one that works has: it is cut off in the middle
// of it. One that has no more does not.
func (g *group) underWay(m *groupMember, upstream string) {
	wait, cancel := context.WithTimeout(g.Over, goodbye)
	defer cancel()
	m.relay.asked(wait, upstream)
}

// Take takes a step.
func (g *group) Take(step Step) error {
	ctx, cancel := context.WithTimeout(g.Over, startLimit)
	defer cancel()
	m := g.members[step.Member]
	switch {
	case step.Restart != nil:
		err := errors.Join(g.replace(ctx, step), g.reappear(step))
		if err == nil {
			g.visited(m, 1)
		}
		return err
	case step.Rotate != nil:
		return g.rotate(ctx, m, step.Rotate.Config)
	case step.Raise != "":
		return g.told(ctx, m, setParameter("tlsMode", string(step.Raise)), func() { g.now(m).mode = step.Raise })
	case step.Cluster != "":
		return g.told(ctx, m, setParameter("clusterAuthMode", string(step.Cluster)), nil)
	case step.Await > 0:
		g.visited(m, step.Await)
		return nil
	case step.Elect:
		return g.elect(ctx, step.Member)
	case step.Rename != "":
		return g.rename(ctx, step.Member, step.Rename)
	}
	return step.Do(g.Over)
}

// Leave restarts the server that has the client's operation.
func (g *group) Leave(step Step) (then func() error) {
	ctx, cancel := context.WithTimeout(g.Over, startLimit)
	defer cancel()
	err := g.replace(ctx, step)
	return func() error { return errors.Join(err, g.reappear(step)) }
}

// replace starts another server in the place of one, of which clients notice nothing yet: the relay holds their
// connections. So they are without a server for as long as the step says, however long a start takes.
func (g *group) replace(ctx context.Context, step Step) error {
	m := g.members[step.Member]
	old := g.now(m)
	if err := old.barrier(ctx); err != nil {
		return err
	}
	first := m.relay.hold()
	if err := old.stop(); err != nil {
		return err
	}
	p := *step.Restart
	p.Name, p.Seat = m.plan.Name, m.plan.Seat
	g.mu.Lock()
	m.plan = p
	g.mu.Unlock()
	if err := g.start(ctx, m, first); err != nil {
		return fmt.Errorf("the server did not come back: %w", err)
	}
	g.now(m).admin = old.admin
	if g.set.name != "" {
		if err := g.rejoin(ctx, step.Member); err != nil {
			return fmt.Errorf("the server that came back: %w", err)
		}
	}
	g.open(m)
	return nil
}

// open marks where clients come in the log of a member.
func (g *group) open(m *groupMember) {
	mark := g.now(m).book.mark()
	g.mu.Lock()
	defer g.mu.Unlock()
	m.lives[len(m.lives)-1].mark = mark
}

// reappear ends the connections that are held, and leads clients to the server of now.
func (g *group) reappear(step Step) (err error) {
	m := g.members[step.Member]
	if step.Down > 0 {
		err = m.relay.refuse(g.Over, step.Down)
	} else {
		m.relay.cut()
	}
	m.relay.forwardTo(g.now(m).addr()) // where nobody is, if it did not come back
	return err
}

// visited waits until the client has been at a member with so many connections, unless it never comes.
func (g *group) visited(m *groupMember, connections int) {
	wait, cancel := context.WithTimeout(g.Over, Noticing)
	defer cancel()
	m.relay.visited(wait, g.now(m).first, connections)
}

// rotate gives a member's files the contents of others, and has it read them.
func (g *group) rotate(ctx context.Context, m *groupMember, next mongod.Config) error {
	paths := rotated(&next)
	for name, path := range rotated(&m.plan.Config) {
		if *path == "" || *paths[name] == "" {
			continue
		}
		content, err := os.ReadFile(*paths[name])
		if err != nil {
			return err
		}
		if err := g.now(m).process.Replace(ctx, *path, content); err != nil {
			return err
		}
	}
	return g.told(ctx, m, bson.D{{Key: "rotateCertificates", Value: 1}}, nil)
}

// told gives a member a command, and does what comes of it.
func (g *group) told(ctx context.Context, m *groupMember, command bson.D, then func()) error {
	err := g.now(m).administer(ctx, func(db *mongo.Database) error { return run(ctx, db, command) })
	if err == nil && then != nil {
		then()
	}
	return err
}

func (g *group) Members() (list []Member) {
	for _, m := range g.members {
		list = append(list, Member{m.plan.Name, m.relay.addr().AddrPort()})
	}
	return list
}

// Seen joins what went over the wire with what the logs of all servers say of it.
func (g *group) Seen(ctx context.Context) (evidence.Seen, error) {
	happened, err := g.Played(ctx)
	if err != nil {
		return evidence.Seen{}, err
	}
	var all evidence.Seen
	for _, m := range g.members {
		conns, open, err := m.relay.record(ctx)
		if err == nil {
			now := g.now(m)
			err = errors.Join(now.complete(ctx, now.mark, conns[now.first:]), now.alive())
		}
		if err != nil {
			return evidence.Seen{}, err
		}
		for n, r := range m.lives {
			last := len(conns)
			if n+1 < len(m.lives) {
				last = m.lives[n+1].first
			}
			seen, err := r.account(r.mark, conns[r.first:last], g.Began)
			if err != nil {
				return evidence.Seen{}, err
			}
			ofClients := seen.Log
			of := func(text string) bool { return slices.Contains(ofClients, text) }
			seen.Log = append(slices.DeleteFunc(r.refusals(), of), ofClients...)
			all = all.Then(seen.At(m.plan.Name, n))
		}
		all.Open += open
	}
	all.Steps, all.Began = happened, g.Began.UnixMilli()
	return all, nil
}

func (g *group) Close() error {
	g.Stop()
	var errs []error
	for _, m := range g.members {
		if m.relay != nil {
			errs = append(errs, m.relay.close())
		}
		for _, r := range m.lives {
			errs = append(errs, r.stop())
		}
		if m.home.Data != "" {
			errs = append(errs, g.mongods.launch.Forget(m.home.Data))
		}
	}
	g.mongods.freeRoom(len(g.members))
	return errors.Join(append(errs, os.RemoveAll(g.dir))...)
}
