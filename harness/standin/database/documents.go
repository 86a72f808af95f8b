package database

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// collections are what a client needs of a database to see that it works: documents in memory, found by equality of
// fields. There are no cursors, updates or indexes.
type collections struct {
	mu        sync.Mutex
	documents map[string][]bson.D // by namespace
}

func newCollections() *collections { return &collections{documents: map[string][]bson.D{}} }

// insert adds a document that has an _id; false if there is one of this _id.
func (c *collections) insert(ns string, d bson.D) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	same := func(other bson.D) bool { return equal(Field(other, "_id"), Field(d, "_id")) }
	if slices.ContainsFunc(c.documents[ns], same) {
		return false
	}
	c.documents[ns] = append(c.documents[ns], d)
	return true
}

// remove removes documents that match, at most limit (0: all), and returns how many there were.
func (c *collections) remove(ns string, filter bson.D, limit int) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.documents[ns] = slices.DeleteFunc(c.documents[ns], func(d bson.D) bool {
		if limit > 0 && n == limit || !matches(d, filter) {
			return false
		}
		n++
		return true
	})
	return n
}

// drop removes a collection; false if there is none.
func (c *collections) drop(ns string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.documents[ns]
	delete(c.documents, ns)
	return ok
}

// find is a copy of the list of documents that match, after skip, at most limit (0: all).
func (c *collections) find(ns string, filter bson.D, skip, limit int) bson.A {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := bson.A{}
	for _, d := range c.documents[ns] {
		if !matches(d, filter) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		list = append(list, d)
		if limit > 0 && len(list) == limit {
			break
		}
	}
	return list
}

// namespaces are those that there are, sorted.
func (c *collections) namespaces() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.documents))
}

// namespace is the collection that a command names first.
func (q request) namespace() (string, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return "", status.Errorf(status.InvalidNamespace, "collection name has invalid type %s", typeName(q.body[0].Value))
	}
	if name == "" || q.db == "" || strings.ContainsAny(name, "\x00$") {
		return "", status.Errorf(status.InvalidNamespace, "Invalid namespace specified '%s.%s'", q.db, name)
	}
	return q.db + "." + name, nil
}

func matches(d, filter bson.D) bool {
	for _, e := range filter {
		if !equal(Field(d, e.Key), e.Value) {
			return false
		}
	}
	return true
}

// equal compares values, numbers whatever their types.
func equal(a, b any) bool {
	x, isNumber := float(a)
	y, both := float(b)
	if isNumber && both {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}

func float(v any) (float64, bool) {
	switch n := v.(type) {
	case int32:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// number is a value of any numeric type, 0 for all else.
func number(v any) int {
	if n, ok := float(v); ok && n > -1e9 && n < 1e9 {
		return int(n)
	}
	return 0
}

// cursor is a reply with all that there is.
func cursor(ns string, batch bson.A) bson.D {
	first := bson.D{{Key: "firstBatch", Value: batch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: ns}}
	return bson.D{{Key: "cursor", Value: first}}
}

func (s *Session) insert(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	list, ok := q.field("documents").(bson.A)
	if !ok {
		return nil, status.Errorf(40414, "BSON field 'insert.documents' is missing but a required field")
	}
	n, errs := 0, bson.A{}
	for i, one := range list {
		d, ok := one.(bson.D)
		if !ok {
			return nil, status.Errorf(status.TypeMismatch,
				"BSON field 'insert.documents.%d' is the wrong type '%s', expected type 'object'", i, typeName(one))
		}
		if Field(d, "_id") == nil {
			d = append(bson.D{{Key: "_id", Value: bson.NewObjectID()}}, d...)
		}
		if s.db.collections.insert(ns, d) {
			n++
			continue
		}
		errs = append(errs, bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: int32(11000)},
			{Key: "errmsg", Value: "E11000 duplicate key error collection: " + ns + " index: _id_"}})
		if ordered, given := q.field("ordered").(bool); !given || ordered {
			break
		}
	}
	reply := bson.D{{Key: "n", Value: int32(n)}}
	if len(errs) > 0 {
		reply = append(reply, bson.E{Key: "writeErrors", Value: errs})
	}
	return reply, nil
}

func (s *Session) remove(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	list, ok := q.field("deletes").(bson.A)
	if !ok {
		return nil, status.Errorf(40414, "BSON field 'delete.deletes' is missing but a required field")
	}
	n := 0
	for _, one := range list {
		d, _ := one.(bson.D)
		filter, ok := Field(d, "q").(bson.D)
		if !ok {
			return nil, status.Errorf(40414, "BSON field 'delete.deletes.q' is missing but a required field")
		}
		n += s.db.collections.remove(ns, filter, number(Field(d, "limit")))
	}
	return bson.D{{Key: "n", Value: int32(n)}}, nil
}

func (s *Session) drop(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	if !s.db.collections.drop(ns) {
		return nil, status.Errorf(status.NamespaceNotFound, "ns not found")
	}
	return bson.D{{Key: "nIndexesWas", Value: int32(1)}, {Key: "ns", Value: ns}}, nil
}

func (s *Session) find(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	filter, _ := q.field("filter").(bson.D)
	limit := number(q.field("limit"))
	return cursor(ns, s.db.collections.find(ns, filter, number(q.field("skip")), max(limit, -limit))), nil
}

func (s *Session) count(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	filter, _ := q.field("query").(bson.D)
	found := s.db.collections.find(ns, filter, number(q.field("skip")), number(q.field("limit")))
	return bson.D{{Key: "n", Value: int32(len(found))}}, nil
}

// aggregate knows $match, and the $group by which drivers count.
func (s *Session) aggregate(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	pipeline, ok := q.field("pipeline").(bson.A)
	if !ok {
		return nil, status.Errorf(status.TypeMismatch, "'pipeline' option must be specified as an array")
	}
	list := s.db.collections.find(ns, nil, 0, 0)
	for _, one := range pipeline {
		stage, _ := one.(bson.D)
		if len(stage) != 1 {
			return nil, status.Errorf(40323, "A pipeline stage specification object must contain exactly one field.")
		}
		switch spec, _ := stage[0].Value.(bson.D); stage[0].Key {
		case "$match":
			list = slices.DeleteFunc(list, func(v any) bool { d, _ := v.(bson.D); return !matches(d, spec) })
		case "$group":
			if n := len(list); n > 0 {
				list = bson.A{bson.D{{Key: "_id", Value: Field(spec, "_id")}, {Key: "n", Value: int32(n)}}}
			}
		default:
			return nil, status.Errorf(40324, "Unrecognized pipeline stage name: '%s'", stage[0].Key)
		}
	}
	return cursor(ns, list), nil
}

func getMore(_ *Session, q request) (bson.D, error) {
	id, ok := q.body[0].Value.(int64)
	if !ok {
		return nil, status.Errorf(status.TypeMismatch, "Field 'getMore' must be of type long in: %s", q.shell())
	}
	return nil, status.Errorf(status.CursorNotFound, "cursor id %d not found", id)
}

func killCursors(_ *Session, q request) (bson.D, error) {
	unknown, _ := q.field("cursors").(bson.A)
	if unknown == nil {
		unknown = bson.A{}
	}
	return bson.D{{Key: "cursorsKilled", Value: bson.A{}}, {Key: "cursorsNotFound", Value: unknown},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}}}, nil
}

func (s *Session) listCollections(q request) (bson.D, error) {
	filter, _ := q.field("filter").(bson.D)
	list := bson.A{}
	for _, ns := range s.db.collections.namespaces() {
		if name, ok := strings.CutPrefix(ns, q.db+"."); ok {
			d := bson.D{{Key: "name", Value: name}, {Key: "type", Value: "collection"}}
			if matches(d, filter) {
				list = append(list, d)
			}
		}
	}
	return cursor(q.db+".$cmd.listCollections", list), nil
}

// listDatabases shows a user those that it may read.
func (s *Session) listDatabases(q request) (bson.D, error) {
	filter, _ := q.field("filter").(bson.D)
	names := map[string]bool{"admin": true}
	for _, ns := range s.db.collections.namespaces() {
		db, _, _ := strings.Cut(ns, ".")
		names[db] = true
	}
	const size = int64(4096) // of each, made up
	list := bson.A{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := bson.D{{Key: "name", Value: name}, {Key: "sizeOnDisk", Value: size}, {Key: "empty", Value: false}}
		visible := !s.db.config.Authorization || s.exempt() || s.can(listing, name) || s.can(monitoring, name)
		if visible && matches(d, filter) {
			list = append(list, d)
		}
	}
	return bson.D{{Key: "databases", Value: list}, {Key: "totalSize", Value: size * int64(len(list))}}, nil
}
