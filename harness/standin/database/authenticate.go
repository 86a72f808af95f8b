package database

import (
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/standin/status"
)

const (
	external = "$external"
	byX509   = "MONGODB-X509"
)

// A login is who a session is. Its zero value is nobody.
type login struct {
	users  []identity
	sasl   *conversation // SCRAM in progress
	client bson.D        // metadata of the first hello
	last   status.Error  // of the command before, for getLastError
}

// An identity is a user as of its login. A member of the cluster is no user, and may do everything.
type identity struct {
	DB, Name string
	id       string // of the user document: a user that is dropped and created again is another one
	member   bool
	roles    []Role // that its certificate grants; nil for none
}

func (i identity) full() string { return i.Name + "@" + i.DB }

// logIn adds an identity; a connection has one for each database.
func (l *login) logIn(i identity) {
	l.users = slices.DeleteFunc(l.users, func(other identity) bool { return other.DB == i.DB })
	l.users = append(l.users, i)
}

func (s *Session) authenticate(q request) (bson.D, error) { return s.authenticateWith(q, false) }

// authenticateWith logs in by certificate, in the order of mongod 4.4. What is returned before a name is known leaves
// only line 20427 in the log; a refused name is masked for the client, the log has the reason.
func (s *Session) authenticateWith(q request, speculative bool) (bson.D, error) {
	answer, err := s.tryCertificate(q, speculative)
	var refused status.Error
	if r := s.db.config.Release; r.MasksLogins && errors.As(err, &refused) &&
		refused.Code != status.UserNotFound && refused.Code != status.ProtocolError {
		return nil, status.Error{Code: status.AuthenticationFailed, Text: r.LoginRefused}
	}
	return answer, err
}

// tryCertificate is authenticateWith, with refusals as 4.4 tells them.
func (s *Session) tryCertificate(q request, speculative bool) (bson.D, error) {
	if id := s.db.config.Release.Login; id != 0 {
		s.line("I", "ACCESS", id, "Authenticate", bson.D{{Key: "db", Value: q.db}, {Key: "command", Value: q.shell()}})
	}
	if mechanism, ok := q.field("mechanism").(string); ok && speculative {
		s.db.users.count(mechanism, func(n *logins) { n.speculativeReceived++ })
	}
	mechanism, ok := q.field("mechanism").(string)
	if !ok {
		return nil, status.Errorf(status.BadValue, "Auth mechanism not specified")
	}
	subject, err := s.verifiedSubject()
	if err != nil {
		return nil, err
	}
	name, _ := q.field("user").(string)
	if name == "" && mechanism == byX509 {
		name = subject
	}
	if name == "" {
		return nil, status.Errorf(status.AuthenticationFailed, "No user name provided")
	}
	s.db.users.count(mechanism, func(n *logins) { n.received++ })
	if mechanism != byX509 && mechanism != scramSHA1 && mechanism != scramSHA256 {
		return s.refuseLogin(q.db, name, mechanism, speculative, status.Errorf(status.BadValue,
			"Received authentication for mechanism %s which is unknown or not enabled", mechanism))
	}
	if s.db.config.Certificate != nil && mechanism == byX509 && s.db.config.Parameters.enabled(byX509) && subject == "" {
		return nil, status.Errorf(status.AuthenticationFailed, "No verified subject name available from client")
	}
	who, refusal := s.byCertificate(q.db, mechanism, name, subject)
	if refusal.Text != "" {
		return s.refuseLogin(q.db, name, mechanism, speculative, refusal)
	}
	s.logIn(who)
	s.db.users.loginSucceeded(mechanism, speculative)
	if who.member {
		s.db.users.count(mechanism, func(n *logins) { n.members++ })
	}
	s.line("I", "ACCESS", s.db.config.Release.LoggedIn, "Successfully authenticated",
		s.loginAttr(attempt{mechanism, q.db, name, speculative, who.member}, bson.D{{Key: "user", Value: name},
			{Key: "db", Value: q.db}, {Key: "client", Value: s.peer.Remote}}, status.Error{}))
	return bson.D{{Key: "dbname", Value: q.db}, {Key: "user", Value: name}}, nil
}

// refuseLogin logs why a login fails. The client is not told all of it.
func (s *Session) refuseLogin(db, name, mechanism string, speculative bool, refusal status.Error) (bson.D, error) {
	s.line("I", "ACCESS", s.db.config.Release.LoginFailed, "Failed to authenticate",
		s.loginAttr(attempt{mechanism, db, name, speculative, false}, bson.D{{Key: "user", Value: name + "@" + db},
			{Key: "client", Value: s.peer.Remote}, {Key: "mechanism", Value: mechanism},
			{Key: "error", Value: refusal.Logged()}}, refusal))
	if refusal.Code == status.AuthenticationFailed {
		refusal.Text = s.db.config.Release.LoginRefused
	}
	return nil, refusal
}

// An attempt is a login that was tried.
type attempt struct {
	mechanism, db, name string
	speculative, member bool
}

// loginAttr are the attributes of a line about a login: these, or since 6.0 the same for every mechanism.
func (s *Session) loginAttr(a attempt, before bson.D, refusal status.Error) bson.D {
	if !s.db.config.Release.LogsPasswords {
		return before
	}
	attr := bson.D{{Key: "client", Value: s.peer.Remote}, {Key: "isSpeculative", Value: a.speculative},
		{Key: "isClusterMember", Value: a.member}, {Key: "mechanism", Value: a.mechanism}, {Key: "user", Value: a.name},
		{Key: "db", Value: a.db}}
	if refusal.Text != "" {
		attr = append(attr, bson.E{Key: "error", Value: refusal.Code.String() + ": " + refusal.Text})
	}
	return append(attr, bson.E{Key: "result", Value: int32(refusal.Code)})
}

func (s *Session) verifiedSubject() (string, error) {
	if s.peer.Subject == nil {
		return "", nil
	}
	return dn.Format(s.peer.Subject)
}

// byCertificate decides; a refusal without text is none.
func (s *Session) byCertificate(db, mechanism, name, subject string) (who identity, refusal status.Error) {
	parameters := s.db.config.Parameters
	refuse := func(code status.Code, text string) (identity, status.Error) {
		return identity{}, status.Error{Code: code, Text: text}
	}
	switch {
	case mechanism != byX509:
		return refuse(status.BadValue, "Unsupported mechanism: "+mechanism)
	case !parameters.enabled(byX509):
		return refuse(status.BadValue, "x.509 authentication is disabled.")
	case s.db.config.Certificate == nil:
		return refuse(status.ProtocolError, "SSL support is required for the MONGODB-X509 mechanism.")
	case db != external:
		return refuse(status.ProtocolError, "X.509 authentication must always use the $external database.")
	case name != subject:
		return refuse(status.AuthenticationFailed, "There is no x.509 client certificate matching the user.")
	case s.db.isMember(s.peer.Subject, s.peer.Membership, true):
		switch {
		case parameters.trustsMembers():
			if _, exists := s.db.users.find(db, name); exists && s.db.config.Member.Extension != "" &&
				parameters.Bool("enforceUserClusterSeparation") {
				return refuse(status.AuthenticationFailed, "The provided certificate represents both a cluster member and an "+
					"explicit user which exists in the authzn database. Prohibiting authentication due to "+
					"enforceUserClusterSeparation setting.")
			}
		case s.db.config.Release.SeparationYields && !parameters.Bool("enforceUserClusterSeparation"):
			return s.ordinary(db, name)
		default:
			return refuse(status.AuthenticationFailed, "The provided certificate can only be used for cluster authentication, "+
				"not client authentication. The current configuration does not allow x.509 cluster authentication, check the "+
				"--clusterAuthMode flag")
		}
		if s.client != nil && !s.fromServer() {
			s.line("W", "ACCESS", 20430,
				"Client isn't a mongod or mongos, but is connecting with a certificate with cluster membership", nil)
		}
		return identity{DB: "local", Name: "__system", member: true}, status.Error{}
	}
	return s.ordinary(db, name)
}

// ordinary is a login as a user, and not as a member of the cluster.
func (s *Session) ordinary(db, name string) (who identity, refusal status.Error) {
	if len(s.peer.Roles) > 0 && s.db.config.Parameters.Bool("allowRolesFromX509Certificates") {
		return identity{DB: db, Name: name, roles: s.peer.Roles}, status.Error{}
	}
	u, ok := s.db.users.find(db, name)
	switch {
	case !ok:
		return identity{}, notFound(db, name)
	case s.barred(u):
		return identity{}, status.Error{Code: status.AuthenticationFailed, Text: "Authentication failed."}
	}
	return u.identity(), status.Error{}
}

// fromServer reports whether the client says that it is another server.
func (s *Session) fromServer() bool {
	driver, _ := Field(s.client, "driver").(bson.D)
	name, _ := Field(driver, "name").(string)
	return name == "NetworkInterfaceTL" || name == "MongoDB Internal Client"
}

func notFound(db, name string) status.Error {
	return status.Errorf(status.UserNotFound, `Could not find user "%s" for db "%s"`, name, db)
}

func (s *Session) logout(q request) (bson.D, error) {
	s.users = slices.DeleteFunc(s.users, func(i identity) bool { return i.DB == q.db || i.member && q.db == external })
	return empty, nil
}

func (s *Session) connectionStatus(q request) (bson.D, error) {
	users, roles := bson.A{}, bson.A{}
	for _, i := range s.users {
		users = append(users, bson.D{{Key: "user", Value: i.Name}, {Key: "db", Value: i.DB}})
		for _, r := range s.db.rolesOf(i) {
			roles = append(roles, r.document())
		}
	}
	info := bson.D{{Key: "authenticatedUsers", Value: users}, {Key: "authenticatedUserRoles", Value: roles}}
	if q.field("showPrivileges") == true {
		info = append(info, bson.E{Key: "authenticatedUserPrivileges", Value: bson.A{}}) // those of roles are not known
	}
	return bson.D{{Key: "authInfo", Value: info}}, nil
}
