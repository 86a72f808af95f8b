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
	shown := proof != "" && proof == s.db.config.Proof
	if s.db.config.Authorization && !shown && !slices.ContainsFunc(s.users, member) {
		return nil, status.Errorf(status.Unauthorized, s.db.config.Release.LoginNeeded, q.name)
	}
	d, _ := q.field("beat").(bson.D)
	var b replication.Beat
	if err := reread(d, &b); err != nil {
		return nil, err
	}
	answer, err := node.Hear(context.Background(), b)
	return bson.D{{Key: "beat", Value: answer}}, err
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
