package database

import (
	"encoding/base64"
	"maps"
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
		if u.Password == "" {
			return u, status.Errorf(status.BadValue, "User passwords must not be empty")
		}
	}
	u.customData = q.field("customData")
	if mechanisms := q.field("mechanisms"); mechanisms != nil {
		list, ok := mechanisms.(bson.A)
		if !ok {
			return u, wrongType("mechanisms", "array", mechanisms)
		}
		if len(list) == 0 {
			return u, status.Errorf(status.UnsupportedFormat, "mechanisms field must not be empty")
		}
		for _, m := range list {
			name, _ := m.(string)
			u.mechanisms = append(u.mechanisms, name)
		}
	}
	if u.restrictions, err = parseRestrictions(q.field("authenticationRestrictions")); err != nil {
		return u, err
	}
	if q.field("roles") == nil {
		if q.name == "createUser" {
			return u, status.Errorf(status.BadValue, `"createUser" command requires a "roles" array`)
		}
		return u, nil
	}
	u.roles, err = parseRoles(q)
	return u, err
}

// parseRoles reads the roles of a request. A role is a name, or {role, db}.
func parseRoles(q request) (roles []Role, err error) {
	list, ok := q.field("roles").(bson.A)
	if !ok {
		return nil, wrongType("roles", "array", q.field("roles"))
	}
	for _, value := range list {
		switch v := value.(type) {
		case string:
			roles = append(roles, Role{v, q.db})
		case bson.D:
			var r Role
			for _, field := range []struct {
				name string
				to   *string
			}{{"role", &r.Name}, {"db", &r.DB}} {
				if Field(v, field.name) == nil {
					return nil, status.Errorf(status.NoSuchKey, "Missing expected field \"%s\"", field.name)
				}
				if *field.to, ok = Field(v, field.name).(string); !ok {
					return nil, wrongType(field.name, "string", Field(v, field.name))
				}
			}
			roles = append(roles, r)
		default:
			return nil, status.Errorf(status.BadValue, "Values in \"roles\" array must be sub-documents or strings")
		}
	}
	return roles, nil
}

func (s *Session) checkRoles(roles []Role) error {
	for _, r := range roles {
		if !r.exists() && !s.db.users.hasRole(r) {
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
	hasPassword := q.field("pwd") != nil
	switch {
	case u.DB == "local":
		return nil, status.Errorf(status.BadValue, "Cannot create users in the local database")
	case hasPassword && u.DB == external:
		return nil, status.Errorf(status.BadValue, "Cannot set the password for users defined on the '$external' database")
	case !hasPassword && u.DB != external:
		return nil, status.Errorf(status.BadValue, "Must provide a 'pwd' field for all user documents, "+
			"except those with '$external' as the user's source db")
	case hasPassword:
		if u.mechanisms = s.passwordMechanisms(u.mechanisms); len(u.mechanisms) == 0 {
			return nil, status.Errorf(status.BadValue, "User document needs 'credentials' field to be a non-empty object")
		}
	}
	if u.DB == external {
		if err := s.checkSubject(u.Name); err != nil {
			return nil, err
		}
	}
	if u.Name == "" {
		return nil, status.Errorf(status.BadValue, "User document needs 'user' field to be non-empty")
	}
	if err := s.checkRoles(u.roles); err != nil {
		return nil, err
	}
	u.id, u.iterations = newUUID(), s.db.config.Parameters.iterations()
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
	if s.db.config.Member.Extension != "" || !s.db.isMember(raw, "", false) {
		return nil
	}
	if s.db.config.Parameters.Bool("enforceUserClusterSeparation") {
		return status.Errorf(status.BadValue,
			"Cannot create an x.509 user with a subjectname that would be recognized as an internal cluster member")
	}
	s.line("I", "ACCESS", 4593800, "Creating user which would be considered a cluster member if clusterAuthMode enabled "+
		"X509 authentication", bson.D{{Key: "user", Value: name + "@" + external}})
	return nil
}

// passwordMechanisms are those for which a user gets credentials: the ones that were asked for, or else all that are
// enabled.
func (s *Session) passwordMechanisms(asked []string) (list []string) {
	for _, m := range s.db.config.Parameters.Mechanisms() {
		if m != byX509 && (len(asked) == 0 || slices.Contains(asked, m)) {
			list = append(list, m)
		}
	}
	return list
}

func (s *Session) updateUser(q request) (bson.D, error) {
	u, err := parseUser(q)
	if err != nil {
		return nil, err
	}
	changes := slices.ContainsFunc(q.body[1:], func(e bson.E) bool { return !slices.Contains(commonFields, e.Key) })
	switch {
	case !changes:
		return nil, status.Errorf(status.BadValue, "Must specify at least one field to update in updateUser")
	case u.Password != "" && u.DB == external:
		return nil, status.Errorf(status.BadValue, "Cannot set the password for users defined on the '$external' database")
	}
	if err := s.checkRoles(u.roles); err != nil {
		return nil, err
	}
	err = s.db.users.change(u.DB, u.Name, func(is *user) {
		if u.Password != "" {
			is.Password, is.mechanisms = u.Password, s.passwordMechanisms(u.mechanisms)
			is.iterations = s.db.config.Parameters.iterations()
		}
		if q.field("roles") != nil {
			is.roles = u.roles
		}
		if u.customData != nil {
			is.customData = u.customData
		}
		if q.field("authenticationRestrictions") != nil {
			is.restrictions = u.restrictions
		}
	})
	if err != nil {
		err = status.Errorf(status.UserNotFound, "User %s not found", u.identity().full())
	}
	return empty, err
}

// changeRoles is grantRolesToUser and revokeRolesFromUser.
func (s *Session) changeRoles(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, wrongType(q.name, "string", q.body[0].Value)
	}
	roles, err := parseRoles(q)
	if err != nil {
		return nil, err
	}
	if _, ok := s.db.users.find(q.db, name); !ok {
		return nil, notFound(q.db, name)
	}
	if err := s.checkRoles(roles); err != nil {
		return nil, err
	}
	return empty, s.db.users.change(q.db, name, func(is *user) {
		kept := slices.DeleteFunc(slices.Clone(is.roles), func(r Role) bool { return slices.Contains(roles, r) })
		if q.name == "grantRolesToUser" {
			kept = append(kept, roles...)
		}
		is.roles = kept
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

var errNoUserName = status.Errorf(status.BadValue, "User and role names must be either strings or objects")

func (s *Session) usersInfo(q request) (bson.D, error) {
	want := selected(q, q.body[0].Value)
	if want == nil {
		return nil, errNoUserName
	}
	shows := func(field string) bool { return q.field(field) == true }
	return bson.D{{Key: "users", Value: s.db.users.list(want, func(u user) bson.D {
		return u.document(shows("showCredentials"), shows("showPrivileges"), shows("showAuthenticationRestrictions"))
	})}}, nil
}

// document is how usersInfo shows a user.
func (u user) document(credentials, privileges, restrictions bool) bson.D {
	roles := bson.A{}
	for _, r := range u.roles {
		roles = append(roles, r.document())
	}
	d := bson.D{{Key: "_id", Value: u.DB + "." + u.Name}, {Key: "userId", Value: u.id}, {Key: "user", Value: u.Name},
		{Key: "db", Value: u.DB}}
	if credentials {
		d = append(d, bson.E{Key: "credentials", Value: u.credentialDocument()})
	}
	if u.customData != nil {
		d = append(d, bson.E{Key: "customData", Value: u.customData})
	}
	d = append(d, bson.E{Key: "roles", Value: roles}, bson.E{Key: "mechanisms", Value: u.shownMechanisms()})
	if restrictions && u.restrictions != nil {
		d = append(d, bson.E{Key: "authenticationRestrictions", Value: u.restrictions})
	}
	if privileges || restrictions { // of which those of roles are not known
		d = append(d, bson.E{Key: "inheritedRoles", Value: roles}, bson.E{Key: "inheritedPrivileges", Value: bson.A{}},
			bson.E{Key: "inheritedAuthenticationRestrictions", Value: bson.A{}})
	}
	return d
}

// shownMechanisms are those of usersInfo.
func (u user) shownMechanisms() bson.A {
	if u.DB == external {
		return bson.A{"external"}
	}
	return u.mechanismNames()
}

// mechanismNames are those by which a user may log in with its password.
func (u user) mechanismNames() bson.A {
	list := bson.A{}
	for _, m := range u.mechanisms {
		list = append(list, m)
	}
	return list
}

// credentialDocument is the credentials as usersInfo shows them, in names only.
func (u user) credentialDocument() bson.D {
	if u.DB == external {
		return bson.D{{Key: "external", Value: true}}
	}
	d := bson.D{}
	for _, m := range u.mechanisms {
		c, err := u.credential(m)
		if err != nil {
			continue
		}
		encode := base64.StdEncoding.EncodeToString
		d = append(d, bson.E{Key: m, Value: bson.D{{Key: "iterationCount", Value: int32(c.Iters)},
			{Key: "salt", Value: encode([]byte(c.Salt))}, {Key: "storedKey", Value: encode(c.StoredKey)},
			{Key: "serverKey", Value: encode(c.ServerKey)}}})
	}
	return d
}

func (s *Session) dropAllUsers(q request) (bson.D, error) {
	return bson.D{{Key: "n", Value: int32(s.db.users.removeAll(q.db))}}, nil
}

// createRole makes a role of which no more is known than that it exists: it grants nothing.
func (s *Session) createRole(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	switch {
	case !ok:
		return nil, wrongType(q.name, "string", q.body[0].Value)
	case name == "":
		return nil, status.Errorf(status.BadValue, "Role name must be non-empty")
	case q.db == "local":
		return nil, status.Errorf(status.BadValue, "Cannot create roles in the local database")
	case q.db == external:
		return nil, status.Errorf(status.BadValue, "Cannot create roles in the $external database")
	}
	if _, ok := q.field("privileges").(bson.A); !ok {
		return nil, status.Errorf(status.BadValue, `"createRole" command requires a "privileges" array`)
	}
	if q.field("roles") == nil {
		return nil, status.Errorf(status.BadValue, `"createRole" command requires a "roles" array`)
	}
	inherited, err := parseRoles(q)
	if err != nil {
		return nil, err
	}
	if err := s.checkRoles(inherited); err != nil {
		return nil, err
	}
	r := Role{name, q.db}
	if r.exists() || !s.db.users.addRole(r) {
		return nil, status.Errorf(51002, `Role "%s@%s" already exists`, r.Name, r.DB)
	}
	return empty, nil
}

func (s *Session) dropRole(q request) (bson.D, error) {
	name, ok := q.body[0].Value.(string)
	if !ok {
		return nil, wrongType(q.name, "string", q.body[0].Value)
	}
	if r := (Role{name, q.db}); !s.db.users.removeRole(r) {
		return nil, status.Errorf(status.RoleNotFound, "Role '%s@%s' not found", r.Name, r.DB)
	}
	return empty, nil
}

// rolesInfo shows roles: a name, {role, db}, a list of those, or 1 for those of the database that were created, with
// showBuiltinRoles for all of it.
func (s *Session) rolesInfo(q request) (bson.D, error) {
	asked, err := rolesAsked(q)
	if err != nil {
		return nil, err
	}
	list := bson.A{}
	show := func(r Role) {
		list = append(list, bson.D{{Key: "role", Value: r.Name}, {Key: "db", Value: r.DB},
			{Key: "isBuiltin", Value: r.exists()}, {Key: "roles", Value: bson.A{}}, {Key: "inheritedRoles", Value: bson.A{}}})
	}
	for _, r := range asked {
		if r.exists() || s.db.users.hasRole(r) {
			show(r)
		}
	}
	if asked != nil {
		return bson.D{{Key: "roles", Value: list}}, nil
	}
	for _, r := range s.db.users.rolesOn(q.db) {
		show(r)
	}
	for _, name := range slices.Sorted(maps.Keys(builtin)) {
		if r := (Role{name, q.db}); q.field("showBuiltinRoles") == true && r.exists() {
			show(r)
		}
	}
	return bson.D{{Key: "roles", Value: list}}, nil
}

// rolesAsked are the roles that a rolesInfo names, nil for those of a database.
func rolesAsked(q request) ([]Role, error) {
	switch v := q.body[0].Value.(type) {
	case string, bson.D:
		return parseRoles(request{db: q.db, body: bson.D{{Key: "roles", Value: bson.A{v}}}})
	case bson.A:
		asked, err := parseRoles(request{db: q.db, body: bson.D{{Key: "roles", Value: v}}})
		return append([]Role{}, asked...), err
	case int32, int64, float64:
		return nil, nil
	}
	return nil, errNoUserName
}

// maySeeRoles lets everyone see one's own roles.
func (s *Session) maySeeRoles(q request) (bool, error) {
	asked, err := rolesAsked(q)
	if err != nil {
		return false, err
	}
	if asked == nil {
		return s.can(administeringUsers, q.db), nil
	}
	return !slices.ContainsFunc(asked, func(r Role) bool {
		own := slices.ContainsFunc(s.users, func(i identity) bool { return slices.Contains(s.db.rolesOf(i), r) })
		return !own && !s.can(administeringUsers, r.DB)
	}), nil
}
