package standin

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// What a client needs of a database to see that it works: documents in memory, found by equality of fields. There are no
// cursors, updates or indexes.

// namespace is the collection that a command names first.
func (q request) namespace() (string, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return "", fail(73, "collection name has invalid type %s", typeName(q.body[0].Value))
	}
	if name == "" || q.db == "" || strings.ContainsAny(name, "\x00$") {
		return "", fail(73, "Invalid namespace specified '%s.%s'", q.db, name)
	}
	return q.db + "." + name, nil
}

func matches(d, filter bson.D) bool {
	for _, e := range filter {
		if !equal(field(d, e.Key), e.Value) {
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

// matching is a copy of the list of documents that match, after skip, at most limit (0: all).
func (s *store) matching(ns string, filter bson.D, skip, limit int) bson.A {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := bson.A{}
	for _, d := range s.documents[ns] {
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

func cursor(ns string, batch bson.A) bson.D {
	return bson.D{{Key: "cursor", Value: bson.D{{Key: "firstBatch", Value: batch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: ns}}}}
}

func (c *connection) insert(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	list, ok := q.field("documents").(bson.A)
	if !ok {
		return nil, fail(40414, "BSON field 'insert.documents' is missing but a required field")
	}
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	n, errs := 0, bson.A{}
	for i, one := range list {
		d, ok := one.(bson.D)
		if !ok {
			return nil, fail(typeMismatch, "BSON field 'insert.documents.%d' is the wrong type '%s', expected type 'object'", i, typeName(one))
		}
		if field(d, "_id") == nil {
			d = append(bson.D{{Key: "_id", Value: bson.NewObjectID()}}, d...)
		}
		id := field(d, "_id")
		if slices.ContainsFunc(s.documents[ns], func(other bson.D) bool { return equal(field(other, "_id"), id) }) {
			errs = append(errs, bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: int32(11000)},
				{Key: "errmsg", Value: "E11000 duplicate key error collection: " + ns + " index: _id_"}})
			if ordered, given := q.field("ordered").(bool); !given || ordered {
				break
			}
			continue
		}
		s.documents[ns] = append(s.documents[ns], d)
		n++
	}
	reply := bson.D{{Key: "n", Value: int32(n)}}
	if len(errs) > 0 {
		reply = append(reply, bson.E{Key: "writeErrors", Value: errs})
	}
	return reply, nil
}

func (c *connection) remove(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	list, ok := q.field("deletes").(bson.A)
	if !ok {
		return nil, fail(40414, "BSON field 'delete.deletes' is missing but a required field")
	}
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, one := range list {
		d, _ := one.(bson.D)
		filter, ok := field(d, "q").(bson.D)
		if !ok {
			return nil, fail(40414, "BSON field 'delete.deletes.q' is missing but a required field")
		}
		only, gone := number(field(d, "limit")), 0
		s.documents[ns] = slices.DeleteFunc(s.documents[ns], func(d bson.D) bool {
			if only > 0 && gone == only || !matches(d, filter) {
				return false
			}
			gone++
			return true
		})
		n += gone
	}
	return bson.D{{Key: "n", Value: int32(n)}}, nil
}

func (c *connection) drop(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.documents[ns]; !ok {
		return nil, fail(26, "ns not found")
	}
	delete(s.documents, ns)
	return bson.D{{Key: "nIndexesWas", Value: int32(1)}, {Key: "ns", Value: ns}}, nil
}

func (c *connection) find(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	filter, _ := q.field("filter").(bson.D)
	limit := number(q.field("limit"))
	return cursor(ns, c.server.store.matching(ns, filter, number(q.field("skip")), max(limit, -limit))), nil
}

func (c *connection) count(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	filter, _ := q.field("query").(bson.D)
	return bson.D{{Key: "n", Value: int32(len(c.server.store.matching(ns, filter, number(q.field("skip")), number(q.field("limit")))))}}, nil
}

// aggregate knows $match, and the $group by which drivers count.
func (c *connection) aggregate(q request) (bson.D, error) {
	ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	pipeline, ok := q.field("pipeline").(bson.A)
	if !ok {
		return nil, fail(typeMismatch, "'pipeline' option must be specified as an array")
	}
	list := c.server.store.matching(ns, nil, 0, 0)
	for _, one := range pipeline {
		stage, _ := one.(bson.D)
		if len(stage) != 1 {
			return nil, fail(40323, "A pipeline stage specification object must contain exactly one field.")
		}
		switch spec, _ := stage[0].Value.(bson.D); stage[0].Key {
		case "$match":
			list = slices.DeleteFunc(list, func(v any) bool { d, _ := v.(bson.D); return !matches(d, spec) })
		case "$group":
			if n := len(list); n > 0 {
				list = bson.A{bson.D{{Key: "_id", Value: field(spec, "_id")}, {Key: "n", Value: int32(n)}}}
			}
		default:
			return nil, fail(40324, "Unrecognized pipeline stage name: '%s'", stage[0].Key)
		}
	}
	return cursor(ns, list), nil
}

func getMore(_ *connection, q request) (bson.D, error) {
	id, ok := q.body[0].Value.(int64)
	if !ok {
		return nil, fail(typeMismatch, "Field 'getMore' must be of type long in: %s", q.shell())
	}
	return nil, fail(43, "cursor id %d not found", id)
}

func killCursors(_ *connection, q request) (bson.D, error) {
	unknown, _ := q.field("cursors").(bson.A)
	if unknown == nil {
		unknown = bson.A{}
	}
	return bson.D{{Key: "cursorsKilled", Value: bson.A{}}, {Key: "cursorsNotFound", Value: unknown},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}}}, nil
}

func (c *connection) listCollections(q request) (bson.D, error) {
	filter, _ := q.field("filter").(bson.D)
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	list := bson.A{}
	for _, ns := range slices.Sorted(maps.Keys(s.documents)) {
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
func (c *connection) listDatabases(q request) (bson.D, error) {
	filter, _ := q.field("filter").(bson.D)
	s := c.server.store
	s.mu.Lock()
	names := map[string]bool{"admin": true}
	for ns := range s.documents {
		db, _, _ := strings.Cut(ns, ".")
		names[db] = true
	}
	s.mu.Unlock()
	list := bson.A{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := bson.D{{Key: "name", Value: name}, {Key: "sizeOnDisk", Value: int64(4096)}, {Key: "empty", Value: false}}
		visible := !c.server.config.Authorization || c.exempt() || c.can(listing, name)
		if visible && matches(d, filter) {
			list = append(list, d)
		}
	}
	return bson.D{{Key: "databases", Value: list}, {Key: "totalSize", Value: int64(4096 * len(list))}}, nil
}
