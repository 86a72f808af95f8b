package scenarios

import (
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki"
)

// fellows are a set in which nothing but b can serve a read that wants a secondary; c has a vote.
func fellows(b Change) []Member {
	return []Member{
		{Name: "a", Host: "a.example.test"},
		{Name: "b", Host: "b.example.test", Differs: b},
		{Name: "c", Host: "c.example.test", Role: Arbiter},
	}
}

// subjected is a member's certificate of another subject.
func subjected(name string) Change { return with(pki.Leaf{Subject: name}) }

// byMembership is the server of a set whose members log in to each other by certificate. Clients have to log in, too.
var byMembership = amongUsers(ByCertificate)

// amongUsers is the server of a set with such a clusterAuthMode, and the user that clients are.
func amongUsers(m ClusterAuthMode) Server {
	return Server{Leaf: inSet.Leaf, ClusterAuthMode: m}.admitting()
}

// admitting is the server with the user that its client is.
func (s Server) admitting() Server {
	s.Users = []User{{Name: "{subject}"}}
	return s
}

// secureModes are those in which a mongod takes a clusterAuthMode with certificates.
var secureModes = []Mode{PreferTLS, RequireTLS}

// leftOut expects that reads go to the primary, because the set has not let its only secondary in, as a log says.
func leftOut(line int) Expect {
	return logged(sparing("b"), line)
}

// logged expects a line in the log, besides.
func logged(e Expect, line int) Expect {
	e.LogIDs = []int{line}
	return e
}

var (
	secondaryOnly = identified(finding + "&readPreference=secondary")
	// credulous lets the set be the only judge of certificates.
	credulous       = identified(finding + "&readPreference=secondary&tlsInsecure=true")
	secondaryIfBest = identified("readPreference=secondaryPreferred")
)

// identified is a client that logs in by certificate.
func identified(options string) Client {
	return Client{Add: options + "&" + byX509, Cert: &pki.Leaf{}, Do: twice}
}

// trustful is one that trusts both authorities.
func trustful(options string) Client {
	c := identified(options)
	c.Options, c.Files = "tls=true&tlsCAFile={both}", trusting(nil).Files
	return c
}

// Lines of a mongod's log about its fellows.
const (
	untrustedFellow = 23256 // SSL peer certificate validation failed
	misnamedFellow  = 23257 // The server certificate does not match the remote host name
	refusedFellow   = 20428 // Failed to authenticate; of clients, too
)

// Members among themselves, as a client sees them: a secondary that its set has let in serves reads, another does not.
var memberRows = []Scenario{
	{
		ID: "member/same-attributes",
		Says: "A set must let a member in by certificate whose O, OU and DC are those of the others, whatever " +
			"else differs.",
		Because: "MongoDB manual, x.509, member certificates: O, OU and DC match, in any order; clusterAuthMode x509",
		Claims:  claims("X13", "X15", "X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(subjected("C=US,ST=CA,O=mongotls,OU=mongod,CN=b")),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
		Variants: []Variant{
			{"send-x509", func(s *Scenario) { s.Server.ClusterAuthMode = SendX509 }},
		},
	},
	{
		ID:      "member/other-attributes",
		Says:    "A set must not let a member in by certificate that has another OU.",
		Because: "MongoDB manual, x.509, member certificates: O, OU and DC must match; mongod, log line 20428",
		Claims:  claims("X15", "X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(subjected("CN=b,OU=another,O=mongotls")),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
		Variants: []Variant{
			{"repeated", func(s *Scenario) {
				s.Members[1].Differs = subjected("CN=b,OU=mongod,OU=mongod,O=mongotls")
			}},
			{"none", func(s *Scenario) { s.Members[1].Differs = subjected("CN=b") }},
		},
	},
	{
		ID:      "member/other-ca",
		Says:    "A set must not let a member in whose certificate another authority issued.",
		Because: "MongoDB manual, x.509, member certificates: one CA for all; mongod, log line 23256",
		Claims:  claims("X13"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(ofOtherCA),
		Client:  trustful("readPreference=secondaryPreferred"),
		Expect:  leftOut(untrustedFellow),
	},
	{
		ID:      "member/other-name",
		Says:    "A set must not let a member in whose certificate is not for the name that the set has for it.",
		Because: "MongoDB manual, x.509, member certificates: CN or SAN match the host name; mongod, log line 23257",
		Claims:  claims("X16"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(misnamed),
		Client:  secondaryIfBest,
		Expect:  leftOut(misnamedFellow),
	},
	{
		ID:      "member/named-by-common-name",
		Says:    "A set must let a member in whose certificate carries its name as CN, and no alternative name.",
		Because: "MongoDB manual, x.509, member certificates: CN or SAN match the host name",
		Claims:  claims("X16"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(Change{Leaf: &pki.Leaf{Subject: "CN=b.example.test,OU=mongod,O=mongotls", NoSAN: true}}),
		Client:  credulous,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/named-by-address",
		Says:    "A set must let a member in that it knows by an address, which is in the certificate as one.",
		Because: "MongoDB manual, x.509, member certificates: CN or SAN match the host name; RFC 9525 section 6.5",
		Claims:  claims("X16"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: []Member{
			{Name: "a", Host: "a.example.test"},
			{Name: "b", Host: "127.0.0.1", Differs: Change{Leaf: &pki.Leaf{IP: names("127.0.0.1")}}},
			{Name: "c", Host: "c.example.test", Role: Arbiter},
		},
		Client: credulous,
		Expect: sparing("a"),
	},
	{
		ID:   "member/for-servers-only",
		Says: "A set must not let a member in whose certificate is for servers only.",
		Because: "MongoDB manual, x.509, member certificates: clientAuth or no extended key usage; " +
			"gravitational/teleport#48595",
		Claims:  claims("X17"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(with(pki.Leaf{Usage: names(pki.ServerAuth)})),
		Client:  secondaryIfBest,
		Expect:  leftOut(untrustedFellow),
	},
	{
		ID:      "member/cluster-file",
		Says:    "A set must let a member in by its clusterFile, though its certificateKeyFile is for servers only.",
		Because: "MongoDB manual, net.tls.clusterFile: for membership, in place of certificateKeyFile",
		Claims:  claims("X18"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(Change{Leaf: forServers.Leaf, ClusterLeaf: &pki.Leaf{Subject: "CN=b,OU=mongod,O=mongotls"}}),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID: "member/cluster-file-of-other-attributes",
		Says: "A set must not let a member in whose clusterFile has another OU, though its certificateKeyFile " +
			"has the right one.",
		Because: "MongoDB manual, net.tls.clusterFile: for membership, in place of certificateKeyFile",
		Claims:  claims("X18"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership,
		Members: fellows(Change{ClusterLeaf: &pki.Leaf{Subject: "CN=b,OU=another,O=mongotls"}}),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
	},
	{
		ID: "member/tls-in-prefer",
		Says: "Members in preferTLS must talk TLS to each other: one whose certificate another authority " +
			"issued is left out.",
		Because: "MongoDB manual, net.tls.mode preferTLS: connections between servers use TLS; mLab",
		Claims:  claims("L16"),
		Subject: ServerItself,
		Modes:   []Mode{PreferTLS},
		Server:  amongUsers(SendKeyFile),
		Members: fellows(ofOtherCA),
		Client:  trustful("readPreference=secondaryPreferred"),
		Expect:  leftOut(untrustedFellow),
	},
	{
		ID: "member/clear-in-allow",
		Says: "Members in allowTLS must talk to each other in clear: one whose certificate another authority " +
			"issued is let in.",
		Because: "MongoDB manual, net.tls.mode allowTLS: connections between servers do not use TLS",
		Claims:  claims("L3"),
		Subject: ServerItself,
		Modes:   []Mode{AllowTLS},
		Server:  amongUsers(SendKeyFile),
		Members: fellows(ofOtherCA),
		Client:  trustful("readPreference=secondary&" + finding),
		Expect:  sparing("a"),
	},
	{
		ID:   "member/one-still-on-key-file",
		Says: "A member that takes key files alone must turn another away that logs in by certificate.",
		Because: "MongoDB manual, clusterAuthMode: sendKeyFile comes before sendX509; mongod: check the " +
			"--clusterAuthMode flag",
		Claims:  claims("X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  amongUsers(SendX509),
		Members: fellows(Change{ClusterAuthMode: ByKeyFile}),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
	},
	{
		ID: "member/rolled-to-certificates",
		Says: "A set must keep its members while each of them is brought from sendKeyFile to sendX509 and to x509, and " +
			"clients must not notice.",
		Because: "MongoDB manual, upgrade from keyfile to x.509: setParameter clusterAuthMode on each member, then again",
		Claims:  claims("X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  amongUsers(SendKeyFile),
		Members: fellows(subjected("C=US,ST=CA,O=mongotls,OU=mongod,CN=b")),
		Steps:   append(loggingIn(1, SendX509), loggingIn(2, ByCertificate)...),
		Client: Client{Add: enduring + "&readPreference=secondary&" + byX509, Cert: &pki.Leaf{},
			Do: work(4)},
		Expect: going(sparing("a")),
	},
	{
		ID: "member/lost-on-the-way-to-certificates",
		Says: "A set that goes from sendKeyFile to sendX509 must lose a member whose certificate has another OU, and " +
			"clients go on with the others.",
		Because: "MongoDB manual, x.509, member certificates: O, OU and DC must match; mongod, log line 20428",
		Claims:  claims("X15", "X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  amongUsers(SendKeyFile),
		Members: fellows(subjected("CN=b,OU=another,O=mongotls")),
		Steps:   loggingIn(1, SendX509),
		Client: Client{Add: attentive + "&readPreference=secondaryPreferred&" + byX509, Cert: &pki.Leaf{},
			Do: work(4)},
		Expect: Expect{Outcome: OverTLS, LogIDs: []int{refusedFellow}, Gap: recovery},
	},
	{
		ID:      "member/overridden-attributes",
		Says:    "A set must let a member in that has another OU, where tlsX509ClusterAuthDNOverride names it on each side.",
		Because: "MongoDB manual, tlsX509ClusterAuthDNOverride: an alternative DN, to roll members over to new certificates",
		Claims:  claims("X6", "X15"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership.told(override, "OU=another,O=mongotls"),
		Members: fellows(overridden),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/overridden-on-one-side",
		Says:    "A set must not let a member in that has another OU, and does not take the others for its own.",
		Because: "MongoDB manual, tlsX509ClusterAuthDNOverride: set on every member before certificates change",
		Claims:  claims("X15"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byMembership.told(override, "OU=another,O=mongotls"),
		Members: fellows(subjected("CN=b,OU=another,O=mongotls")),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
	},
	{
		ID: "member/lookalike-let-in",
		Says: "A server that comes back with clusterAuthMode x509 must take a client with a member's attributes for a " +
			"member, again.",
		Because: "MongoDB manual, x.509: the client is granted full permissions, with a warning; mongod, log line 20430",
		Claims:  claims("X7"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  Server{ClusterAuthMode: ByCertificate, Users: guarded.Users},
		Steps:   []Step{{After: 1, Restart: &Change{}}},
		Client:  lookalike,
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{20430}, Gap: recovery},
	},
	{
		ID: "member/lookalike-shut-out",
		Says: "A server that comes back with clusterAuthMode keyFile must refuse the login of a client with a member's " +
			"attributes.",
		Because: "mongod: 18, The provided certificate can only be used for cluster authentication, not client " +
			"authentication",
		Claims:  claims("X7"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  Server{ClusterAuthMode: ByCertificate, Users: guarded.Users},
		Steps:   []Step{{After: 1, Restart: &Change{ClusterAuthMode: ByKeyFile}}},
		Client:  persistent(lookalike),
		Expect:  logged(RefusedByCommand("authenticate", 18, "AuthenticationFailed"), refusedFellow),
		Twin:    "member/lookalike-let-in",
	},
	{
		ID:      "member/one-sends-key-file",
		Says:    "A member that sends a key file and takes certificates must be let in by others that send certificates.",
		Because: "MongoDB manual, clusterAuthMode: sendKeyFile accepts both, for a rolling upgrade",
		Claims:  claims("X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  amongUsers(SendX509),
		Members: fellows(Change{ClusterAuthMode: SendKeyFile}),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/by-extension",
		Says:    "A set must let a member in whose certificate has the extension of the cluster, whatever its name is.",
		Because: manualX509 + "extensionValue: the extension alone makes a member",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.admitting(),
		Members: fellows(extended(inClusterA)),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/without-extension",
		Says:    "A set must not let a member in that has the O, OU and DC of the others, and not the extension of the cluster.",
		Because: manualX509 + "extensionValue: names make no member then",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.admitting(),
		Members: fellows(subjected("CN=b,OU=mongod,O=mongotls")),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
		Variants: []Variant{
			{"another-value", func(s *Scenario) { s.Members[1].Differs = extended(inClusterB) }},
		},
	},
	{
		ID: "member/by-extension-of-override",
		Says: "A set must let a member in whose certificate has the extension of another cluster, which " +
			"tlsClusterAuthX509Override names.",
		Because: "MongoDB manual, tlsClusterAuthX509Override: a second identity, to roll members over to new certificates",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.admitting().told("tlsClusterAuthX509Override", `{"extensionValue": "cluster-b"}`),
		Members: fellows(extended(inClusterB)),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/by-attributes",
		Says:    "A set must let a member in whose name has the attributes that it is told, whatever its O, OU and DC are.",
		Because: manualX509 + "attributes: a name that has them is a member's",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byAttributes.admitting(),
		Members: fellows(subjected("CN=b,OU=another,L=here,O=mongotls")),
		Client:  secondaryOnly,
		Expect:  sparing("a"),
	},
	{
		ID:      "member/without-attributes",
		Says:    "A set must not let a member in that has the O, OU and DC of the others, and not the attributes that it is told.",
		Because: manualX509 + "attributes: O, OU and DC make no member then",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byAttributes.admitting(),
		Members: fellows(subjected("CN=b,OU=mongod,O=mongotls")),
		Client:  secondaryIfBest,
		Expect:  leftOut(refusedFellow),
	},
	{
		ID:      "member/lookalike-is-a-user",
		Says:    "Where an extension makes members, a client with the attributes of one must log in as the user that it is.",
		Because: manualX509 + "extensionValue: a name like a member's is then an ordinary client's",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.alone("CN=app,OU=mongod,O=mongotls"),
		Client:  member("CN=app,OU=mongod,O=mongotls", ""),
		Expect:  Connects(),
		Variants: []Variant{
			{"attributes", func(s *Scenario) { s.Server = byAttributes.alone("CN=app,OU=mongod,O=mongotls") }},
		},
	},
	{
		ID:      "member/lookalike-has-a-users-rights",
		Says:    "Where an extension makes members, a client with the attributes of one must have no right but those of its user.",
		Because: manualX509 + "extensionValue; mongod: 13, not authorized",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.alone("CN=app,OU=mongod,O=mongotls"),
		Client:  prying(member("CN=app,OU=mongod,O=mongotls", "")),
		Expect:  RefusedByCommand("find", 13, "Unauthorized"),
		Twin:    "member/lookalike-is-a-user",
		Variants: []Variant{
			{"attributes", func(s *Scenario) {
				s.Server, s.Twin = byAttributes.alone("CN=app,OU=mongod,O=mongotls"), "member/lookalike-is-a-user@attributes"
			}},
		},
	},
	{
		ID: "member/lookalike-is-nobody",
		Says: "Where an extension makes members, a client with the attributes of one, that is no user, must be refused as " +
			"unknown.",
		Because: manualX509 + "extensionValue; mongod: 11, Could not find user",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.alone("CN=client,OU=clients,O=mongotls"),
		Client:  member("CN=app,OU=mongod,O=mongotls", ""),
		Expect:  RefusedByCommand("authenticate", 11, "UserNotFound"),
		Twin:    "member/lookalike-is-a-user",
		Variants: []Variant{
			{"another-value", func(s *Scenario) { s.Client = member("CN=app,OU=mongod,O=mongotls", inClusterB) }},
		},
	},
	{
		ID:      "member/extension-of-a-client",
		Says:    "A server must take a client with the extension of the cluster for a member, whatever its name is.",
		Because: manualX509 + "extensionValue; mongod, log line 20430",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.alone("CN=client,OU=clients,O=mongotls"),
		Client:  member("CN=app,OU=apps,O=elsewhere", inClusterA),
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{20430}},
		Variants: []Variant{
			{"attributes", func(s *Scenario) {
				s.Server, s.Client = byAttributes.alone("CN=client,OU=clients,O=mongotls"),
					member("CN=app,OU=apps,L=here,O=mongotls", "")
			}},
		},
	},
	{
		ID:      "member/extension-of-a-user",
		Says:    "A server must refuse the login of a client that has the extension of the cluster and is a user, too.",
		Because: manualX509 + "extensionValue; mongod: 18, represents both a cluster member and an explicit user",
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  byExtension.alone("CN=app,OU=apps,O=elsewhere"),
		Client:  member("CN=app,OU=apps,O=elsewhere", inClusterA),
		Expect:  logged(RefusedByCommand("authenticate", 18, "AuthenticationFailed"), refusedFellow),
		Twin:    "member/extension-of-a-client",
	},
}

// manualX509 is where the rows about other marks of members than O, OU and DC come from. No mongod that has them was
// measured.
const manualX509 = "MongoDB manual 7.0, net.tls.clusterAuthX509."

// Values of the extension mongoClusterMembership.
const (
	inClusterA = "DER:0c09636c75737465722d61" // cluster-a
	inClusterB = "DER:0c09636c75737465722d62" // cluster-b
)

// extended is a member's certificate of another subject than its fellows', with such an extension.
func extended(value string) Change {
	return with(pki.Leaf{Subject: "CN=b,OU=another,O=elsewhere", Extensions: pki.Extensions{pki.ClusterMembership: value}})
}

var (
	byExtension = Server{ClusterAuthMode: ByCertificate, ClusterAuthX509: ClusterAuthX509{ExtensionValue: "cluster-a"},
		Leaf: *with(pki.Leaf{Extensions: pki.Extensions{pki.ClusterMembership: inClusterA}}).Leaf}
	byAttributes = Server{ClusterAuthMode: ByCertificate,
		ClusterAuthX509: ClusterAuthX509{Attributes: "L=here,O=mongotls"},
		Leaf:            *subjected("CN=server,OU=mongod,L=here,O=mongotls").Leaf}
)

// member is the client of an application with the extension of members, or without.
func member(subject, value string) Client {
	c := Client{Add: byX509, Cert: &pki.Leaf{Subject: subject}, Do: find}
	if value != "" {
		c.Cert.Extensions = pki.Extensions{pki.ClusterMembership: value}
	}
	return c
}

// prying is a client that reads what its user may not.
func prying(c Client) Client {
	c.Do = []Command{{DB: "other", JSON: `{"find": "c"}`}}
	return c
}

// alone is the server of a member outside of a set, with such users.
func (s Server) alone(names ...string) Server {
	s.Leaf.DNS = nil
	for _, n := range names {
		s.Users = append(s.Users, User{Name: n})
	}
	return s
}

// told is the server with a parameter.
func (s Server) told(parameter, value string) Server {
	s.SetParameter = map[string]string{parameter: value}
	return s
}

// loggingIn is setParameter clusterAuthMode on every member of fellows.
func loggingIn(after int, m ClusterAuthMode) (steps []Step) {
	for _, name := range names("c", "b", "a") {
		steps = append(steps, Step{After: after, Member: name, Cluster: m})
	}
	return steps
}

// override is the parameter that names other attributes of members.
const override = "tlsX509ClusterAuthDNOverride"

// overridden is a member that has another OU, and takes those of before for its own.
var overridden = Change{Leaf: subjected("CN=b,OU=another,O=mongotls").Leaf,
	SetParameter: map[string]string{override: "OU=mongod,O=mongotls"}}

// lookalike is a client with the attributes of a member, that works on.
var lookalike = Client{Add: enduring + "&" + byX509,
	Cert: &pki.Leaf{Subject: "CN=app,OU=mongod,O=mongotls"}, Do: work(3)}

// persistent is a client that goes on after a failure, for which it does not wait long.
func persistent(c Client) Client {
	c.GoOn, c.Add = true, strings.Replace(c.Add, enduring, patient, 1)
	return c
}

// forServers is a certificate that no client may show.
var forServers = with(pki.Leaf{Usage: names(pki.ServerAuth)})
