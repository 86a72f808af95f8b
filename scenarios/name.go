package scenarios

import (
	"fmt"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// The name that a client dials, and the names that the certificate carries.
var nameRows = []Scenario{
	{
		ID: "name/dns-san",
		Says: "A driver must accept a server whose certificate carries the dialled name, and must name it in the " +
			"ClientHello.",
		Because: "RFC 9525 section 6.3; OCSP support spec, TLS Requirements: SNI MUST be used",
		Claims:  claims("M9", "D2", "L6"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("db.example.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Expect{Outcome: OverTLS, SNI: "db.example.test"},
	},
	{
		ID:      "name/mismatch",
		Says:    "A driver must refuse a server whose certificate carries another name.",
		Because: "RFC 9525 section 6.1; Mongoose guide: the name in the connection string must match",
		Claims:  claims("M9", "D2"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-san",
	},
	{
		ID: "name/ip-in-san",
		Says: "A driver must accept a server dialled by an IP address that its certificate carries, and must send no " +
			"server name.",
		Because: "RFC 9525 section 6.2; RFC 6066 section 3: literal addresses are not permitted in server_name",
		Claims:  claims("D2"),
		Server:  Server{Leaf: pki.Leaf{IP: names("127.0.0.1")}},
		Client:  Client{Host: "127.0.0.1"},
		Expect:  Expect{Outcome: OverTLS, SNI: NoServerName},
	},
	{
		ID:      "name/ip-not-in-san",
		Says:    "A driver must refuse a server dialled by IP address whose certificate carries DNS names only.",
		Because: "RFC 9525 section 6.2; mLab's litmus test: names work, addresses fail",
		Claims:  claims("M9", "L6"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("localhost")}},
		Client:  Client{Host: "127.0.0.1"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/ip-in-san",
	},
	{
		ID:      "name/dns-not-in-san",
		Says:    "A driver must refuse a server dialled by name whose certificate carries that host's IP address only.",
		Because: "RFC 9525 section 6.2: an IP-ID matches an address, never a name",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{IP: names("127.0.0.1")}},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-san",
	},
	{
		ID:      "name/ip-as-dns-san",
		Says:    "A driver must not take a DNS entry that spells an IP address for that address.",
		Because: "RFC 9525 section 6.2: an address is compared with iPAddress entries",
		Claims:  claims("M9", "D2"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("127.0.0.1")}},
		Client:  Client{Host: "127.0.0.1"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/ip-in-san",
	},
	{
		ID:      "name/ipv6",
		Says:    "A driver must match an IPv6 literal with an IP entry of the certificate.",
		Because: "RFC 9525 section 6.2; connection string spec, Host: IP literal",
		Server:  Server{Leaf: pki.Leaf{IP: names("::1")}},
		Client:  Client{Host: "[::1]"},
		Expect:  Expect{Outcome: OverTLS, SNI: NoServerName},
	},
	{
		ID:      "name/cn-only",
		Says:    "Does a common name count where the certificate has no alternative names?",
		Because: "RFC 9525 section 6.3 forbids it, RFC 2818 demanded it; mongodb-kubernetes-operator#454: Go 1.15 stopped",
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=localhost,OU=mongod,O=mongotls", NoSAN: true}},
		Expect:  Characterised(),
	},
	{
		ID:      "name/cn-mismatch-san-match",
		Says:    "A driver must look at the alternative names and not at the common name.",
		Because: "RFC 9525 section 6.3; MongoDB manual: if a SAN is present the CN is ignored",
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=other.example.test,OU=mongod,O=mongotls", DNS: names("localhost")}},
		Expect:  Connects(),
	},
	{
		ID:      "name/cn-match-san-mismatch",
		Says:    "A driver must refuse a server whose common name fits and whose alternative names do not.",
		Because: "RFC 9525 section 6.3; MongoDB manual: if a SAN is present the CN is ignored",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{Subject: "CN=localhost,OU=mongod,O=mongotls", DNS: names("other.example.test")}},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/cn-mismatch-san-match",
	},
	{
		ID:      "name/no-names",
		Says:    "A driver must refuse a server whose certificate carries no name at all.",
		Because: "RFC 9525 section 6.1; percona/mongodb_exporter#685",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{Subject: "OU=mongod,O=mongotls", NoSAN: true}},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-san",
	},
	{
		ID:      "name/other-san-types",
		Says:    "A driver must not match a host with URI or e-mail entries.",
		Because: "RFC 9525 section 6.3: dNSName entries only",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{URI: names("mongodb://localhost/"), Email: names("root@localhost")}},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-san",
	},
	{
		ID:      "name/wildcard",
		Says:    "A driver must let a wildcard stand for one label.",
		Because: "RFC 9525 section 6.3; mLab: one wildcard certificate serves all members",
		Claims:  claims("L15"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.example.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Connects(),
	},
	{
		ID:      "name/wildcard-two-labels",
		Says:    "A driver must not let a wildcard stand for two labels.",
		Because: "RFC 9525 section 6.3: a wildcard matches exactly one label",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.example.test")}},
		Client:  Client{Host: "a.db.example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/wildcard",
	},
	{
		ID:      "name/wildcard-bare-domain",
		Says:    "A driver must not let a wildcard stand for no label.",
		Because: "RFC 9525 section 6.3: a wildcard matches exactly one label",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("*.example.test")}},
		Client:  Client{Host: "example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/wildcard",
	},
	{
		ID:      "name/wildcard-inside",
		Says:    "A driver must not expand a wildcard that is not the whole left-most label.",
		Because: "RFC 9525 section 6.3: the wildcard is the complete left-most label",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("db.*.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/wildcard",
	},
	{
		ID:      "name/wildcard-partial",
		Says:    "Does a wildcard work as a part of a label?",
		Because: "RFC 6125 section 6.4.3 lets an implementation choose; RFC 9525 section 6.3 forbids it",
		Server:  Server{Leaf: pki.Leaf{DNS: names("d*.example.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Characterised(),
	},
	{
		ID:      "name/case-insensitive",
		Says:    "A driver must compare names without regard to case.",
		Because: "RFC 9525 section 6.3; RFC 5280 section 7.2",
		Server:  Server{Leaf: pki.Leaf{DNS: names("Db.Example.test")}},
		Client:  Client{Host: "DB.example.TEST"},
		Expect:  Connects(),
	},
	{
		ID:      "name/trailing-dot",
		Says:    "Does a host with a trailing dot match its name without one?",
		Because: "no norm: RFC 9525 does not speak of it; SRV targets end in a dot",
		Server:  Server{Leaf: pki.Leaf{DNS: names("db.example.test")}},
		Client:  Client{Host: "db.example.test."},
		Expect:  Characterised(),
	},
	{
		ID:      "name/many-sans",
		Says:    "A driver must find its host behind a hundred other names.",
		Because: "RFC 9525 section 6.1: each presented name is a candidate; mLab: one certificate serves all members",
		Claims:  claims("L15"),
		Server:  Server{Leaf: pki.Leaf{DNS: append(members(100), "db.example.test")}},
		Client:  Client{Host: "db.example.test"},
		Expect:  Connects(),
	},
	{
		ID:      "name/allow-invalid-hostnames",
		Says:    "A driver with tlsAllowInvalidHostnames must connect to a trusted server of another name.",
		Because: "URI options spec, tlsAllowInvalidHostnames",
		Claims:  claims("M11", "P17"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}},
		Client:  Client{Add: "tlsAllowInvalidHostnames=true"},
		Expect:  Connects(),
	},
	{
		ID:      "name/allow-hostnames-still-checks-chain",
		Says:    "A driver with tlsAllowInvalidHostnames must still refuse an unknown authority.",
		Because: "URI options spec, tlsAllowInvalidHostnames is about names only; TOOLS-2587 skipped everything",
		Claims:  claims("M11", "P17"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}},
		Client:  Client{Options: "tls=true&tlsCAFile={other}&tlsAllowInvalidHostnames=true"},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "name/allow-invalid-hostnames",
	},
	{
		ID:      "name/allow-certs-still-checks-host",
		Says:    "Does tlsAllowInvalidCertificates switch the check of the name off, too?",
		Because: "URI options spec: each driver documents what its TLS library can separate",
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}},
		Client:  Client{Add: "tlsAllowInvalidCertificates=true"},
		Expect:  Characterised(),
	},
	{
		ID:      "name/dns-rename-new",
		Says:    "A driver that dials the new name of a renamed server must connect over TLS.",
		Because: "mLab, DNS names: deployments with TLS get new names",
		Claims:  claims("L10"),
		Server:  renamed,
		Client:  Client{Host: "new.example.test"},
		Expect:  Connects(),
	},
	{
		ID:      "name/dns-rename-old-plain",
		Says:    "A driver that dials the old name of a renamed server without TLS must still connect.",
		Because: "mLab, DNS names: the old names still resolve and work without TLS",
		Claims:  claims("L10"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Server:  renamed,
		Client:  Client{Host: "old.example.test", URI: plainURI},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "name/dns-rename-old-tls",
		Says:    "A driver that dials the old name of a renamed server over TLS must refuse it.",
		Because: "mLab, DNS names: the old names fail name validation",
		Claims:  claims("L10"),
		Server:  renamed,
		Client:  Client{Host: "old.example.test"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/dns-rename-new",
	},
	{
		ID: "name/advertised",
		Says: "A driver must connect to a replica set whose certificate carries the names of the seed and of the member " +
			"that is advertised.",
		Because: "SDAM spec: the hosts of a hello replace the seeds; Mongoose guide: the certificate must match what the " +
			"members advertise",
		Server:  learning("seed.example.test", "member.example.test"),
		Members: renaming,
		Client:  Client{Host: "seed.example.test", URI: "mongodb://{host}:{port}/?replicaSet=rs&{options}"},
		Expect:  Connects(),
	},
	{
		ID: "name/advertised-mismatch",
		Says: "A driver must refuse a member of a replica set whose certificate carries the name of the seed, but not " +
			"the one that is advertised.",
		Because: "RFC 9525 section 6.1; SDAM spec: the hosts of a hello replace the seeds; bitnami/charts#13522",
		Claims:  claims("M10"),
		Server:  learning("seed.example.test"),
		Members: renaming,
		Client:  Client{Host: "seed.example.test", URI: "mongodb://{host}:{port}/?replicaSet=rs&{options}"},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "name/advertised",
	},
}

// renaming is a set whose member goes by a name that is not the seed's; learning is its server, whose first connection
// is that of the seed.
var renaming = []Member{{Name: "a", Host: "member.example.test"}}

func learning(certified ...string) Server {
	return Server{Leaf: pki.Leaf{DNS: certified}, Fault: Fault{Good: 1}}
}

// renamed is a server whose certificate carries its new name only.
var renamed = Server{Leaf: pki.Leaf{DNS: names("new.example.test")}}

func members(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("member%d.example.test", i))
	}
	return list
}
