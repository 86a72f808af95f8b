package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// A replicaSet is what a group knows of the set that it is.
type replicaSet struct {
	name    string
	leader  int    // the index of the primary
	keyFile string // of members that log in to each other so
}

// seated is a plan as that of a member. Members whose clusterAuthMode does not say that certificates are to tell
// fellows apart shall hold together whatever those are: the rows are about clients. Where clients log in, so do
// members.
func (s replicaSet) seated(p Plan) Plan {
	option := mongod.ReplSet
	if p.Config.Told == scenarios.ByFile {
		option = mongod.ReplSetName
	}
	p.Config.Other = joined(p.Config.Other, map[string]string{option: s.name})
	if p.Config.ClusterAuthMode == "" && p.Config.Mode != scenarios.Disabled {
		p.Config.AllowInvalidCertificates = true
	}
	if p.guarded() && p.Config.ClusterAuthMode != string(scenarios.ByCertificate) {
		p.Config.KeyFile = s.keyFile
	}
	return p
}

// at is the address that the set has for a member, which calls itself by a name.
func (g *group) at(member int, host string) string {
	return net.JoinHostPort(host, strconv.Itoa(g.members[member].relay.addr().Port))
}

// config is that of a set of these members. Nobody is elected but who is told to stand for it.
func (g *group) config(version int, of ...*groupMember) bson.D {
	var members bson.A
	for i, m := range g.members {
		if !slices.Contains(of, m) {
			continue
		}
		seat := m.plan.Seat
		d := bson.D{{Key: "_id", Value: i}, {Key: "host", Value: g.at(i, seat.Host)}}
		switch seat.Role {
		case scenarios.Arbiter:
			d = append(d, bson.E{Key: "arbiterOnly", Value: true})
		case scenarios.Hidden:
			d = append(d, bson.E{Key: "hidden", Value: true}, bson.E{Key: "priority", Value: 0})
		}
		if seat.Horizon != "" {
			d = append(d, bson.E{Key: "horizons", Value: bson.D{{Key: "outer", Value: g.at(i, seat.Horizon)}}})
		}
		if len(seat.Tags) > 0 {
			d = append(d, bson.E{Key: "tags", Value: seat.Tags})
		}
		members = append(members, d)
	}
	day := (24 * time.Hour).Milliseconds()
	return bson.D{{Key: "_id", Value: g.set.name}, {Key: "version", Value: version}, {Key: "members", Value: members},
		{Key: "settings", Value: bson.D{{Key: "electionTimeoutMillis", Value: day},
			{Key: "heartbeatIntervalMillis", Value: 500}}}}
}

// initiate makes a set of the members: of the primary first, which is that at once, and has its users as any server
// that has none yet. Then the others are added, all together and whatever they are to each other, which takes force.
func (g *group) initiate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for i, m := range g.members {
		if m.plan.Seat.Role == scenarios.Primary {
			g.set.leader = i
		}
	}
	leader := g.members[g.set.leader]
	if err := g.told(ctx, leader, bson.D{{Key: "replSetInitiate", Value: g.config(1, leader)}}, nil); err != nil {
		return err
	}
	if err := g.agreed(ctx, g.set.leader, 1); err != nil {
		return err
	}
	if err := g.now(leader).settle(ctx); err != nil {
		return err
	}
	g.mongods.learn(g.now(leader).version)
	const version = 2
	err := g.told(ctx, leader, bson.D{{Key: "replSetReconfig", Value: g.config(version, g.members...)},
		{Key: "force", Value: true}}, nil)
	return cmp.Or(err, g.agree(ctx, version))
}

// elect makes a member the primary, and waits until all know of it. One that has not heard of its fellows yet is not
// elected, and nor is one that has not caught up.
func (g *group) elect(ctx context.Context, member int) error {
	for {
		err := g.told(ctx, g.members[member], bson.D{{Key: "replSetStepUp", Value: 1}}, nil)
		if err == nil {
			break
		}
		condition.Sleep(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("%s is not elected: %w", g.members[member].plan.Name, err)
		}
	}
	g.set.leader = member
	return g.agree(ctx, 0)
}

// rejoin waits until a member that came back is what it was to its fellows.
func (g *group) rejoin(ctx context.Context, member int) error {
	if member == g.set.leader {
		return g.elect(ctx, member)
	}
	return g.agree(ctx, 0)
}

// rename is replSetReconfig with another host name of a member.
func (g *group) rename(ctx context.Context, member int, host string) error {
	var version int32
	err := g.now(g.members[g.set.leader]).administer(ctx, func(db *mongo.Database) error {
		var now struct {
			Config bson.D `bson:"config"`
		}
		if err := db.RunCommand(ctx, bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&now); err != nil {
			return err
		}
		for i, e := range now.Config {
			switch e.Key {
			case "version":
				version = e.Value.(int32) + 1
				now.Config[i].Value = version
			case "members":
				one := e.Value.(bson.A)[member].(bson.D)
				one[slices.IndexFunc(one, func(e bson.E) bool { return e.Key == "host" })].Value = g.at(member, host)
			}
		}
		return run(ctx, db, bson.D{{Key: "replSetReconfig", Value: now.Config}})
	})
	if err != nil {
		return err
	}
	m := g.members[member]
	seat := *m.plan.Seat
	seat.Host = host
	m.plan.Seat = &seat
	return g.agree(ctx, version)
}

// A description is what a member tells clients of its set.
type description struct {
	Primary    string `bson:"primary"`
	SetVersion int32  `bson:"setVersion"`
	Leads      bool   `bson:"ismaster"`
	Secondary  bool   `bson:"secondary"`
	Arbiter    bool   `bson:"arbiterOnly"`
	Topology   bson.D `bson:"topologyVersion"`
}

// agree waits until every member is what it is to be, knows who the primary is, and has a version of the configuration,
// or a later one. A few may be left out, if there is a reason for it in a log.
func (g *group) agree(ctx context.Context, version int32) error {
	out := 0
	for i, m := range g.members {
		var not leftOut
		err := g.agreed(ctx, i, version)
		switch {
		case errors.As(err, &not) && 2*(out+1) < len(g.members):
			out++
		case err != nil:
			return fmt.Errorf("%s: %w", m.plan.Name, err)
		}
	}
	return nil
}

// leftOut is a member that its fellows do not let in, or that does not let them in.
type leftOut struct{ line string }

func (l leftOut) Error() string { return "it is not let in: " + l.line }

// agreed waits until a member is what it is to be. It holds its answer until something has changed.
func (g *group) agreed(ctx context.Context, i int, version int32) error {
	leads, server := i == g.set.leader, g.now(g.members[i])
	primary := g.at(g.set.leader, g.members[g.set.leader].plan.Seat.Host)
	arbiter := false
	err := server.ask(ctx, func(db *mongo.Database) error {
		var last description
		for {
			ask := bson.D{{Key: "isMaster", Value: 1}}
			if last.Topology != nil {
				ask = append(ask, bson.E{Key: "topologyVersion", Value: last.Topology},
					bson.E{Key: "maxAwaitTimeMS", Value: 500})
			}
			last = description{}
			if err := db.RunCommand(ctx, ask).Decode(&last); err != nil {
				return err
			}
			arbiter = last.Arbiter
			if last.Primary == primary && last.Leads == leads && (leads || last.Secondary || last.Arbiter) &&
				last.SetVersion >= version {
				return nil
			}
			if lines := g.refusals(); len(lines) > 0 && !leads {
				return leftOut{lines[0]}
			}
		}
	})
	if err != nil || leads || arbiter || len(server.plan.Users) == 0 {
		return err
	}
	return g.known(ctx, server)
}

// known waits until a member has the users of its set. An arbiter has none.
func (g *group) known(ctx context.Context, server life) error {
	server.admin = true
	for {
		err := server.administer(ctx, func(db *mongo.Database) error { return run(ctx, db, bson.D{{Key: "ping", Value: 1}}) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		condition.Sleep(ctx, 50*time.Millisecond)
	}
}

// refusals are the lines of a log, of every member, in which it does not take another for its fellow.
func (g *group) refusals() (lines []string) {
	for _, m := range g.members {
		lines = append(lines, g.now(m).refusals()...)
	}
	return lines
}
