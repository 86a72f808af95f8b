package scenarios

import (
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

// byMembership is the server of a set whose members log in to each other by certificate.
var byMembership = Server{Leaf: inSet.Leaf, ClusterAuthMode: ByCertificate}

// secureModes are those in which a mongod takes a clusterAuthMode with certificates.
var secureModes = []Mode{PreferTLS, RequireTLS}

// leftOut expects that reads go to the primary, because the set has not let its only secondary in, as a log says.
func leftOut(line int) Expect {
	return Expect{Outcome: OverTLS, Spares: names("b"), LogIDs: []int{line}}
}

var (
	secondaryOnly   = Client{Add: selection + "&readPreference=secondary", Do: twice}
	secondaryIfBest = Client{Add: "readPreference=secondaryPreferred", Do: twice}
)

// Lines of a mongod's log about its fellows.
const (
	untrustedFellow = 23256 // SSL peer certificate validation failed
	misnamedFellow  = 23257 // The server certificate does not match the remote host name
	refusedFellow   = 20428 // Failed to authenticate
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
		Expect:  Connects(),
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
		Client: Client{Options: "tls=true&tlsCAFile={both}&readPreference=secondaryPreferred", Files: trusting(nil).Files,
			Do: twice},
		Expect: leftOut(untrustedFellow),
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
		Expect:  Connects(),
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
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendKeyFile},
		Members: fellows(ofOtherCA),
		Client: Client{Options: "tls=true&tlsCAFile={both}&readPreference=secondaryPreferred", Files: trusting(nil).Files,
			Do: twice},
		Expect: leftOut(untrustedFellow),
	},
	{
		ID: "member/clear-in-allow",
		Says: "Members in allowTLS must talk to each other in clear: one whose certificate another authority " +
			"issued is let in.",
		Because: "MongoDB manual, net.tls.mode allowTLS: connections between servers do not use TLS",
		Claims:  claims("L3"),
		Subject: ServerItself,
		Modes:   []Mode{AllowTLS},
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendKeyFile},
		Members: fellows(ofOtherCA),
		Client: Client{Options: "tls=true&tlsCAFile={both}&readPreference=secondary&" + selection,
			Files: trusting(nil).Files, Do: twice},
		Expect: Connects(),
	},
	{
		ID:   "member/one-still-on-key-file",
		Says: "A member that takes key files alone must turn another away that logs in by certificate.",
		Because: "MongoDB manual, clusterAuthMode: sendKeyFile comes before sendX509; mongod: check the " +
			"--clusterAuthMode flag",
		Claims:  claims("X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendX509},
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
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendKeyFile, Users: []User{{Name: "{subject}"}}},
		Members: fellows(subjected("C=US,ST=CA,O=mongotls,OU=mongod,CN=b")),
		Steps:   append(loggingIn(1, SendX509), loggingIn(2, ByCertificate)...),
		Client: Client{Add: attentive + "&" + endurance + "&readPreference=secondary&" + byX509, Cert: &pki.Leaf{},
			Do: work(4)},
		Expect: going(Connects()),
	},
	{
		ID: "member/lost-on-the-way-to-certificates",
		Says: "A set that goes from sendKeyFile to sendX509 must lose a member whose certificate has another OU, and " +
			"clients go on with the others.",
		Because: "MongoDB manual, x.509, member certificates: O, OU and DC must match; mongod, log line 20428",
		Claims:  claims("X15", "X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendKeyFile},
		Members: fellows(subjected("CN=b,OU=another,O=mongotls")),
		Steps:   loggingIn(1, SendX509),
		Client:  Client{Add: attentive + "&readPreference=secondaryPreferred", Do: work(4)},
		Expect:  Expect{Outcome: OverTLS, LogIDs: []int{refusedFellow}, Gap: recovery},
	},
	{
		ID:      "member/overridden-attributes",
		Says:    "A set must let a member in that has another OU, where tlsX509ClusterAuthDNOverride names it on each side.",
		Because: "MongoDB manual, tlsX509ClusterAuthDNOverride: an alternative DN, to roll members over to new certificates",
		Claims:  claims("X6", "X15"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server: Server{Leaf: inSet.Leaf, ClusterAuthMode: ByCertificate,
			SetParameter: overriding("OU=another,O=mongotls")},
		Members: fellows(overridden),
		Client:  secondaryOnly,
		Expect:  Connects(),
	},
	{
		ID:      "member/overridden-on-one-side",
		Says:    "A set must not let a member in that has another OU, and does not take the others for its own.",
		Because: "MongoDB manual, tlsX509ClusterAuthDNOverride: set on every member before certificates change",
		Claims:  claims("X15"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server: Server{Leaf: inSet.Leaf, ClusterAuthMode: ByCertificate,
			SetParameter: overriding("OU=another,O=mongotls")},
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
		Expect:  RefusedByCommand("authenticate", 18, "AuthenticationFailed"),
		Twin:    "member/lookalike-let-in",
	},
	{
		ID:      "member/one-sends-key-file",
		Says:    "A member that sends a key file and takes certificates must be let in by others that send certificates.",
		Because: "MongoDB manual, clusterAuthMode: sendKeyFile accepts both, for a rolling upgrade",
		Claims:  claims("X19"),
		Subject: ServerItself,
		Modes:   secureModes,
		Server:  Server{Leaf: inSet.Leaf, ClusterAuthMode: SendX509},
		Members: fellows(Change{ClusterAuthMode: SendKeyFile}),
		Client:  secondaryOnly,
		Expect:  Connects(),
	},
}

// loggingIn is setParameter clusterAuthMode on every member of fellows.
func loggingIn(after int, m ClusterAuthMode) (steps []Step) {
	for _, name := range names("c", "b", "a") {
		steps = append(steps, Step{After: after, Member: name, Cluster: m})
	}
	return steps
}

// overriding is tlsX509ClusterAuthDNOverride.
func overriding(subject string) map[string]string {
	return map[string]string{"tlsX509ClusterAuthDNOverride": subject}
}

// overridden is a member that has another OU, and takes those of before for its own.
var overridden = Change{Leaf: subjected("CN=b,OU=another,O=mongotls").Leaf,
	SetParameter: overriding("OU=mongod,O=mongotls")}

// lookalike is a client with the attributes of a member, that works on.
var lookalike = Client{Add: attentive + "&" + endurance + "&" + byX509,
	Cert: &pki.Leaf{Subject: "CN=app,OU=mongod,O=mongotls"}, Do: work(3)}

// persistent is a client that goes on after a failure.
func persistent(c Client) Client {
	c.GoOn = true
	return c
}

// forServers is a certificate that no client may show.
var forServers = with(pki.Leaf{Usage: names(pki.ServerAuth)})
