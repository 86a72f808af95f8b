package scenarios

import (
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/evidence"
)

// byX509 are the options of a client that logs in with its certificate.
const byX509 = "authMechanism=MONGODB-X509"

// certified is a server that knows the client's subject as a user.
var certified = Server{Users: []User{{Name: "{subject}"}}}

// enrolled is certified for clients that have no certificate to take the subject from.
var enrolled = Server{Users: []User{{Name: "CN=client,OU=clients,O=mongotls"}}}

// guarded is a server with authorization where somebody else is a user.
var guarded = Server{Users: []User{{Name: "somebody", Password: "else"}}}

// find is a read that the user of a certified server may do.
var find = []Command{{DB: "test", JSON: `{"find": "c"}`}}

// Logging in with a certificate, and what a server makes of its subject. Rows about the server itself are driven by
// commands; names that are created hold {id}, because a real server keeps them.
var x509Rows = []Scenario{
	{
		ID:       "x509/no-username",
		Says:     "A driver must log in with its certificate alone, and must then send no user name.",
		Because:  "Auth spec, MONGODB-X509: no username given, so the driver MUST NOT send one",
		Claims:   claims("D11", "X10", "M15", "X12"),
		Server:   certified,
		Client:   Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:   Expect{Outcome: OverTLS, User: Absent},
		Variants: []Variant{tls12},
	},
	{
		ID:      "x509/username-matches",
		Says:    "A driver must send the user name that the connection string gives, decoded.",
		Because: "Auth spec, MONGODB-X509: if a username is given the driver MUST send it; connection string spec, Userinfo",
		Claims:  claims("M13"),
		Server:  certified,
		Client:  Client{URI: "mongodb://{subject}@{host}:{port}/?{options}", Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:  Expect{Outcome: OverTLS, User: Present},
	},
	{
		ID:   "x509/username-in-code",
		Says: "A driver must send the user name that the program gives for its certificate.",
		Because: "Auth spec, MONGODB-X509: if a username is given the driver MUST send it; Mongoose guide: it does not " +
			"work among the options",
		Claims: claims("M12"),
		Server: certified,
		Client: Client{
			Cert: &pki.Leaf{},
			Do:   find,
			Code: map[string]string{"authMechanism": "MONGODB-X509", "username": "{subject}"},
		},
		Expect: Expect{Outcome: OverTLS, User: Present},
	},
	{
		ID:   "x509/username-wrong",
		Says: "A driver must report that the server refused a user name that is not the certificate's subject.",
		Because: "Auth spec, MONGODB-X509: the given username MUST be sent; the server compares it with the subject, byte " +
			"by byte (18)",
		Claims: claims("M13", "X10"),
		Server: certified,
		Client: claiming("CN%3Dother%2COU%3Dclients%2CO%3Dmongotls"),
		Expect: RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:   "x509/no-username",
		Variants: []Variant{
			{"openssl-order", func(s *Scenario) { s.Client = claiming("O%3Dmongotls%2COU%3Dclients%2CCN%3Dclient") }},
			{"spaces", func(s *Scenario) { s.Client = claiming("CN%3Dclient%2C%20OU%3Dclients%2C%20O%3Dmongotls") }},
			{"lower-case", func(s *Scenario) { s.Client = claiming("cn%3Dclient%2Cou%3Dclients%2Co%3Dmongotls") }},
		},
	},
	{
		ID:      "x509/user-not-created",
		Says:    "A driver must report that the server does not know its certificate's subject as a user.",
		Because: "MongoDB manual, x.509: add the subject as a user; mongod: 11 UserNotFound, Could not find user",
		Claims:  claims("X10", "D11"),
		Server:  guarded,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:  RefusedByCommand("authenticate", 11, "UserNotFound"),
		Twin:    "x509/no-username",
		Variants: []Variant{
			{"in-admin", func(s *Scenario) { s.Server = Server{Users: []User{{Name: "{subject}", DB: "admin"}}} }},
			{
				"other-order",
				func(s *Scenario) { s.Server = Server{Users: []User{{Name: "O=mongotls,OU=clients,CN=client"}}} },
			},
			{
				"other-certificate",
				func(s *Scenario) { s.Server = Server{Users: []User{{Name: "CN=other,OU=clients,O=mongotls"}}} },
			},
		},
	},
	{
		ID:      "x509/speculative-ok",
		Says:    "A driver must take the server's answer to speculative authentication for the login.",
		Because: "Handshake spec, Speculative Authentication: proceed with the next step of the exchange",
		Server:  certified,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:  Expect{Outcome: OverTLS, Speculative: evidence.Accepted},
		Variants: []Variant{
			{"password", func(s *Scenario) { // whose user is one of another database than admin
				s.Modes, s.Server = Once, Server{Users: []User{{Name: "somebody", Password: "else", DB: "elsewhere"}}}
				s.Client = Client{URI: "mongodb://somebody:else@{host}:{port}/?authSource=elsewhere&{options}", Do: find}
			}},
		},
	},
	{
		ID:      "x509/pool-alone-logs-in",
		Says:    "A driver must not log in on the connection over which it checks a server.",
		Because: "Auth spec, Authentication: MUST NOT happen on monitoring-only sockets, mechanism negotiation included",
		Modes:   Once,
		Server:  certified,
		Client:  Client{Add: byX509 + "&maxPoolSize=1", Cert: &pki.Leaf{}, Do: find},
		Expect:  Expect{Outcome: OverTLS, Logins: 1},
		Variants: []Variant{
			{"password", func(s *Scenario) {
				s.Server, s.Client = guarded, byPassword("else")
				s.Client.Add = "maxPoolSize=1"
			}},
		},
	},
	{
		ID:   "x509/speculative-miss",
		Says: "A driver must authenticate in the standard way where the server ignored the speculative attempt.",
		Because: "Handshake spec, Speculative Authentication: no reply and ok 1, so drivers MUST authenticate in the " +
			"standard way",
		Server: guarded,
		Client: Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect: Expect{Outcome: ByCommand, Command: "authenticate", Code: 11, CodeName: "UserNotFound",
			Speculative: evidence.Refused},
		Twin: "x509/speculative-ok",
	},
	{
		ID:      "x509/password-given",
		Says:    "A driver must refuse a password beside MONGODB-X509.",
		Because: "Auth spec, MONGODB-X509: password MUST NOT be specified; tests/legacy/connection-string.yml",
		Modes:   Once,
		Server:  certified,
		Client:  Client{URI: "mongodb://user:secret@{host}:{port}/?{options}", Add: byX509, Cert: &pki.Leaf{}},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/authsource-bar",
		Says:    "A driver must refuse any authSource but $external beside MONGODB-X509.",
		Because: "Auth spec, MONGODB-X509: source MUST be $external; an empty authSource MUST be an error",
		Claims:  claims("M15"),
		Modes:   Once,
		Server:  certified,
		Client:  Client{Add: byX509 + "&authSource=bar", Cert: &pki.Leaf{}},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "x509/no-username",
		Variants: []Variant{
			{"empty", func(s *Scenario) { s.Client.Add = byX509 + "&authSource=" }},
		},
	},
	{
		ID:      "x509/authsource-external",
		Says:    "A driver must accept authSource=$external beside MONGODB-X509, encoded or not, in the string or in code.",
		Because: "Auth spec, MONGODB-X509: source is $external; Mongoose guide: in the URI, as options, or both",
		Claims:  claims("M15", "M16"),
		Server:  certified,
		Client:  Client{Add: byX509 + "&authSource=%24external", Cert: &pki.Leaf{}, Do: find},
		Expect:  Connects(),
		Variants: []Variant{
			{"raw", func(s *Scenario) { s.Client.Add = byX509 + "&authSource=$external" }},
			{"in-code", func(s *Scenario) { s.Client.Add, s.Client.Code = "", inCode }},
			{"both", func(s *Scenario) { s.Client.Code = inCode }},
		},
	},
	{
		ID:      "x509/path-db-ignored",
		Says:    "A driver must log in to $external whatever database the connection string names.",
		Because: "Auth spec, tests/legacy/connection-string.yml: MONGODB-X509 ignores the database",
		Server:  certified,
		Client:  Client{URI: "mongodb://{host}:{port}/foo?{options}", Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:  Connects(),
	},
	{
		ID:      "x509/mech-properties",
		Says:    "A driver must refuse mechanism properties beside MONGODB-X509.",
		Because: "Auth spec, MONGODB-X509: mechanism_properties MUST NOT be specified",
		Modes:   Once,
		Server:  certified,
		Client:  Client{Add: byX509 + "&authMechanismProperties=SERVICE_NAME:other", Cert: &pki.Leaf{}},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/without-tls",
		Says:    "A driver must report that the server refused a login by certificate without TLS.",
		Because: "mongod: authenticate without a certificate is 18 AuthenticationFailed, No user name provided",
		Modes:   []Mode{AllowTLS, PreferTLS},
		Server:  enrolled,
		Client:  Client{URI: plainURI + "?" + byX509, Do: find},
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/no-client-cert",
		Says:    "A driver must report that the server refused a login by certificate without one.",
		Because: "mongod: 18 AuthenticationFailed, No user name provided; zookzook/elixir-mongodb-driver#226",
		Claims:  claims("D11"),
		Server:  enrolled,
		Client:  Client{Add: byX509, Do: find},
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/server-without-ca",
		Says:    "A driver must report that a server without a CA file refused a login by certificate.",
		Because: "mLab: a server without a CA file cannot authenticate X.509 clients; mongod then asks for no certificate",
		Claims:  claims("L19"),
		Server:  Server{NoCAFile: true, Users: certified.Users},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/allow-invalid-on-server",
		Says:    "A driver must report that a certificate the server merely tolerates is no login.",
		Because: "MongoDB manual, net.tls.allowInvalidCertificates: insufficient for authentication",
		Server:  Server{RequireClientCert: true, AllowInvalidCertificates: true, Users: certified.Users},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Issuer: pki.Other}, Code: forced, Do: find},
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/other-ca-same-subject",
		Says:    "A driver must get in as a user with a certificate of any authority that the server trusts.",
		Because: "MongoDB manual, x.509: the user is the subject alone; two authorities in the CA file can both issue it",
		Server:  Server{CAFile: names(pki.CA, pki.Other), Users: certified.Users},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Issuer: pki.Other}, Do: find},
		Expect:  Connects(),
	},
	{
		ID:      "x509/user-from-first-cert-in-pem",
		Says:    "A driver must log in as the subject of the leaf, not of another certificate in its key file.",
		Because: "GODRIVER-2650: the user was taken from the last certificate",
		Server:  certified,
		Client: Client{Add: byX509, Cert: &pki.Leaf{Issuer: pki.Intermediate},
			Form: pki.KeyForm{Chain: names(pki.Intermediate)}, Do: find},
		Expect: Connects(),
	},
	{
		ID:      "x509/dn-special-chars",
		Says:    "A driver must log in with a subject full of characters that RFC 2253 escapes.",
		Because: "RFC 2253 section 2.4; mongod prints and compares the escaped form",
		Claims:  claims("X10"),
		Server:  certified,
		Client: Client{
			Add:  byX509,
			Cert: &pki.Leaf{Subject: `CN=a\, b\+c\"d\\e\<f\>g\;h,OU=clients,O=mongotls`},
			Do:   find,
		},
		Expect: Connects(),
		Variants: []Variant{
			{"utf8", func(s *Scenario) { s.Client.Cert.Subject = "CN=Калоян,OU=clients,O=mongotls" }},
			{"email", func(s *Scenario) {
				s.Client.Cert.Subject = "emailAddress=dba@example.test,CN=client,OU=clients,O=mongotls"
			}},
			{"multi-valued", func(s *Scenario) { s.Client.Cert.Subject = "CN=client+OU=clients,O=mongotls" }},
			{"repeated-ou", func(s *Scenario) { s.Client.Cert.Subject = "CN=client,OU=one,OU=two,O=mongotls" }},
		},
	},
	{
		ID:      "x509/authenticate-after-connect",
		Says:    "A driver that connected with its certificate must be able to log in afterwards, by command.",
		Because: "MongoDB manual, x.509: authenticate while connecting, or connect and authenticate afterwards",
		Claims:  claims("X12"),
		Server:  certified,
		Client: Client{
			Cert: &pki.Leaf{},
			Add:  "maxPoolSize=1",
			Do: []Command{{DB: "$external", // who logs in is a connection
				JSON: `{"authenticate": 1, "mechanism": "MONGODB-X509"}`}, find[0]},
		},
		Expect: Connects(),
	},
	{
		ID:      "x509/scram-over-tls",
		Says:    "A driver must log in with user name and password over TLS, with or without a certificate.",
		Because: "mLab: handshake and authentication are independent phases; MongoDB manual, SCRAM",
		Claims:  claims("L14"),
		Server:  guarded,
		Client:  Client{URI: "mongodb://somebody:else@{host}:{port}/?authSource=admin&{options}", Do: find},
		Expect:  Connects(),
		Variants: []Variant{
			{"certificate", func(s *Scenario) { s.Server.RequireClientCert, s.Client.Cert = true, &pki.Leaf{} }},
		},
	},
	{
		ID:      "x509/scram-plus",
		Says:    "Is a plus sign in the password of a user a plus sign, or a space?",
		Because: "Connection string spec, User Information: percent-encoded; it does not speak of a plus sign",
		Modes:   Once,
		Server:  Server{Users: []User{{Name: "somebody", Password: "el+se"}}},
		Client:  Client{URI: "mongodb://somebody:el+se@{host}:{port}/?authSource=admin&{options}", Do: find},
		Expect:  Characterised(),
	},
	{
		ID:      "x509/scram-wrong-password",
		Says:    "A driver must report that the server refused a wrong password, and must not repeat it.",
		Because: "Auth spec, SCRAM; mongod: 18 AuthenticationFailed",
		Claims:  claims("L14"),
		Server:  guarded,
		Client:  Client{URI: "mongodb://somebody:Tr0ub4dor@{host}:{port}/?authSource=admin&{options}", Do: find},
		Expect: Expect{Outcome: ByCommand, Command: "saslContinue", Code: 18, CodeName: "AuthenticationFailed",
			Hides: names("Tr0ub4dor")},
		Twin: "x509/scram-over-tls",
	},

	// What follows is about the server itself.
	{
		ID:      "x509/no-authorization",
		Says:    "A server without authorization must let any client read.",
		Because: "dbi services; MongoDB manual, security.authorization: disabled by default",
		Claims:  claims("D9"),
		Subject: ServerItself,
		Client:  Client{Do: find},
		Expect:  Connects(),
	},
	{
		ID:      "x509/unauthenticated",
		Says:    "A server with authorization must refuse a command of a client that did not log in.",
		Because: "mongod: 13 Unauthorized, command find requires authentication",
		Claims:  claims("D10"),
		Subject: ServerItself,
		Server:  guarded,
		Client:  Client{Cert: &pki.Leaf{}, Do: find},
		Expect: Expect{Outcome: ByCommand, Command: "find", Code: 13, CodeName: "Unauthorized",
			ServerSays: names("requires authentication")},
		Twin: "x509/no-authorization",
	},
	{
		ID:      "x509/unauthorized-action",
		Says:    "A server must refuse a user a command that its roles do not cover, and must name it.",
		Because: "mongod: 13 Unauthorized, not authorized on reports to execute command",
		Claims:  claims("D12"),
		Subject: ServerItself,
		Server:  certified,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{}, Do: reports},
		Expect: Expect{Outcome: ByCommand, Command: "find", Code: 13, CodeName: "Unauthorized",
			ServerSays: names("not authorized on reports to execute command")},
		Twin: "x509/within-roles",
	},
	{
		ID:      "x509/within-roles",
		Says:    "A server must run the same command once a role covers it.",
		Because: "MongoDB manual, read role; dbi services grants it",
		Claims:  claims("D13"),
		Subject: ServerItself,
		Server:  Server{Users: []User{{Name: "{subject}", Roles: names("readWrite@test", "read@reports")}}},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{}, Do: reports},
		Expect:  Connects(),
	},
	{
		ID:      "x509/localhost-exception",
		Says:    "A server without any user must let a client on its own host create the first.",
		Because: "MongoDB manual, localhost exception",
		Subject: ServerItself,
		Server:  Server{Auth: true},
		Client: creating(
			"admin",
			`{"createUser": "first-{id}", "pwd": "Tr0ub4dor", "roles": [{"role": "root", "db": "admin"}]}`,
		),
		Expect: Connects(),
	},
	{
		ID: "x509/localhost-exception-elsewhere",
		Says: "A server without any user must not let a client create one on another database than admin, nor print its " +
			"password.",
		Because: "MongoDB manual, localhost exception; measured on mongod 4.4.5: 13, pwd shown as xxx",
		Subject: ServerItself,
		Server:  Server{Auth: true},
		Client:  creating("test", `{"createUser": "first-{id}", "pwd": "Tr0ub4dor", "roles": []}`),
		Expect: Expect{Outcome: ByCommand, Command: "createUser", Code: 13, CodeName: "Unauthorized",
			ServerSays: names("not authorized on test"), Hides: names("Tr0ub4dor")},
		Twin: "x509/localhost-exception",
	},
	{
		ID:      "x509/create-user",
		Says:    "A server must create a user in $external whose name is the subject of a client certificate.",
		Because: "MongoDB manual, x.509: createUser with the RFC 2253 subject",
		Claims:  claims("D8", "X5", "D3"),
		Subject: ServerItself,
		Client:  creating("$external", named("CN={id},OU=clients,O=mongotls")),
		Expect:  Connects(),
	},
	{
		ID:      "x509/create-user-twice",
		Says:    "A server must refuse a second user for the same subject.",
		Because: "MongoDB manual, x.509: one user per certificate; mongod: 51003, already exists",
		Claims:  claims("X4"),
		Subject: ServerItself,
		Client: creating("$external", named("CN={id},OU=clients,O=mongotls"),
			named("CN={id},OU=clients,O=mongotls")),
		Expect: RefusedByCommand("createUser", 51003, "Location51003"),
		Twin:   "x509/create-user",
	},
	{
		ID:      "x509/create-user-password",
		Says:    "A server must refuse a password for a user in $external.",
		Because: "mongod: 2 BadValue, Cannot set the password for users defined on the '$external' database",
		Subject: ServerItself,
		Client:  creating("$external", `{"createUser": "CN={id},OU=clients,O=mongotls", "pwd": "Tr0ub4dor", "roles": []}`),
		Expect:  RefusedByCommand("createUser", 2, "BadValue"),
		Twin:    "x509/create-user",
	},
	{
		ID:      "x509/create-user-no-dn",
		Says:    "A server creates a user in $external whose name is no distinguished name, and only warns in its log.",
		Because: "measured on mongod 4.4.5: createUser succeeds, log line 23219, Unable to parse client subject name",
		Claims:  claims("D16"),
		Subject: ServerItself,
		Client:  creating("$external", named("no distinguished name {id}")),
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{23219}},
		DocumentWrong: "dbi services: a subject that does not follow RFC 2253 fails with a clear error. mongod 4.4 " +
			"creates the user; no certificate can ever log in as it.",
	},
	{
		ID:   "x509/member-collision-create",
		Says: "A server must refuse a user whose name looks like that of a cluster member.",
		Because: "mongod: 2 BadValue, Cannot create an x.509 user with a subjectname that would be recognized as an " +
			"internal cluster member",
		Claims:  claims("D15", "X5"),
		Subject: ServerItself,
		Client:  creating("$external", named("CN={id},OU=mongod,O=mongotls")),
		Expect: Expect{Outcome: ByCommand, Command: "createUser", Code: 2, CodeName: "BadValue",
			ServerSays: names("would be recognized as an internal cluster member")},
		Twin: "x509/create-user",
	},
	{
		ID:      "x509/member-collision-order-free",
		Says:    "A server must recognise a member's name whatever the order of its attributes.",
		Because: "MongoDB manual, x.509, member certificates: O, OU and DC must match, in any order; its own example",
		Claims:  claims("X15", "D15"),
		Subject: ServerItself,
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=host1,OU=Dept1,O=MongoDB,ST=NY,C=US"}},
		Client:  creating("$external", named("C=US,ST=CA,O=MongoDB,OU=Dept1,CN=host2-{id}")),
		Expect:  RefusedByCommand("createUser", 2, "BadValue"),
		Twin:    "x509/member-collision-repeat-differs",
	},
	{
		ID:      "x509/member-collision-repeat-differs",
		Says:    "A server must not take a name for a member's that lacks one of two organizational units.",
		Because: "MongoDB manual, x.509, member certificates: attributes match as multisets; its own example",
		Claims:  claims("X15"),
		Subject: ServerItself,
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=host1,OU=Dept1,OU=Sales,O=MongoDB"}},
		Client:  creating("$external", named("CN=host2-{id},OU=Dept1,O=MongoDB")),
		Expect:  Connects(),
	},
	{
		ID:      "x509/member-no-o-ou-dc",
		Says:    "A server without O, OU and DC in its subject must take no name for a member's.",
		Because: "MongoDB manual, x.509, member certificates: a non-empty O, OU or DC; measured on mongod 4.4.5",
		Claims:  claims("X14"),
		Subject: ServerItself,
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=server"}},
		Client:  creating("$external", named("CN={id}")),
		Expect:  Connects(),
	},
	{
		ID:      "x509/enforce-separation-off",
		Says:    "A server with enforceUserClusterSeparation=false must create a user whose name looks like a member's.",
		Because: "MongoDB manual, enforceUserClusterSeparation; measured on mongod 4.4.5",
		Subject: ServerItself,
		Server:  Server{SetParameter: map[string]string{"enforceUserClusterSeparation": "false"}},
		Client:  creating("$external", named("CN={id},OU=mongod,O=mongotls")),
		Expect:  Connects(),
	},
	{
		ID: "x509/member-collision-connect",
		Says: "A server with clusterAuthMode x509 must take a client with a member's attributes for a member, with all " +
			"rights.",
		Because: "MongoDB manual, x.509: the client is granted full permissions, with a warning; mongod, log line 20430",
		Claims:  claims("X7", "X19", "X17"),
		Subject: ServerItself,
		Modes:   []Mode{PreferTLS, RequireTLS}, // mongod does not start with it in allowTLS
		Server:  Server{ClusterAuthMode: ByCertificate, Users: guarded.Users},
		Client:  memberLike(pki.ServerAuth, pki.ClientAuth),
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{20430}},
		Variants: []Variant{
			{"send-x509", func(s *Scenario) { s.Server.ClusterAuthMode = SendX509 }},
			{"send-key-file", func(s *Scenario) { s.Server.ClusterAuthMode = SendKeyFile }},
			{"no-usage", func(s *Scenario) { s.Client = memberLike(pki.NoUsage) }},
		},
	},
	{
		ID:   "x509/member-without-clientauth",
		Says: "A server must turn away a member whose certificate is for servers only.",
		Because: "MongoDB manual, x.509, member certificates: clientAuth or no extended key usage; " +
			"gravitational/teleport#48595",
		Claims:  claims("X17"),
		Subject: ServerItself,
		Modes:   []Mode{PreferTLS, RequireTLS},
		Server:  Server{ClusterAuthMode: ByCertificate, Users: guarded.Users},
		Client:  memberLike(pki.ServerAuth),
		Expect:  ClosedByServer(evidence.BadClientCert),
		Twin:    "x509/member-collision-connect",
	},
	{
		ID:   "x509/member-collision-keyfile-mode",
		Says: "A server without clusterAuthMode must refuse the login of a client with a member's attributes.",
		Because: "mongod: 18, The provided certificate can only be used for cluster authentication, not client " +
			"authentication",
		Claims:  claims("X7", "X5"),
		Subject: ServerItself,
		Server:  guarded,
		Client:  memberLike(pki.ClientAuth),
		Expect:  logged(RefusedByCommand("authenticate", 18, "AuthenticationFailed"), refusedFellow),
		Twin:    "x509/no-username",
	},
	{
		ID: "x509/dn-override",
		Says: "A server must take a client with the attributes of tlsX509ClusterAuthDNOverride for a member, not for a " +
			"user.",
		Because: "MongoDB manual, x.509: a client's subject must differ from tlsX509ClusterAuthDNOverride",
		Claims:  claims("X6"),
		Subject: ServerItself,
		Server: Server{
			SetParameter: map[string]string{"tlsX509ClusterAuthDNOverride": "OU=clients,O=mongotls"},
			Users:        certified.Users,
		},
		Client: Client{Add: byX509, Cert: &pki.Leaf{}, Do: find},
		Expect: RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:   "x509/no-username",
	},
	{
		ID:   "x509/dn-10k",
		Says: "A server must refuse sessions to a user whose name is longer than 10,000 bytes.",
		Because: "MongoDB manual, x.509: $external names over 10k bytes cannot use sessions; mongod: 2, Username too long " +
			"to use with logical sessions",
		Claims:  claims("X11"),
		Subject: ServerItself,
		Server:  certified,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Subject: longName(100)}, Do: find},
		Expect: Expect{Outcome: ByCommand, Command: "find", Code: 2, CodeName: "BadValue",
			ServerSays: names("Username too long to use with logical sessions")},
		Twin: "x509/dn-9k",
	},
	{
		ID:      "x509/dn-9k",
		Says:    "A server must grant sessions to a user whose name is long, but shorter than 10,000 bytes.",
		Because: "MongoDB manual, x.509: the limit is 10k bytes",
		Claims:  claims("X11"),
		Subject: ServerItself,
		Server:  certified,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Subject: longName(90)}, Do: find},
		Expect:  Connects(),
	},
	{
		ID:      "x509/two-certs-same-dn",
		Says:    "A server must log a renewed certificate in as the user that it was, by its subject.",
		Because: "MongoDB manual, x.509: the user is the subject, not the certificate",
		Claims:  claims("X10"),
		Modes:   Once,
		Server:  certified,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Serial: 8, NotAfter: 800 * day}, Do: find},
		Expect:  Connects(),
	},
	{
		ID:      "x509/no-subject",
		Says:    "A driver must report that the server knows no user without a subject.",
		Because: "measured on mongod 4.4.5: the connection is accepted, the login is refused (18)",
		Modes:   Once,
		Server:  guarded,
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Subject: pki.NoSubject}, Do: find},
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "x509/no-username",
	},
	{
		ID:      "x509/dn-string-types",
		Says:    "Does a subject in another string type than the user's name was made of log in?",
		Because: "RFC 5280 section 7.1 compares without regard to the type; a mongod compares what it prints",
		Modes:   Once,
		Server:  Server{Users: []User{{Name: "CN=client,OU=clients,O=mongotls"}}},
		Client:  Client{Add: byX509, Cert: &pki.Leaf{Strings: dn.BMPString}, Do: find},
		Expect:  Characterised(),
		Variants: []Variant{
			{"utf8", func(s *Scenario) { s.Client.Cert.Strings = dn.UTF8String }},
			{"t61", func(s *Scenario) { s.Client.Cert.Strings = dn.T61String }},
		},
	},
}

// reports is a read that the user of a certified server may not do.
var reports = []Command{{DB: "reports", JSON: `{"find": "c"}`}}

// inCode gives the mechanism and its source through the driver's own types.
var inCode = map[string]string{"authMechanism": "MONGODB-X509", "authSource": "$external"}

// claiming is a client that gives this user name, percent-encoded, beside a good certificate.
func claiming(user string) Client {
	return Client{URI: "mongodb://" + user + "@{host}:{port}/?{options}", Add: byX509, Cert: &pki.Leaf{}, Do: find}
}

// creating is a client without a certificate that runs these commands on a database.
func creating(db string, commands ...string) (c Client) {
	for _, json := range commands {
		c.Do = append(c.Do, Command{DB: db, JSON: json})
	}
	return c
}

// named is the command that creates an X.509 user without roles.
func named(subject string) string { return `{"createUser": "` + subject + `", "roles": []}` }

// memberLike is a client with the O and OU of the server that does what no user of it may do.
func memberLike(usage ...string) Client {
	return Client{Add: byX509, Cert: &pki.Leaf{Subject: "CN=member,OU=mongod,O=mongotls", Usage: usage},
		Do: []Command{{DB: "admin", JSON: `{"serverStatus": 1}`}}}
}

// longName is a subject of n units of 100 bytes, and a little more.
func longName(n int) string {
	return "CN=client," + strings.Repeat("OU="+strings.Repeat("u", 96)+",", n) + "O=mongotls"
}
