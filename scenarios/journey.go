package scenarios

import (
	"slices"
	"time"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// attentive is a client that looks at each server as often as it may, so that nothing has to be waited for long.
const attentive = "heartbeatFrequencyMS=500"

// patient and enduring are attentive clients that search for a server no longer than this: the one where none comes,
// longer than until the next check; the other where one does come, for much longer than a busy machine takes.
const (
	patient  = attentive + "&serverSelectionTimeoutMS=2000"
	enduring = attentive + "&" + finding
)

// briefly is a client that sends all commands over one connection and waits two seconds for each: the Go driver holds
// a connection for one, in which a late answer may come, before another takes its place.
const briefly = "timeoutMS=2000&socketTimeoutMS=2000&maxPoolSize=1"

// recovery is how long a driver may be without a server after a change, in milliseconds: until its next check, which is
// heartbeatFrequencyMS away at the most, and a connection.
const recovery = 2000

// swapped are the reasons of a driver that must refuse a server as which another came back. The first error, which is
// the closed connection, can be what is raised in the end (Retryable reads spec), so that no more than a refusal is
// told.
var swapped = []evidence.Reason{evidence.Untrusted, evidence.CertRefused, evidence.PeerClosed}

// renewed is a new certificate of the same authority, moved one of another.
var (
	renewed = with(pki.Leaf{Serial: 4711})
	moved   = ofOtherCA
)

// work is a client's so many reads.
func work(n int) (list []Command) {
	for range n {
		list = append(list, reading)
	}
	return list
}

// pinging is a command that drivers do not try again.
var pinging = Command{DB: "admin", JSON: `{"ping": 1}`}

// writing needs the primary.
var writing = Command{DB: "test", JSON: `{"insert": "c", "documents": [{"x": 1}]}`}

// rolling is a change that members of a trio get one after another, as administrators do it: secondaries first, then
// the primary, which has stepped down before. It takes four operations.
func rolling(c Change) []Step {
	return []Step{
		{After: 1, Member: "c", Restart: &c},
		{After: 2, Member: "b", Restart: &c},
		{After: 3, Member: "b", Elect: true},
		{After: 4, Member: "a", Restart: &c},
	}
}

// raising is setParameter tlsMode on every member of a trio.
func raising(after int, m Mode) (steps []Step) {
	for _, name := range names("a", "b", "c") {
		steps = append(steps, Step{After: after, Member: name, Raise: m})
	}
	return steps
}

// each is the same change to every member, one after another after the first operation, without a pause.
func each(c Change) (steps []Step) {
	for _, name := range names("c", "b", "a") {
		steps = append(steps, Step{After: 1, Member: name, Restart: &c})
	}
	return steps
}

// going expects a connection that goes on.
func going(e Expect) Expect {
	e.Gap = recovery
	return e
}

// inClear is a client without TLS, patient or enduring.
func inClear(search string, do []Command) Client {
	return Client{URI: "mongodb://{seeds}/?replicaSet=rs&" + search, Do: do}
}

// trusting is a client of both authorities.
func trusting(do []Command) Client {
	return Client{
		Options: "tls=true&tlsCAFile={both}&" + attentive,
		Files:   map[string]pki.File{"both": pki.Bundle(pki.CA, pki.Other)},
		Do:      do,
	}
}

// trustingFile is a client of the authorities in a file that steps replace, patient or enduring.
func trustingFile(f pki.File, add string) Client {
	return Client{
		Options: "tls=true&tlsCAFile={trusted}&" + add,
		Files:   map[string]pki.File{"trusted": f},
		Do:      work(4),
	}
}

// promising is a server whose certificate promises a staple. When its responder is lost, it has none.
var (
	promising = Server{Leaf: pki.Leaf{MustStaple: true}, Responder: ocsp.Behaviour{Answer: ocsp.Good}}
	lost      = ocsp.Behaviour{Answer: ocsp.HTTP500}
	revoked   = ocsp.Behaviour{Answer: ocsp.Revoked}
)

// unstapled is a server that staples nothing, so that its responder is asked.
var unstapled = Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}, NoStaple: true}

// What people do to their deployments while clients work.
var journeyRows = []Scenario{
	{
		ID: "journey/rollout",
		Says: "A driver without TLS must go on while a set is brought from disabled to allowTLS and " +
			"preferTLS, one by one.",
		Because: "mLab, SSL for MongoDB connections: rolling steps; MongoDB manual, upgrade a cluster to use TLS/SSL",
		Claims:  claims("L3"),
		Modes:   []Mode{Disabled},
		Server:  inSet,
		Members: trio(),
		Steps:   append(rolling(Change{Mode: AllowTLS}), raising(5, PreferTLS)...),
		Client:  inClear(enduring, work(6)),
		Expect:  going(ConnectsInClear()),
	},
	{
		ID:      "journey/rollout-tls",
		Says:    "A driver over TLS must go on while a set is raised from allowTLS to preferTLS and requireTLS.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: setParameter tlsMode on each member, then again",
		Claims:  claims("L3"),
		Modes:   []Mode{AllowTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   append(raising(1, PreferTLS), raising(2, RequireTLS)...),
		Client:  Client{Add: attentive, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID: "journey/rollout-connections-live-on",
		Says: "A driver without TLS must go on with the connections that it has, when a set is raised to " +
			"requireTLS under " +
			"it.",
		Because: "MongoDB manual, setParameter tlsMode; measured on mongod 4.4.5: connections that have spoken are kept",
		Modes:   []Mode{PreferTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   raising(1, RequireTLS),
		Client:  inClear(enduring, work(4)),
		Expect:  going(ConnectsInClear()),
	},
	{
		ID:      "journey/rollout-without-client",
		Says:    "A driver without TLS is turned away by a set that came back in requireTLS.",
		Because: "mongod, log line 22988: only allow SSL connections; mLab: requireSSL rejects clients without",
		Claims:  claims("L2"),
		Modes:   []Mode{PreferTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   each(Change{Mode: RequireTLS}),
		Client:  inClear(patient, work(2)),
		Expect:  ClosedByServer(evidence.PlainOnTLSOnly),
		Twin:    "journey/rollout-connections-live-on",
	},
	{
		ID:      "journey/rollback",
		Says:    "A driver without TLS must go on while a set goes back from preferTLS to allowTLS and to disabled.",
		Because: "mLab, SSL for MongoDB connections: and back, for clients that do not use TLS",
		Claims:  claims("L4"),
		Modes:   []Mode{PreferTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   rolling(Change{Mode: Disabled}),
		Client:  inClear(enduring, work(5)),
		Expect:  going(ConnectsInClear()),
	},
	{
		ID:      "journey/rollback-half-way",
		Says:    "A driver over TLS must go on with the primary while the secondaries have gone back to disabled.",
		Because: "SDAM spec: a server whose check fails is Unknown, and the others are as they were",
		Claims:  claims("L4", "L18"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "c", Restart: &Change{Mode: Disabled}},
			{After: 2, Member: "b", Restart: &Change{Mode: Disabled}},
		},
		Client: Client{Add: attentive, Do: work(3)},
		Expect: going(shunning("b", "c")),
	},
	{
		ID:      "journey/rollback-with-tls",
		Says:    "A driver over TLS is turned away by a set that has gone back to disabled.",
		Because: "mLab: after TLS is disabled, clients must drop ssl=true or fail; mongod, log line 22988",
		Claims:  claims("L18"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   each(Change{Mode: Disabled}),
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  ClosedByServer(evidence.TLSOnPlainServer),
		Twin:    "set/one-certificate",
	},
	{
		ID:      "journey/renewal",
		Says:    "A driver must go on while each member of a set comes back with a renewed certificate.",
		Because: "mLab, SSL for MongoDB connections: renewal by restarts, one member at a time, goes unnoticed",
		Claims:  claims("L11"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   rolling(renewed),
		Client:  Client{Add: attentive, Do: append(work(5), writing)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/authority-with-overlap",
		Says:    "A driver that trusts both authorities must go on while each member gets a certificate of the other one.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file, then the leaves",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   rolling(moved),
		Client:  trusting(append(work(5), writing)),
		Expect:  going(Connects()),
	},
	{
		ID: "journey/authority-half-way",
		Says: "A driver that trusts the old authority must go on with the primary, and refuse the members " +
			"that have moved.",
		Because: "RFC 5280 section 6.1; SDAM spec: a server whose check fails is Unknown; " +
			"percona-server-mongodb-operator#2204",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "c", Restart: &moved},
			{After: 2, Member: "b", Restart: &moved},
		},
		Client: Client{Add: attentive, Do: work(3)},
		Expect: going(shunning("b", "c")),
	},
	{
		ID:      "journey/authority-without-overlap",
		Says:    "A driver that trusts the old authority must refuse a set all of which has moved to another.",
		Because: "RFC 5280 section 6.1: no path to a trusted root; percona/percona-server-mongodb-operator#2204",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   each(moved),
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(swapped...),
		Twin:    "journey/authority-with-overlap",
	},
	{
		ID: "journey/never-in-clear",
		Says: "A driver over TLS must not fall back on clear text, where it must refuse a set that came back, " +
			"and would serve it.",
		Because: "URI options spec, tls=true: required; RFC 5280 section 6.1",
		Modes:   []Mode{PreferTLS},
		Server:  inSet,
		Members: trio(),
		Steps:   each(moved),
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(swapped...),
		Twin:    "set/prefers-tls",
	},
	{
		ID:      "journey/cured",
		Says:    "A driver must work with a member that it had to refuse, once that has come back with a good certificate.",
		Because: "SDAM spec: servers are checked again and again, whatever came of it before",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired),
		Steps: []Step{
			{After: 1, Member: "b", Await: 1},
			{After: 1, Member: "b", Restart: &renewed},
			{After: 2, Member: "b", Elect: true},
		},
		Client: Client{Add: attentive, Do: append(work(3), writing)},
		Expect: going(Connects()),
	},
	{
		ID:   "journey/renamed",
		Says: "A driver must follow a set whose members get names that their certificates carry, where it knew others.",
		Because: "mLab, DNS names: new names come with TLS; SDAM spec: the hosts of the primary replace those " +
			"that were known",
		Claims:  claims("L10"),
		Modes:   alone,
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.example.test", "*.new.test")}},
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "c", Rename: "c.new.test"},
			{After: 1, Member: "b", Rename: "b.new.test"},
			{After: 1, Member: "b", Elect: true},
			{After: 3, Member: "a", Rename: "a.new.test"},
		},
		Client: Client{Add: attentive, Do: append(work(4), writing)},
		Expect: going(Connects()),
	},
	{
		ID: "journey/added-of-other-ca",
		Says: "A driver must go on with a set to which a member is added whose certificate another authority issued, and " +
			"refuse that one.",
		Because: "SDAM spec: the hosts of the primary are monitored, those that are new, too; RFC 5280 section 6.1",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, asItWas, ofOtherCA),
		Steps:   []Step{{After: 1, Member: "c", Join: true}, {After: 1, Member: "c", Await: 1}},
		Client:  Client{Add: attentive, Do: work(3)},
		Expect:  going(shunning("c")),
	},
	{
		ID:      "journey/failover",
		Says:    "A driver must find the new primary when the old one steps down.",
		Because: "SDAM spec, not primary errors; Retryable reads spec: tried again on a server that is selected anew",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   []Step{{After: 1, Member: "b", Elect: true}},
		Client:  Client{Add: attentive, Do: []Command{reading, reading, writing}},
		Expect:  going(Connects()),
		Variants: []Variant{
			{"streaming", func(s *Scenario) { s.Client.Streams = true }},
		},
	},
	{
		ID:   "journey/failover-to-bad",
		Says: "A driver must refuse a new primary whose certificate has expired.",
		Because: "RFC 5280 section 6.1; Retryable reads spec: where no server can be selected, the first error " +
			"may be raised",
		Modes:   alone,
		Server:  inSet,
		Members: trio(asItWas, expired),
		Steps:   []Step{{After: 1, Member: "b", Await: 1}, {After: 1, Member: "b", Elect: true}},
		Client:  Client{Add: patient, Do: []Command{reading, reading, writing}},
		Expect:  at(Refuses(evidence.Expired, evidence.CertRefused, evidence.ServerRefused), "b"),
		Twin:    "journey/failover",
	},
	{
		ID:      "journey/failover-while-away",
		Says:    "A driver must find the new primary when the old one steps down, goes, and comes back as a secondary.",
		Because: "SDAM spec: a server that cannot be reached is Unknown; Retryable reads spec",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "b", Elect: true},
			{After: 2, Member: "a", Restart: &renewed, Down: 200},
		},
		Client: Client{Add: attentive, Do: []Command{reading, reading, reading, writing}},
		Expect: going(Connects()),
	},
	{
		ID: "journey/two-primaries",
		Says: "A driver must write to the primary of the latest election, where the one before comes back and takes " +
			"itself for the primary still.",
		Because: "SDAM spec, electionId and setVersion: a primary of an earlier election is stale, and becomes Unknown",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "b", Elect: true},
			{After: 2, Member: "a", Restart: &Change{}, Stale: true},
		},
		Client: Client{Add: attentive, Do: append(work(3), writing, writing, writing)},
		Expect: Expect{Outcome: OverTLS, Leaves: names("a"), Gap: recovery},
	},
	{
		ID:      "journey/away",
		Says:    "A driver must wait for a server that is away for a moment, and comes back with a renewed certificate.",
		Because: "Server selection spec: until serverSelectionTimeoutMS; Retryable reads spec",
		Modes:   alone,
		Steps:   []Step{{After: 1, Restart: &Change{Leaf: &pki.Leaf{Serial: 4711}}, Down: 200}},
		Client:  Client{Add: attentive, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/rotated",
		Says:    "A driver must go on with the connections that it has, whatever certificate a server rotates to.",
		Because: "MongoDB manual, rotateCertificates: existing connections are kept, new ones use the new certificate",
		Modes:   alone,
		Steps:   []Step{{After: 1, Rotate: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}}},
		Client:  Client{Do: work(4)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/rotated-then-cut-off",
		Says:    "A driver must refuse a server that has rotated to another authority, once it needs new connections.",
		Because: "MongoDB manual, rotateCertificates: new connections use the new certificate; RFC 5280 section 6.1",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Rotate: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}},
			{After: 2, Restart: &Change{}},
		},
		Client: Client{Add: patient, Do: work(3)},
		Expect: Refuses(swapped...),
		Twin:   "journey/rotated",
	},
	{
		ID: "journey/rotated-with-overlap",
		Says: "A driver that trusts both authorities must go on when a server has rotated to the other, and " +
			"cuts it off.",
		Because: "MongoDB manual, rotateCertificates; Percona Server for MongoDB documentation, rotation of an authority",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Rotate: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}},
			{After: 2, Restart: &Change{}},
		},
		Client: trusting(work(4)),
		Expect: going(Connects()),
	},
	{
		ID:      "journey/responder-back",
		Says:    "A driver must go on with a server that came back, and staples what its certificate promises.",
		Because: "RFC 7633; OCSP support spec, Suggested OCSP Behavior, steps 1 and 3",
		Modes:   alone,
		Server:  promising,
		Steps:   []Step{{After: 1, Restart: &Change{}}},
		Client:  Client{Add: enduring, Do: work(3)},
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled, Gap: recovery},
	},
	{
		ID:      "journey/revoked-under-way",
		Says:    "A driver must refuse a server that came back with its own revocation stapled, though it was good before.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 3, and OCSP caching: the later nextUpdate counts",
		Claims:  claims("P5"),
		Modes:   alone,
		Server:  promising,
		Steps:   []Step{{After: 1, Respond: &revoked}, {After: 1, Restart: &Change{}}},
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(evidence.Revoked, evidence.CertRefused, evidence.PeerClosed),
		Twin:    "journey/responder-back",
	},
	{
		ID:      "journey/another-certificate-asked-about",
		Says:    "A driver must ask about the certificate with which a server came back, and go on with it.",
		Because: "OCSP support spec, Suggested OCSP Behavior, steps 4 and 7: an answer is about one certificate",
		Claims:  claims("P6"),
		Modes:   alone,
		Server:  unstapled,
		Steps:   []Step{{After: 1, Restart: &Change{Leaf: &pki.Leaf{Serial: 4711}}}},
		Client:  Client{Add: enduring, Do: work(3)},
		Expect:  Expect{Outcome: OverTLS, Requests: SomeRequests, Gap: recovery},
	},
	{
		ID: "journey/another-certificate-revoked",
		Says: "A driver must refuse a server that came back with a certificate that its responder calls revoked, though " +
			"the one before was good.",
		Because: "OCSP support spec, OCSP caching: keys are the issuer and the serial number of a certificate",
		Claims:  claims("P6"),
		Modes:   alone,
		Server:  unstapled,
		Steps:   []Step{{After: 1, Respond: &revoked}, {After: 1, Restart: &Change{Leaf: &pki.Leaf{Serial: 4711}}}},
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(evidence.Revoked, evidence.CertRefused, evidence.PeerClosed),
		Twin:    "journey/another-certificate-asked-about",
	},
	{
		ID: "journey/responder-lost-must-staple",
		Says: "A driver must refuse a server that came back without its responder, and cannot staple what its " +
			"certificate promises.",
		Because: "RFC 7633 section 4.2.3.1; OCSP support spec, Suggested OCSP Behavior, step 1; mongod, log line 23233",
		Modes:   alone,
		Server:  promising,
		Steps:   []Step{{After: 1, Respond: &lost}, {After: 1, Restart: &Change{}}},
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(evidence.MustStapleMissing, evidence.CertRefused, evidence.PeerClosed),
		Twin:    "journey/responder-back",
	},
	{
		ID:      "journey/responder-lost",
		Says:    "A driver must go on with a server that came back without its responder, where nothing is promised.",
		Because: "OCSP support spec, Suggested OCSP Behavior: soft fail where nobody answers; RFC 6960",
		Modes:   alone,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		Steps:   []Step{{After: 1, Respond: &lost}, {After: 1, Restart: &Change{}}},
		Client:  Client{Add: enduring, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/list-appears",
		Says:    "A driver must go on with a server that came back with a revocation list on which the driver is not.",
		Because: "MongoDB manual, net.tls.CRLFile",
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Restart: &Change{CRL: &pki.CRL{Serials: []int64{serial}}}}},
		Client:  Client{Add: enduring, Cert: &pki.Leaf{}, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/listed-under-way",
		Says:    "A server that came back with a revocation list turns away a driver whose certificate is on it.",
		Because: "MongoDB manual, net.tls.CRLFile; mongod, log line 23256: certificate revoked",
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Restart: &Change{CRL: &pki.CRL{Serials: []int64{serial}}}}},
		Client:  Client{Add: patient, Cert: &pki.Leaf{Serial: serial}, Do: work(2)},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert},
			ServerSays: names("certificate revoked")},
		Twin: "journey/list-appears",
	},
	{
		ID:      "journey/list-rotated-in",
		Says:    "A server that rotates to a revocation list keeps the connections of a driver that is on it.",
		Because: "MongoDB manual, rotateCertificates: CRLFile, too, for new connections; existing ones are kept",
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Rotate: &Change{CRL: &pki.CRL{Serials: []int64{serial}}}}},
		Client:  Client{Cert: &pki.Leaf{Serial: serial}, Do: work(4)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/expired-under-way",
		Says:    "A driver must go on with the connections that it has, when the server's certificate is past its end.",
		Because: "RFC 5280 section 6.1: a path is validated when it is used to set up trust; RFC 8446 section 4.4",
		Modes:   alone,
		Steps:   []Step{{After: 1, Rotate: &Change{Leaf: &pki.Leaf{NotAfter: -time.Second}}}},
		Client:  Client{Do: work(4)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/certificate-runs-out",
		Says:    "A driver must go on with the connections that it has, when the server's certificate runs out.",
		Because: "RFC 5280 section 6.1: a path is validated when it is used to set up trust; RFC 8446 section 4.4",
		Modes:   alone,
		Steps:   []Step{{After: 1, Expire: pki.Server}},
		Client:  Client{Do: work(3)},
		Expect:  Connects(),
	},
	{
		ID:      "journey/client-certificate-runs-out",
		Says:    "A driver must go on with the connections that it has, when its own certificate runs out.",
		Because: "MongoDB manual, net.tls.CAFile: certificates are validated when a client connects; RFC 8446 section 4.4",
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Expire: pki.Client}},
		Client:  Client{Cert: &pki.Leaf{}, Do: work(3)},
		Expect:  Connects(),
	},
	{
		ID:      "journey/expired-then-cut-off",
		Says:    "A driver must refuse a server whose certificate is past its end, once it needs new connections.",
		Because: "RFC 5280 section 6.1.3 (a)(2)",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Rotate: &Change{Leaf: &pki.Leaf{NotAfter: -time.Second}}},
			{After: 2, Restart: &Change{}},
		},
		Client: Client{Add: patient, Do: work(3)},
		Expect: Refuses(evidence.Expired, evidence.CertRefused, evidence.PeerClosed),
		Twin:   "journey/expired-under-way",
	},
	{
		ID: "journey/authority-file-grows",
		Says: "A driver must go on with a server that comes back, when another authority has been put before that of its " +
			"tlsCAFile.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file, then the leaves",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Files: map[string]pki.File{"trusted": pki.Bundle(pki.Other, pki.CA)}},
			{After: 2, Restart: &Change{}},
		},
		Client: trustingFile(pki.Bundle(pki.CA), enduring),
		Expect: going(Connects()),
	},
	{
		ID: "journey/authority-file-shrinks",
		Says: "A driver must go on with a server that comes back, when the authority that it has left is gone from " +
			"its tlsCAFile.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: the old one is removed last",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Files: map[string]pki.File{"trusted": pki.Bundle(pki.CA)}},
			{After: 2, Restart: &Change{}},
		},
		Client: trustingFile(pki.Bundle(pki.Other, pki.CA), enduring),
		Expect: going(Connects()),
	},
	{
		ID:      "journey/authority-added",
		Says:    "Does a driver trust an authority that has been added to its tlsCAFile?",
		Because: "no norm; GODRIVER-3916; the record shows what a driver needs besides: a new client, or nothing",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Files: map[string]pki.File{"trusted": pki.Bundle(pki.CA, pki.Other)}},
			{After: 2, Restart: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}},
		},
		Client: trustingFile(pki.Bundle(pki.CA), patient),
		Expect: Characterised(),
	},
	{
		ID:      "journey/authority-removed",
		Says:    "Does a driver still trust an authority that has been removed from its tlsCAFile?",
		Because: "no norm; GODRIVER-3916; an authority that was compromised is trusted until the client is made anew",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Files: map[string]pki.File{"trusted": pki.Bundle(pki.Other)}},
			{After: 2, Restart: &Change{}},
		},
		Client: trustingFile(pki.Bundle(pki.Other, pki.CA), patient),
		Expect: Characterised(),
	},
	{
		ID: "journey/client-certificate-renewed",
		Says: "A driver must go on, and log in, when its key file has been replaced by one of the same subject and a " +
			"new key.",
		Because: "MongoDB manual, x.509: the user is the subject, whatever its certificate",
		Claims:  claims("X10"),
		Modes:   alone,
		Server:  Server{RequireClientCert: true, Users: []User{{Name: "{subject}"}}},
		Steps: []Step{
			{After: 1, Cert: &pki.Leaf{Serial: 4712}},
			{After: 2, Restart: &Change{}},
		},
		Client: Client{Add: enduring + "&" + byX509, Cert: &pki.Leaf{}, Do: work(4)},
		Expect: going(Connects()),
	},
	{
		ID: "journey/client-certificate-of-new-subject",
		Says: "A driver must go on, and log in, when its key file has been replaced by one of another subject, who is a " +
			"user, too.",
		Because: "MongoDB manual, x.509: one user for each subject; both exist while certificates are renewed",
		Claims:  claims("X10", "X4"),
		Modes:   alone,
		Server: Server{RequireClientCert: true, Users: []User{{Name: "{subject}"},
			{Name: "CN=renewed,OU=clients,O=mongotls"}}},
		Steps: []Step{
			{After: 1, Cert: &pki.Leaf{Subject: "CN=renewed,OU=clients,O=mongotls"}},
			{After: 2, Restart: &Change{}},
		},
		Client: Client{Add: enduring + "&" + byX509, Cert: &pki.Leaf{}, Do: work(4)},
		Expect: going(Connects()),
	},
	{
		ID:      "journey/silent",
		Says:    "A driver must end a command by its time-out on a connection that has fallen silent after the first one.",
		Because: "CSOT spec, timeoutMS: covers the whole operation; URI options spec, socketTimeoutMS, of drivers without",
		Modes:   alone,
		Server:  Server{Fault: Fault{Mute: 1}},
		Client:  Client{Add: briefly, Do: []Command{pinging, pinging}},
		Expect:  TimesOut("timeoutMS"),
		Twin:    "mode/tls",
	},
	{
		ID:      "journey/silent-then-on",
		Says:    "A driver must lose no operation but the one on a connection that has fallen silent.",
		Because: "CSOT spec, timeoutMS; CMAP spec: a connection with a network error is closed, and others are made",
		Modes:   alone,
		Server:  Server{Fault: Fault{Mute: 1}},
		Client:  Client{Add: briefly, GoOn: true, Do: []Command{pinging, pinging, pinging}},
		Expect:  Expect{Outcome: OverTLS, Loses: []evidence.Reason{evidence.Timeout}},
	},
	{
		ID:   "journey/silent-pool-kept",
		Says: "A driver must keep the pool of a server when an operation runs out of time.",
		Because: "SDAM spec, network error when reading or writing: a time-out MUST NOT make the server Unknown; CMAP spec, " +
			"clearing a pool",
		Modes:  alone,
		Server: Server{Fault: Fault{Mute: 1}},
		Client: Client{Add: briefly, GoOn: true, Do: []Command{pinging, pinging, pinging}},
		Expect: Expect{Outcome: OverTLS, Pool: Kept, Loses: []evidence.Reason{evidence.Timeout}},
	},
	{
		ID:   "journey/half-closed-then-on",
		Says: "A driver must lose no operation but the one on a connection whose server sends nothing more.",
		Because: "RFC 8446 section 6.1, close_notify; CMAP spec: a connection with a network error is closed, and " +
			"others are made",
		Modes:  alone,
		Server: Server{Fault: Fault{Mute: 1, HalfClosed: true}},
		Client: Client{Add: "maxPoolSize=1", GoOn: true, Do: []Command{pinging, pinging, pinging}},
		Expect: Expect{Outcome: OverTLS, Loses: []evidence.Reason{evidence.PeerClosed}},
	},
	{
		ID: "journey/refused-once",
		Says: "A driver must lose no operation but those that wait for a connection which it refuses, and go on with " +
			"the next good one.",
		Because: "SDAM spec, network errors before the handshake completes: the server is Unknown, so that operations wait " +
			"for it; CMAP spec: those in the queue fail with the pool",
		Modes: alone,
		// Of two connections that follow the monitor's, one is the pool's, whatever else begins at that time. An operation
		// may be in the queue behind each.
		Server: Server{Fault: Fault{Good: 1, Bad: 2, Leaf: &pki.Leaf{DNS: names("other.example.test")}}},
		Client: Client{Add: enduring, GoOn: true,
			Do: []Command{pinging, pinging, pinging, pinging, pinging, pinging}},
		Expect: Expect{Outcome: OverTLS, Loses: slices.Repeat([]evidence.Reason{evidence.NameMismatch}, 4)},
	},
	{
		ID:   "journey/cut-off-in-use",
		Says: "A driver that loses a connection in use must give up those that lie idle, too, and go on with new ones.",
		Because: "SDAM spec, network errors when reading or writing: the pool is cleared; CMAP spec: its connections are " +
			"stale",
		Modes:  alone,
		Server: Server{Fault: Fault{Mute: 1, Cut: true}},
		Steps:  []Step{{After: 1, Await: 3}}, // the monitor's, and two of the pool
		Client: Client{Add: enduring + "&minPoolSize=2&maxPoolSize=2", GoOn: true,
			Do: []Command{pinging, pinging, pinging, pinging, pinging}},
		Expect: Expect{Outcome: OverTLS, Pool: Cleared, Renews: true, Loses: []evidence.Reason{evidence.PeerClosed}},
	},
	{
		ID:   "journey/operation-in-flight",
		Says: "A driver must lose no operation but the one in flight, when a server comes back.",
		Because: "SDAM spec, network errors: the pool is cleared, and the server checked at once; Retryable writes spec: " +
			"commands that are run as such are not tried again",
		Modes:  alone,
		Steps:  []Step{{After: 2, Restart: &Change{Leaf: &pki.Leaf{Serial: 4711}}}},
		Client: Client{Add: enduring, GoOn: true, Do: []Command{writing, writing, writing, writing}},
		Expect: Expect{Outcome: OverTLS, Loses: []evidence.Reason{evidence.PeerClosed}, Gap: recovery},
	},
	{
		ID:      "journey/operation-at-old-primary",
		Says:    "A driver must lose no write but the one that it sends to a primary that has stepped down.",
		Because: "SDAM spec, not primary errors: the server is Unknown, and is checked at once",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   []Step{{After: 2, Member: "b", Elect: true}},
		Client:  Client{Add: enduring, GoOn: true, Do: []Command{writing, writing, writing, writing}},
		Expect:  Expect{Outcome: OverTLS, Loses: []evidence.Reason{evidence.ServerRefused}, Gap: recovery},
	},
	{
		ID:   "journey/old-primary-pool-kept",
		Says: "A driver must keep the pool of a primary that has stepped down and says so.",
		Because: "SDAM spec, not primary errors: from MongoDB 4.2 on a pool is cleared only for a server that shuts down; " +
			"4.2 keeps connections at a step-down",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   []Step{{After: 2, Member: "b", Elect: true}},
		Client:  Client{Add: enduring, GoOn: true, Do: []Command{writing, writing, writing, writing}},
		Expect:  Expect{Outcome: OverTLS, Pool: Kept, Loses: []evidence.Reason{evidence.ServerRefused}, Gap: recovery},
	},
	{
		ID:      "journey/certificates-demanded",
		Says:    "A server that came back to demand certificates turns a driver without one away.",
		Because: "MongoDB manual, net.tls.allowConnectionsWithoutCertificates: false; mongod, log line 23255",
		Claims:  claims("D14"),
		Modes:   alone,
		Steps:   []Step{{After: 1, Restart: &Change{RequireClientCert: true}}},
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  ClosedByServer(evidence.NoClientCert),
		Twin:    "journey/certificates-demanded-and-given",
	},
	{
		ID:      "journey/certificates-demanded-and-given",
		Says:    "A driver with a certificate must go on with a server that came back to demand one.",
		Because: "URI options spec, tlsCertificateKeyFile; MongoDB manual, net.tls.allowConnectionsWithoutCertificates",
		Claims:  claims("D14"),
		Modes:   alone,
		Steps:   []Step{{After: 1, Restart: &Change{RequireClientCert: true}}},
		Client:  Client{Add: attentive, Cert: &pki.Leaf{}, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/client-authority-dropped",
		Says:    "A server that came back without the authority of the driver's certificate turns it away.",
		Because: "MongoDB manual, net.tls.CAFile; mongod, log line 23256",
		Claims:  claims("X2"),
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Restart: &Change{CAFile: names(pki.Other)}}},
		Client:  Client{Add: patient, Code: forced, Cert: &pki.Leaf{}, Do: work(2)},
		Expect:  ClosedByServer(evidence.NoClientCert, evidence.BadClientCert),
		Twin:    "journey/client-authority-added",
	},
	{
		ID:      "journey/client-authority-added",
		Says:    "A driver must go on with a server that came back to trust another authority, too.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file",
		Claims:  claims("X2"),
		Modes:   alone,
		Server:  demanding,
		Steps:   []Step{{After: 1, Restart: &Change{CAFile: names(pki.Other, pki.CA)}}},
		Client:  Client{Add: attentive, Cert: &pki.Leaf{}, Do: work(3)},
		Expect:  going(Connects()),
	},
	{
		ID:      "journey/login-after-failover",
		Says:    "A driver must log in by certificate at the new primary, as it did at the old one.",
		Because: "Auth spec: every connection is authenticated; MongoDB manual, x.509",
		Claims:  claims("X10"),
		Modes:   alone,
		Server:  Server{Leaf: inSet.Leaf, Users: []User{{Name: "{subject}"}}},
		Members: trio(),
		Steps:   []Step{{After: 1, Member: "b", Elect: true}},
		Client:  Client{Add: attentive + "&" + byX509, Cert: &pki.Leaf{}, Do: []Command{reading, reading, writing}},
		Expect:  going(Connects()),
	},
	{
		ID: "journey/client-certificate-replaced",
		Says: "Does a driver present the certificate that its file holds now, or the one that it held when " +
			"the client was made?",
		Because: "no norm; GODRIVER-3916; the record shows the subject that each connection presents",
		Modes:   alone,
		Server:  demanding,
		Steps: []Step{
			{After: 1, Cert: &pki.Leaf{Subject: "CN=renewed,OU=clients,O=mongotls"}},
			{After: 2, Restart: &Change{}},
		},
		Client: Client{Add: attentive, Cert: &pki.Leaf{}, Do: work(4)},
		Expect: Characterised(),
	},
	{
		ID: "journey/authority-file-replaced",
		Says: "Does a driver trust the authorities that its tlsCAFile holds now, or those that it held when " +
			"the client was made?",
		Because: "no norm; GODRIVER-3916; Percona Server for MongoDB documentation, rotation of an authority",
		Modes:   alone,
		Steps: []Step{
			{After: 1, Files: map[string]pki.File{"trusted": pki.Bundle(pki.Other)}},
			{After: 2, Restart: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}},
		},
		Client: trustingFile(pki.Bundle(pki.CA), patient),
		Expect: Characterised(),
	},
}
