package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// leadsAfter is a failover in the middle of a change: the members that have got it lead in turn, and those that have
// not yet. It takes four operations.
func leadsAfter(c Change) []Step {
	return []Step{
		{After: 1, Member: "c", Restart: &c},
		{After: 1, Member: "b", Elect: true}, // which is as it was
		{After: 2, Member: "a", Restart: &c},
		{After: 2, Member: "a", Elect: true},
		{After: 3, Member: "b", Restart: &c},
		{After: 3, Member: "c", Elect: true},
	}
}

// crossSigned is a member with a certificate of the other authority, which it sends as the old one has signed it.
var crossSigned = Change{Leaf: moved.Leaf, Form: &pki.KeyForm{Chain: names("other-cross")}}

// unsigned is a member that sends that no more.
var unsigned = Change{Leaf: moved.Leaf, Form: &pki.KeyForm{}}

// reelecting is a client that reads through changes, and writes to whoever leads in the end.
func reelecting(c Client, reads int) Client {
	c.Do = append(work(reads), writing)
	return c
}

// Failover in the middle of what people do to their deployments, and authorities that give way to others.
var failoverRows = []Scenario{
	{
		ID: "journey/failover-during-renewal",
		Says: "A driver must follow the primary from one member to the other while some have a renewed certificate, and " +
			"some have not.",
		Because: "mLab, SSL for MongoDB connections: renewal one member at a time; SDAM spec, not primary errors",
		Claims:  claims("L11"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   leadsAfter(renewed),
		Client:  reelecting(Client{Add: enduring}, 5),
		Expect:  going(Connects()),
	},
	{
		ID: "journey/failover-during-rollout",
		Says: "A driver without TLS must follow the primary from one member to the other while some have come back in " +
			"allowTLS, and some are in disabled still.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: rolling steps; SDAM spec, not primary errors",
		Claims:  claims("L3"),
		Modes:   []Mode{Disabled},
		Server:  inSet,
		Members: trio(),
		Steps:   leadsAfter(Change{Mode: AllowTLS}),
		Client:  reelecting(inClear(enduring, nil), 5),
		Expect:  going(ConnectsInClear()),
	},
	{
		ID: "journey/failover-during-rollout-tls",
		Says: "A driver over TLS must follow the primary from one member to the other while they are raised to preferTLS " +
			"and to requireTLS.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: setParameter tlsMode on each member, then again",
		Claims:  claims("L3"),
		Modes:   []Mode{AllowTLS},
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "b", Raise: PreferTLS},
			{After: 1, Member: "b", Elect: true},
			{After: 2, Member: "a", Raise: PreferTLS},
			{After: 2, Member: "c", Raise: PreferTLS},
			{After: 2, Member: "a", Elect: true},
			{After: 3, Member: "a", Raise: RequireTLS},
			{After: 3, Member: "b", Raise: RequireTLS},
			{After: 3, Member: "b", Elect: true},
		},
		Client: reelecting(Client{Add: enduring}, 4),
		Expect: going(Connects()),
	},
	{
		ID: "journey/failover-during-authority-exchange",
		Says: "A driver that trusts both authorities must follow the primary from a member of the one to a member of the " +
			"other, and back.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file, then the leaves",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   leadsAfter(moved),
		Client:  reelecting(trusting(nil), 5),
		Expect:  going(Connects()),
	},
	{
		ID: "journey/failover-to-moved",
		Says: "A driver that trusts the old authority must refuse a primary that has moved to the other one, though it " +
			"worked with the set before.",
		Because: "RFC 5280 section 6.1: no path to a trusted root; percona/percona-server-mongodb-operator#2204",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "c", Restart: &moved},
			{After: 2, Member: "c", Elect: true},
		},
		Client: reelecting(Client{Add: patient}, 2),
		Expect: at(Refuses(append(swapped, evidence.ServerRefused)...), "c"),
		Twin:   "journey/failover-during-authority-exchange",
	},
	{
		ID: "journey/failover-during-client-renewal",
		Says: "A driver must log in at a new primary while its key file is replaced by one of the same subject and a new " +
			"key.",
		Because: "MongoDB manual, x.509: the user is the subject, whatever its certificate; Auth spec: every connection",
		Claims:  claims("X10"),
		Modes:   alone,
		Server:  Server{Leaf: inSet.Leaf, RequireClientCert: true, Users: []User{{Name: "{subject}"}}},
		Members: trio(),
		Steps: []Step{
			{After: 1, Cert: &pki.Leaf{Serial: 4712}},
			{After: 1, Member: "b", Elect: true},
			{After: 2, Member: "a", Restart: &Change{}},
			{After: 2, Member: "c", Elect: true},
		},
		Client: reelecting(Client{Add: enduring + "&" + byX509, Cert: &pki.Leaf{}}, 4),
		Expect: going(Connects()),
	},
	{
		ID:      "journey/failover-to-trusting",
		Says:    "A driver must go on at a new primary that trusts another authority, too.",
		Because: "Percona Server for MongoDB documentation, rotation of an authority: both in the CA file",
		Claims:  claims("X2"),
		Modes:   alone,
		Server:  Server{Leaf: inSet.Leaf, RequireClientCert: true},
		Members: trio(asItWas, Change{CAFile: names(pki.Other, pki.CA)}),
		Steps:   []Step{{After: 1, Member: "b", Elect: true}},
		Client:  reelecting(Client{Add: enduring, Cert: &pki.Leaf{}}, 2),
		Expect:  going(Connects()),
	},
	{
		ID: "journey/rotated-while-another-leads",
		Says: "A driver must go on while one member rotates its certificates and another takes its place as the primary, " +
			"in turn.",
		Because: "MongoDB manual, rotateCertificates: new connections use the new certificate; SDAM spec, not primary errors",
		Claims:  claims("L11"),
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps: []Step{
			{After: 1, Member: "a", Rotate: &renewed},
			{After: 1, Member: "b", Elect: true},
			{After: 2, Member: "b", Rotate: &renewed},
			{After: 2, Member: "c", Rotate: &renewed},
			{After: 2, Member: "a", Elect: true},
		},
		Client: Client{Add: enduring, Do: work(5)},
		Expect: going(Connects()),
	},
	{
		ID: "journey/authority-cross-signed",
		Says: "A driver that trusts the old authority must go on while each member gets a certificate of the new one, and " +
			"sends that as the old one has signed it.",
		Because: "RFC 5280 section 6.1: one valid path is enough; RFC 4949, cross-certificate; bitnami/charts#16345",
		Modes:   alone,
		Server:  inSet,
		Members: trio(),
		Steps:   rolling(crossSigned),
		Client:  reelecting(Client{Add: enduring}, 5),
		Expect:  going(Connects()),
	},
	{
		ID: "journey/cross-signed-dropped",
		Says: "A driver that trusts the new authority alone must go on while each member leaves the old one's signature " +
			"out of what it sends.",
		Because: "RFC 5280 section 6.1: a path ends at what is trusted, whatever else is sent",
		Modes:   alone,
		Server:  Server{Leaf: *crossSigned.Leaf, Form: *crossSigned.Form},
		Members: trio(),
		Steps:   rolling(unsigned),
		Client: reelecting(Client{Options: "tls=true&tlsCAFile={new}&" + enduring,
			Files: map[string]pki.File{"new": pki.Bundle(pki.Other)}}, 5),
		Expect: going(Connects()),
	},
	{
		ID: "journey/cross-signed-dropped-too-soon",
		Says: "A driver that trusts the old authority alone must refuse a set all of which leaves that one's signature " +
			"out of what it sends.",
		Because: "RFC 5280 section 6.1: no path to a trusted root; bitnami/charts#18035",
		Claims:  claims("M5"),
		Modes:   alone,
		Server:  Server{Leaf: *crossSigned.Leaf, Form: *crossSigned.Form},
		Members: trio(),
		Steps:   each(unsigned),
		Client:  Client{Add: patient, Do: work(2)},
		Expect:  Refuses(swapped...),
		Twin:    "journey/authority-cross-signed",
	},
}
