package scenarios

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Each defect that a row can have is found, and named.
func TestCheckNamesEachDefect(t *testing.T) {
	good := Scenario{ID: "mode/tls", Says: "A driver must connect.", Because: "a document", Expect: Connects()}
	refusal := Scenario{
		ID:      "mode/refusal",
		Says:    "A driver must refuse.",
		Because: "a document",
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "mode/tls",
	}
	require.NoError(t, Check([]Scenario{good, refusal}))
	expecting := func(e Expect) func(*Scenario) { return func(s *Scenario) { s.Expect = e } }
	knowing := func(change func(*Expect)) func(*Scenario) { return func(s *Scenario) { change(&s.Expect) } }
	for _, d := range []struct {
		says  string
		spoil func(*Scenario)
	}{
		{"mode/tls: the id is used twice", func(s *Scenario) { *s = clone(good) }},
		{"the id is malformed", func(s *Scenario) { s.ID = "mode/Refusal!" }},
		{"Says is missing", func(s *Scenario) { s.Says = "" }},
		{"Because is missing", func(s *Scenario) { s.Because = "" }},
		{`there is no claim "M99"`, func(s *Scenario) { s.Claims = claims("M99") }},
		{`there is no subject "sever"`, func(s *Scenario) { s.Subject = "sever" }},
		{`there is no mode "sometimes"`, func(s *Scenario) { s.Modes = []Mode{"sometimes"} }},
		{`there is no mode "later"`,
			func(s *Scenario) { s.Steps = []Step{{After: 1, Restart: &Change{Mode: "later"}}} }},
		{"a set needs a primary", func(s *Scenario) { s.Members = []Member{{Name: "a", Role: Secondary}} }},
		{"a set has one primary, not 2",
			func(s *Scenario) { s.Members = []Member{{Name: "a"}, {Name: "b", Role: Primary}} }},
		{"routers are no members of a set",
			func(s *Scenario) { s.Members = []Member{{Name: "a"}, {Name: "b", Role: Mongos}} }},
		{`two members are called "a"`, func(s *Scenario) { s.Members = []Member{{Name: "a"}, {Name: "a"}} }},
		{"{host} is no name for a member", func(s *Scenario) { s.Members = []Member{{Name: "host"}} }},
		{"{seeds} needs Members", func(s *Scenario) { s.Client.URI = "mongodb://{seeds}/?{options}" }},
		{`there is no member "b"`, func(s *Scenario) { s.Steps = []Step{{After: 1, Member: "b", Elect: true}} }},
		{"a step is one thing, not 0", func(s *Scenario) { s.Steps = []Step{{After: 1}} }},
		{"the client ends before a step", func(s *Scenario) { s.Steps = []Step{{After: 3, Restart: &Change{}}} }},
		{"steps stand in their order",
			func(s *Scenario) { s.Steps = []Step{{After: 2, Raise: RequireTLS}, {After: 1, Raise: PreferTLS}} }},
		{"the client has no Cert that runs out",
			func(s *Scenario) { s.Steps = []Step{{After: 1, Expire: pki.Client}} }},
		{"only who was the primary before another",
			func(s *Scenario) {
				s.Members = trio()
				s.Steps = []Step{{After: 1, Member: "a", Restart: &Change{}, Stale: true}}
			}},
		{"only who restarts is down",
			func(s *Scenario) { s.Steps = []Step{{After: 1, Raise: RequireTLS, Down: 5}} }},
		{"only a member of a set is elected, added or renamed", func(s *Scenario) { s.Steps = []Step{{After: 1, Elect: true}} }},
		{"say so in Slow", func(s *Scenario) {
			s.Client.Zone, s.Steps = "a. 60 IN A 127.0.0.1", []Step{{After: 1, Zone: "a. 60 IN A 127.0.0.2"}}
		}},
		{"a zone takes the place of another", func(s *Scenario) { s.Steps = []Step{{After: 1, Zone: "a. 60 IN A 127.0.0.2"}} }},
		{"there is no placeholder {x.port}", func(s *Scenario) { s.Client.Zone = "a. 60 IN SRV 0 0 {x.port} a." }},
		{`there is no member "x" of whom something is expected`, knowing(func(e *Expect) { e.At = names("x") })},
		{"a gap of 5 ms needs steps", knowing(func(e *Expect) { e.Gap = 5 })},
		{"connections are renewed when one has been Cut", knowing(func(e *Expect) { e.Renews = true })},
		{"Cut is how a connection falls silent", func(s *Scenario) { s.Server.Fault.Cut = true }},
		{"0 good and -1 bad connections", func(s *Scenario) { s.Server.Fault.Bad = -1 }},
		{`there is no mode ""`, func(s *Scenario) { s.Modes = []Mode{""} }},
		{"carries no claim", func(s *Scenario) { s.Expect, s.Claims = Characterised(), claims("M1") }},
		{"a characterised row cannot fail, so it expects no fact",
			func(s *Scenario) { s.Expect, s.Twin = Expect{Outcome: Unspecified, Pool: Kept}, "" }},
		{`there is no clusterAuthMode "x.509"`, func(s *Scenario) { s.Server.ClusterAuthMode = "x.509" }},
		{`there is no protocol "TLS1.0"`, func(s *Scenario) { s.Server.DisabledProtocols = "TLS1_3,TLS1.0" }},
		{`there is no point of a connection "hallo"`, func(s *Scenario) { s.Server.Fault.Close = "hallo" }},
		{`there is no point of a connection "start"`, func(s *Scenario) { s.Server.Fault.Stall = "start" }},
		{"cannot both be closed and stay silent",
			func(s *Scenario) { s.Server.Fault.Close, s.Server.Fault.Stall = AtHello, AtHello }},
		{`there is no version of TLS "1.5"`, func(s *Scenario) { s.Server.Fault.MaxTLS = "1.5" }},
		{`there is no version of TLS "TLS1.2"`,
			func(s *Scenario) { s.Client.Code = map[string]string{"tlsMinVersion": "TLS1.2"} }},
		{"300 is no TLS alert", func(s *Scenario) { s.Server.Fault.Alert = 300 }},
		{"256 is no TLS alert", func(s *Scenario) { s.Server.Fault.Warn = 256 }},
		{`there is no group "P-256"`, func(s *Scenario) { s.Server.Fault.Groups = names("P-256") }},
		{`there is no group "x25519"`, func(s *Scenario) { s.Server.Fault.For.Group = "x25519" }},
		{`there is no point of a connection "later"`, func(s *Scenario) { s.Server.Fault.Slow = "later" }},
		{`there is no way of quoting "raw"`, func(s *Scenario) { s.Client.Quote = "raw" }},
		{`there is no cipher suite "RC4"`, func(s *Scenario) { s.Server.Fault.Ciphers = names("RC4") }},
		{`there is no OCSP answer "revolked"`, func(s *Scenario) { s.Server.Responder.Answer = "revolked" }},
		{`there is no OCSP answer "godo"`,
			func(s *Scenario) { s.Server.Fault.Staple = ocsp.Behaviour{Answer: "godo"} }},
		{"a FirstResponder needs a Responder",
			func(s *Scenario) { s.Server.FirstResponder = ocsp.Behaviour{Answer: ocsp.Good} }},
		{"not for that of the fault", func(s *Scenario) {
			s.Server.Fault = Fault{Leaf: &pki.Leaf{}, Staple: ocsp.Behaviour{Answer: ocsp.Good}}
		}},
		{"clients that follow each other share a process",
			func(s *Scenario) { s.Before, s.Client.SystemRoots = []Earlier{{}}, true }},
		{"there is no placeholder {before}",
			func(s *Scenario) { s.Before = []Earlier{{Client: Client{Options: "tls={before}"}}} }},
		{`"reader" is no role`, func(s *Scenario) { s.Server.Users = []User{{Roles: names("reader")}} }},
		{`there is no authority "of the server"`, func(s *Scenario) { s.Server.Leaf.Issuer = "of the server" }},
		{`there is no authority "of its file"`, func(s *Scenario) { s.Server.CAFile = names("of its file") }},
		{`there is no authority "of its chain"`, func(s *Scenario) { s.Server.Form.Chain = names("of its chain") }},
		{`there is no authority "of the fault"`,
			func(s *Scenario) { s.Server.Fault.Leaf = &pki.Leaf{Issuer: "of the fault"} }},
		{`there is no authority "of the client"`,
			func(s *Scenario) { s.Client.Cert = &pki.Leaf{Issuer: "of the client"} }},
		{`there is no authority "of a file"`, func(s *Scenario) { s.Client = bundle("of a file") }},
		{`there is no authority "of members"`, func(s *Scenario) { s.Server.ClusterCAFile = names("of members") }},
		{`there is no authority "of its list"`, func(s *Scenario) { s.Server.CRL = &pki.CRL{Issuer: "of its list"} }},
		{`there is no authority "of its key file"`,
			func(s *Scenario) { s.Server.Form.Parts = []pki.Part{{CA: "of its key file"}} }},
		{`there is no authority "of a new file"`, func(s *Scenario) { s.Steps = []Step{{Files: bundle("of a new file").Files}} }},
		{`there is no authority "of a new client"`,
			func(s *Scenario) { s.Steps = []Step{{Cert: &pki.Leaf{Issuer: "of a new client"}}} }},
		{`there is no authority "of a changed server"`,
			func(s *Scenario) {
				s.Steps = []Step{{Restart: &Change{Leaf: &pki.Leaf{Issuer: "of a changed server"}}}}
			}},
		{`there is no algorithm of a key "rsa"`, func(s *Scenario) { s.Server.Leaf.Key = "rsa" }},
		{`there is no signature "sha-1"`, func(s *Scenario) { s.Server.Leaf.Signature = "sha-1" }},
		{`there is no type of strings "utf8"`, func(s *Scenario) { s.Client.Cert = &pki.Leaf{Strings: "utf8"} }},
		{`there is no format of a key "pkcs8"`, func(s *Scenario) { s.Client.Form.Format = "pkcs8" }},
		{`there is no encryption of a key "aes"`, func(s *Scenario) { s.Client.Form.Encrypt = "aes" }},
		{`there is no encoding of a file "pem"`, func(s *Scenario) { s.Client.Form.As = "pem" }},
		{`there is no encoding of a file "bags"`,
			func(s *Scenario) { s.Client.Files = map[string]pki.File{"a": {As: "bags"}} }},
		{`there is no encoding of a file "lf"`,
			func(s *Scenario) { s.Server.Form.Parts = []pki.Part{{As: "lf"}} }},
		{`there is no option "tlsCaFile" for Code`,
			func(s *Scenario) { s.Client.Code = map[string]string{"tlsCaFile": "{ca}"} }},
		{"the URI has no place for Options and Add",
			func(s *Scenario) { s.Client.URI, s.Client.Add = plainURI, "tls=true" }},
		{"{ca} is no name for a file", func(s *Scenario) { s.Client.Files = map[string]pki.File{"ca": {}} }},
		{"a command needs its database", func(s *Scenario) { s.Client.Do = []Command{{JSON: `{"ping": 1}`}} }},
		{`["ping"] is no command`, func(s *Scenario) { s.Client.Do = []Command{{DB: "admin", JSON: `["ping"]`}} }},
		{`{"ping": is no command`, func(s *Scenario) { s.Client.Do = []Command{{DB: "admin", JSON: `{"ping":`}} }},
		{`there is no role "master"`, func(s *Scenario) { s.Members = []Member{{Name: "a", Role: "master"}} }},
		{`there is no role "ocsp signer"`, func(s *Scenario) { s.Steps = []Step{{Expire: "ocsp signer"}} }},
		{`there is no mode "on"`, func(s *Scenario) { s.Steps = []Step{{Raise: "on"}} }},
		{`there is no clusterAuthMode "key"`, func(s *Scenario) { s.Steps = []Step{{Cluster: "key"}} }},
		{`there is no clusterAuthMode "none"`,
			func(s *Scenario) { s.Members = []Member{{Name: "a", Differs: Change{ClusterAuthMode: "none"}}} }},
		{`there is no OCSP answer "gone"`,
			func(s *Scenario) { s.Steps = []Step{{Respond: &ocsp.Behaviour{Answer: "gone"}}} }},
		{`there is no way to tell a mongod its options "flags"`, func(s *Scenario) { s.Server.Told = "flags" }},
		{`there is no version of TLS "SSL3"`, func(s *Scenario) { s.Server.Fault.For.Version = "SSL3" }},
		{`"a_b.test" is no host name`, func(s *Scenario) { s.Members = []Member{{Name: "a", Host: "a_b.test"}} }},
		{`"a b.test" is no host name`, func(s *Scenario) { s.Members = []Member{{Name: "a", Horizon: "a b.test"}} }},
		{`"{a}.test" is no host name`, func(s *Scenario) { s.Steps = []Step{{Rename: "{a}.test"}} }},
		{`there is no host "b.test"`, func(s *Scenario) {
			s.Client.Host, s.Server.Fault.For.SNI = "a.test", "b.test"
		}},
		{`there is no host "c.test"`, func(s *Scenario) {
			s.Members = []Member{{Name: "a", Differs: Change{Fault: &Fault{For: Hello{SNI: "c.test"}}}}}
		}},
		{`there is no outcome "fails"`, func(s *Scenario) { s.Expect.Outcome = "fails" }},
		{`"bad-luck" is no reason that can be expected`, expecting(Refuses("bad-luck"))},
		{`"unclassified" is no reason that can be expected`, expecting(Refuses(evidence.Unclassified))},
		{"a refusal by the driver needs a reason", expecting(Refuses())},
		{`"bad-luck" is no cause that can be expected`, expecting(ClosedByServer("bad-luck"))},
		{"a refusal by the server needs a cause", expecting(ClosedByServer())},
		{"a refused command needs its name, code and code name", expecting(RefusedByCommand("find", 0, ""))},
		{`nobody sends the command "find"`, expecting(RefusedByCommand("find", 13, "Unauthorized"))},
		{"a time-out needs the option that sets it", expecting(TimesOut(""))},
		{"a time-out needs a value of connectTimeoutMS in Add", expecting(TimesOut("connectTimeoutMS"))},
		{"a reason belongs to a refusal by the driver", knowing(func(e *Expect) { e.Outcome = OverTLS })},
		{"a cause belongs to a refusal by the server",
			knowing(func(e *Expect) { e.Causes = []evidence.Cause{evidence.Staged} })},
		{"a command belongs to a refusal by command", knowing(func(e *Expect) { e.Command = "find" })},
		{"an option belongs to a time-out", knowing(func(e *Expect) { e.Option = "connectTimeoutMS" })},
		{"what connects has no error", expecting(Expect{Outcome: OverTLS, Mentions: names("localhost")})},
		{`there is no version of TLS "1.4"`, knowing(func(e *Expect) { e.Version = "1.4" })},
		{`"not a name" is no server name`, knowing(func(e *Expect) { e.SNI = "not a name" })},
		{`there is no way of stapling "some"`, knowing(func(e *Expect) { e.Stapling = "some" })},
		{`there is no amount of requests "one"`, knowing(func(e *Expect) { e.Requests = "one" })},
		{`there is no label "Overload"`, knowing(func(e *Expect) { e.NoLabels = []Label{"Overload"} })},
		{`there is no label "Retryable"`, knowing(func(e *Expect) { e.Labels = []Label{"Retryable"} })},
		{`there is no fate of a pool "clear"`, knowing(func(e *Expect) { e.Pool = "clear" })},
		{`there is no state of the user field "no"`, knowing(func(e *Expect) { e.User = "no" })},
		{`there is no answer to speculative authentication "ok"`, knowing(func(e *Expect) { e.Speculative = "ok" })},
		{`"bad-luck" is no reason that can be expected`,
			knowing(func(e *Expect) { e.Loses = []evidence.Reason{"bad-luck"} })},
		{`"unclassified" is no reason that can be expected`,
			knowing(func(e *Expect) { e.Loses = []evidence.Reason{evidence.Unclassified} })},
		{`the client has no option "tlsInsecur" to be warned about`, func(s *Scenario) {
			s.Client.Add, s.Expect.Warns = "tlsInsecure=x", "tlsInsecur"
		}},
		{`"Tr0ub4dor" is no secret of the row`, func(s *Scenario) {
			s.Client.Add, s.Expect.Hides = "tlsCertificateKeyFilePassword=Tr0ubador", names("Tr0ub4dor")
		}},
		{`there is no host "b.test"`, func(s *Scenario) {
			s.Members, s.Expect.Blames = []Member{{Name: "a", Host: "a.test"}}, names("b.test")
		}},
		{"an empty text stands in every other", knowing(func(e *Expect) { e.ServerSays = names("") })},
		{"-1 is no number of tries", knowing(func(e *Expect) { e.Tries = -1 })},
		{"there is no placeholder {prot}", func(s *Scenario) { s.Client.URI = "mongodb://{host}:{prot}/" }},
		{"nothing fills {keypassword} in Options", func(s *Scenario) { s.Client.Add = "appName={keypassword}" }},
		{"there is no placeholder {cafile}", func(s *Scenario) { s.Client.Options = "tls=true&tlsCAFile={cafile}" }},
		{"there is no placeholder {key}",
			func(s *Scenario) { s.Client.Code = map[string]string{"tlsCAFile": "{key}"} }},
		{"there is no placeholder {label}",
			func(s *Scenario) { s.Client.Zone = "node-{label}.example.test. 60 IN A 127.0.0.1" }},
		{"there is no placeholder {user}",
			func(s *Scenario) { s.Client.Do = []Command{{DB: "admin", JSON: `{"createUser": "{user}"}`}} }},
		{"nothing fills {host} in Host", func(s *Scenario) { s.Client.Host = "{host}" }},
		{"nothing fills {options} in Options and Add", func(s *Scenario) { s.Client.Add = "{options}" }},
		{"nothing fills {ca} in Do", func(s *Scenario) { s.Client.Do = []Command{{DB: "admin", JSON: `{"ping": "{ca}"}`}} }},
		{"nothing fills {subject} in DNS names of the server's certificate",
			func(s *Scenario) { s.Server.Leaf.DNS, s.Client.Cert = names("{subject}"), &pki.Leaf{} }},
		{"nothing fills {port} in SNI and Mentions", knowing(func(e *Expect) { e.Mentions = names("{port}") })},
		{"{client} needs a Cert", func(s *Scenario) { s.Client.Add = "tlsCertificateKeyFile={client}" }},
		{"{subject} needs a Cert", func(s *Scenario) { s.Server.Users = []User{{Name: "{subject}"}} }},
		{"a brace in Zone that belongs to no placeholder",
			func(s *Scenario) { s.Client.Zone = "node-{id.example.test. 60 IN A 127.0.0.1" }},
		{"nothing uses the file {both}", func(s *Scenario) { s.Client.Files = map[string]pki.File{"both": {}} }},
		{"a row that expects no connection needs a twin that does", func(s *Scenario) { s.Twin = "" }},
		{"the twin mode/none does not exist", func(s *Scenario) { s.Twin = "mode/none" }},
		{"the twin mode/refusal does not expect a connection", func(s *Scenario) { s.Twin = "mode/refusal" }},
		{"the twin mode/tls does not run in disabled", func(s *Scenario) { s.Modes = []Mode{Disabled} }},
		{"mode/refusal@broken: Says is missing: write the statement in one s",
			func(s *Scenario) { s.Variants = broken }},
		{"mode/refusal@broken: the id is used twice", func(s *Scenario) { s.Variants = slices.Concat(broken, broken) }},
	} {
		row := clone(refusal)
		d.spoil(&row)
		require.ErrorContains(t, Check([]Scenario{good, row}), d.says)
	}
}

var broken = []Variant{{"broken", func(s *Scenario) { s.Says = "" }}}

func TestCheckQuestions(t *testing.T) {
	rows := []Scenario{{ID: "mode/tls"}, {ID: "mode/plain", Modes: []Mode{AllowTLS}}}
	require.NoError(t, CheckQuestions([]Question{{"TLS", "connects", "mode/tls", ByConformance}}, rows))
	for defect, q := range map[string]Question{
		`the driver connects: there is no way to say yes "refusing"`: {"TLS", "connects", "mode/tls", "refusing"},
		`who conforms to mode/tls does not answer by refusal`:        {"TLS", "refuses", "mode/tls", ByRefusal},
		`no scenario "mode/none" runs in requireTLS`:                 {"TLS", "connects", "mode/none", ByConformance},
		`no scenario "mode/plain" runs in requireTLS`:                {"TLS", "connects", "mode/plain", ByConformance},
	} {
		require.ErrorContains(t, CheckQuestions([]Question{q}, rows), defect)
	}
}
