package standin

import (
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
)

// A store is what mongod keeps in its databases: users and documents; and how often users tried to log in.
type store struct {
	mu        sync.Mutex
	users     []user
	hadUsers  bool
	documents map[string][]bson.D // by namespace
	tries     map[string]*tries   // by mechanism
}

type user struct {
	DB, Name, Password string
	roles              []role
	id                 bson.Binary
	customData         any
}

// A role of a user, on a database.
type role struct{ Name, DB string }

func (r role) document() bson.D {
	return bson.D{{Key: "role", Value: r.Name}, {Key: "db", Value: r.DB}}
}

func (u user) identity() identity { return identity{DB: u.DB, Name: u.Name, id: string(u.id.Data)} }

func newStore(users []mongod.User) *store {
	s := &store{documents: map[string][]bson.D{},
		tries: map[string]*tries{byX509: {}, "SCRAM-SHA-1": {}, scramSHA256: {}}}
	for _, given := range users {
		u := user{DB: given.DB, Name: given.Name, Password: given.Password, id: newUUID()}
		if u.DB == "" {
			u.DB = external
			if u.Password != "" {
				u.DB = "admin"
			}
		}
		for _, text := range given.Roles {
			name, db, _ := strings.Cut(text, "@")
			u.roles = append(u.roles, role{name, db})
		}
		s.users, s.hadUsers = append(s.users, u), true
	}
	return s
}

// user finds a user by its exact name.
func (s *store) user(db, name string) (user, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(db, name); i >= 0 {
		return s.users[i], true
	}
	return user{}, false
}

func (s *store) index(db, name string) int {
	return slices.IndexFunc(s.users, func(u user) bool { return u.DB == db && u.Name == name })
}

// virgin says that there never was a user; that the last one was dropped does not count.
func (s *store) virgin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.hadUsers
}

// change lets f edit a user. Roles are replaced, never edited in place: readers have copies.
func (s *store) change(db, name string, f func(*user)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(db, name)
	if i < 0 {
		return fail(userNotFound, "User '%s@%s' not found", name, db)
	}
	f(&s.users[i])
	return nil
}

// A tries counts logins with one mechanism, as serverStatus shows them.
type tries struct{ received, successful, speculativeReceived, speculativeSuccessful int64 }

// count counts an attempt when it begins and again when it succeeds.
func (s *store) count(mechanism string, speculative, success bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tries[mechanism]
	switch {
	case !ok:
	case success:
		t.successful++
		if speculative {
			t.speculativeSuccessful++
		}
	default:
		t.received++
		if speculative {
			t.speculativeReceived++
		}
	}
}

func (s *store) attempts() (d bson.D) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{byX509, "SCRAM-SHA-1", scramSHA256} {
		t := s.tries[name]
		d = append(d, bson.E{Key: name, Value: bson.D{
			{Key: "speculativeAuthenticate", Value: bson.D{{Key: "received", Value: t.speculativeReceived}, {Key: "successful", Value: t.speculativeSuccessful}}},
			{Key: "authenticate", Value: bson.D{{Key: "received", Value: t.received}, {Key: "successful", Value: t.successful}}}}})
	}
	return d
}

// generic are fields that any command may have.
var generic = []string{"$db", "lsid", "txnNumber", "$clusterTime", "$readPreference", "apiVersion", "apiStrict",
	"apiDeprecationErrors", "writeConcern", "readConcern", "maxTimeMS", "comment", "client", "$audit", "$client"}

// userArguments are those of createUser and updateUser.
var userArguments = append([]string{"pwd", "roles", "customData", "digestPassword", "passwordDigestor", "mechanisms",
	"authenticationRestrictions"}, generic...)

// parseUser reads createUser or updateUser, before anything is decided by it.
func parseUser(q request) (u user, err error) {
	for _, e := range q.body[1:] {
		if !slices.Contains(userArguments, e.Key) {
			return u, fail(badValue, `"%s" is not a valid argument to %s`, e.Key, q.name)
		}
	}
	var ok bool
	if u.Name, ok = q.body[0].Value.(string); !ok {
		return u, fail(typeMismatch, `"%s" had the wrong type. Expected string, found %s`, q.name, typeName(q.body[0].Value))
	}
	u.DB = q.db
	if pwd := q.field("pwd"); pwd != nil {
		if u.Password, ok = pwd.(string); !ok {
			return u, fail(typeMismatch, `"pwd" had the wrong type. Expected string, found %s`, typeName(pwd))
		}
	}
	u.customData = q.field("customData")
	if q.field("roles") == nil {
		if q.name == "createUser" {
			return u, fail(badValue, `"createUser" command requires a "roles" array`)
		}
		return u, nil
	}
	u.roles, err = parseRoles(q)
	return u, err
}

func parseRoles(q request) (roles []role, err error) {
	list, ok := q.field("roles").(bson.A)
	if !ok {
		return nil, fail(typeMismatch, `"roles" had the wrong type. Expected array, found %s`, typeName(q.field("roles")))
	}
	for _, value := range list {
		switch v := value.(type) {
		case string:
			roles = append(roles, role{v, q.db})
		case bson.D:
			name, isName := field(v, "role").(string)
			db, isDB := field(v, "db").(string)
			if !isName || !isDB {
				return nil, fail(badValue, "Role names must be either strings or objects with role and db")
			}
			roles = append(roles, role{name, db})
		default:
			return nil, fail(badValue, "Values in \"roles\" array must be sub-documents or strings")
		}
	}
	return roles, nil
}

func checkRoles(roles []role) error {
	for _, r := range roles {
		if !r.exists() {
			return fail(31, "No role named %s@%s", r.Name, r.DB)
		}
	}
	return nil
}

func (c *connection) createUser(q request) (bson.D, error) {
	u, err := parseUser(q)
	if err != nil {
		return nil, err
	}
	if mechanisms, ok := q.field("mechanisms").(bson.A); ok && len(mechanisms) == 0 {
		return nil, fail(12, "mechanisms field must not be empty")
	}
	hasPassword := q.field("pwd") != nil
	switch {
	case u.DB == "local":
		return nil, fail(badValue, "Cannot create users in the local database")
	case hasPassword && u.DB == external:
		return nil, fail(badValue, "Cannot set the password for users defined on the '$external' database")
	case !hasPassword && u.DB != external:
		return nil, fail(badValue, "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db")
	case hasPassword && u.Password == "":
		return nil, fail(badValue, "User passwords must not be empty")
	}
	if u.DB == external {
		if err := c.checkSubject(u.Name); err != nil {
			return nil, err
		}
	}
	if u.Name == "" {
		return nil, fail(badValue, "User document needs 'user' field to be non-empty")
	}
	if err := checkRoles(u.roles); err != nil {
		return nil, err
	}
	u.id = newUUID()
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index(u.DB, u.Name) >= 0 {
		return nil, fail(51003, `User "%s@%s" already exists`, u.Name, u.DB)
	}
	s.users, s.hadUsers = append(s.users, u), true
	return done, nil
}

// checkSubject refuses a member's name. A name that is no DN cannot be one: it is created, with a warning. The override
// does not count here (measured on mongod 4.4.5).
func (c *connection) checkSubject(name string) error {
	s := c.server
	if s.subject() == nil {
		return nil
	}
	raw, err := subjectOf(name)
	if err != nil {
		s.log.line("W", "NETWORK", 23219, c.ctx, "Unable to parse client subject name", bson.D{{Key: "error",
			Value: failure{badValue, err.Error()}.status()}})
		return nil
	}
	if separate, _ := s.parameter.text("enforceUserClusterSeparation"); separate != "false" && s.member(raw, false) {
		return fail(badValue, "Cannot create an x.509 user with a subjectname that would be recognized as an internal cluster member")
	}
	return nil
}

func (c *connection) updateUser(q request) (bson.D, error) {
	u, err := parseUser(q)
	if err != nil {
		return nil, err
	}
	if u.Password != "" && u.DB == external {
		return nil, fail(badValue, "Cannot set the password for users defined on the '$external' database")
	}
	if err := checkRoles(u.roles); err != nil {
		return nil, err
	}
	return done, c.server.store.change(u.DB, u.Name, func(is *user) {
		if u.Password != "" {
			is.Password = u.Password
		}
		if q.field("roles") != nil {
			is.roles = u.roles
		}
		if u.customData != nil {
			is.customData = u.customData
		}
	})
}

func (c *connection) grantRolesToUser(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, fail(typeMismatch, `"grantRolesToUser" had the wrong type. Expected string, found %s`, typeName(q.body[0].Value))
	}
	roles, err := parseRoles(q)
	if err != nil {
		return nil, err
	}
	if err := checkRoles(roles); err != nil {
		return nil, err
	}
	return done, c.server.store.change(q.db, name, func(is *user) {
		granted := slices.Clone(is.roles)
		for _, r := range roles {
			if !slices.Contains(granted, r) {
				granted = append(granted, r)
			}
		}
		is.roles = granted
	})
}

func (c *connection) dropUser(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, fail(typeMismatch, `"dropUser" had the wrong type. Expected string, found %s`, typeName(q.body[0].Value))
	}
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(q.db, name)
	if i < 0 {
		return nil, fail(userNotFound, "User '%s@%s' not found", name, q.db)
	}
	s.users = slices.Delete(s.users, i, i+1)
	return done, nil
}

// selected are the users that a usersInfo asks for: a name, {user, db}, a list of those, 1 for all of the database, or
// {forAllDBs: true}.
func selected(q request, value any) func(user) bool {
	switch v := value.(type) {
	case string:
		return func(u user) bool { return u.DB == q.db && u.Name == v }
	case bson.D:
		if all, _ := field(v, "forAllDBs").(bool); all {
			return func(user) bool { return true }
		}
		name, _ := field(v, "user").(string)
		db, _ := field(v, "db").(string)
		return func(u user) bool { return u.DB == db && u.Name == name }
	case bson.A:
		return func(u user) bool {
			return slices.ContainsFunc(v, func(one any) bool {
				_, nested := one.(bson.A)
				return !nested && selected(q, one)(u)
			})
		}
	case int32, int64, float64:
		return func(u user) bool { return u.DB == q.db }
	}
	return nil
}

func (c *connection) usersInfo(q request) (bson.D, error) {
	want := selected(q, q.body[0].Value)
	if want == nil {
		return nil, fail(badValue, "User and role names must be either strings or objects")
	}
	s := c.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	list := bson.A{}
	for _, u := range s.users {
		if want(u) {
			list = append(list, u.document())
		}
	}
	return bson.D{{Key: "users", Value: list}}, nil
}

// document is how usersInfo shows a user.
func (u user) document() bson.D {
	roles, mechanism := bson.A{}, "external"
	for _, r := range u.roles {
		roles = append(roles, r.document())
	}
	if u.DB != external {
		mechanism = scramSHA256
	}
	d := bson.D{{Key: "_id", Value: u.DB + "." + u.Name}, {Key: "userId", Value: u.id}, {Key: "user", Value: u.Name}, {Key: "db", Value: u.DB}}
	if u.customData != nil {
		d = append(d, bson.E{Key: "customData", Value: u.customData})
	}
	return append(d, bson.E{Key: "roles", Value: roles}, bson.E{Key: "mechanisms", Value: bson.A{mechanism}})
}
