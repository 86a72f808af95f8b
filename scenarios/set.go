package scenarios

import (
	"time"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// selection bounds the search for a server where there is none: nothing else ends it in a set that has good members.
// finding is that for one that there is, much longer than a busy machine takes.
const (
	selection = "serverSelectionTimeoutMS=1000"
	finding   = "serverSelectionTimeoutMS=8000"
)

// trio are three members of a set, the first of which is the primary, with names of their own.
func trio(differs ...Change) []Member {
	list := []Member{
		{Name: "a", Host: "a.example.test"},
		{Name: "b", Host: "b.example.test"},
		{Name: "c", Host: "c.example.test"},
	}
	for i, c := range differs {
		list[i].Differs = c
	}
	return list
}

// inSet is the server of a trio: one certificate serves all.
var inSet = Server{Leaf: pki.Leaf{DNS: names("*.example.test")}}

// with is a member that has another certificate, for its set's names unless it says otherwise.
func with(l pki.Leaf) Change {
	if l.DNS == nil {
		l.DNS = inSet.Leaf.DNS
	}
	return Change{Leaf: &l}
}

var (
	expired    = with(pki.Leaf{NotAfter: -time.Hour})
	ofOtherCA  = with(pki.Leaf{Issuer: pki.Other})
	misnamed   = with(pki.Leaf{DNS: names("else.example.org")})
	forClients = with(pki.Leaf{Usage: names(pki.ClientAuth)})
	asItWas    Change
)

// turnsTo is what makes sure that the client has been at a member.
func turnsTo(members ...string) (steps []Step) {
	for _, m := range members {
		steps = append(steps, Step{After: 1, Member: m, Await: 1})
	}
	return steps
}

// shunning expects a connection to the set without these of its members.
func shunning(members ...string) Expect { return Expect{Outcome: OverTLS, Shuns: members} }

// sparing expects a connection to the set that leaves these of its members alone.
func sparing(members ...string) Expect { return Expect{Outcome: OverTLS, Spares: members} }

// at is a refusal at these members.
func at(e Expect, members ...string) Expect {
	e.At = members
	return e
}

// blaming is a refusal in which the driver tells of failed checks of these hosts.
func blaming(e Expect, hosts ...string) Expect {
	e.Blames = hosts
	return e
}

// Replica sets and routers: what a driver makes of several servers that are not alike.
var setRows = []Scenario{
	{
		ID:      "set/one-certificate",
		Says:    "A driver must connect to a replica set whose members share one certificate for all their names.",
		Because: "mLab, SSL for MongoDB connections: one certificate for all members; RFC 9525 section 6.3",
		Claims:  claims("L15"),
		Server:  inSet,
		Members: trio(),
		Steps:   turnsTo("b", "c"),
		Client:  Client{Do: twice},
		Expect:  Connects(),
	},
	{
		ID:      "set/certificate-each",
		Says:    "A driver must connect to a replica set each of whose members has a certificate for its own name.",
		Because: "SDAM spec: each host of a hello is dialled by its name; RFC 9525 section 6.1",
		Claims:  claims("M10"),
		Modes:   alone,
		Members: trio(with(pki.Leaf{DNS: names("a.example.test")}), with(pki.Leaf{DNS: names("b.example.test")}),
			with(pki.Leaf{DNS: names("c.example.test")})),
		Client: Client{URI: "mongodb://{b}/?replicaSet=rs&{options}", Add: finding},
		Expect: Connects(),
	},
	{
		ID: "set/names-of-the-seed-alone",
		Says: "A driver must refuse a replica set whose members advertise names that their certificates do " +
			"not carry, and " +
			"name them.",
		Because: "RFC 9525 section 6.1; SDAM spec: the hosts of a hello replace the seeds; bitnami/charts#13522",
		Claims:  claims("M10"),
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("seed.test")}},
		Members: trio(renamedSeed),
		Client:  Client{URI: "mongodb://seed.test:{port}/?replicaSet=rs&{options}", Add: attentive + "&" + selection},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.NameMismatch},
			Mentions: names("a.example.test"), Blames: names("a.example.test")},
		Twin: "set/names-of-both",
	},
	{
		ID:      "set/names-of-both",
		Says:    "A driver must connect to a replica set whose certificates carry the seed's name and the advertised ones.",
		Because: "SDAM spec: the hosts of a hello replace the seeds; RFC 9525 section 6.1",
		Claims:  claims("M10"),
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("seed.test", "*.example.test")}},
		Members: trio(renamedSeed),
		Client:  Client{URI: "mongodb://seed.test:{port}/?replicaSet=rs&{options}", Add: attentive},
		Expect:  Connects(),
	},
	{
		ID: "set/direct-connection",
		Says: "A driver with directConnection must keep to the seed, whatever names the members advertise that its " +
			"certificate does not carry.",
		Because: "SDAM spec, topology type Single: a direct connection never follows the hosts of a hello",
		Modes:   alone,
		Members: trio(),
		Client:  Client{URI: "mongodb://localhost:{port}/?directConnection=true&{options}", Do: work(3)},
		Expect:  Expect{Outcome: OverTLS, Ignores: names("b", "c")},
	},
	{
		ID:      "set/direct-connection-to-bad",
		Says:    "A driver with directConnection must refuse a member whose certificate has expired, whatever the others have.",
		Because: "SDAM spec, topology type Single: no other server takes the place of the seed; RFC 5280 section 6.1",
		Modes:   alone,
		Members: trio(Change{Leaf: &pki.Leaf{NotAfter: -time.Hour}}),
		Client:  Client{URI: "mongodb://localhost:{port}/?directConnection=true&{options}", Add: selection},
		Expect:  at(Refuses(evidence.Expired), "a"),
		Twin:    "set/direct-connection",
	},
	{
		ID:      "set/other-name-of-itself",
		Says:    "A driver must connect to a set though the member that it starts from calls itself by another name.",
		Because: "SDAM spec, updateRSWithoutPrimary: who is not me is removed, and its hosts are kept",
		Modes:   alone,
		Server:  inSet,
		Members: []Member{
			{Name: "a", Host: "a.example.test"},
			{Name: "b", Host: "b.example.test", Me: "elsewhere.example.test"},
		},
		Client: Client{URI: "mongodb://{b}/?replicaSet=rs&{options}", Add: attentive},
		Expect: Connects(),
	},
	{
		ID: "set/bad-secondary",
		Says: "A driver must work with the primary of a set, and refuse a secondary whose certificate it must not " +
			"accept.",
		Because: "SDAM spec: a server whose check fails is Unknown, and the others are as they were; RFC 5280 section 6.1",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired),
		Steps:   turnsTo("b"),
		Client:  Client{Do: twice},
		Expect:  shunning("b"),
		Variants: []Variant{
			{"name", func(s *Scenario) { s.Members[1].Differs = misnamed }},
			{"other-ca", func(s *Scenario) { s.Members[1].Differs = ofOtherCA }},
			{"usage", func(s *Scenario) { s.Members[1].Differs = forClients }},
			{"no-tls", func(s *Scenario) { s.Members[1].Differs = Change{Mode: Disabled} }},
		},
	},
	{
		ID: "set/bad-primary",
		Says: "A driver must refuse the primary of a set for its certificate, and must say so rather than " +
			"that the search " +
			"for a primary took too long.",
		Because: "RFC 5280 section 6.1; Server selection spec: drivers should use server descriptions and their error " +
			"attributes to return useful error messages; SDAM monitoring spec: a failed heartbeat has the connectionId, " +
			"which is the server's",
		Claims:  claims("M10"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(expired),
		Client:  Client{Add: selection},
		Expect:  blaming(at(Refuses(evidence.Expired), "a"), "a.example.test"),
		Twin:    "set/one-certificate",
		Variants: []Variant{
			{"name", func(s *Scenario) {
				s.Members[0].Differs, s.Expect.Reasons = misnamed, []evidence.Reason{evidence.NameMismatch}
			}},
			{"other-ca", func(s *Scenario) {
				s.Members[0].Differs, s.Expect.Reasons = ofOtherCA, []evidence.Reason{evidence.Untrusted}
			}},
		},
	},
	{
		ID:   "set/bad-primary-named",
		Says: "A driver that must refuse the primary of a set must name it in the error that the application gets.",
		Because: "Server selection spec: drivers should use server descriptions and their error attributes to " +
			"return useful " +
			"error messages",
		Claims:  claims("M10"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(expired),
		Client:  Client{Add: selection},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Expired}, At: names("a"),
			Mentions: names("a.example.test")},
		Twin: "set/one-certificate",
	},
	{
		ID:      "set/secondary-read",
		Says:    "A driver with readPreference=secondary must read from a secondary over TLS.",
		Because: "Server selection spec, read preference; MongoDB manual, read preference secondary",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Client:  Client{Add: "readPreference=secondary", Do: twice},
		Expect:  sparing("a"),
	},
	{
		ID:      "set/tags",
		Says:    "A driver must read from the secondary that has the tags of readPreferenceTags, over TLS.",
		Because: "Server selection spec, tag sets: only servers that have every tag of a set are suitable",
		Modes:   alone,
		Server:  inSet,
		Members: []Member{
			{Name: "a", Host: "a.example.test"},
			{Name: "b", Host: "b.example.test", Tags: map[string]string{"dc": "east"}},
			{Name: "c", Host: "c.example.test", Tags: map[string]string{"dc": "west"}},
		},
		Client: Client{Add: "readPreference=secondary&readPreferenceTags=dc:east", Do: []Command{reading, reading, reading}},
		Expect: sparing("a", "c"),
	},
	{
		ID: "set/secondary-read-past-bad",
		Says: "A driver with readPreference=secondary must read from the secondary that it may trust, not " +
			"from the other.",
		Because: "Server selection spec: only servers of known type are suitable; RFC 5280 section 6.1",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired),
		Steps:   turnsTo("b"),
		Client:  Client{Add: "readPreference=secondary", Do: []Command{reading, reading, reading}},
		Expect:  Expect{Outcome: OverTLS, Shuns: names("b"), Spares: names("a")},
		Variants: []Variant{
			{"nearest", func(s *Scenario) { s.Client.Add, s.Expect.Spares = "readPreference=nearest", nil }},
			{"name", func(s *Scenario) { s.Members[1].Differs = misnamed }},
		},
	},
	{
		ID: "set/secondary-read-all-bad",
		Says: "A driver with readPreference=secondary must fail for the certificates, where it must refuse " +
			"every secondary.",
		Because: "Server selection spec: drivers should use server descriptions and their error attributes",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired, expired),
		Client:  Client{Add: selection + "&readPreference=secondary", Do: twice},
		Expect:  at(Refuses(evidence.Expired), "b", "c"),
		Twin:    "set/secondary-read",
	},
	{
		ID: "set/secondary-preferred-all-bad",
		Says: "A driver with readPreference=secondaryPreferred must read from the primary, where it must " +
			"refuse every secondary.",
		Because: "Server selection spec, secondaryPreferred: the primary if no secondary is suitable",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired, misnamed),
		Steps:   turnsTo("b", "c"),
		Client:  Client{Add: "readPreference=secondaryPreferred", Do: twice},
		Expect:  shunning("b", "c"),
	},
	{
		ID:      "set/mixed-modes",
		Says:    "A driver over TLS must connect to a set whose members are in different modes, each of which serves TLS.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: clients with TLS from allowTLS on; mLab, rolling steps",
		Claims:  claims("L3"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, Change{Mode: AllowTLS}, Change{Mode: PreferTLS}),
		Steps:   turnsTo("b", "c"),
		Client:  Client{Do: twice},
		Expect:  Connects(),
	},
	{
		ID:      "set/prefers-tls",
		Says:    "A driver over TLS must connect to a set whose members prefer TLS.",
		Because: "MongoDB manual, net.tls.mode preferTLS; mLab, SSL for MongoDB connections",
		Claims:  claims("L1"),
		Modes:   []Mode{PreferTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   turnsTo("b", "c"),
		Client:  Client{Do: twice},
		Expect:  Connects(),
	},
	{
		ID:   "set/mixed-modes-clear",
		Says: "A driver without TLS must connect to a set no member of which requires TLS yet.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: clients without TLS until requireTLS; mLab, " +
			"rolling steps",
		Claims:  claims("L1", "L3"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Server:  inSet,
		Members: trio(Change{Mode: Disabled}, Change{Mode: AllowTLS}, Change{Mode: PreferTLS}),
		Steps:   turnsTo("b", "c"),
		Client:  Client{URI: "mongodb://{seeds}/?replicaSet=rs&" + finding, Do: twice},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "set/primary-requires-tls",
		Says:    "A primary that requires TLS closes on a driver without, though the other members serve it.",
		Because: "mongod, log line 22988: The server is configured to only allow SSL connections",
		Claims:  claims("L2", "M4"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Server:  inSet,
		Members: trio(Change{Mode: RequireTLS}),
		Client:  Client{URI: "mongodb://{seeds}/?replicaSet=rs&" + selection, Do: twice},
		Expect:  at(ClosedByServer(evidence.PlainOnTLSOnly), "a"),
		Twin:    "set/mixed-modes-clear",
	},
	{
		ID:      "set/secondary-without-tls",
		Says:    "A driver with TLS and readPreference=secondary must not read in clear from a secondary that has no TLS.",
		Because: "URI options spec, tls=true: required; SDAM spec: a server whose check fails is Unknown",
		Claims:  claims("L18"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, Change{Mode: Disabled}),
		Steps:   turnsTo("b"),
		Client:  Client{Add: "readPreference=secondary", Do: twice},
		Expect:  Expect{Outcome: OverTLS, Shuns: names("b"), Spares: names("a")},
	},
	{
		ID:   "set/secondary-demands-certificate",
		Says: "A driver without a certificate must work with the primary, where a secondary turns it away.",
		Because: "mongod, log line 23255; SDAM spec: a server whose check fails is Unknown, and the others are " +
			"as they were",
		Claims:  claims("D14"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, Change{RequireClientCert: true}),
		Steps:   turnsTo("b"),
		Client:  Client{Do: twice},
		Expect:  shunning("b"),
	},
	{
		ID:      "set/primary-demands-certificate",
		Says:    "A primary that requires certificates turns a driver without one away, and the driver says so.",
		Because: "MongoDB manual, net.tls.allowConnectionsWithoutCertificates: false; mongod, log line 23255",
		Claims:  claims("D14", "P11"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(Change{RequireClientCert: true}),
		Client:  Client{Add: selection},
		Expect:  at(ClosedByServer(evidence.NoClientCert), "a"),
		Twin:    "set/primary-given-certificate",
	},
	{
		ID:   "set/primary-given-certificate",
		Says: "A driver with a certificate must connect to a set that requires one.",
		Because: "URI options spec, tlsCertificateKeyFile; MongoDB manual, " +
			"net.tls.allowConnectionsWithoutCertificates: false",
		Claims:  claims("D14", "P11"),
		Modes:   alone,
		Server:  Server{Leaf: inSet.Leaf, RequireClientCert: true},
		Members: trio(),
		Steps:   turnsTo("b", "c"),
		Client:  Client{Cert: &pki.Leaf{}, Do: twice},
		Expect:  Connects(),
	},
	{
		ID: "set/hidden-seed",
		Says: "A driver that starts from a hidden member, too, must work with the others, whatever that one's " +
			"certificate is.",
		Because: "SDAM spec: who is not among the hosts of the primary is removed; MongoDB manual, hidden members",
		Modes:   alone,
		Server:  inSet,
		Members: []Member{
			{Name: "a", Host: "a.example.test"},
			{Name: "b", Host: "b.example.test"},
			{Name: "c", Host: "c.example.test", Role: Hidden, Differs: ofOtherCA},
		},
		Client: Client{URI: "mongodb://{c},{a}/?replicaSet=rs&{options}"},
		Expect: Connects(),
	},
	{
		ID:      "set/bad-arbiter",
		Says:    "A driver must work with a set whose arbiter's certificate it must refuse.",
		Because: "SDAM spec: arbiters are monitored, and a server whose check fails is Unknown",
		Modes:   alone,
		Server:  inSet,
		Members: []Member{
			{Name: "a", Host: "a.example.test"},
			{Name: "b", Host: "b.example.test"},
			{Name: "c", Host: "c.example.test", Role: Arbiter, Differs: expired},
		},
		Steps:  turnsTo("c"),
		Client: Client{Do: twice},
		Expect: shunning("c"),
	},
	{
		ID: "set/horizon",
		Says: "A driver that asks for a member by its outer name must be told the outer names, which are those of the " +
			"certificate.",
		Because: "MongoDB manual, horizons of a replica set: the horizon is that of the name in SNI; " +
			"mongodb/mongodb-enterprise-kubernetes#170",
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.outer.test")}},
		Members: horizons,
		Client:  Client{URI: "mongodb://a.outer.test:{port}/?replicaSet=rs&{options}", Add: attentive},
		Expect:  Connects(),
	},
	{
		ID: "set/horizon-of-inner-names",
		Says: "A driver that asks for a member by its inner name must refuse a set whose certificate is for " +
			"the outer names.",
		Because: "MongoDB manual, horizons of a replica set: the default horizon is that of the hosts; RFC 9525 " +
			"section 6.1",
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.outer.test")}},
		Members: horizons,
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "set/horizon",
	},
	{
		ID:      "set/routers",
		Says:    "A driver must connect to a sharded cluster by two routers.",
		Because: "SDAM spec, topology type Sharded",
		Modes:   alone,
		Server:  inSet,
		Members: routers(asItWas),
		Steps:   turnsTo("b"),
		Client:  Client{Do: twice},
		Expect:  Connects(),
	},
	{
		ID:      "set/routers-one-bad",
		Says:    "A driver must send what it has to the router that it may trust, and refuse the other.",
		Because: "Server selection spec: only servers of known type are suitable; RFC 5280 section 6.1",
		Modes:   alone,
		Server:  inSet,
		Members: routers(expired),
		Steps:   turnsTo("b"),
		Client:  Client{Do: []Command{reading, reading, reading}},
		Expect:  shunning("b"),
		Variants: []Variant{
			{"name", func(s *Scenario) { s.Members[1].Differs = misnamed }},
			{"other-ca", func(s *Scenario) { s.Members[1].Differs = ofOtherCA }},
		},
	},
	{
		ID:   "set/all-bad",
		Says: "A driver must name every member of a set, where it must refuse each for another reason.",
		Because: "Server selection spec: drivers should use server descriptions and their error attributes; if " +
			"all share one " +
			"error, show it, else join",
		Claims:  claims("M10"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(expired, misnamed, ofOtherCA),
		Client:  Client{Add: selection},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Expired, evidence.NameMismatch,
			evidence.Untrusted}, Mentions: names("a.example.test", "b.example.test", "c.example.test"),
			Blames: names("a.example.test", "b.example.test", "c.example.test")},
		Twin: "set/one-certificate",
	},
}

// renamedSeed is of a member that clients find by another name first.
var renamedSeed = func() Change {
	f := told("a.example.test")
	return Change{Fault: &f}
}()

// horizons is a set that is known by other names outside.
var horizons = []Member{
	{Name: "a", Host: "a.inner.test", Horizon: "a.outer.test"},
	{Name: "b", Host: "b.inner.test", Horizon: "b.outer.test"},
}

// routers are two of a sharded cluster, the second of which differs.
func routers(second Change) []Member {
	return []Member{
		{Name: "a", Host: "a.example.test", Role: Mongos},
		{Name: "b", Host: "b.example.test", Role: Mongos, Differs: second},
	}
}
