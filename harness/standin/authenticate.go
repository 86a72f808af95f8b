package standin

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
)

const (
	external = "$external"
	byX509   = "MONGODB-X509"
)

// A login is who a connection is. Its zero value is nobody.
type login struct {
	users  []identity
	sasl   *conversation // SCRAM in progress
	client bson.D        // metadata of the first hello
	last   failure       // of the command before, for getLastError
}

// An identity is a user as of its login. A member of the cluster is no user, and may do everything.
type identity struct {
	DB, Name string
	id       string // of the user document: a user that is dropped and created again is another one
	member   bool
}

func (i identity) full() string { return i.Name + "@" + i.DB }

// become adds an identity; a connection has one for each database.
func (l *login) become(i identity) {
	l.users = slices.DeleteFunc(l.users, func(other identity) bool { return other.DB == i.DB })
	l.users = append(l.users, i)
}

func (c *connection) authenticate(q request) (bson.D, error) { return c.authenticateWith(q, false) }

// authenticateWith logs in by certificate, in the order of mongod 4.4. What is returned before a name is known leaves
// only line 20427 in the log; a refused name is masked for the client, the log has the reason.
func (c *connection) authenticateWith(q request, speculative bool) (bson.D, error) {
	s := c.server
	s.log.line("I", "ACCESS", 20427, c.ctx, "Authenticate",
		bson.D{{Key: "db", Value: q.db}, {Key: "command", Value: q.shell()}})
	mechanism, ok := q.field("mechanism").(string)
	if !ok {
		return nil, fail(badValue, "Auth mechanism not specified")
	}
	subject, err := c.verifiedSubject()
	if err != nil {
		return nil, err
	}
	name, _ := q.field("user").(string)
	if name == "" && mechanism == byX509 {
		name = subject
	}
	if name == "" {
		return nil, fail(authenticationFailed, "No user name provided")
	}
	s.store.count(mechanism, speculative, false)
	if s.files != nil && mechanism == byX509 && s.parameter.enabled(byX509) && subject == "" {
		return nil, fail(authenticationFailed, "No verified subject name available from client")
	}
	who, refusal := c.byCertificate(q.db, mechanism, name, subject)
	if refusal.text != "" {
		s.log.line("I", "ACCESS", 20428, c.ctx, "Failed to authenticate", bson.D{{Key: "user", Value: name + "@" + q.db},
			{Key: "client", Value: c.remote}, {Key: "mechanism", Value: mechanism}, {Key: "error", Value: refusal.status()}})
		if refusal.code == authenticationFailed {
			refusal.text = mongod.Default.LoginRefused
		}
		return nil, refusal
	}
	c.login.become(who)
	s.store.count(mechanism, speculative, true)
	s.log.line("I", "ACCESS", mongod.Default.LoggedIn, c.ctx, "Successfully authenticated",
		bson.D{{Key: "user", Value: name}, {Key: "db", Value: q.db}, {Key: "client", Value: c.remote}})
	return bson.D{{Key: "dbname", Value: q.db}, {Key: "user", Value: name}}, nil
}

func (c *connection) verifiedSubject() (string, error) {
	if c.peer == nil {
		return "", nil
	}
	return pki.DN(c.peer.RawSubject)
}

// byCertificate decides; a refusal without text is none.
func (c *connection) byCertificate(db, mechanism, name, subject string) (who identity, refusal failure) {
	s := c.server
	switch {
	case mechanism != byX509:
		return who, failure{badValue, "Unsupported mechanism: " + mechanism}
	case !s.parameter.enabled(byX509):
		return who, failure{badValue, "x.509 authentication is disabled."}
	case s.files == nil:
		return who, failure{protocolError, "SSL support is required for the MONGODB-X509 mechanism."}
	case db != external:
		return who, failure{protocolError, "X.509 authentication must always use the $external database."}
	case name != subject:
		return who, failure{authenticationFailed, "There is no x.509 client certificate matching the user."}
	case s.member(c.peer.RawSubject, true):
		if !s.parameter.trustsMembers() {
			return who, failure{authenticationFailed, "The provided certificate can only be used for cluster authentication, " +
				"not client authentication. The current configuration does not allow x.509 cluster authentication, check the " +
				"--clusterAuthMode flag"}
		}
		if c.login.client != nil {
			s.log.line("W", "ACCESS", 20430, c.ctx,
				"Client isn't a mongod or mongos, but is connecting with a certificate with cluster membership", nil)
		}
		return identity{DB: "local", Name: "__system", member: true}, failure{}
	}
	u, ok := s.store.user(db, name)
	if !ok {
		return who, notFound(db, name)
	}
	return u.identity(), failure{}
}

func notFound(db, name string) failure {
	return failure{userNotFound, `Could not find user "` + name + `" for db "` + db + `"`}
}

func (c *connection) logout(q request) (bson.D, error) {
	c.login.users = slices.DeleteFunc(c.login.users, func(i identity) bool { return i.DB == q.db || i.member && q.db == external })
	return done, nil
}

func (c *connection) connectionStatus(request) (bson.D, error) {
	users, roles := bson.A{}, bson.A{}
	for _, i := range c.login.users {
		users = append(users, bson.D{{Key: "user", Value: i.Name}, {Key: "db", Value: i.DB}})
		u, _ := c.server.store.user(i.DB, i.Name)
		for _, r := range u.roles {
			roles = append(roles, r.document())
		}
	}
	return bson.D{{Key: "authInfo", Value: bson.D{{Key: "authenticatedUsers", Value: users},
		{Key: "authenticatedUserRoles", Value: roles}}}}, nil
}
