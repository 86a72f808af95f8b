package replication

import (
	"slices"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// A Config is that of a set: what replSetInitiate takes, as far as the stand-in heeds it.
type Config struct {
	ID      string   `bson:"_id"`
	Version int32    `bson:"version"`
	Members []Member `bson:"members"`
}

// A Member is one in a configuration.
type Member struct {
	ID          int32             `bson:"_id"`
	Host        string            `bson:"host"` // host:port
	ArbiterOnly bool              `bson:"arbiterOnly"`
	Hidden      bool              `bson:"hidden"`
	Priority    *float64          `bson:"priority,omitempty"` // default 1
	Tags        map[string]string `bson:"tags,omitempty"`
	Horizons    map[string]string `bson:"horizons,omitempty"` // host:port, by name
}

func (m Member) priority() float64 {
	if m.Priority == nil {
		return 1
	}
	return *m.Priority
}

func (m Member) electable() bool { return !m.ArbiterOnly && m.priority() > 0 }

// check says why a configuration cannot be one of a set of a name, and which member the node is. The refusals are those
// of src/mongo/db/repl, 4.4 (read, not measured).
func (c *Config) check(name string, mine func(host string) bool) (self int, err error) {
	if c.ID != name {
		return 0, status.Errorf(status.InvalidReplicaSetConfig, "Attempting to initiate a replica set with name %s, but "+
			"command line reports %s; rejecting", c.ID, name)
	}
	if c.Version == 0 {
		c.Version = 1
	}
	if len(c.Members) == 0 {
		return 0, status.Errorf(status.InvalidReplicaSetConfig, "Replica set configuration must contain at least one member")
	}
	for i, m := range c.Members {
		if slices.ContainsFunc(c.Members[:i], func(o Member) bool { return o.Host == m.Host || o.ID == m.ID }) {
			return 0, status.Errorf(status.InvalidReplicaSetConfig, "Found two member configurations with the same _id or "+
				"host: %s", m.Host)
		}
	}
	self = slices.IndexFunc(c.Members, func(m Member) bool { return mine(m.Host) })
	if self < 0 {
		return 0, status.Errorf(status.NodeNotFound, "No host described in new configuration with {version: %d, term: 0} for "+
			"replica set %s maps to this node", c.Version, name)
	}
	return self, nil
}

// index is that of the member of a host, -1 for none.
func (c *Config) index(host string) int {
	return slices.IndexFunc(c.Members, func(m Member) bool { return m.Host == host })
}
