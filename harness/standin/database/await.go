package database

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/replication"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// A topology is what a hello tells of the server's place in its set, and how often that has changed.
type topology struct {
	set     *replication.Set
	counter int64
	changed chan struct{} // closed by the next change
}

// Advertise makes the server a member of a set, from the next hello on. Hellos that wait for a change get it.
func (d *Database) Advertise(set replication.Set) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.topology.changed)
	d.topology = topology{set: &set, counter: d.topology.counter + 1, changed: make(chan struct{})}
}

func (d *Database) now() topology {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.topology
}

func (d *Database) version(t topology) bson.D {
	return bson.D{{Key: "processId", Value: d.process}, {Key: "counter", Value: t.counter}}
}

// An awaiting is what a hello that may wait says of the topology that its sender knows. Its zero value is that of one
// that may not.
type awaiting struct {
	process bson.ObjectID
	counter int64
	limit   time.Duration
	is      bool
}

// awaitingOf reads the fields of an awaitable hello: both or neither. The refusals are those of
// src/mongo/db/repl/replication_info.cpp, 4.4 (read, not measured).
func awaitingOf(body bson.D) (a awaiting, err error) {
	version, limit := Field(body, "topologyVersion"), Field(body, "maxAwaitTimeMS")
	switch {
	case version == nil && limit == nil:
		return a, nil
	case limit == nil:
		return a, status.Errorf(31368, "A request with a 'topologyVersion' must include 'maxAwaitTimeMS'")
	case version == nil:
		return a, status.Errorf(31368, "A request with 'maxAwaitTimeMS' must include a 'topologyVersion'")
	}
	known, _ := version.(bson.D)
	a.process, _ = Field(known, "processId").(bson.ObjectID)
	counter, ok := Field(known, "counter").(int64)
	if !ok {
		return a, status.Errorf(status.TypeMismatch, "BSON field 'TopologyVersion.counter' is the wrong type '%s', "+
			"expected type 'long'", typeName(Field(known, "counter")))
	}
	if counter < 0 {
		return a, status.Errorf(31372, "topologyVersion must have a non-negative counter")
	}
	milliseconds, ok := float(limit)
	switch {
	case !ok:
		return a, wrongType("maxAwaitTimeMS", "number", limit)
	case milliseconds < 0:
		return a, status.Errorf(31373, "maxAwaitTimeMS must be a non-negative integer")
	}
	const longest = 24 * time.Hour // of a client that says more
	a.counter, a.is = counter, true
	a.limit = time.Duration(min(milliseconds, float64(longest/time.Millisecond))) * time.Millisecond
	return a, nil
}

// check refuses a version of the topology that is still to come.
func (d *Database) check(a awaiting, t topology) error {
	if a.is && a.process == d.process && a.counter > t.counter {
		return status.Errorf(51764, "Received a topology version with counter: %d which is greater than the server "+
			"topology version counter: %d", a.counter, t.counter)
	}
	return nil
}

// Hold says how long the answer to a command may be held back: a hello that knows the topology as it is waits for a
// change, which closes the channel. Any other command is answered at once, for which the limit is 0.
func (s *Session) Hold(body bson.D) (limit time.Duration, changed <-chan struct{}) {
	a, err := awaitingOf(body)
	t := s.db.now()
	if !isHello(body) || err != nil || !a.is || a.process != s.db.process || a.counter != t.counter {
		return 0, nil
	}
	return a.limit, t.changed
}

// Streamed is the command with which a stream of hellos goes on after a reply, nil if there is none: the client has
// allowed a stream, but it does not await, or was refused.
func Streamed(body, reply bson.D) bson.D {
	a, err := awaitingOf(body)
	version := Field(reply, "topologyVersion")
	if !isHello(body) || err != nil || !a.is || version == nil {
		return nil
	}
	next := slices.Clone(body)
	for i := range next {
		if next[i].Key == "topologyVersion" {
			next[i].Value = version
		}
	}
	return next
}

func isHello(body bson.D) bool {
	return len(body) > 0 && slices.Contains([]string{"hello", "isMaster", "ismaster"}, body[0].Key)
}
