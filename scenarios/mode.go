package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// plainURI is a client without any option.
const plainURI = "mongodb://{host}:{port}/"

// What each net.tls.mode does with clients that speak TLS and clients that do not. TLS clients of a disabled server
// are a column of their own, derived from every client of the table.
var modeRows = []Scenario{
	{
		ID:      "mode/tls",
		Says:    "A driver with tls=true must connect over TLS to a server in each mode that serves TLS.",
		Because: "MongoDB manual, net.tls.mode: allowTLS, preferTLS and requireTLS accept TLS clients",
		Claims:  claims("L1", "M8"),
		Expect:  Connects(),
	},
	{
		ID:   "mode/plain",
		Says: "A driver without any TLS option must connect in clear to a server that accepts both kinds.",
		Because: "URI options spec, tls: not on by default; MongoDB manual, net.tls.mode: allowTLS and preferTLS accept " +
			"plain clients",
		Claims: claims("M2", "L1"),
		Modes:  []Mode{AllowTLS, PreferTLS},
		Client: Client{URI: plainURI},
		Expect: ConnectsInClear(),
		Variants: []Variant{
			{"tls-false", func(s *Scenario) { s.Client.URI += "?tls=false" }},
			{"ssl-false", func(s *Scenario) { s.Client.URI += "?ssl=false" }},
		},
	},
	{
		ID:      "mode/disabled-plain",
		Says:    "A driver without any TLS option must connect in clear to a server without TLS.",
		Because: "MongoDB manual, net.tls.mode: disabled, the default",
		Claims:  claims("L18"),
		Modes:   []Mode{Disabled},
		Client:  Client{URI: plainURI},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "mode/require-plain-client",
		Says:    "A driver without TLS must report that a requireTLS server closed the connection, not a mere time-out.",
		Because: "mongod, log line 22988: SSLHandshakeFailed (141), The server is configured to only allow SSL connections",
		Claims:  claims("M4", "L2", "D7"),
		Modes:   []Mode{RequireTLS},
		Client:  Client{URI: plainURI},
		Expect: Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.PlainOnTLSOnly}, LogIDs: []int{22988},
			ServerSays: names("only allow SSL connections")},
		Twin: "mode/tls",
		Variants: []Variant{
			{"tls-false", func(s *Scenario) { s.Client.URI += "?tls=false" }},
		},
	},
	{
		ID:      "mode/prefer-logs-plain",
		Says:    "A server in preferTLS must note each client that does not use TLS in its log.",
		Because: "mongod, log line 23838: SSL mode is set to 'preferred' and connection to remote is not using SSL.",
		Subject: ServerItself,
		Modes:   []Mode{PreferTLS},
		Client:  Client{URI: plainURI},
		Expect:  Expect{Outcome: InClear, LogIDs: []int{23838}},
	},
	{
		ID:      "mode/load-balanced",
		Says:    "A driver that is told of a load balancer must connect over TLS.",
		Because: "Load balancer support spec: loadBalanced=true in every hello, serviceId in its answer; TLS as elsewhere",
		Server:  Server{Fault: Fault{LoadBalancer: true}},
		Client:  Client{Add: "loadBalanced=true"},
		Expect:  Connects(),
		Variants: []Variant{
			{"certificate-login", func(s *Scenario) {
				s.Modes, s.Server.Users = Once, certified.Users
				s.Client = Client{Add: "loadBalanced=true&" + byX509, Cert: &pki.Leaf{}, Do: find}
			}},
			{"password-login", func(s *Scenario) {
				s.Modes, s.Server.Users, s.Client = Once, guarded.Users, byPassword("else")
				s.Client.Add = "loadBalanced=true"
			}},
		},
	},
	{
		ID:   "mode/http-peer",
		Says: "A driver must say that its peer does not speak TLS when an HTTP server answers its ClientHello.",
		Because: "RFC 8446 section 5.1: an unexpected record type ends the connection; documentdb#412 shows what users " +
			"make of it",
		Server: Server{Fault: Fault{Speak: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}},
		Expect: Refuses(evidence.NotTLS),
		Twin:   "mode/tls",
	},
	{
		ID:      "mode/server-key-encrypted",
		Says:    "A server must serve TLS with an encrypted key when it is given the password.",
		Because: "MongoDB manual, net.tls.certificateKeyFilePassword",
		Claims:  claims("L12"),
		Subject: ServerItself,
		Server:  Server{Form: pki.KeyForm{Encrypt: "aes256", Password: "server key"}},
		Expect:  Connects(),
	},
	{
		ID:      "mode/system-ca-only",
		Says:    "A server with tlsUseSystemCA must take a client certificate of an authority of its machine.",
		Because: "MongoDB manual, setParameter tlsUseSystemCA: certificates of the system, without a tlsCAFile",
		Subject: ServerItself,
		Modes:   Once,
		Server:  Server{SystemCA: names(pki.Public), RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{Issuer: pki.Public}},
		Expect:  Connects(),
	},
	{
		ID:      "mode/system-ca-stranger",
		Says:    "A server with tlsUseSystemCA must close on a client certificate of another authority.",
		Because: "MongoDB manual, setParameter tlsUseSystemCA; mongod, log line 23256",
		Subject: ServerItself,
		Modes:   Once,
		Server:  Server{SystemCA: names(pki.Public), RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{}, Code: forced},
		Expect:  Expect{Outcome: ByServer, Causes: []evidence.Cause{evidence.BadClientCert}, LogIDs: []int{23256}},
		Twin:    "mode/system-ca-only",
	},
	{
		ID:      "mode/configuration-file",
		Says:    "A server must do with net.tls of a configuration file what it does with flags.",
		Because: "MongoDB manual, configuration file options, net.tls; dbi services: mode, certificateKeyFile, CAFile",
		Claims:  claims("D5"),
		Subject: ServerItself,
		Server:  Server{Told: ByFile, RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
		Variants: []Variant{
			{"old-names", func(s *Scenario) { s.Server.Told, s.Claims = ByOldFile, claims("X20") }},
		},
	},
	{
		ID:      "mode/configuration-file-demands",
		Says:    "A server must turn away who has no certificate, when its configuration file names a CAFile.",
		Because: "MongoDB manual, net.tls.CAFile, allowConnectionsWithoutCertificates; mongod, log line 23255",
		Claims:  claims("D5"),
		Subject: ServerItself,
		Server:  Server{Told: ByFile, RequireClientCert: true},
		Expect:  ClosedByServer(evidence.NoClientCert),
		Twin:    "mode/configuration-file",
		Variants: []Variant{
			{"old-names", func(s *Scenario) {
				s.Server.Told, s.Claims, s.Twin = ByOldFile, claims("X20"), "mode/configuration-file@old-names"
			}},
		},
	},
	{
		ID:      "mode/old-flags",
		Says:    "A server must do with the flags of before TLS was called so what it does with those of now.",
		Because: "MongoDB manual, mongod: --sslMode and the like are aliases since 4.2; net.ssl",
		Claims:  claims("X20"),
		Subject: ServerItself,
		Server:  Server{Told: ByOldFlags, RequireClientCert: true},
		Client:  Client{Cert: &pki.Leaf{}},
		Expect:  Connects(),
	},
	{
		ID:      "mode/old-flags-demand",
		Says:    "A server must turn away who has no certificate, when it is told so by flags of before.",
		Because: "MongoDB manual, mongod: --sslCAFile; mongod, log line 23255",
		Claims:  claims("X20"),
		Subject: ServerItself,
		Server:  Server{Told: ByOldFlags, RequireClientCert: true},
		Expect:  ClosedByServer(evidence.NoClientCert),
		Twin:    "mode/old-flags",
	},
	{
		ID:      "mode/other-peer",
		Says:    "A driver must say that its peer does not speak TLS when a server of another protocol greets it.",
		Because: "RFC 8446 section 5.1: an unexpected record type ends the connection",
		Modes:   Once,
		Server:  Server{Fault: Fault{Speak: "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"}},
		Expect:  Refuses(evidence.NotTLS),
		Twin:    "mode/tls",
		Variants: []Variant{
			{"mysql", func(s *Scenario) { s.Server.Fault.Speak = "\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00" }},
			{"proxy-header", func(s *Scenario) {
				s.Server.Fault.Speak = "PROXY TCP4 192.0.2.1 192.0.2.2 50000 27017\r\n"
			}},
			{"smtp", func(s *Scenario) { s.Server.Fault.Speak = "220 mail.example.test ESMTP\r\n" }},
		},
	},
	{
		ID: "mode/monitoring",
		Says: "A driver must make each of its connections over TLS and ask for its host by name: to its pool, to monitor " +
			"the server, and to measure round trips.",
		Because: "Server monitoring spec: a monitor that streams measures round trips on a dedicated connection; URI " +
			"options spec, tls=true: required",
		Claims: claims("M8"),
		Steps:  monitored,
		Client: Client{Add: attentive, Streams: true, Do: twice},
		Expect: Expect{Outcome: OverTLS, SNI: "localhost", Connections: 3},
	},
	{
		ID:      "mode/monitoring-untrusted",
		Says:    "A driver must refuse on each of its connections a server that came back untrusted.",
		Because: "RFC 5280 section 6.1; Server monitoring spec: a dedicated connection measures round trips",
		Claims:  claims("M5"),
		Steps:   append(monitored, Step{After: 1, Restart: &Change{Leaf: &pki.Leaf{Issuer: pki.Other}}}),
		Client:  Client{Add: patient, Streams: true, Do: twice},
		Expect:  Refuses(swapped...),
		Twin:    "mode/monitoring",
	},
	{
		ID:      "mode/rolling-plain-client-kept",
		Says:    "A server that is raised to requireTLS must keep a client in clear that it is serving.",
		Because: "MongoDB manual, setParameter tlsMode; measured on mongod 4.4.5: connections that have spoken are kept",
		Modes:   []Mode{PreferTLS},
		Client:  Client{URI: plainURI + "?maxPoolSize=1", Do: []Command{reading, raised, reading}},
		Expect:  ConnectsInClear(),
	},
	{
		ID:      "mode/rolling-plain-client-cut",
		Says:    "A driver without TLS must report that a server closed which has been raised to requireTLS since.",
		Because: "MongoDB manual, upgrade a cluster to use TLS/SSL: requireTLS comes when all clients use TLS",
		Claims:  claims("M4", "L2"),
		Modes:   []Mode{PreferTLS},
		Before:  []Earlier{{Client: Client{URI: plainURI, Do: []Command{raised}}}},
		Client:  Client{URI: plainURI},
		Expect:  ClosedByServer(evidence.PlainOnTLSOnly),
		Twin:    "mode/plain",
	},
}

// monitored is a server to which the client has every connection that it wants: one of its pool, the stream of its
// monitor, and one to measure round trips.
var monitored = []Step{{After: 1, Await: 3}}

// raised makes a server accept TLS only, from now on.
var raised = Command{DB: "admin", JSON: `{"setParameter": 1, "tlsMode": "requireTLS"}`}
