package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// srvURI is a client that starts from SRV; nothing in it asks for TLS but the scheme and the CA file.
const srvURI = "mongodb+srv://cluster-{id}.example.test/?tlsCAFile={ca}"

// node is the server that a good SRV record names.
var node = Server{Leaf: pki.Leaf{DNS: names("node-{id}.example.test")}}

// Starting from SRV and TXT records.
var srvRows = []Scenario{
	{
		ID:      "srv/default-tls-on",
		Says:    "A driver must use TLS for mongodb+srv without any option, and must check the name that the record gives.",
		Because: "Initial DNS seedlist discovery spec: mongodb+srv MUST implicitly enable TLS",
		Claims:  claims("M3", "P2"),
		Server:  Server{Leaf: pki.Leaf{Issuer: pki.Public, DNS: names("node-{id}.example.test")}},
		Client: Client{
			URI:         "mongodb+srv://cluster-{id}.example.test/",
			SystemRoots: true,
			Zone:        target("node-{id}.example.test."),
		},
		Expect: Expect{Outcome: OverTLS, SNI: "node-{id}.example.test"},
	},
	{
		ID:      "srv/tls-option-plus-srv",
		Says:    "A driver must accept TLS options beside mongodb+srv.",
		Because: "Initial DNS seedlist discovery spec; URI options spec, tlsCAFile",
		Claims:  claims("M3", "P2"),
		Server:  node,
		Client:  starting(""),
		Expect:  Connects(),
		Variants: []Variant{
			{"tls-true", func(s *Scenario) { s.Client.URI += "&tls=true" }},
			{"direct-connection-false", func(s *Scenario) { s.Client.URI += "&directConnection=false" }},
		},
	},
	{
		ID:      "srv/tls-false-uri",
		Says:    "A driver must connect in clear for mongodb+srv with tls=false.",
		Because: "Initial DNS seedlist discovery spec: tls=false turns the implicit TLS off; NODE-3413",
		Claims:  claims("M3", "P2"),
		Modes:   []Mode{Disabled, AllowTLS, PreferTLS},
		Client:  Client{URI: "mongodb+srv://cluster-{id}.example.test/?tls=false", Zone: target("node-{id}.example.test.")},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "srv/ssl-false-uri",
		Says:    "A driver must connect in clear for mongodb+srv with ssl=false.",
		Because: "Initial DNS seedlist discovery spec, tests: txt-record-with-overridden-ssl-option",
		Claims:  claims("L5"),
		Modes:   []Mode{AllowTLS, PreferTLS},
		Client:  Client{URI: "mongodb+srv://cluster-{id}.example.test/?ssl=false", Zone: target("node-{id}.example.test.")},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "srv/tls-false-in-code",
		Says:    "A driver must connect in clear for mongodb+srv when its program turns TLS off.",
		Because: "Initial DNS seedlist discovery spec: tls=false in the connection string or in code",
		Modes:   []Mode{AllowTLS, PreferTLS},
		Client: Client{URI: "mongodb+srv://cluster-{id}.example.test/", Code: map[string]string{"tls": "false"},
			Zone: target("node-{id}.example.test.")},
		Expect: ConnectsInClear(),
	},
	{
		ID: "srv/san-has-srv-name-only",
		Says: "A driver must refuse a server whose certificate is for the name in the connection string, not for the " +
			"record's target.",
		Because: "Initial DNS seedlist discovery spec: the targets are the hosts; RFC 9525 section 6.1",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("cluster-{id}.example.test")}},
		Client:  starting(""),
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "srv/tls-option-plus-srv",
	},
	{
		ID:      "srv/uppercase-host",
		Says:    "A driver must accept the name in upper case.",
		Because: "Initial DNS seedlist discovery spec, tests: uri-with-uppercase-hostname",
		Server:  node,
		Client: Client{URI: "mongodb+srv://CLUSTER-{id}.EXAMPLE.TEST/?tlsCAFile={ca}",
			Zone: target("node-{id}.example.test.")},
		Expect: Connects(),
		Variants: []Variant{{"target", func(s *Scenario) {
			s.Says, s.Because = "A driver must accept a record in upper case.", "RFC 4343: names of DNS have no case"
			s.Client = Client{URI: srvURI, Zone: target("NODE-{id}.EXAMPLE.TEST.")}
		}}},
	},
	{
		ID:      "srv/two-label-host",
		Says:    "A driver must accept a name of two labels whose target has one more.",
		Because: "Initial DNS seedlist discovery spec, prose test 1; GODRIVER-3284, NODE-6289",
		Server:  Server{Leaf: pki.Leaf{DNS: names("a.m{id}.test")}},
		Client: Client{URI: "mongodb+srv://m{id}.test/?tlsCAFile={ca}",
			Zone: record("_mongodb._tcp.m{id}.test.", "a.m{id}.test.")},
		Expect: Connects(),
	},
	{
		ID:      "srv/two-label-identical",
		Says:    "A driver must refuse a name of two labels whose target is the name itself.",
		Because: "Initial DNS seedlist discovery spec, prose test 3: at least one more label",
		Modes:   Once,
		Client: Client{URI: "mongodb+srv://m{id}.test/?tlsCAFile={ca}",
			Zone: record("_mongodb._tcp.m{id}.test.", "m{id}.test.")},
		Expect: RefusedBeforeDialing(evidence.DNSError),
		Twin:   "srv/two-label-host",
	},
	{
		ID:      "srv/one-label-host",
		Says:    "A driver must accept a name of one label whose target has one more.",
		Because: "Initial DNS seedlist discovery spec, prose test 1",
		Server:  Server{Leaf: pki.Leaf{DNS: names("a.m{id}")}},
		Client:  Client{URI: "mongodb+srv://m{id}/?tlsCAFile={ca}", Zone: record("_mongodb._tcp.m{id}.", "a.m{id}.")},
		Expect:  Connects(),
	},
	{
		ID:      "srv/custom-service",
		Says:    "A driver must look for the service that srvServiceName names.",
		Because: "URI options spec, srvServiceName; tests: srv-service-name",
		Server:  node,
		Client: Client{URI: srvURI + "&srvServiceName=customname",
			Zone: record("_customname._tcp.cluster-{id}.example.test.", "node-{id}.example.test.")},
		Expect: Connects(),
	},
	{
		ID:      "srv/txt-allowed",
		Says:    "A driver must take authSource from the TXT record.",
		Because: "Initial DNS seedlist discovery spec: authSource is one of three permitted options; tests: one-txt-record",
		Server:  elsewhere,
		Client: Client{
			URI:  elsewhereURI,
			Zone: target("node-{id}.example.test.") + txt(`"authSource=elsewhere"`),
			Do:   find,
		},
		Expect: Connects(),
		Variants: []Variant{
			{"split", func(s *Scenario) {
				s.Client.Zone = target("node-{id}.example.test.") + txt(`"authSou" "rce=else" "where"`)
			}},
			{"overridden", func(s *Scenario) {
				s.Client.URI += "&authSource=elsewhere"
				s.Client.Zone = target("node-{id}.example.test.") + txt(`"authSource=nowhere"`)
			}},
		},
	},
	{
		ID: "srv/txt-not-allowed",
		Says: "A driver must refuse a TXT record with any option but the three permitted, so that DNS cannot turn TLS " +
			"off.",
		Because: "Initial DNS seedlist discovery spec: any other option MUST be an error; tests: " +
			"txt-record-with-unallowed-option",
		Claims: claims("M3", "P2"),
		Modes:  Once,
		Client: starting(txt(`"tls=false"`)),
		Expect: RefusedBeforeDialing(evidence.DNSError),
		Twin:   "srv/tls-option-plus-srv",
		Variants: []Variant{
			{"ssl", func(s *Scenario) { s.Client = starting(txt(`"ssl=false"`)) }},
			{"timeout", func(s *Scenario) { s.Client = starting(txt(`"socketTimeoutMS=500"`)) }},
			{"malformed", func(s *Scenario) {
				s.Client, s.Expect = starting(txt(`"authSource"`)), RefusedBeforeDialing(evidence.DNSError, evidence.ParseError)
			}},
			{"two-records", func(s *Scenario) { s.Client = starting(txt(`"authSource=admin"`) + txt(`"replicaSet=rs0"`)) }},
		},
	},
	{
		ID:      "srv/port-in-uri",
		Says:    "A driver must refuse a port beside mongodb+srv.",
		Because: "Initial DNS seedlist discovery spec, tests: uri-with-port",
		Modes:   Once,
		Client: Client{URI: "mongodb+srv://cluster-{id}.example.test:27017/?tlsCAFile={ca}",
			Zone: target("node-{id}.example.test.")},
		Expect: RefusedBeforeDialing(evidence.ParseError),
		Twin:   "srv/tls-option-plus-srv",
	},
	{
		ID:      "srv/two-hosts",
		Says:    "A driver must refuse two hosts beside mongodb+srv.",
		Because: "Initial DNS seedlist discovery spec, tests: uri-with-two-hosts",
		Modes:   Once,
		Client: Client{URI: "mongodb+srv://cluster-{id}.example.test,other-{id}.example.test/?tlsCAFile={ca}",
			Zone: target("node-{id}.example.test.")},
		Expect: RefusedBeforeDialing(evidence.ParseError),
		Twin:   "srv/tls-option-plus-srv",
	},
	{
		ID:      "srv/direct-connection",
		Says:    "A driver must refuse directConnection=true beside mongodb+srv.",
		Because: "URI options spec, directConnection; tests: direct-connection-true",
		Modes:   Once,
		Client:  Client{URI: srvURI + "&directConnection=true", Zone: target("node-{id}.example.test.")},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "srv/tls-option-plus-srv",
		Variants: []Variant{
			{"max-hosts-replica-set", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=1&replicaSet=rs0" }},
			{"max-hosts-load-balanced", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=1&loadBalanced=true" }},
		},
	},
	{
		ID:      "srv/options-without-srv",
		Says:    "A driver must refuse SRV options beside mongodb://.",
		Because: "URI options spec, srvServiceName and srvMaxHosts: an error without the SRV scheme; tests/srv-options.yml",
		Modes:   Once,
		Client:  Client{Add: "srvServiceName=customname"},
		Expect:  RefusedBeforeDialing(evidence.ParseError),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"max-hosts", func(s *Scenario) { s.Client.Add = "srvMaxHosts=2" }},
		},
	},
	{
		ID:   "srv/no-records",
		Says: "A driver must say that DNS gave it no hosts.",
		Because: "Initial DNS seedlist discovery spec: MUST raise an error that the URI could not be used to find " +
			"hostnames; tests: no-results",
		Modes:  Once,
		Client: Client{URI: srvURI, Zone: "other-{id}.example.test. 60 IN A 127.0.0.1\n"},
		Expect: RefusedBeforeDialing(evidence.DNSError),
		Twin:   "srv/tls-option-plus-srv",
		Variants: []Variant{
			{"no-data", func(s *Scenario) {
				s.Client.Zone = "_mongodb._tcp.cluster-{id}.example.test. 60 IN A 127.0.0.1\n"
			}},
			{"servfail", func(s *Scenario) { s.Client.Zone = "_mongodb._tcp.cluster-{id}.example.test. !SERVFAIL\n" }},
		},
	},
	{
		ID:      "srv/evil-domain",
		Says:    "A driver must refuse a record whose target lies outside the name's domain, and must not dial it.",
		Because: "Initial DNS seedlist discovery spec: MUST NOT initiate a connection; tests: parent-part-mismatch1 to 5",
		Claims:  claims("P2"),
		Modes:   Once,
		Client:  Client{URI: srvURI, Zone: target("node-{id}.evil.test.")},
		Expect:  RefusedBeforeDialing(evidence.DNSError),
		Twin:    "srv/tls-option-plus-srv",
		Variants: []Variant{
			{"one-of-two", func(s *Scenario) { s.Client.Zone += target("node-{id}.example.test.") }},
			{"parent", func(s *Scenario) { s.Client.Zone = target("example.test.") }},
			{"missing-dot", func(s *Scenario) { s.Client.Zone = target("node-{id}example.test.") }},
		},
	},
	{
		ID:      "srv/name-of-four-labels",
		Says:    "A driver must accept a name of four labels whose target has all but the first of them.",
		Because: "Initial DNS seedlist discovery spec: {domainname} is the name without its first label",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{DNS: names("node-{id}.west.example.test")}},
		Client:  ofWest("node-{id}.west.example.test."),
		Expect:  Connects(),
	},
	{
		ID:   "srv/evil-domain-of-long-name",
		Says: "A driver must refuse a record of a name of four labels whose target has the last two of them only.",
		Because: "Initial DNS seedlist discovery spec: {domainname} is the name without its first label, and MUST end the " +
			"target; MUST NOT initiate a connection",
		Claims: claims("P2"),
		Modes:  Once,
		Server: Server{Leaf: pki.Leaf{DNS: names("node-{id}.east.example.test")}},
		Client: ofWest("node-{id}.east.example.test."),
		Expect: RefusedBeforeDialing(evidence.DNSError),
		Twin:   "srv/name-of-four-labels",
	},
	{
		ID:      "srv/dns-timeout",
		Says:    "What becomes of a driver whose lookup nobody answers?",
		Because: "RFC 1035 section 7.2: resolvers bound a request, each in its own way; no norm of drivers does",
		Slow:    "resolvers ask a silent server for half a minute",
		Modes:   Once,
		Server:  node,
		Client:  Client{URI: srvURI, Zone: "_mongodb._tcp.cluster-{id}.example.test. !SILENT\n"},
		Expect:  Characterised(),
	},
	{
		ID:      "srv/txt-unanswered",
		Says:    "Does a driver start when the lookup of the TXT record fails?",
		Because: "Initial DNS seedlist discovery spec: the TXT record MUST be queried; what a failure means is left open",
		Server:  node,
		Client:  starting("cluster-{id}.example.test. !SERVFAIL\n"),
		Expect:  Characterised(),
	},
	{
		ID:      "srv/userinfo-and-db",
		Says:    "A driver must read user, password and database beside mongodb+srv, decoded.",
		Because: "Initial DNS seedlist discovery spec, tests: encoded-userinfo-and-db and uri-with-auth",
		Modes:   Once,
		Server:  Server{Leaf: node.Leaf, Users: []User{{Name: "some@body", Password: "e:lse/", DB: "some,where"}}},
		Client: Client{URI: "mongodb+srv://some%40body:e%3Alse%2F@cluster-{id}.example.test/some%2Cwhere?tlsCAFile={ca}",
			Zone: target("node-{id}.example.test."), Do: find},
		Expect: Connects(),
		Variants: []Variant{
			{"comma", func(s *Scenario) { // dbname-with-commas
				s.Client.URI = "mongodb+srv://some%40body:e%3Alse%2F@cluster-{id}.example.test/some,where?tlsCAFile={ca}"
			}},
		},
	},
	{
		ID:      "srv/longer-target",
		Says:    "A driver must accept a target with more labels than the name has.",
		Because: "Initial DNS seedlist discovery spec, tests: longer-parent-in-return",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{DNS: names("node-{id}.sub.example.test")}},
		Client:  Client{URI: srvURI, Zone: target("node-{id}.sub.example.test.")},
		Expect:  Connects(),
	},
	{
		ID:      "srv/max-hosts",
		Says:    "A driver must take srvMaxHosts, be it less than, as many as or more than the records.",
		Because: "URI options spec, srvMaxHosts; tests: srvMaxHosts-equal_to, greater_than and zero; srv-options.yml",
		Modes:   Once,
		Server:  node,
		Client:  Client{URI: srvURI + "&srvMaxHosts=1", Zone: target("node-{id}.example.test.")},
		Expect:  Connects(),
		Variants: []Variant{
			{"greater", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=2" }},
			{"zero", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=0" }},
			{"not-load-balanced", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=1&loadBalanced=false" }},
			{"zero-load-balanced", func(s *Scenario) {
				s.Client.URI, s.Server.Fault.LoadBalancer = srvURI+"&srvMaxHosts=0&loadBalanced=true", true
			}},
			{"zero-load-balanced-txt", func(s *Scenario) {
				s.Client.URI, s.Server.Fault.LoadBalancer = srvURI+"&srvMaxHosts=0", true
				s.Client.Zone += txt(`"loadBalanced=true"`)
			}},
			{"zero-replica-set", func(s *Scenario) {
				s.Server, s.Members = inSet, trio()
				s.Client = Client{URI: srvURI + "&replicaSet=rs&srvMaxHosts=0", Zone: router("a", "a.example.test.")}
			}},
			{"zero-replica-set-txt", func(s *Scenario) {
				s.Server, s.Members = inSet, trio()
				s.Client = Client{URI: srvURI + "&srvMaxHosts=0", Zone: router("a", "a.example.test.") + txt(`"replicaSet=rs"`)}
			}},
		},
	},
	{
		ID:   "srv/several-targets",
		Says: "A driver must start from every host that the records name, each on its own port and by its own name.",
		Because: "Initial DNS seedlist discovery spec, tests: two-results-default-port, two-results-nonstandard-port; " +
			"sharded/srvMaxHosts-equal_to, greater_than and zero",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}}, // which leaves the second record
		Members: routers(with(pki.Leaf{DNS: names("b.example.test")})),
		Client: Client{URI: srvURI + "&" + attentive, Zone: router("a", "a.example.test.") + router("b", "b.example.test."),
			Do: twice},
		Expect: shunning("a"),
		Variants: []Variant{
			{"as-many", func(s *Scenario) { s.Client.URI += "&srvMaxHosts=2" }},
			{"greater", func(s *Scenario) { s.Client.URI += "&srvMaxHosts=3" }},
			{"zero", func(s *Scenario) { s.Client.URI += "&srvMaxHosts=0" }},
		},
	},
	{
		ID:   "srv/maxhosts-subset",
		Says: "A driver must start from no more hosts than srvMaxHosts says, whichever of the records they are.",
		Because: "URI options spec, srvMaxHosts; Initial DNS seedlist discovery spec, tests: " +
			"srvMaxHosts-less_than_srv_records",
		Modes:   Once,
		Server:  Server{Leaf: pki.Leaf{DNS: names("a.example.test", "b.example.test")}},
		Members: routers(Change{}),
		Client: Client{URI: srvURI + "&srvMaxHosts=1&" + attentive,
			Zone: router("a", "a.example.test.") + router("b", "b.example.test."), Do: twice},
		Expect: Expect{Outcome: OverTLS, Hosts: 1},
	},
	{
		ID:      "srv/max-hosts-invalid",
		Says:    "A driver must ignore a srvMaxHosts that is no number of hosts, and must warn.",
		Because: "URI options spec, srvMaxHosts; tests/srv-options.yml: valid with a warning",
		Modes:   Once,
		Server:  node,
		Client:  Client{URI: srvURI + "&srvMaxHosts=-1", Zone: target("node-{id}.example.test.")},
		Expect:  Expect{Outcome: OverTLS, Warns: "srvMaxHosts"},
		Variants: []Variant{
			{"word", func(s *Scenario) { s.Client.URI = srvURI + "&srvMaxHosts=foo" }},
		},
	},
	{
		ID:   "srv/txt-load-balanced",
		Says: "A driver must take loadBalanced from the TXT record.",
		Because: "Initial DNS seedlist discovery spec: loadBalanced is one of three permitted options; tests: " +
			"loadBalanced-true-txt",
		Modes:  Once,
		Server: Server{Leaf: node.Leaf, Fault: Fault{LoadBalancer: true}},
		Client: starting(txt(`"loadBalanced=true"`)),
		Expect: Connects(),
		Variants: []Variant{
			{"false", func(s *Scenario) { // loadBalanced-false-txt
				s.Server.Fault.LoadBalancer, s.Client = false, starting(txt(`"loadBalanced=false"`))
			}},
			{"direct-connection-false", func(s *Scenario) { s.Client.URI += "&directConnection=false" }},
		},
	},
	{
		ID:      "srv/txt-conflict",
		Says:    "A driver must refuse srvMaxHosts beside what the TXT record says of a replica set.",
		Because: "Initial DNS seedlist discovery spec, tests: srvMaxHosts-conflicts_with_replicaSet-txt",
		Modes:   Once,
		Client:  Client{URI: srvURI + "&srvMaxHosts=1", Zone: target("node-{id}.example.test.") + txt(`"replicaSet=rs0"`)},
		Expect:  RefusedBeforeDialing(evidence.ParseError, evidence.DNSError),
		Twin:    "srv/max-hosts",
		Variants: []Variant{
			{"load-balanced", func(s *Scenario) {
				s.Client.Zone = target("node-{id}.example.test.") + txt(`"loadBalanced=true"`)
			}},
		},
	},
	{
		ID:      "srv/load-balanced-conflict",
		Says:    "A driver must refuse a load balancer beside a replica set, or with several hosts.",
		Because: "Load balancer support spec, URI validation; tests: loadBalanced-replicaSet-errors",
		Modes:   Once,
		Client:  Client{URI: srvURI + "&loadBalanced=true&replicaSet=rs0", Zone: target("node-{id}.example.test.")},
		Expect:  RefusedBeforeDialing(evidence.ParseError, evidence.DNSError),
		Twin:    "srv/txt-load-balanced",
		Variants: []Variant{
			{"two-hosts", func(s *Scenario) {
				s.Client.URI = srvURI + "&loadBalanced=true"
				s.Client.Zone += target("other-{id}.example.test.")
			}},
		},
	},
	{
		ID:   "srv/evil-domain-of-short-name",
		Says: "A driver must refuse a record of a name of two labels whose target lies outside of it.",
		Because: "Initial DNS seedlist discovery spec, prose tests 2 and 4: the target must end in a dot and the name, " +
			"and MUST NOT be dialled",
		Claims: claims("P2"),
		Modes:  Once,
		Client: shortName("test_1.evil.test."),
		Expect: RefusedBeforeDialing(evidence.DNSError),
		Twin:   "srv/two-label-host",
		Variants: []Variant{
			{"missing-dot", func(s *Scenario) { s.Client = shortName("test_1.my_hostm{id}.test.") }},
			{"behind", func(s *Scenario) { s.Client = shortName("m{id}.test.mongodb.") }},
			{"one-label", func(s *Scenario) {
				s.Client = Client{
					URI:  "mongodb+srv://m{id}/?tlsCAFile={ca}",
					Zone: record("_mongodb._tcp.m{id}.", "m{id}.mongodb."),
				}
			}},
			{"one-label-identical", func(s *Scenario) {
				s.Client = Client{URI: "mongodb+srv://m{id}/?tlsCAFile={ca}", Zone: record("_mongodb._tcp.m{id}.", "m{id}.")}
			}},
			{"one-label-missing-dot", func(s *Scenario) {
				s.Client = Client{URI: "mongodb+srv://m{id}/?tlsCAFile={ca}",
					Zone: record("_mongodb._tcp.m{id}.", "test_1.cluster_1m{id}.")}
			}},
		},
	},
	{
		ID:      "srv/trailing-dot-target",
		Says:    "A driver must check, and ask for, the target without the dot that ends it in DNS.",
		Because: "RFC 6066 section 3: without a trailing dot; RFC 9525 section 6.3",
		Claims:  claims("M9"),
		Modes:   Once,
		Server:  node,
		Client:  starting(""),
		Expect:  Expect{Outcome: OverTLS, SNI: "node-{id}.example.test"},
	},
	{
		ID:      "srv/host-trailing-dot",
		Says:    "Does a name that ends in a dot, as DNS writes it in full, work?",
		Because: "Initial DNS seedlist discovery spec does not speak of it; RFC 1034 section 3.1: an absolute name",
		Modes:   Once,
		Server:  node,
		Client: Client{URI: "mongodb+srv://cluster-{id}.example.test./?tlsCAFile={ca}",
			Zone: target("node-{id}.example.test.")},
		Expect: Characterised(),
	},
	{
		ID:      "srv/cname",
		Says:    "Does a driver follow an alias of the records' name?",
		Because: "Initial DNS seedlist discovery spec: drivers need no logic for CNAME; resolvers follow them",
		Modes:   Once,
		Server:  node,
		Client: Client{URI: srvURI, Zone: "_mongodb._tcp.cluster-{id}.example.test. 60 IN CNAME " +
			"_mongodb._tcp.real-{id}.example.test.\n" +
			record("_mongodb._tcp.real-{id}.example.test.", "node-{id}.example.test.")},
		Expect: Characterised(),
	},
	{
		ID:      "srv/truncated",
		Says:    "A driver must ask again by TCP where the records do not fit into a datagram.",
		Because: "RFC 7766 section 5: all implementations MUST support TCP; RFC 2181 section 9; DnsClient.NET#50",
		Modes:   Once,
		Server:  node,
		Client:  starting("_mongodb._tcp.cluster-{id}.example.test. !TRUNCATED\n"),
		Expect:  Connects(),
		Variants: []Variant{
			{"txt", func(s *Scenario) {
				s.Server = elsewhere
				s.Client = Client{URI: elsewhereURI, Do: find, Zone: target("node-{id}.example.test.") +
					txt(`"authSource=elsewhere"`) + "cluster-{id}.example.test. !TRUNCATED\n"}
			}},
		},
	},
	{
		ID:   "srv/compressed-target",
		Says: "A driver should read a record whose target is compressed.",
		Because: "RFC 3597 section 4: receivers SHOULD decompress SRV, though RFC 2782 forbids servers to compress it; " +
			"golang/go#37362: \"cannot unmarshal DNS message\"",
		Modes:  Once,
		Server: node,
		Client: starting("_mongodb._tcp.cluster-{id}.example.test. !COMPRESSED\n"),
		Expect: Connects(),
	},
	{
		ID: "srv/polling-replaced",
		Says: "A driver must go over to a router that new records name instead of another, over TLS and by its own name, " +
			"and leave the other.",
		Because: "Polling SRV records for mongos discovery spec, prose test 3: replaced; initial DNS seedlist discovery " +
			"spec: mongodb+srv MUST implicitly enable TLS",
		Slow:    polls,
		Modes:   []Mode{AllowTLS, RequireTLS},
		Server:  found,
		Members: routers(with(pki.Leaf{DNS: names("b.example.test")})),
		Steps:   []Step{{After: 1, Zone: router("b", "b.example.test.")}, {After: 1, Member: "b", Await: 1}},
		Client:  polled(8),
		Expect:  Expect{Outcome: OverTLS, Leaves: names("a")},
	},
	{
		ID: "srv/polling-adds-bad-cert-host",
		Says: "A driver must refuse a router that new records name, where it must not accept its certificate, and go on " +
			"with the other.",
		Because: "Polling SRV records for mongos discovery spec: hosts that were found have the same options; RFC 5280 " +
			"section 6.1",
		Slow:    polls,
		Modes:   Once,
		Server:  found,
		Members: routers(expired),
		Steps: []Step{{After: 1, Zone: router("a", "a.example.test.") + router("b", "b.example.test.")},
			{After: 1, Member: "b", Await: 1}},
		Client: polled(3),
		Expect: shunning("b"),
		Variants: []Variant{
			{"name", func(s *Scenario) { s.Members[1].Differs = misnamed }},
		},
	},
	{
		ID: "srv/polling-evil-host",
		Says: "A driver must pass over a new record whose target lies outside the name's domain, and take those beside " +
			"it.",
		Because: "Polling SRV records for mongos discovery spec: a driver MUST NOT add hosts that do not match the domain",
		Slow:    polls,
		Modes:   Once,
		Server:  found,
		Members: append(routers(with(pki.Leaf{DNS: names("b.example.test")})),
			Member{Name: "c", Host: "c.evil.test", Role: Mongos, Differs: with(pki.Leaf{DNS: names("c.evil.test")})}),
		Steps: []Step{{After: 1, Zone: router("c", "c.evil.test.") + router("b", "b.example.test.")},
			{After: 1, Member: "b", Await: 1}},
		Client: polled(4),
		Expect: Expect{Outcome: OverTLS, Leaves: names("a"), Ignores: names("c")},
	},
	{
		ID:   "srv/polling-fails",
		Says: "A driver must keep its router while it cannot look up the records, and take what they name once it can.",
		Because: "Polling SRV records for mongos discovery spec: on a DNS error the topology MUST NOT change, and it is " +
			"asked again; prose test 7",
		Slow:    polls,
		Modes:   Once,
		Server:  found,
		Members: routers(with(pki.Leaf{DNS: names("b.example.test")})),
		Steps: []Step{{After: 1, Zone: unanswered}, {After: 2, Zone: unanswered},
			{After: 3, Zone: router("b", "b.example.test.")}, {After: 3, Member: "b", Await: 1}},
		Client: polled(6),
		Expect: Expect{Outcome: OverTLS, Leaves: names("a")},
	},
	{
		ID:      "srv/target-ok-advertised",
		Says:    "A driver must connect to a replica set whose certificate carries target and advertised names.",
		Because: "Initial DNS seedlist discovery spec: the targets are seeds; SDAM spec: the hosts of a hello replace them",
		Modes:   Once,
		Server:  learning("node-{id}.example.test", "member.example.test"),
		Members: renaming,
		Client:  Client{URI: srvURI + "&replicaSet=rs&" + attentive, Zone: target("node-{id}.example.test.")},
		Expect:  Connects(),
	},
	{
		ID:      "srv/target-ok-advertised-not",
		Says:    "A driver must refuse a member whose certificate carries the record's target, but not the advertised name.",
		Because: "RFC 9525 section 6.1; SDAM spec: the hosts of a hello replace the seeds",
		Claims:  claims("M9", "M10"),
		Modes:   Once,
		Server:  learning("node-{id}.example.test"),
		Members: renaming,
		Client:  Client{URI: srvURI + "&replicaSet=rs&" + attentive, Zone: target("node-{id}.example.test.")},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "srv/target-ok-advertised",
	},
}

// polls is why rows about a change of SRV records are slow.
const polls = "drivers look at SRV records again after 60 s at the earliest"

// unanswered is a failed look-up of the records.
const unanswered = "_mongodb._tcp.cluster-{id}.example.test. !SERVFAIL\n"

// polled is a client that starts from a single router, and works on.
func polled(operations int) Client {
	return Client{URI: srvURI + "&" + attentive, Zone: router("a", "a.example.test."), Do: work(operations)}
}

// router is the record of a member.
func router(member, host string) string {
	return "_mongodb._tcp.cluster-{id}.example.test. 60 IN SRV 0 0 {" + member + ".port} " + host + "\n"
}

// found are routers each of which has a certificate for its own name.
var found = Server{Leaf: pki.Leaf{DNS: names("a.example.test")}}

// elsewhere is a server with a user of another database than admin.
var elsewhere = Server{Leaf: node.Leaf, Users: []User{{Name: "somebody", Password: "else", DB: "elsewhere"}}}

const elsewhereURI = "mongodb+srv://somebody:else@cluster-{id}.example.test/?tlsCAFile={ca}"

// record is an SRV record for the port of the server.
func record(owner, host string) string { return owner + " 60 IN SRV 0 0 {port} " + host + "\n" }

// target is the record of the cluster's name.
func target(host string) string { return record("_mongodb._tcp.cluster-{id}.example.test.", host) }

// txt is a TXT record of the cluster's name.
func txt(strings string) string { return "cluster-{id}.example.test. 60 IN TXT " + strings + "\n" }

// starting is a client with a good SRV record and these lines besides.
func starting(more string) Client {
	return Client{URI: srvURI, Zone: target("node-{id}.example.test.") + more}
}

// ofWest is a client that starts from a name of four labels.
func ofWest(target string) Client {
	return Client{URI: "mongodb+srv://cluster-{id}.west.example.test/?tlsCAFile={ca}",
		Zone: record("_mongodb._tcp.cluster-{id}.west.example.test.", target)}
}

// shortName is a client that starts from a name of two labels.
func shortName(target string) Client {
	return Client{URI: "mongodb+srv://m{id}.test/?tlsCAFile={ca}", Zone: record("_mongodb._tcp.m{id}.test.", target)}
}
