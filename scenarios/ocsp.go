package scenarios

import (
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Switches of a client.
const (
	endpointOff   = "tlsDisableOCSPEndpointCheck=true"
	revocationOff = "tlsDisableCertificateRevocationCheck=true"
)

// rsa and delegate are the other forms of the drivers' own matrix: the responder's key, and who signs.
var (
	rsa      = Variant{Name: "rsa", With: func(s *Scenario) { s.Server.Leaf.Key = key.RSA2048 }}
	delegate = Variant{Name: "delegate", With: func(s *Scenario) { s.Server.Responder.Delegate = true }}

	rsaDelegate = Variant{Name: "rsa-delegate", With: func(s *Scenario) { rsa.With(s); delegate.With(s) }}

	// onHold is a revocation that may end again.
	onHold = Variant{Name: "on-hold", With: func(s *Scenario) { s.Modes, s.Server.Responder.Answer = Once, ocsp.OnHold }}
)

// beyondLife is after how many milliseconds a brief answer has expired.
const beyondLife = int(ocsp.Life/time.Millisecond) + 300

// Online status: what the server staples, and what a responder says when asked.
var ocspRows = []Scenario{
	{
		ID:       "ocsp/t1-valid-stapled",
		Says:     "A driver must connect to a server that staples a good answer, without asking anybody.",
		Because:  "OCSP support spec, tests/README.md, test 1; Suggested OCSP Behavior, step 3: a good staple decides",
		Claims:   claims("P5"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		Expect:   Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests},
		Variants: []Variant{rsa, delegate, rsaDelegate, tls12},
	},
	{
		ID:       "ocsp/t2-revoked-stapled",
		Says:     "A driver must refuse a server that staples its own revocation.",
		Because:  "OCSP support spec, tests/README.md, test 2",
		Claims:   claims("P4", "P5"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Expect:   Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Stapling: Stapled},
		Twin:     "ocsp/t1-valid-stapled",
		Variants: []Variant{rsa, delegate, rsaDelegate, tls12, onHold},
	},
	{
		ID:       "ocsp/t3-valid-no-staple",
		Says:     "A driver must ask the responder of a server that does not staple, and connect on a good answer.",
		Because:  "OCSP support spec, tests/README.md, test 3; Suggested OCSP Behavior, step 7",
		Claims:   claims("P6"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}, NoStaple: true},
		Expect:   Expect{Outcome: OverTLS, Stapling: Unstapled, Requests: SomeRequests},
		Variants: []Variant{rsa, delegate, rsaDelegate},
	},
	{
		ID:      "ocsp/t4-revoked-no-staple",
		Says:    "A driver must refuse a server that does not staple and whose responder calls it revoked.",
		Because: "OCSP support spec, tests/README.md, test 4; Suggested OCSP Behavior, step 7",
		Claims:  claims("P6"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Expect: Expect{
			Outcome:  InHandshake,
			Reasons:  []evidence.Reason{evidence.Revoked},
			Stapling: Unstapled,
			Requests: SomeRequests,
		},
		Twin:     "ocsp/t3-valid-no-staple",
		Variants: []Variant{rsa, delegate, rsaDelegate, onHold},
	},
	{
		ID:       "ocsp/soft-fail-no-responder",
		Says:     "A driver must connect when nobody answers for the responder.",
		Because:  "OCSP support spec, tests/README.md, soft fail test; Suggested OCSP Behavior, step 10",
		Claims:   claims("P6"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Down}, NoStaple: true},
		Expect:   Connects(),
		Variants: []Variant{rsa},
	},
	{
		ID:       "ocsp/malicious1",
		Says:     "A driver must refuse a server that is revoked and withholds the staple that its certificate promises.",
		Because:  "OCSP support spec, tests/README.md, malicious server test 1; RFC 7633 section 4.2.3.1",
		Claims:   claims("P5"),
		Server:   Server{Leaf: pki.Leaf{MustStaple: true}, Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Expect:   Refuses(evidence.MustStapleMissing, evidence.Revoked),
		Twin:     "ocsp/must-staple-stapled",
		Variants: []Variant{rsa, delegate, rsaDelegate},
	},
	{
		ID: "ocsp/malicious2",
		Says: "A driver must refuse a server that withholds the staple that its certificate promises, when nobody can " +
			"be asked.",
		Because: "OCSP support spec, tests/README.md, malicious server test 2; RFC 7633 section 4.2.3.1",
		Claims:  claims("P5"),
		Server:  Server{Leaf: pki.Leaf{MustStaple: true}, Responder: ocsp.Behaviour{Answer: ocsp.Down}, NoStaple: true},
		Expect:  Refuses(evidence.MustStapleMissing),
		Twin:    "ocsp/must-staple-stapled",
		Variants: []Variant{
			rsa,
			{"among-features", func(s *Scenario) {
				s.Modes, s.Server.Leaf, s.Twin = Once, amongFeatures, "ocsp/must-staple-stapled@among-features"
			}},
		},
	},
	{
		ID:      "ocsp/must-staple-stapled",
		Says:    "A driver must connect to a server that staples what its certificate promises.",
		Because: "OCSP support spec, Suggested OCSP Behavior, steps 1 and 3; RFC 7633",
		Server:  Server{Leaf: pki.Leaf{MustStaple: true}, Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests},
		Variants: []Variant{
			{"among-features", func(s *Scenario) { s.Modes, s.Server.Leaf = Once, amongFeatures }},
		},
	},
	{
		ID:       "ocsp/insecure-row",
		Says:     "A driver with tlsInsecure must not look at the status at all.",
		Because:  "OCSP support spec: tlsInsecure=true, so the driver MUST disable OCSP; tests/README.md, second row",
		Claims:   claims("P14"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Client:   Client{Add: "tlsInsecure=true"},
		Expect:   Expect{Outcome: OverTLS, Requests: NoRequests},
		Variants: append(matrix(), Variant{"bad-staple", func(s *Scenario) { s.Server = stapling(ocsp.Malformed) }}),
	},
	{
		ID:   "ocsp/allow-certs-row",
		Says: "A driver with tlsAllowInvalidCertificates must not look at the status at all.",
		Because: "OCSP support spec: tlsAllowInvalidCertificates=true, so the driver MUST disable OCSP; tests/README.md, " +
			"third row",
		Claims:   claims("P16"),
		Server:   Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Client:   Client{Add: "tlsAllowInvalidCertificates=true"},
		Expect:   Expect{Outcome: OverTLS, Requests: NoRequests},
		Variants: matrix(),
	},
	{
		ID:      "ocsp/endpoint-off-revoked-no-staple",
		Says:    "A driver with tlsDisableOCSPEndpointCheck must not ask the responder, and must connect.",
		Because: "OCSP support spec, tlsDisableOCSPEndpointCheck: MUST NOT reach out to OCSP endpoints",
		Claims:  claims("P7"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Client:  Client{Add: endpointOff},
		Expect:  Expect{Outcome: OverTLS, Requests: NoRequests},
		Variants: []Variant{
			{"in-code", func(s *Scenario) {
				s.Modes = Once
				s.Client = Client{Code: map[string]string{"tlsDisableOCSPEndpointCheck": "true"}}
			}},
		},
	},
	{
		ID:      "ocsp/endpoint-on-revoked-no-staple",
		Says:    "A driver with tlsDisableOCSPEndpointCheck=false must ask the responder.",
		Because: "OCSP support spec, tlsDisableOCSPEndpointCheck: when false, a driver MUST reach out if needed",
		Claims:  claims("P7"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true},
		Client:  Client{Add: "tlsDisableOCSPEndpointCheck=false"},
		Expect:  Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:    "ocsp/endpoint-off-revoked-no-staple",
	},
	{
		ID:      "ocsp/endpoint-off-good-staple",
		Says:    "A driver with tlsDisableOCSPEndpointCheck must accept a good staple.",
		Because: "OCSP support spec, tlsDisableOCSPEndpointCheck: only non-stapled OCSP is disabled",
		Claims:  claims("P8"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}},
		Client:  Client{Add: endpointOff},
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests},
		Variants: []Variant{
			{"must-staple", func(s *Scenario) { s.Server.Leaf.MustStaple = true }},
		},
	},
	{
		ID:      "ocsp/endpoint-off-revoked-staple",
		Says:    "A driver with tlsDisableOCSPEndpointCheck must still refuse a stapled revocation.",
		Because: "OCSP support spec, tlsDisableOCSPEndpointCheck: stapled OCSP stays enabled",
		Claims:  claims("P8"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Client:  Client{Add: endpointOff},
		Expect:  Refuses(evidence.Revoked),
		Twin:    "ocsp/endpoint-off-good-staple",
	},
	{
		ID:      "ocsp/endpoint-off-must-staple",
		Says:    "A driver with tlsDisableOCSPEndpointCheck must still demand the staple that a certificate promises.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 1; stapled OCSP stays enabled",
		Claims:  claims("P8"),
		Server:  Server{Leaf: pki.Leaf{MustStaple: true}, Responder: ocsp.Behaviour{Answer: ocsp.Good}, NoStaple: true},
		Client:  Client{Add: endpointOff},
		Expect:  Refuses(evidence.MustStapleMissing),
		Twin:    "ocsp/endpoint-off-good-staple@must-staple",
	},
	{
		ID:      "ocsp/revocation-off",
		Says:    "A driver with tlsDisableCertificateRevocationCheck must connect, and must ask nobody, whatever the status.",
		Because: "OCSP support spec, tlsDisableCertificateRevocationCheck: MUST NOT check via CRLs or OCSP",
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Client:  Client{Add: revocationOff},
		Expect:  Expect{Outcome: OverTLS, Requests: NoRequests},
		Variants: []Variant{
			{"no-staple", func(s *Scenario) { s.Server.NoStaple = true }},
			{"must-staple", func(s *Scenario) { s.Server.NoStaple, s.Server.Leaf.MustStaple = true, true }},
			{"bad-staple", func(s *Scenario) { s.Server = stapling(ocsp.WrongKey) }},
			{"no-status", func(s *Scenario) { s.Server = Server{} }},
		},
	},
	{
		ID:      "ocsp/revocation-off-false",
		Says:    "A driver with tlsDisableCertificateRevocationCheck=false must heed a stapled revocation.",
		Because: "OCSP support spec, tlsDisableCertificateRevocationCheck: false is the default",
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}},
		Client:  Client{Add: "tlsDisableCertificateRevocationCheck=false"},
		Expect:  Refuses(evidence.Revoked),
		Twin:    "ocsp/t1-valid-stapled",
	},
	{
		ID:      "ocsp/revocation-off-bad-host",
		Says:    "A driver with tlsDisableCertificateRevocationCheck must still refuse another name.",
		Because: "URI options spec: the option is about revocation only; mongo-go-driver#2571",
		Claims:  claims("M9"),
		Server:  Server{Leaf: pki.Leaf{DNS: names("other.example.test")}},
		Client:  Client{Add: revocationOff},
		Expect:  Refuses(evidence.NameMismatch),
		Twin:    "ocsp/revocation-off@no-status",
	},
	{
		ID:      "ocsp/revocation-off-wrong-ca",
		Says:    "A driver with tlsDisableCertificateRevocationCheck must still refuse an unknown authority.",
		Because: "URI options spec: the option is about revocation only; mongo-go-driver#2571",
		Claims:  claims("M5"),
		Client:  Client{Options: "tls=true&tlsCAFile={other}&" + revocationOff},
		Expect:  Refuses(evidence.Untrusted),
		Twin:    "ocsp/revocation-off@no-status",
	},
	badStaple("ocsp/staple-expired", "that has expired", ocsp.Expired, "step 2; RFC 6960 section 3.2 (6)"),
	badStaple("ocsp/staple-future", "of the future", ocsp.Future, "step 2; RFC 6960 section 3.2 (5)"),
	badStaple("ocsp/staple-other-serial", "for another certificate", ocsp.OtherCert, "step 2; RFC 6960 section 3.2 (1)"),
	badStaple(
		"ocsp/staple-wrong-issuer-key",
		"that a stranger signed",
		ocsp.WrongKey,
		"step 2; RFC 6960 section 3.2 (2)",
	),
	badStaple("ocsp/staple-malformed", "that is no OCSP response", ocsp.Malformed, "step 2; RFC 6960 section 4.2"),
	badStaple("ocsp/delegate-no-eku", "whose signer may not sign OCSP", ocsp.NoUsage, "step 2; RFC 6960 section 4.2.2.2"),
	badStaple(
		"ocsp/delegate-for-server",
		"whose signer has the certificate of a server",
		ocsp.ForServer,
		"step 2; RFC 6960 section 4.2.2.2: id-kp-OCSPSigning, by the authority that issued the certificate",
	),
	badStaple(
		"ocsp/delegate-as-issuer",
		"whose signer calls itself the issuer, and has the certificate of a server",
		ocsp.AsIssuer,
		"step 2; RFC 6960 section 4.2.2.2: who signs is known by the certificate, not by the name in the answer",
	),
	{
		ID:      "ocsp/staple-good",
		Says:    "A driver must accept a good staple for a certificate that names no responder.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 3",
		Server:  stapling(ocsp.Good),
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled},
	},
	{
		ID:      "ocsp/staple-no-nextupdate",
		Says:    "A driver must accept a good staple that does not say when the next one comes.",
		Because: "RFC 6960 section 2.4: without nextUpdate newer information is available all the time",
		Server:  stapling(ocsp.NoUpdate),
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled},
	},
	{
		ID:      "ocsp/staple-unknown-status",
		Says:    "A driver must connect when the staple says unknown and nobody else can be asked.",
		Because: "OCSP support spec: unknown is not conclusive; Suggested OCSP Behavior, step 10",
		Server:  stapling(ocsp.Unknown),
		Expect:  Connects(),
	},
	{
		ID:      "ocsp/staple-unknown-then-revoked",
		Says:    "A driver must ask the responder when the staple says unknown.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: while the certificate remains unvalidated",
		Claims:  claims("P6"),
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true,
			Fault: Fault{Staple: ocsp.Behaviour{Answer: ocsp.Unknown}}},
		Expect: Refuses(evidence.Revoked),
		Twin:   "ocsp/staple-unknown-status",
	},
	{
		ID:   "ocsp/staple-trylater",
		Says: "Does a staple with the error tryLater end the handshake?",
		Because: "OCSP support spec, step 2, calls invalid responses fatal; RFC 6960 section 2.3 calls this a transient " +
			"condition",
		Server: stapling(ocsp.TryLater),
		Expect: Characterised(),
	},
	{
		ID:      "ocsp/responder-useless",
		Says:    "A driver must connect when the responder's answer is malformed or otherwise useless.",
		Because: "OCSP support spec, Suggested OCSP Behavior, steps 7 and 10: only valid answers count, else soft fail",
		Claims:  claims("P6"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Malformed}, NoStaple: true},
		Expect:  Expect{Outcome: OverTLS, Requests: SomeRequests},
		Variants: []Variant{
			answering(ocsp.HTTP500), answering(ocsp.TryLater), answering(ocsp.Unknown), answering(ocsp.Expired),
			answering(ocsp.Future), answering(ocsp.OtherCert), answering(ocsp.WrongKey), answering(ocsp.NoUsage),
		},
	},
	{
		ID:   "ocsp/responder-not-believed",
		Says: "A driver must connect when the responder's answer says revoked, and is not one to be believed.",
		Because: "OCSP support spec, Suggested OCSP Behavior, steps 7 and 10: only valid answers count, else soft fail; " +
			"RFC 6960 section 3.2",
		Claims: claims("P6"),
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.WrongKey, Revoked: true}, NoStaple: true},
		Expect: Expect{Outcome: OverTLS, Requests: SomeRequests},
		Variants: []Variant{
			answering(ocsp.Expired), answering(ocsp.Future), answering(ocsp.OtherCert), answering(ocsp.NoUsage),
		},
	},
	{
		ID:      "ocsp/responder-redirect",
		Says:    "Does a driver follow a responder's redirect?",
		Because: "RFC 6960 appendix A does not speak of it",
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Redirect}, NoStaple: true},
		Expect:  Characterised(),
	},
	{
		ID:      "ocsp/responder-slow",
		Says:    "A driver must wait for a responder that takes a second.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: a default timeout of five seconds",
		Claims:  claims("P6"),
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Slow}, NoStaple: true},
		Expect:  Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:    "ocsp/t3-valid-no-staple",
	},
	{
		ID:      "ocsp/responder-silent",
		Says:    "A driver must give up on a responder that is silent, and connect.",
		Because: "OCSP support spec, Suggested OCSP Behavior, steps 7 and 10: a timeout of five seconds, then soft fail",
		Claims:  claims("P6"),
		Modes:   Once,
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Silent}, NoStaple: true,
			Fault: Fault{LoadBalancer: true}}, // which nobody checks, so that one connection asks
		Client: Client{Add: "loadBalanced=true"},
		Expect: Expect{Outcome: OverTLS, Requests: SomeRequests},
	},
	{
		ID: "ocsp/responder-slow-connect-timeout",
		Says: "What comes first, connectTimeoutMS or an answer that the responder takes longer for, and does the driver " +
			"connect without it?",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: connectTimeoutMS may bound the request; it is left " +
			"open what it bounds else",
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Slow}, NoStaple: true},
		Client: Client{Add: "connectTimeoutMS=500"},
		Expect: Characterised(),
	},
	{
		ID:      "ocsp/two-endpoints-good",
		Says:    "A driver must connect when the first of two responders is dead and the second says good.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: all responders are asked in parallel",
		Server:  twoResponders(ocsp.Good),
		Expect:  Expect{Outcome: OverTLS, Requests: SomeRequests},
		Variants: []Variant{
			{"second-dead", func(s *Scenario) { s.Modes, s.Server = Once, secondDead(ocsp.Good) }},
		},
	},
	{
		ID:      "ocsp/two-endpoints-first-dead",
		Says:    "A driver must refuse when the first of two responders is dead and the second says revoked.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: the first valid and conclusive response is used",
		Claims:  claims("P6"),
		Server:  twoResponders(ocsp.Revoked),
		Expect:  Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:    "ocsp/two-endpoints-good",
	},
	{
		ID:      "ocsp/two-endpoints-second-dead",
		Says:    "A driver must refuse when the first of two responders says revoked and the second is dead.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: the first valid and conclusive response is used",
		Claims:  claims("P6"),
		Modes:   Once,
		Server:  secondDead(ocsp.Revoked),
		Expect:  Refuses(evidence.Revoked),
		Twin:    "ocsp/two-endpoints-good@second-dead",
	},
	{
		ID: "ocsp/two-endpoints-first-not-believed",
		Says: "A driver must refuse when the first of two responders says good, and is not to be believed, and the " +
			"second says revoked.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: the first valid and conclusive response is used; RFC " +
			"6960 section 3.2",
		Claims: claims("P6"),
		Server: Server{
			FirstResponder: ocsp.Behaviour{Answer: ocsp.WrongKey},
			Responder:      ocsp.Behaviour{Answer: ocsp.Revoked},
			NoStaple:       true,
		},
		Expect: Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:   "ocsp/two-endpoints-good",
		Variants: []Variant{
			first(ocsp.Expired), first(ocsp.Future), first(ocsp.OtherCert), first(ocsp.NoUsage), first(ocsp.Unknown),
			first(ocsp.Malformed), first(ocsp.TryLater), first(ocsp.HTTP500),
		},
	},
	{
		ID:      "ocsp/chain-of-three-issuer",
		Says:    "A driver must check the staple of a leaf with the intermediate that issued it.",
		Because: "RFC 6960 section 4.2.2.2: the issuer of the certificate in question; RUBY-3694 took the last of the chain",
		Server:  chainOfThree(ocsp.Good),
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests},
		Variants: []Variant{
			{"no-staple", func(s *Scenario) {
				s.Server.NoStaple, s.Expect = true, Expect{Outcome: OverTLS, Stapling: Unstapled, Requests: SomeRequests}
			}},
		},
	},
	{
		ID:      "ocsp/chain-of-three-issuer-revoked",
		Says:    "A driver must refuse a leaf whose intermediate's responder calls it revoked.",
		Because: "RFC 6960 section 4.2.2.2; OCSP support spec, Suggested OCSP Behavior, steps 3 and 7",
		Claims:  claims("P5"),
		Server:  chainOfThree(ocsp.Revoked),
		Expect:  Refuses(evidence.Revoked),
		Twin:    "ocsp/chain-of-three-issuer",
		Variants: []Variant{
			{"no-staple", func(s *Scenario) { s.Server.NoStaple, s.Twin = true, "ocsp/chain-of-three-issuer@no-staple" }},
		},
	},
	{
		ID:   "ocsp/issuer-not-next",
		Says: "A driver must check the staple with the issuer by which it verified the leaf, wherever it found that.",
		Because: "RFC 6960 section 4.2.2.2: the issuer of the certificate in question; RFC 8446 section 4.4.2: arbitrary " +
			"orderings; PYTHON-2147, CDRIVER-3734: it was looked for in what the server sends",
		Modes:    Once,
		Server:   behindStrangers(ocsp.Good),
		Expect:   Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests},
		Variants: elsewhereIssued(ocsp.Good),
	},
	{
		ID:       "ocsp/issuer-not-next-revoked",
		Says:     "A driver must heed a stapled revocation wherever it found the issuer of the leaf.",
		Because:  "RFC 6960 section 4.2.2.2: the issuer of the certificate in question; PYTHON-2147",
		Claims:   claims("P5"),
		Modes:    Once,
		Server:   behindStrangers(ocsp.Revoked),
		Expect:   Refuses(evidence.Revoked),
		Twin:     "ocsp/issuer-not-next",
		Variants: elsewhereIssued(ocsp.Revoked),
	},
	{
		ID:   "ocsp/intermediate-revoked",
		Says: "A driver must not ask about an intermediate, though the responder that it names calls it revoked.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 8: drivers SHOULD NOT query OCSP endpoints for " +
			"intermediate certificates",
		Modes:  Once,
		Server: sending("revoked-intermediate"),
		Expect: Connects(),
	},
	{
		ID: "ocsp/cache-expiry",
		Says: "A driver must refuse a server that is revoked by the time that it comes back, though it has a good answer, " +
			"which has expired.",
		Because: "RFC 6960 section 4.2.2.1: an answer whose nextUpdate has passed is not reliable; OCSP support spec, OCSP " +
			"caching",
		Claims: claims("P6"),
		Modes:  Once,
		Server: Server{Responder: ocsp.Behaviour{Answer: ocsp.Brief}, NoStaple: true},
		Steps:  []Step{{After: 1, Respond: &revoked}, {After: 1, Wait: beyondLife}, {After: 1, Restart: &Change{}}},
		Client: Client{Add: patient, Do: work(2)},
		Expect: Refuses(evidence.Revoked, evidence.CertRefused, evidence.PeerClosed),
		Twin:   "ocsp/cache-expiry-good",
	},
	{
		ID:      "ocsp/cache-expiry-good",
		Says:    "A driver must go on with a server that comes back after its good answer has expired, and is good still.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7; OCSP caching",
		Claims:  claims("P6"),
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Brief}, NoStaple: true},
		Steps:   []Step{{After: 1, Wait: beyondLife}, {After: 1, Restart: &Change{}}},
		Client:  Client{Add: enduring, Do: work(2)},
		Expect:  Expect{Outcome: OverTLS, Requests: SomeRequests},
	},
	badStaple("ocsp/delegate-expired", "whose signer's certificate has expired", ocsp.OldSigner,
		"step 2; RFC 6960 section 4.2.2.2: the delegate's certificate must be valid"),
	{
		ID:      "ocsp/responder-sha1-certid",
		Says:    "A driver must accept a staple that names the certificate by SHA-256.",
		Because: "RFC 6960 section 4.1.1: any hash; drivers-evergreen-tools#762 and #771",
		Modes:   Once,
		Server:  stapling(ocsp.SHA256),
		Expect:  Expect{Outcome: OverTLS, Stapling: Stapled},
	},
	{
		ID:      "ocsp/responder-uri-no-path",
		Says:    "A driver must ask a responder whose address has no path.",
		Because: "RFC 6960 appendix A.1: any HTTP URI; RUBY-2361: it asked for no path at all",
		Claims:  claims("P6"),
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Good, NoPath: true}, NoStaple: true},
		Expect:  Expect{Outcome: OverTLS, Stapling: Unstapled, Requests: SomeRequests},
	},
	{
		ID:      "ocsp/responder-uri-no-path-revoked",
		Says:    "A driver must heed a revocation from a responder whose address has no path.",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7; RUBY-2361",
		Claims:  claims("P6"),
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked, NoPath: true}, NoStaple: true},
		Expect:  Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:    "ocsp/responder-uri-no-path",
	},
	{
		ID:      "ocsp/responder-by-host",
		Says:    "A driver must ask a responder by its host, which others share an address with.",
		Because: "RFC 9112 section 3.2: a client MUST send Host; CDRIVER-3734: it did not, and got no answer",
		Claims:  claims("P6"),
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.ByHost}, NoStaple: true},
		Expect:  Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Revoked}, Requests: SomeRequests},
		Twin:    "ocsp/t3-valid-no-staple",
	},
	{
		ID:      "ocsp/get-vs-post",
		Says:    "Does a driver ask by GET where the responder refuses a POST?",
		Because: "RFC 6960 appendix A.1: requests up to 255 bytes MAY use GET",
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.GetOnly}, NoStaple: true},
		Expect:  Characterised(),
	},
	{
		ID:      "ocsp/endpoints-conflict",
		Says:    "Which of two responders counts, where the first says good at once, and the other revoked a second later?",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 7: the first conclusive answer, of requests in parallel",
		Modes:   Once,
		Server: Server{FirstResponder: ocsp.Behaviour{Answer: ocsp.Good}, Responder: ocsp.Behaviour{Answer: ocsp.Slow},
			NoStaple: true},
		Expect: Characterised(),
	},
	{
		ID:      "ocsp/responder-slow-csot",
		Says:    "What comes first, timeoutMS or an answer that the responder takes longer for?",
		Because: "Client side operations timeout spec: where a driver cannot bound the request it documents that",
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Slow}, NoStaple: true},
		Client:  Client{Add: "timeoutMS=500"},
		Expect:  Characterised(),
	},
	{
		ID:      "ocsp/cache-hit",
		Says:    "Does a driver ask again for a certificate that it has a current answer for?",
		Because: "OCSP support spec, Suggested OCSP Behavior, step 4: a cache is suggested, where there is one",
		Modes:   Once,
		Server:  Server{Responder: ocsp.Behaviour{Answer: ocsp.Good}, NoStaple: true},
		Before:  []Earlier{{}},
		Expect:  Characterised(),
	},
}

// matrix is the official one, but for its second column, which is the row that has these variants: what the server
// has, in the forms of the responder's key and of who signs.
func matrix() (all []Variant) {
	good := ocsp.Behaviour{Answer: ocsp.Good}
	revoked, down := ocsp.Behaviour{Answer: ocsp.Revoked}, ocsp.Behaviour{Answer: ocsp.Down}
	for _, column := range []struct {
		name   string
		server Server
	}{
		{"good-staple", Server{Responder: good}}, {"", Server{Responder: revoked}},
		{"good-no-staple", Server{Responder: good, NoStaple: true}},
		{"no-staple", Server{Responder: revoked, NoStaple: true}},
		{"no-responder", Server{Responder: down, NoStaple: true}},
		{"must-staple", Server{Leaf: pki.Leaf{MustStaple: true}, Responder: revoked, NoStaple: true}},
		{"must-staple-no-responder", Server{Leaf: pki.Leaf{MustStaple: true}, Responder: down, NoStaple: true}},
	} {
		for _, form := range []Variant{{"", func(*Scenario) {}}, rsa, delegate, rsaDelegate} {
			name := strings.Trim(column.name+"-"+form.Name, "-")
			if name == "" || column.server.Responder == down && strings.HasSuffix(form.Name, delegate.Name) {
				continue // the row itself; nobody signs
			}
			all = append(all, Variant{name, func(s *Scenario) {
				s.Server = column.server
				form.With(s)
				if !slices.Contains(inAllModes, name) {
					s.Modes = Once
				}
			}})
		}
	}
	return all
}

// amongFeatures promises a staple behind another TLS feature, status_request_v2.
var amongFeatures = pki.Leaf{Extensions: pki.Extensions{pki.TLSFeature: "17, 5"}}

// inAllModes are the forms that run in each mode of the server; of the others, one mode says it all.
var inAllModes = names("no-staple", "must-staple")

// badStaple is a row about a staple that no mongod sends and every driver must refuse.
func badStaple(id, which, answer, step string) Scenario {
	return Scenario{
		ID:      id,
		Says:    "A driver must refuse a server that staples an answer " + which + ".",
		Because: "OCSP support spec, Suggested OCSP Behavior, " + step,
		Claims:  claims("P5"),
		Server:  stapling(answer),
		Expect:  Refuses(evidence.OCSPInvalid),
		Twin:    "ocsp/staple-good",
	}
}

// stapling is a server that staples this answer, and whose certificate names no responder.
func stapling(answer string) Server {
	return Server{Fault: Fault{Staple: ocsp.Behaviour{Answer: answer}}}
}

// answering is a variant in which the responder answers so.
func answering(answer string) Variant {
	return Variant{Name: answer, With: func(s *Scenario) { s.Server.Responder.Answer = answer }}
}

// first is a variant in which the first responder answers so.
func first(answer string) Variant {
	return Variant{Name: answer, With: func(s *Scenario) { s.Server.FirstResponder.Answer = answer }}
}

// twoResponders is a server whose certificate names a responder that is not there, then one that answers so.
func twoResponders(answer string) Server {
	return Server{
		Leaf:      pki.Leaf{OCSP: names("http://127.0.0.1:1/")},
		Responder: ocsp.Behaviour{Answer: answer},
		NoStaple:  true,
	}
}

// secondDead is a server whose certificate names a responder that answers so, then one that is not there.
func secondDead(answer string) Server {
	return Server{FirstResponder: ocsp.Behaviour{Answer: answer}, Responder: ocsp.Behaviour{Answer: ocsp.Down},
		NoStaple: true}
}

// chainOfThree is a server with a leaf of an intermediate. mongod staples for it only if its CA file holds the
// intermediate.
func chainOfThree(answer string) Server {
	return Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}, Form: pki.KeyForm{Chain: names(pki.Intermediate)},
		CAFile: names(pki.CA, pki.Intermediate), Responder: ocsp.Behaviour{Answer: answer}}
}

// behindStrangers is one whose server sends other certificates before that of the issuer.
func behindStrangers(answer string) Server {
	s := chainOfThree(answer)
	s.Form.Chain = names(pki.Other, "rsa-ca", pki.Intermediate)
	return s
}

// elsewhereIssued are other places of the issuer than behind the leaf.
func elsewhereIssued(answer string) []Variant {
	return []Variant{
		{"in-cafile", func(s *Scenario) { // a mongod that has no issuer to send staples nothing
			s.Server = Server{Leaf: pki.Leaf{Issuer: pki.Intermediate}, Fault: Fault{Staple: ocsp.Behaviour{Answer: answer}}}
			s.Client = bundle(pki.CA, pki.Intermediate)
		}},
		{"same-name", func(s *Scenario) {
			s.Server = Server{Responder: ocsp.Behaviour{Answer: answer}}
			s.Client = bundle("same-name", pki.CA)
		}},
	}
}
