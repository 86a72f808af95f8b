package database

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// commonFields are those that any command may have.
var commonFields = []string{"$db", "lsid", "txnNumber", "$clusterTime", "$readPreference", "apiVersion", "apiStrict",
	"apiDeprecationErrors", "writeConcern", "readConcern", "maxTimeMS", "comment", "client", "$audit", "$client"}

// userArguments are those of createUser and updateUser.
var userArguments = append([]string{"pwd", "roles", "customData", "digestPassword", "passwordDigestor", "mechanisms",
	"authenticationRestrictions"}, commonFields...)

// wrongType refuses a field whose value is of another type.
func wrongType(field, expected string, value any) error {
	return status.Errorf(status.TypeMismatch, `"%s" had the wrong type. Expected %s, found %s`,
		field, expected, typeName(value))
}

// parseUser reads createUser or updateUser, before anything is decided by it.
func parseUser(q request) (u user, err error) {
	for _, e := range q.body[1:] {
		if !slices.Contains(userArguments, e.Key) {
			return u, status.Errorf(status.BadValue, `"%s" is not a valid argument to %s`, e.Key, q.name)
		}
	}
	var ok bool
	if u.Name, ok = q.body[0].Value.(string); !ok {
		return u, wrongType(q.name, "string", q.body[0].Value)
	}
	u.DB = q.db
	if pwd := q.field("pwd"); pwd != nil {
		if u.Password, ok = pwd.(string); !ok {
			return u, wrongType("pwd", "string", pwd)
		}
	}
	u.customData = q.field("customData")
	if q.field("roles") == nil {
		if q.name == "createUser" {
			return u, status.Errorf(status.BadValue, `"createUser" command requires a "roles" array`)
		}
		return u, nil
	}
	u.roles, err = parseRoles(q)
	return u, err
}

func parseRoles(q request) (roles []role, err error) {
	list, ok := q.field("roles").(bson.A)
	if !ok {
		return nil, wrongType("roles", "array", q.field("roles"))
	}
	for _, value := range list {
		switch v := value.(type) {
		case string:
			roles = append(roles, role{v, q.db})
		case bson.D:
			name, isName := Field(v, "role").(string)
			db, isDB := Field(v, "db").(string)
			if !isName || !isDB {
				return nil, status.Errorf(status.BadValue, "Role names must be either strings or objects with role and db")
			}
			roles = append(roles, role{name, db})
		default:
			return nil, status.Errorf(status.BadValue, "Values in \"roles\" array must be sub-documents or strings")
		}
	}
	return roles, nil
}

func checkRoles(roles []role) error {
	for _, r := range roles {
		if !r.exists() {
			return status.Errorf(status.RoleNotFound, "No role named %s@%s", r.Name, r.DB)
		}
	}
	return nil
}

func (s *Session) createUser(q request) (bson.D, error) {
	u, err := parseUser(q)
	if err != nil {
		return nil, err
	}
	if mechanisms, ok := q.field("mechanisms").(bson.A); ok && len(mechanisms) == 0 {
		return nil, status.Errorf(status.UnsupportedFormat, "mechanisms field must not be empty")
	}
	hasPassword := q.field("pwd") != nil
	switch {
	case u.DB == "local":
		return nil, status.Errorf(status.BadValue, "Cannot create users in the local database")
	case hasPassword && u.DB == external:
		return nil, status.Errorf(status.BadValue, "Cannot set the password for users defined on the '$external' database")
	case !hasPassword && u.DB != external:
		return nil, status.Errorf(status.BadValue, "Must provide a 'pwd' field for all user documents, "+
			"except those with '$external' as the user's source db")
	case hasPassword && u.Password == "":
		return nil, status.Errorf(status.BadValue, "User passwords must not be empty")
	}
	if u.DB == external {
		if err := s.checkSubject(u.Name); err != nil {
			return nil, err
		}
	}
	if u.Name == "" {
		return nil, status.Errorf(status.BadValue, "User document needs 'user' field to be non-empty")
	}
	if err := checkRoles(u.roles); err != nil {
		return nil, err
	}
	u.id = newUUID()
	return empty, s.db.users.add(u)
}

// checkSubject refuses a member's name. A name that is no DN cannot be one: it is created, with a warning. The override
// does not count here (measured on mongod 4.4.5).
func (s *Session) checkSubject(name string) error {
	if s.db.config.Certificate == nil {
		return nil
	}
	raw, err := subjectOf(name)
	if err != nil {
		s.line("W", "NETWORK", 23219, "Unable to parse client subject name",
			bson.D{{Key: "error", Value: status.Error{Code: status.BadValue, Text: err.Error()}.Logged()}})
		return nil
	}
	if s.db.config.Parameters.Bool("enforceUserClusterSeparation") && s.db.isMember(raw, false) {
		return status.Errorf(status.BadValue,
			"Cannot create an x.509 user with a subjectname that would be recognized as an internal cluster member")
	}
	return nil
}

func (s *Session) updateUser(q request) (bson.D, error) {
	u, err := parseUser(q)
	if err != nil {
		return nil, err
	}
	if u.Password != "" && u.DB == external {
		return nil, status.Errorf(status.BadValue, "Cannot set the password for users defined on the '$external' database")
	}
	if err := checkRoles(u.roles); err != nil {
		return nil, err
	}
	return empty, s.db.users.change(u.DB, u.Name, func(is *user) {
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

func (s *Session) grantRolesToUser(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, wrongType(q.name, "string", q.body[0].Value)
	}
	roles, err := parseRoles(q)
	if err != nil {
		return nil, err
	}
	if err := checkRoles(roles); err != nil {
		return nil, err
	}
	return empty, s.db.users.change(q.db, name, func(is *user) {
		granted := slices.Clone(is.roles)
		for _, r := range roles {
			if !slices.Contains(granted, r) {
				granted = append(granted, r)
			}
		}
		is.roles = granted
	})
}

func (s *Session) dropUser(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, wrongType(q.name, "string", q.body[0].Value)
	}
	return empty, s.db.users.remove(q.db, name)
}

// selected are the users that a usersInfo asks for: a name, {user, db}, a list of those, 1 for all of the database, or
// {forAllDBs: true}.
func selected(q request, value any) func(user) bool {
	switch v := value.(type) {
	case string:
		return func(u user) bool { return u.DB == q.db && u.Name == v }
	case bson.D:
		if all, _ := Field(v, "forAllDBs").(bool); all {
			return func(user) bool { return true }
		}
		name, _ := Field(v, "user").(string)
		db, _ := Field(v, "db").(string)
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

func (s *Session) usersInfo(q request) (bson.D, error) {
	want := selected(q, q.body[0].Value)
	if want == nil {
		return nil, status.Errorf(status.BadValue, "User and role names must be either strings or objects")
	}
	return bson.D{{Key: "users", Value: s.db.users.list(want)}}, nil
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
	d := bson.D{{Key: "_id", Value: u.DB + "." + u.Name}, {Key: "userId", Value: u.id}, {Key: "user", Value: u.Name},
		{Key: "db", Value: u.DB}}
	if u.customData != nil {
		d = append(d, bson.E{Key: "customData", Value: u.customData})
	}
	return append(d, bson.E{Key: "roles", Value: roles}, bson.E{Key: "mechanisms", Value: bson.A{mechanism}})
}
