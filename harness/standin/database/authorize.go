package database

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// A right is what a command needs on its database.
type right int

const (
	authenticated right = iota // any user will do
	reading
	inserting
	removing // documents
	listing  // collections
	dropping // collections
	administeringUsers

	// Of the server, whatever the database.
	monitoring
	seeingParameters
	seeingSet
	configuringSet
	managingSet
	hosting // what its host's administrator does: parameters, log, certificates, shutdown
)

// builtin are the built-in roles (MongoDB manual, built-in roles). Those of every database exist on admin only, and do
// not reach local and config, unless they are whole.
var builtin = map[string]struct {
	rights []right
	all    bool
	whole  bool
}{
	"read":      {rights: reads},
	"readWrite": {rights: writes},
	"dbAdmin":   {rights: dbAdmin},
	"userAdmin": {rights: []right{administeringUsers}},
	"dbOwner":   {rights: append(writes[:len(writes):len(writes)], administeringUsers)},

	"readAnyDatabase":      {rights: reads, all: true},
	"readWriteAnyDatabase": {rights: writes, all: true},
	"userAdminAnyDatabase": {rights: []right{administeringUsers}, all: true},
	"dbAdminAnyDatabase":   {rights: dbAdmin, all: true},
	"clusterMonitor":       {rights: monitors, all: true},
	"clusterManager":       {rights: []right{seeingSet, configuringSet, managingSet}, all: true},
	"hostManager":          {rights: []right{hosting}, all: true},
	"clusterAdmin": {rights: append(monitors[:len(monitors):len(monitors)], configuringSet, managingSet, hosting),
		all: true},
	"enableSharding": {all: true},
	"backup":         {rights: []right{reading, listing, seeingParameters}, all: true, whole: true},
	"restore":        {rights: restores, all: true},
	"root":           {rights: allRights, all: true, whole: true},
	"__system":       {rights: allRights, all: true, whole: true},
}

var (
	reads    = []right{reading, listing}
	writes   = []right{reading, inserting, removing, listing, dropping}
	dbAdmin  = []right{listing, dropping}
	monitors = []right{monitoring, seeingParameters, seeingSet}
	restores = []right{inserting, listing, dropping, administeringUsers, seeingParameters}

	allRights = []right{reading, inserting, removing, listing, dropping, administeringUsers, monitoring, seeingParameters,
		seeingSet, configuringSet, managingSet, hosting}
)

func (r Role) exists() bool {
	is, ok := builtin[r.Name]
	return ok && r.DB != external && (!is.all || r.DB == "admin")
}

func (r Role) grants(n right, db string) bool {
	is := builtin[r.Name]
	switch {
	case !r.exists() || !slices.Contains(is.rights, n):
		return false
	case is.all:
		return is.whole || n >= monitoring || db != "local" && db != "config"
	}
	return r.DB == db
}

// can reports whether one of the session's users has a right on a database.
func (s *Session) can(n right, db string) bool {
	for _, i := range s.users {
		if i.member || n == authenticated {
			return true
		}
		if slices.ContainsFunc(s.db.rolesOf(i), func(r Role) bool { return r.grants(n, db) }) {
			return true
		}
	}
	return slices.Contains(exempted, n) && s.exempt()
}

// exempted are the rights under the localhost exception, besides that to create a user. Those about sets are from
// src/mongo/db/auth/authorization_session_impl.cpp, getDefaultPrivileges (read, not measured).
var exempted = []right{authenticated, seeingSet, configuringSet}

// exempt is the localhost exception: until there has been a user, every client that is local may create one.
func (s *Session) exempt() bool {
	from, err := netip.ParseAddrPort(s.peer.Remote)
	local := err == nil && from.Addr().Unmap().IsLoopback()
	return local && len(s.users) == 0 && s.db.users.neverHadUsers() &&
		s.db.config.Parameters.Bool("enableLocalhostAuthBypass")
}

// rolesOf are the roles of an identity: those of its certificate, if that grants any, else those of its user.
func (d *Database) rolesOf(i identity) []Role {
	if i.roles != nil {
		return i.roles
	}
	u, _ := d.users.find(i.DB, i.Name)
	return u.roles
}

// mayRun gives mongod's refusals in its order: the database, the login, the right.
func (s *Session) mayRun(c command, q request) error {
	if c.admin && q.db != "admin" {
		return status.Errorf(status.Unauthorized, "%s may only be run against the admin database.", q.name)
	}
	if s.db.config.Authorization && s.exempt() {
		s.db.noUsers.Do(func() {
			s.line("I", "ACCESS", 20248, "note: no users configured in admin.system.users, allowing localhost access", nil)
		})
	}
	if c.open || !s.db.config.Authorization {
		return nil
	}
	if len(s.users) == 0 && !s.exempt() {
		return status.Errorf(status.Unauthorized, s.db.config.Release.LoginNeeded, q.name)
	}
	ok, err := false, error(nil)
	if c.allowed != nil {
		ok, err = c.allowed(s, q)
	} else {
		ok = s.can(c.needs, q.db)
	}
	if err == nil && !ok {
		err = status.Errorf(status.Unauthorized, "not authorized on %s to execute command %s", q.db, q.shell())
	}
	if refused := (status.Error{}); errors.As(err, &refused) {
		s.line("I", "ACCESS", 20436, "Checking authorization failed", bson.D{{Key: "error", Value: refused.Logged()}})
	}
	return err
}

// mayAdminister asks for the administration of users of the database, and of that of each role that is granted. The
// localhost exception covers createUser on admin and $external, with roles on admin (measured on mongod 4.4.5).
func (s *Session) mayAdminister(q request) (bool, error) {
	var granted []Role
	switch q.name {
	case "createUser", "updateUser":
		u, err := parseUser(q)
		if err != nil {
			return false, err
		}
		granted = u.roles
	case "grantRolesToUser", "revokeRolesFromUser":
		var err error
		if granted, err = parseRoles(q); err != nil {
			return false, err
		}
	}
	may := func(db string) bool { return s.can(administeringUsers, db) }
	if s.exempt() {
		may = func(db string) bool { return q.name == "createUser" && db == "admin" }
		if q.db == external {
			return q.name == "createUser" && !slices.ContainsFunc(granted, func(r Role) bool { return !may(r.DB) }), nil
		}
	}
	return may(q.db) && !slices.ContainsFunc(granted, func(r Role) bool { return !may(r.DB) }), nil
}

// maySeeUser lets everyone see oneself.
func (s *Session) maySeeUser(q request) (bool, error) {
	if selected(q, q.body[0].Value) == nil {
		return false, errNoUserName
	}
	if s.can(administeringUsers, q.db) {
		return true, nil
	}
	name, db := q.body[0].Value, any(q.db)
	if d, ok := name.(bson.D); ok {
		name, db = Field(d, "user"), Field(d, "db")
	}
	return slices.ContainsFunc(s.users, func(i identity) bool { return name == any(i.Name) && db == any(i.DB) }), nil
}

// maySession refuses what mongod cannot make a session's owner of, whatever the command.
func (s *Session) maySession(q request) error {
	if !s.db.config.Authorization || q.field("lsid") == nil {
		return nil
	}
	if len(s.users) > 1 {
		return status.Errorf(status.Unauthorized, "logical sessions can't have multiple authenticated users (for more "+
			"details see: https://docs.mongodb.com/manual/core/authentication/#authentication-methods)")
	}
	const longest = 10000 // bytes of user@database
	if len(s.users) == 1 && len(s.users[0].full()) >= longest {
		return status.Errorf(status.BadValue, "Username too long to use with logical sessions")
	}
	return nil
}

// forgetDropped ends the logins of users that were dropped since.
func (s *Session) forgetDropped() {
	s.users = slices.DeleteFunc(s.users, func(i identity) bool {
		if u, ok := s.db.users.find(i.DB, i.Name); i.member || i.roles != nil || ok && string(u.id.Data) == i.id {
			return false
		}
		s.line("I", "ACCESS", 20245, "Removed deleted user from session cache of user information",
			bson.D{{Key: "user", Value: i.full()}})
		return true
	})
}

// Trusts are the roles that authorities may grant by certificate: tlsCATrusts, by the SHA-256 of the authority in
// capitals. A name or database of "" stands for any.
type Trusts map[string][]Role

// parseTrusts reads tlsCATrusts. The refusals are mongod's (measured on mongod 4.4.5, but for those of single roles).
func parseTrusts(text string) (Trusts, error) {
	refuse := func(format string, a ...any) (Trusts, error) {
		return nil, status.Errorf(status.BadValue, format, a...)
	}
	var value struct {
		List any `bson:"list"`
	}
	if strings.IndexAny(text, "[{") != 0 { // as mongod's parser of JSON has it; read in its source, not measured
		return refuse("code FailedToParse: FailedToParse: Expecting '{': offset:0 of:%s", text)
	}
	if !json.Valid([]byte(text)) || readJSON(`{"list": `+text+`}`, &value) != nil {
		return refuse("Value must be an array")
	}
	list, ok := value.List.(bson.A)
	if !ok {
		return refuse("Value must be an array")
	}
	trusts := Trusts{}
	for _, one := range list {
		d, ok := one.(bson.D)
		if !ok {
			return refuse("Value must be an array of trust definitions")
		}
		for _, e := range d {
			if e.Key != "sha256" && e.Key != "roles" {
				return refuse("BSON field 'tlsCATrusts.%s' is an unknown field.", e.Key)
			}
		}
		for _, required := range []string{"sha256", "roles"} {
			if Field(d, required) == nil {
				return refuse("BSON field 'tlsCATrusts.%s' is missing but a required field", required)
			}
		}
		thumbprint, _ := Field(d, "sha256").(string)
		sum, err := hex.DecodeString(thumbprint)
		if err != nil {
			return refuse("Hash input is not a hex string")
		}
		const size = 32
		if len(sum) != size {
			return refuse("Unsupported SHA256Block hash length: %d", len(sum))
		}
		roles, err := parseRoles(request{body: d})
		if err != nil {
			return nil, err
		}
		thumbprint = strings.ToUpper(thumbprint)
		if _, twice := trusts[thumbprint]; twice {
			return refuse("Duplicate thumbprint: %s", base64.StdEncoding.EncodeToString(sum))
		}
		trusts[thumbprint] = roles
	}
	return trusts, nil
}

// readJSON reads a document of extended JSON. What is not JSON at all never gets to the driver's parser, which goes
// round for ever over some of it.
func readJSON(text string, into any) error {
	if !json.Valid([]byte(text)) {
		return errors.New("not valid JSON")
	}
	return bson.UnmarshalExtJSON([]byte(text), false, into)
}
