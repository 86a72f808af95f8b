package database

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/harness/standin/status"
)

func (s *Session) node() (*replication.Node, error) {
	if s.db.config.Node == nil {
		return nil, status.Errorf(status.NoReplicationEnabled, "not running with --replSet")
	}
	return s.db.config.Node, nil
}

func (s *Session) replSetGetStatus(request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	return node.Status()
}

func (s *Session) replSetGetConfig(request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	c, err := node.Config()
	if err != nil {
		return nil, err
	}
	return bson.D{{Key: "config", Value: c}}, nil
}

// replSetInitiate takes a configuration or, as rs.initiate() sends it, none: the set is then this server.
func (s *Session) replSetInitiate(q request) (bson.D, error) {
	if s.db.config.Node == nil {
		return nil, status.Errorf(status.NoReplicationEnabled, "This node was not started with replication enabled.")
	}
	c := s.db.config.Node.Alone()
	if d, ok := q.field(q.name).(bson.D); ok && len(d) > 0 {
		c = replication.Config{}
		if err := reread(d, &c); err != nil {
			return nil, err
		}
	}
	return empty, s.db.config.Node.Initiate(context.Background(), c)
}

func (s *Session) replSetReconfig(q request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	d, _ := q.field(q.name).(bson.D)
	var c replication.Config
	if err := reread(d, &c); err != nil {
		return nil, err
	}
	return empty, node.Reconfigure(context.Background(), c)
}

func (s *Session) replSetStepUp(request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	return empty, node.StepUp(context.Background())
}

func (s *Session) replSetStepDown(request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	return empty, node.StepDown(context.Background())
}

// replSetHeartbeat is what members tell each other, who have logged in by certificate, or show that they have the key
// file. What is told is of the stand-in's own making.
func (s *Session) replSetHeartbeat(q request) (bson.D, error) {
	node, err := s.node()
	if err != nil {
		return nil, err
	}
	member := func(i identity) bool { return i.member }
	proof, _ := q.field("proof").(string)
	shown := proof != "" && proof == s.db.config.Proof && s.db.config.Parameters.takesKeyFile()
	if s.db.config.Authorization && !shown && !slices.ContainsFunc(s.users, member) {
		return nil, status.Errorf(status.Unauthorized, s.db.config.Release.LoginNeeded, q.name)
	}
	d, _ := q.field("beat").(bson.D)
	var b replication.Beat
	if err := reread(d, &b); err != nil {
		return nil, err
	}
	answer, err := node.Hear(context.Background(), b)
	reply := bson.D{{Key: "beat", Value: answer}}
	version, _ := q.field("users").(int64)
	if later := s.db.users.since(version); later != nil {
		reply = append(reply, bson.E{Key: "users", Value: later})
	}
	return reply, err
}

// reread makes a value of a document.
func reread(d bson.D, value any) error {
	raw, err := bson.Marshal(d)
	if err == nil {
		err = bson.Unmarshal(raw, value)
	}
	if err != nil {
		return status.Errorf(status.FailedToParse, "%s", err)
	}
	return nil
}

// Users are what the members of a set have in common: users and roles. Of two versions the later one is the set's. A
// mongod has them from its oplog; here they are told in the answer to a heartbeat, to whoever has an earlier version.
type Users struct {
	Version int64
	Users   []replica
	Roles   []Role
}

// A replica is a user on the way to another member.
type replica struct {
	DB, Name, Password string
	Roles              []Role
	ID                 bson.Binary
	CustomData         any
	Mechanisms         []string
	Iterations         map[string]int
	Restrictions       bson.A
}

// UsersVersion is that of the users that it has.
func (d *Database) UsersVersion() int64 {
	d.users.mu.Lock()
	defer d.users.mu.Unlock()
	return d.users.version
}

// since are the users for a member that has an earlier version, nil for one that has not.
func (s *userStore) since(version int64) *Users {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version >= s.version {
		return nil
	}
	all := Users{Version: s.version, Roles: slices.Clone(s.roles)}
	for _, u := range s.users {
		all.Users = append(all.Users, replica{u.DB, u.Name, u.Password, u.roles, u.id, u.customData, u.mechanisms,
			u.iterations, u.restrictions})
	}
	return &all
}

// TakeUsers has those of the set, if they are later than its own.
func (d *Database) TakeUsers(told Users) {
	s := d.users
	s.mu.Lock()
	defer s.mu.Unlock()
	if told.Version <= s.version {
		return
	}
	s.version, s.roles, s.users = told.Version, told.Roles, nil
	for _, u := range told.Users {
		s.users = append(s.users, user{u.DB, u.Name, u.Password, u.Roles, u.ID, u.CustomData, u.Mechanisms, u.Iterations,
			u.Restrictions})
	}
	s.hadUsers = s.hadUsers || len(s.users) > 0
}
