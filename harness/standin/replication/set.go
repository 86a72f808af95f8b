// Package replication is what the members of a set know of it and decide: configurations, terms, who is the primary, what
// a hello tells of it. It has no network: whoever has one carries what members tell each other.
package replication

import (
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A Set is what a member tells of its set. Members are written host:port.
type Set struct {
	Name     string
	Version  int32
	Hosts    []string
	Arbiters []string
	Primary  string // "" while there is none
	Me       string
	Tags     map[string]string
	Election bson.ObjectID // of the primary
	// What this member is: the primary, if Leads; an arbiter; or a secondary, which may be hidden.
	Leads, Arbiter, Hidden bool
	// Empty: it has no configuration yet.
	Empty bool
	// Out: the others have not let it in, so that it is nothing yet.
	Out bool
	// Horizons are what it tells those who ask for such a name by SNI (replSetConfig, horizons).
	Horizons map[string]Horizon
}

// A Horizon is the names of a set's members for those who ask for one of them.
type Horizon struct {
	Hosts    []string
	Arbiters []string
	Primary  string
	Me       string
}

// SeenAs is the set as somebody is told of it who asked for a server of this name.
func (r *Set) SeenAs(name string) *Set {
	if r == nil {
		return nil
	}
	h, ok := r.Horizons[name]
	if !ok {
		return r
	}
	other := *r
	other.Hosts, other.Arbiters, other.Primary, other.Me = h.Hosts, h.Arbiters, h.Primary, h.Me
	return &other
}

// Document is what a member adds to its hello.
func (r *Set) Document() bson.D {
	if r.Empty {
		return bson.D{{Key: "secondary", Value: false},
			{Key: "info", Value: "Does not have a valid replica set config"}, {Key: "isreplicaset", Value: true}}
	}
	d := bson.D{{Key: "hosts", Value: list(r.Hosts)}}
	add := func(given bool, key string, value any) {
		if given {
			d = append(d, bson.E{Key: key, Value: value})
		}
	}
	add(len(r.Arbiters) > 0, "arbiters", list(r.Arbiters))
	add(true, "setName", r.Name)
	add(true, "setVersion", r.Version)
	add(true, "secondary", !r.Leads && !r.Arbiter && !r.Out)
	add(r.Primary != "", "primary", r.Primary)
	add(r.Arbiter, "arbiterOnly", true)
	add(r.Hidden, "passive", true)
	add(r.Hidden, "hidden", true)
	var tags bson.D
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, bson.E{Key: key, Value: r.Tags[key]})
	}
	add(tags != nil, "tags", tags)
	add(true, "me", r.Me)
	add(r.Leads, "electionId", r.Election)
	return d
}

func list(texts []string) bson.A {
	a := bson.A{}
	for _, text := range texts {
		a = append(a, text)
	}
	return a
}
