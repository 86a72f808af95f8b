package standin

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
)

// A right is what a command needs on its database.
type right int

const (
	authenticated right = iota // any user will do
	reading
	writing
	listing // collections
	shaping // collections: drop
	administeringUsers
	monitoring // of the server, whatever the database
	everything
)

// builtin are the built-in roles. Those of every database exist on admin only, and do not reach local and config.
var builtin = map[string]struct {
	rights []right
	all    bool
}{
	"read":                 {rights: []right{reading, listing}},
	"readWrite":            {rights: []right{reading, writing, listing, shaping}},
	"dbAdmin":              {rights: []right{listing, shaping}},
	"userAdmin":            {rights: []right{administeringUsers}},
	"readAnyDatabase":      {rights: []right{reading, listing}, all: true},
	"readWriteAnyDatabase": {rights: []right{reading, writing, listing, shaping}, all: true},
	"userAdminAnyDatabase": {rights: []right{administeringUsers}, all: true},
	"clusterMonitor":       {rights: []right{monitoring}, all: true},
	"root":                 {rights: []right{reading, writing, listing, shaping, administeringUsers, monitoring, everything}, all: true},
}

func (r role) exists() bool {
	is, ok := builtin[r.Name]
	return ok && (!is.all || r.DB == "admin")
}

func (r role) grants(n right, db string) bool {
	is := builtin[r.Name]
	switch {
	case !r.exists() || !slices.Contains(is.rights, n):
		return false
	case is.all:
		return r.Name == "root" || db != "local" && db != "config"
	}
	return r.DB == db
}

// can says whether one of the users of the connection has a right on a database.
func (c *connection) can(n right, db string) bool {
	for _, i := range c.login.users {
		if i.member || n == authenticated {
			return true
		}
		u, _ := c.server.store.user(i.DB, i.Name)
		if slices.ContainsFunc(u.roles, func(r role) bool { return r.grants(n, db) }) {
			return true
		}
	}
	return n == authenticated && c.exempt()
}

// exempt is the localhost exception: until the server has a user, every client, which is local, may create one.
func (c *connection) exempt() bool { return len(c.login.users) == 0 && c.server.store.virgin() }

// mayRun gives mongod's refusals in its order: the database, the login, the right.
func (c *connection) mayRun(cmd command, q request) error {
	if cmd.admin && q.db != "admin" {
		return fail(unauthorized, "%s may only be run against the admin database.", q.name)
	}
	if cmd.open || !c.server.config.Authorization {
		return nil
	}
	if len(c.login.users) == 0 && !c.exempt() {
		return fail(unauthorized, mongod.Default.LoginNeeded, q.name)
	}
	allowed, err := cmd.allowed, error(nil)
	ok := false
	if allowed == nil {
		ok = c.can(cmd.needs, q.db)
	} else {
		ok, err = allowed(c, q)
	}
	if err == nil && !ok {
		err = fail(unauthorized, "not authorized on %s to execute command %s", q.db, q.shell())
	}
	if f := (failure{}); errors.As(err, &f) {
		c.server.log.line("I", "ACCESS", 20436, c.ctx, "Checking authorization failed", bson.D{{Key: "error", Value: f.status()}})
	}
	return err
}

// mayAdminister: users of the database, and to grant each role the same on the database of the role. The localhost
// exception covers createUser on admin and $external, with roles on admin (measured on mongod 4.4.5).
func (c *connection) mayAdminister(q request) (bool, error) {
	var granted []role
	switch q.name {
	case "createUser", "updateUser":
		u, err := parseUser(q)
		if err != nil {
			return false, err
		}
		granted = u.roles
	case "grantRolesToUser":
		var err error
		if granted, err = parseRoles(q); err != nil {
			return false, err
		}
	}
	may := func(db string) bool { return c.can(administeringUsers, db) }
	if c.exempt() {
		may = func(db string) bool { return q.name == "createUser" && db == "admin" }
		if q.db == external {
			return q.name == "createUser" && !slices.ContainsFunc(granted, func(r role) bool { return !may(r.DB) }), nil
		}
	}
	return may(q.db) && !slices.ContainsFunc(granted, func(r role) bool { return !may(r.DB) }), nil
}

// maySeeUser: oneself always.
func (c *connection) maySeeUser(q request) (bool, error) {
	if c.can(administeringUsers, q.db) {
		return true, nil
	}
	name, db := q.body[0].Value, any(q.db)
	if d, ok := name.(bson.D); ok {
		name, db = field(d, "user"), field(d, "db")
	}
	return slices.ContainsFunc(c.login.users, func(i identity) bool { return name == any(i.Name) && db == any(i.DB) }), nil
}

// maySession refuses what mongod cannot make a session's owner of.
func (c *connection) maySession(cmd command, q request) error {
	if cmd.open || !c.server.config.Authorization || q.field("lsid") == nil {
		return nil
	}
	if len(c.login.users) > 1 {
		return fail(unauthorized, "logical sessions can't have multiple authenticated users (for more details see: "+
			"https://docs.mongodb.com/manual/core/authentication/#authentication-methods)")
	}
	if len(c.login.users) == 1 && len(c.login.users[0].full()) >= 10000 {
		return fail(badValue, "Username too long to use with logical sessions")
	}
	return nil
}

// forgetDropped ends the logins of users that were dropped since.
func (c *connection) forgetDropped() {
	c.login.users = slices.DeleteFunc(c.login.users, func(i identity) bool {
		if u, ok := c.server.store.user(i.DB, i.Name); i.member || ok && string(u.id.Data) == i.id {
			return false
		}
		c.server.log.line("I", "ACCESS", 20245, c.ctx, "Removed deleted user from session cache of user information",
			bson.D{{Key: "user", Value: bson.D{{Key: "user", Value: i.Name}, {Key: "db", Value: i.DB}}}})
		return true
	})
}

// shell prints a command as mongo's shell would, with its database, and without a password.
func (q request) shell() string {
	body := slices.Clone(q.body)
	if field(body, "$db") == nil {
		body = append(body, bson.E{Key: "$db", Value: q.db})
	}
	for i, e := range body {
		if e.Key == "pwd" {
			body[i].Value = "xxx"
		}
	}
	var b strings.Builder
	write(&b, body)
	return b.String()
}

func write(b *strings.Builder, value any) {
	switch v := value.(type) {
	case bson.D:
		b.WriteString("{")
		for i, e := range v {
			separate(b, i)
			b.WriteString(e.Key + ": ")
			write(b, e.Value)
		}
		end(b, len(v), "}")
	case bson.A:
		b.WriteString("[")
		for i, e := range v {
			separate(b, i)
			write(b, e)
		}
		end(b, len(v), "]")
	case string:
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(v) + `"`)
	case bson.Binary:
		if h := hex.EncodeToString(v.Data); v.Subtype == 4 && len(h) == 32 {
			fmt.Fprintf(b, `UUID("%s-%s-%s-%s-%s")`, h[:8], h[8:12], h[12:16], h[16:20], h[20:])
		} else {
			fmt.Fprintf(b, "BinData(%d, %s)", v.Subtype, strings.ToUpper(h))
		}
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") {
			text += ".0"
		}
		b.WriteString(text)
	case bson.ObjectID:
		b.WriteString("ObjectId('" + v.Hex() + "')")
	case bson.DateTime:
		fmt.Fprintf(b, "new Date(%d)", int64(v))
	case bson.Timestamp:
		fmt.Fprintf(b, "Timestamp(%d, %d)", v.T, v.I)
	case bson.Regex:
		b.WriteString("/" + v.Pattern + "/" + v.Options)
	case bson.Decimal128:
		b.WriteString(`NumberDecimal("` + v.String() + `")`)
	case nil, bson.Null:
		b.WriteString("null")
	case bson.MinKey:
		b.WriteString("MinKey")
	case bson.MaxKey:
		b.WriteString("MaxKey")
	case bson.Undefined:
		b.WriteString("undefined")
	case int32, int64, bool:
		fmt.Fprint(b, v)
	default:
		fmt.Fprintf(b, "%q", fmt.Sprint(v)) // code, symbols and pointers, which no driver sends
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(",")
	}
	b.WriteString(" ")
}

func end(b *strings.Builder, n int, closing string) {
	if n > 0 {
		b.WriteString(" ")
	}
	b.WriteString(closing)
}

// typeName is what mongod calls the type of a value.
func typeName(value any) string {
	switch value.(type) {
	case nil:
		return "missing"
	case bson.D:
		return "object"
	case bson.A:
		return "array"
	case string:
		return "string"
	case int32:
		return "int"
	case int64:
		return "long"
	case float64:
		return "double"
	case bool:
		return "bool"
	case bson.Binary:
		return "binData"
	case bson.Null:
		return "null"
	}
	return "other"
}
