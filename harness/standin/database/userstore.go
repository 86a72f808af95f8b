package database

import (
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// A userStore holds the users, and how often they logged in.
type userStore struct {
	mu       sync.Mutex
	users    []user
	roles    []Role             // that were created
	hadUsers bool               // now or before
	version  int64              // how often users or roles have changed
	logins   map[string]*logins // by mechanism
}

type user struct {
	DB, Name, Password string
	roles              []Role
	id                 bson.Binary
	customData         any
	mechanisms         []string       // of its password; none for a user without one
	iterations         map[string]int // of its credentials, by mechanism
	restrictions       bson.A         // where it may log in from; nil: anywhere
}

// A Role of a user, on a database.
type Role struct{ Name, DB string }

func (r Role) document() bson.D {
	return bson.D{{Key: "role", Value: r.Name}, {Key: "db", Value: r.DB}}
}

func (u user) identity() identity { return identity{DB: u.DB, Name: u.Name, id: string(u.id.Data)} }

func newUserStore(users []mongod.User, p *Parameters) *userStore {
	s := &userStore{logins: map[string]*logins{}}
	for _, mechanism := range mechanisms {
		s.logins[mechanism] = &logins{}
	}
	for _, given := range users {
		u := user{DB: given.DB, Name: given.Name, Password: given.Password, id: newUUID()}
		if u.DB == "" {
			u.DB = external
			if u.Password != "" {
				u.DB = "admin"
			}
		}
		if u.Password != "" {
			u.mechanisms, u.iterations = []string{scramSHA1, scramSHA256}, p.iterations()
		}
		for _, text := range given.Roles {
			name, db, _ := strings.Cut(text, "@")
			u.roles = append(u.roles, Role{name, db})
		}
		s.users, s.hadUsers = append(s.users, u), true
	}
	return s
}

// find finds a user by its exact name.
func (s *userStore) find(db, name string) (user, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(db, name); i >= 0 {
		return s.users[i], true
	}
	return user{}, false
}

func (s *userStore) index(db, name string) int {
	return slices.IndexFunc(s.users, func(u user) bool { return u.DB == db && u.Name == name })
}

// add adds a user, unless there is one of its name.
func (s *userStore) add(u user) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index(u.DB, u.Name) >= 0 {
		return status.Errorf(51003, `User "%s@%s" already exists`, u.Name, u.DB)
	}
	s.users, s.hadUsers = append(s.users, u), true
	s.version++
	return nil
}

// remove drops a user.
func (s *userStore) remove(db, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(db, name)
	if i < 0 {
		return status.Errorf(status.UserNotFound, "User '%s@%s' not found", name, db)
	}
	s.users = slices.Delete(s.users, i, i+1)
	s.version++
	return nil
}

// change lets f edit a user. Roles are replaced, never edited in place: readers have copies.
func (s *userStore) change(db, name string, f func(*user)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(db, name)
	if i < 0 {
		return status.Errorf(status.UserNotFound, "User '%s@%s' not found", name, db)
	}
	f(&s.users[i])
	s.version++
	return nil
}

// list are the users for which want is true, in the form of a function.
func (s *userStore) list(want func(user) bool, form func(user) bson.D) bson.A {
	s.mu.Lock()
	defer s.mu.Unlock()
	documents := bson.A{}
	for _, u := range s.users {
		if want(u) {
			documents = append(documents, form(u))
		}
	}
	return documents
}

// removeAll drops the users of a database, and counts them.
func (s *userStore) removeAll(db string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.users)
	s.users = slices.DeleteFunc(s.users, func(u user) bool { return u.DB == db })
	s.version++
	return before - len(s.users)
}

// hasRole reports whether a role was created.
func (s *userStore) hasRole(r Role) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.roles, r)
}

// addRole adds a role; false if there is one of its name.
func (s *userStore) addRole(r Role) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.roles, r) {
		return false
	}
	s.roles = append(s.roles, r)
	s.version++
	return true
}

// removeRole drops a role; false if there is none of its name. Users lose it.
func (s *userStore) removeRole(r Role) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := func(other Role) bool { return other == r }
	if !slices.Contains(s.roles, r) {
		return false
	}
	s.roles = slices.DeleteFunc(s.roles, is)
	s.version++
	for i := range s.users {
		s.users[i].roles = slices.DeleteFunc(slices.Clone(s.users[i].roles), is)
	}
	return true
}

// rolesOn are the roles that were created on a database.
func (s *userStore) rolesOn(db string) (list []Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.roles {
		if r.DB == db {
			list = append(list, r)
		}
	}
	return list
}

// neverHadUsers reports whether no user was ever created: that the last one was dropped does not count.
func (s *userStore) neverHadUsers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.hadUsers
}

// mechanisms are those that serverStatus counts, in its order.
var mechanisms = []string{byX509, scramSHA1, scramSHA256}

// Knows reports whether there is an authentication mechanism of that name.
func Knows(mechanism string) bool { return slices.Contains(mechanisms, mechanism) }

// logins with one mechanism, as serverStatus shows them.
type logins struct{ received, successful, speculativeReceived, speculativeSuccessful, members int64 }

// loginReceived counts a login when it begins.
func (s *userStore) loginReceived(mechanism string, speculative bool) {
	s.count(mechanism, func(n *logins) {
		n.received++
		if speculative {
			n.speculativeReceived++
		}
	})
}

// loginSucceeded counts a login when it is done.
func (s *userStore) loginSucceeded(mechanism string, speculative bool) {
	s.count(mechanism, func(n *logins) {
		n.successful++
		if speculative {
			n.speculativeSuccessful++
		}
	})
}

func (s *userStore) count(mechanism string, f func(*logins)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, ok := s.logins[mechanism]; ok {
		f(n)
	}
}

// loginDocument is how serverStatus shows the logins.
// members says whether those of members are told apart.
func (s *userStore) loginDocument(members bool) (d bson.D) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair := func(received, successful int64) bson.D {
		return bson.D{{Key: "received", Value: received}, {Key: "successful", Value: successful}}
	}
	for _, name := range mechanisms {
		n := s.logins[name]
		counts := bson.D{{Key: "speculativeAuthenticate", Value: pair(n.speculativeReceived, n.speculativeSuccessful)}}
		if members {
			counts = append(counts, bson.E{Key: "clusterAuthenticate", Value: pair(n.members, n.members)})
		}
		d = append(d, bson.E{Key: name, Value: append(counts, bson.E{Key: "authenticate",
			Value: pair(n.received, n.successful)})})
	}
	return d
}
