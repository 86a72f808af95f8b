package mutant

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// Servers that are not as they should be: they show that rows about servers, and about what a driver makes of them,
// can fail.
var servers = []Mutant{
	{
		Name: "serves-clear-text",
		Says: "The server runs in preferTLS where requireTLS was asked for.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.Mode == scenarios.RequireTLS {
				p.Config.Mode = scenarios.PreferTLS
			}
		}),
		Kills: kills(servedIt, "mode/require-plain-client*", "set/primary-requires-tls"),
	},
	{
		Name: "signs-with-anything",
		Says: "The server signs its handshakes as its client likes, whatever it was told.",
		Backend: configured(func(p *server.Plan) {
			if told := p.Fault.OpenSSL; told != nil {
				other := *told
				other.SignatureAlgorithms = ""
				p.Fault.OpenSSL = &other
			}
		}),
		Kills: kills(servedIt, "proto/sha1-handshake"),
	},
	{
		Name:    "ends-tls-for-its-proxy",
		Says:    "The server takes commands from inside the TLS of a proxy, though it wants TLS of its own there.",
		Backend: configured(func(p *server.Plan) { p.Fault.Inner = false }),
		Kills:   kills(servedIt, "err/tls-in-tls"),
	},
	{
		Name:    "has-one-list-of-authorities",
		Says:    "The server passes over its clusterCAFile: CAFile is for clients, too.",
		Backend: configured(func(p *server.Plan) { p.Config.ClusterCAFile = "" }),
		Kills:   kills(keptOut, "mtls/cluster-ca-file-given"),
	},
	{
		Name: "lets-in-beside-the-list",
		Says: "The server with a clusterCAFile serves who shows nothing of it.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.ClusterCAFile != "" {
				p.Config.AllowConnectionsWithoutCertificates, p.Config.AllowInvalidCertificates = true, true
			}
		}),
		Kills: kills(servedIt, "mtls/cluster-ca-file"),
	},
	{
		Name: "is-on-another-machine",
		Says: "The server's machine has other authorities than it should.",
		Backend: configured(func(p *server.Plan) {
			if p.SystemCAFile != "" {
				p.SystemCAFile = p.Config.CertificateKeyFile
			}
		}),
		Kills: kills(keptOut, "mode/system-ca-only"),
	},
	{
		Name: "takes-anybody-on-its-machine",
		Says: "The server with tlsUseSystemCA takes certificates of any authority.",
		Backend: configured(func(p *server.Plan) {
			p.Config.AllowInvalidCertificates = p.Config.AllowInvalidCertificates || p.SystemCAFile != ""
		}),
		Kills: kills(servedIt, "mode/system-ca-stranger"),
	},
	{
		Name: "serves-no-tls-with-a-password",
		Says: "The server gives TLS up where its key is encrypted.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.CertificateKeyFilePassword != "" {
				p.Config.Mode = scenarios.Disabled
			}
		}),
		Kills: kills("must connect over TLS", "mode/server-key-encrypted"),
	},
	{
		Name: "takes-key-files-alone",
		Says: "A secondary takes no certificates of its fellows, whatever its clusterAuthMode.",
		Backend: configured(func(p *server.Plan) {
			if p.Seat != nil && p.Seat.Role == scenarios.Secondary && p.Config.ClusterAuthMode != "" {
				p.Config.ClusterAuthMode = string(scenarios.ByKeyFile)
			}
		}),
		Kills: kills(keptOut, "member/same-attributes*", "member/cluster-file", "member/one-sends-key-file"),
	},
	{
		Name: "is-known-by-another-name",
		Says: "The set has a name for its secondary that the certificate of that does not carry.",
		Backend: configured(func(p *server.Plan) {
			if p.Seat != nil && p.Seat.Role == scenarios.Secondary {
				seat := *p.Seat
				seat.Host = "else.example.test"
				p.Seat = &seat
			}
		}),
		Kills: kills(keptOut, "member/named-by-*"),
	},
	{
		Name: "stays-with-key-files",
		Says: "The members take setParameter clusterAuthMode, and go on as they were.",
		Backend: restaged(func(s *server.Step, _ server.Plan) {
			s.Cluster = ""
		}),
		Kills: kills("log must hold line", "member/lost-on-the-way-to-certificates"),
	},
	{
		Name: "falls-back-on-key-files",
		Says: "A secondary that is told to send certificates comes back with key files alone.",
		Backend: restaged(func(s *server.Step, was server.Plan) {
			if s.Cluster != "" && was.Seat.Role == scenarios.Secondary {
				was.Config.ClusterAuthMode = string(scenarios.ByKeyFile)
				s.Cluster, s.Restart = "", &was
			}
		}),
		Kills: kills(keptOut, "member/rolled-to-certificates"),
	},
	{
		Name: "overrides-on-both-sides",
		Says: "A secondary takes members of before for its own, whatever tlsX509ClusterAuthDNOverride it has.",
		Backend: configured(func(p *server.Plan) {
			if p.Seat != nil && p.Seat.Role == scenarios.Secondary && p.Config.SetParameter != nil {
				p.Config.SetParameter = map[string]string{"tlsX509ClusterAuthDNOverride": "OU=mongod,O=mongotls"}
			}
		}),
		Kills: kills("no operation must go to", "member/overridden-on-one-side"),
	},
	{
		Name: "makes-members-by-their-names",
		Says: "The server passes over net.tls.clusterAuthX509: O, OU and DC make members.",
		Backend: configured(func(p *server.Plan) {
			p.Config.ClusterAuthX509Attributes, p.Config.ClusterAuthX509ExtensionValue = "", ""
		}),
		Kills: slices.Concat(kills(keptOut, "member/by-extension*", "member/by-attributes", "member/extension-of-a-client*"),
			kills("must", "member/without-extension", "member/without-attributes",
				"member/lookalike-has-a-users-rights*", "member/lookalike-is-nobody")),
	},
	{
		Name: "wants-another-extension",
		Says: "All but secondaries want another value of the extension of members than they are told.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.ClusterAuthX509ExtensionValue != "" && (p.Seat == nil || p.Seat.Role != scenarios.Secondary) {
				p.Config.ClusterAuthX509ExtensionValue = "cluster-b"
			}
		}),
		Kills: slices.Concat(kills(keptOut, "member/extension-of-a-client"),
			kills("no operation must go to", "member/without-extension@another-value"),
			kills("must", "member/lookalike-is-nobody@another-value")),
	},
	{
		Name: "keeps-names-for-members",
		Says: "The server lets nobody log in whose O, OU and DC are its own, whatever makes members.",
		Backend: configured(func(p *server.Plan) {
			c := &p.Config
			if c.ClusterAuthX509Attributes+c.ClusterAuthX509ExtensionValue != "" && p.Seat == nil {
				c.ClusterAuthX509Attributes, c.ClusterAuthX509ExtensionValue = "", ""
				c.ClusterAuthMode = string(scenarios.ByKeyFile)
			}
		}),
		Kills: kills(keptOut, "member/lookalike-is-a-user*"),
	},
	{
		Name: "lets-members-be-users",
		Says: "The server takes a member for one that is a user as well.",
		Backend: configured(func(p *server.Plan) {
			if p.Config.ClusterAuthX509ExtensionValue != "" {
				p.Config.SetParameter = map[string]string{"enforceUserClusterSeparation": "false"}
			}
		}),
		Kills: kills("must", "member/extension-of-a-user"),
	},
	{
		Name:    "knows-no-other-cluster",
		Says:    "The server passes over tlsClusterAuthX509Override.",
		Backend: configured(func(p *server.Plan) { delete(p.Config.SetParameter, "tlsClusterAuthX509Override") }),
		Kills:   kills(keptOut, "member/by-extension-of-override"),
	},
	{
		Name:    "reads-no-configuration-file",
		Says:    "The server starts as if its configuration file were empty.",
		Backend: configured(toldInVain(scenarios.ByFile, scenarios.ByOldFile)),
		Kills:   kills("must connect over TLS", "mode/configuration-file", "mode/configuration-file@old-names"),
	},
	{
		Name:    "knows-no-old-names",
		Says:    "The server passes over options by names of before.",
		Backend: configured(toldInVain(scenarios.ByOldFlags, scenarios.ByOldFile)),
		Kills:   kills("must connect over TLS", "mode/old-flags", "mode/configuration-file@old-names"),
	},
	{
		Name:    "ignores-the-cluster-file",
		Says:    "A member shows its certificateKeyFile to others, whatever clusterFile it has.",
		Backend: configured(func(p *server.Plan) { p.Config.ClusterFile = "" }),
		Kills: besides(kills(keptOut, "member/cluster-file"), "must",
			"member/cluster-file-of-other-attributes"),
	},
	{
		Name: "talks-otherwise-to-members",
		Says: "The members take preferTLS for allowTLS between themselves, and the other way round.",
		Backend: configured(func(p *server.Plan) {
			if p.Seat != nil {
				other := map[scenarios.Mode]scenarios.Mode{scenarios.AllowTLS: scenarios.PreferTLS,
					scenarios.PreferTLS: scenarios.AllowTLS}
				p.Config.Mode = cmp.Or(other[p.Config.Mode], p.Config.Mode)
			}
		}),
		Kills: besides(kills(keptOut, "member/clear-in-allow"), "must", "member/tls-in-prefer"),
	},
	{
		Name:    "accepts-any-client-certificate",
		Says:    "The server lets invalid client certificates in.",
		Backend: configured(func(p *server.Plan) { p.Config.AllowInvalidCertificates = true }),
		Kills: kills(
			servedIt,
			"mtls/client-self-signed", "mtls/client-critical-extension", "mtls/client-bad-signature",
			"mtls/client-ku-no-digsig", "mtls/client-eku-any", "mtls/client-eku-serverauth-only", "mtls/optional-wrong-ca",
			"mtls/required-wrong-ca@forced", "time/expired-client-cert*", "time/future-client-cert",
			"crl/server-side-client-revoked", "crl/server-side-list-expired", "crl/server-side-other-issuer",
			"x509/member-without-clientauth",
		),
	},
	{
		Name:    "needs-no-client-certificate",
		Says:    "The server lets clients without a certificate in.",
		Backend: configured(func(p *server.Plan) { p.Config.AllowConnectionsWithoutCertificates = true }),
		Kills: besides(kills(servedIt, "mtls/required-none-mongod*", "mtls/required-none-tls12", "mtls/required-wrong-ca",
			"mode/configuration-file-demands*", "mode/old-flags-demand",
			"mtls/client-cert-not-sent-when-ca-list-differs", "mtls/allow-invalid-needs-one", "key/chain-withheld",
			"state/certificate-then-none",
			"set/primary-demands-certificate"),
			letIn, "mtls/required-none-tls13"),
	},
	{
		Name:    "ignores-the-crl",
		Says:    "The server does not look at its CRL.",
		Backend: configured(func(p *server.Plan) { p.Config.CRLFile = "" }),
		Kills: kills(servedIt, "crl/server-side-client-revoked", "crl/server-side-list-expired",
			"crl/server-side-other-issuer"),
	},
	{
		Name:    "tolerates-nothing",
		Says:    "The server ignores allowInvalidCertificates.",
		Backend: configured(func(p *server.Plan) { p.Config.AllowInvalidCertificates = false }),
		Kills: besides(kills(keptOut, "mtls/allow-invalid-on-server"), "must be refused with",
			"x509/allow-invalid-on-server"),
	},
	{
		Name: "never-staples",
		Says: "The server sends no OCSP response, as on platforms without stapling.",
		Backend: configured(func(p *server.Plan) {
			p.Config.SetParameter = map[string]string{mongod.OCSPEnabled: "false"}
			p.Fault.Response = nil
		}),
		Kills: kills("must", "ocsp/t1-valid-stapled*", "ocsp/must-staple-stapled*", "ocsp/endpoint-off-good-staple*",
			"ocsp/staple-good",
			"ocsp/staple-no-nextupdate", "ocsp/chain-of-three-issuer", "ocsp/issuer-not-next{,@*}"),
	},
	{
		Name:    "authorizes-everybody",
		Says:    "The server does not ask whether a client may do what it does.",
		Backend: configured(func(p *server.Plan) { p.Config.Authorization = false }),
		Kills: kills("must be refused with", "x509/unauthenticated", "x509/unauthorized-action",
			"x509/localhost-exception-elsewhere", "state/login-then-none"),
	},
	{
		Name: "authorizes-nobody",
		Says: "The server refuses whatever a client has no role for, and gives no roles.",
		Backend: configured(func(p *server.Plan) {
			p.Config.Authorization = true
			if len(p.Users) == 0 {
				p.Users = []mongod.User{{DB: "admin", Name: "somebody", Password: "else"}}
			}
			for i := range p.Users {
				p.Users[i].Roles = nil
			}
		}),
		Kills: kills("must connect", "x509/no-authorization", "x509/within-roles", "x509/localhost-exception",
			"x509/create-user", "x509/create-user-no-dn", "x509/member-collision-repeat-differs", "x509/member-no-o-ou-dc",
			"x509/enforce-separation-off", "x509/dn-9k", "x509/scram-over-tls*",
			"x509/authenticate-after-connect", "rot/tls-raised-while-connected", "rot/leaf-renewed"),
	},
	{
		Name: "knows-everybody",
		Says: "The server knows the subject of every good client certificate as a user.",
		Backend: configured(func(p *server.Plan) {
			if len(p.Users) > 0 {
				p.Users = append(
					p.Users,
					mongod.User{DB: "$external", Name: "CN=client,OU=clients,O=mongotls", Roles: []string{"readWrite@test"}},
				)
			}
		}),
		Kills: kills("must be refused with", "x509/user-not-created*", "x509/speculative-miss", "err/label-auth-step"),
	},
	{
		Name:    "forgets-its-parameters",
		Says:    "The server ignores setParameter.",
		Backend: configured(func(p *server.Plan) { p.Config.SetParameter = nil }),
		Kills: besides(kills("must connect", "x509/enforce-separation-off", "member/overridden-attributes"),
			"must be refused with", "x509/dn-override"),
	},
	{
		Name: "mixes-users-and-members",
		Says: "The server does not tell users from members.",
		Backend: configured(func(p *server.Plan) {
			p.Config.SetParameter = map[string]string{"enforceUserClusterSeparation": "false"}
		}),
		Kills: kills("must be refused with", "x509/member-collision-create", "x509/member-collision-order-free"),
	},
	{
		Name:    "takes-clients-for-members",
		Says:    "The server trusts the organization of a certificate, without clusterAuthMode.",
		Backend: configured(func(p *server.Plan) { p.Config.ClusterAuthMode = "x509" }),
		Kills:   kills("must be refused with", "x509/member-collision-keyfile-mode*"),
	},
	{
		Name:    "knows-no-members",
		Says:    "The server ignores clusterAuthMode.",
		Backend: configured(func(p *server.Plan) { p.Config.ClusterAuthMode = "" }),
		Kills: besides(kills("must connect", "x509/member-collision-connect*", "member/lookalike-let-in"), "must",
			"member/other-*", "member/for-servers-only", "member/cluster-file-of-other-attributes",
			"member/one-still-on-key-file"),
	},
	{
		Name: "knows-no-horizons",
		Says: "The members tell of their inner names, whatever name they are asked for by.",
		Backend: configured(func(p *server.Plan) {
			if p.Seat != nil {
				seat := *p.Seat
				seat.Horizon = ""
				p.Seat = &seat
			}
		}),
		Kills: kills(keptOut, "set/horizon"),
	},
	{
		Name: "comes-back-as-it-was",
		Says: "The servers restart, and rotate, with the files and options that they had.",
		Backend: restaged(func(s *server.Step, was server.Plan) {
			if s.Restart != nil {
				s.Restart = &was
			}
			if s.Rotate != nil {
				s.Rotate = &was
			}
		}),
		Kills: besides(besides(besides(kills("must be refused with", "member/lookalike-shut-out"),
			servedIt, "journey/rollout-without-client", "journey/rollback-with-tls",
			"journey/certificates-demanded", "journey/client-authority-dropped", "journey/listed-under-way"),
			letIn, "journey/rotated-then-cut-off", "journey/expired-then-cut-off"),
			"the driver must", "journey/authority-without-overlap", "journey/never-in-clear", "journey/rollback-half-way",
			"journey/authority-half-way"),
	},
	{
		Name: "comes-back-without-stapling",
		Says: "A server that restarts does not staple any more.",
		Backend: restaged(func(s *server.Step, _ server.Plan) {
			if s.Restart != nil {
				s.Restart.Config.SetParameter = map[string]string{mongod.OCSPEnabled: "false"}
			}
		}),
		Kills: kills(keptOut, "journey/responder-back"),
	},
	{
		Name: "staples-what-it-had",
		Says: "A server goes on stapling when its responder is lost.",
		Backend: restaged(func(s *server.Step, _ server.Plan) {
			if s.Do != nil && strings.Contains(s.Says, "OCSP responder") {
				s.Do = func(context.Context) error { return nil }
			}
		}),
		Kills: kills(letIn, "journey/responder-lost-must-staple"),
	},
	{
		Name: "sees-nothing-for-a-minute",
		Says: "The servers see that the driver needs a minute to find one of them again.",
		Backend: func(b server.Backend) server.Backend {
			return editing{b, func(seen *evidence.Seen) {
				for _, c := range seen.Connections {
					for i := range c.Commands {
						if c.Run > 0 || c.Member == "b" {
							c.Commands[i].AtMS += 60_000
						}
					}
				}
			}}
		},
		Kills: kills("an operation must succeed every", "journey/failover", "journey/away", "journey/renewal"),
	},
	{
		Name:    "loses-log-lines",
		Says:    "The server writes no log.",
		Backend: func(b server.Backend) server.Backend { return editing{b, func(seen *evidence.Seen) { seen.Log = nil }} },
		Kills: kills("log must hold line", "mode/prefer-logs-plain", "time/expires-within-30d", "mtls/optional-none",
			"mtls/allow-invalid-on-server",
			"mtls/server-own-cert-as-client", "x509/create-user-no-dn", "x509/member-collision-connect*",
			"x509/member-collision-keyfile-mode", "member/lookalike-let-in", "member/lookalike-shut-out",
			"member/extension-of-a-client", "member/extension-of-a-user"),
	},
	{
		Name: "closes-without-a-log-line",
		Says: "The server closes, and its log does not say why: the reason is then unknown.",
		Backend: func(b server.Backend) server.Backend {
			return editing{b, func(seen *evidence.Seen) {
				seen.Log = nil
				for i := range seen.Connections {
					seen.Connections[i].Cause, seen.Connections[i].Text = "", ""
				}
			}}
		},
		Kills: kills("its log gives no cause", "mode/require-plain-client*", "mtls/required-none-mongod*",
			"err/closed-in-handshake*", "err/label-eof*"),
	},
	{
		Name: "is-logged-in-to-twice",
		Says: "The server sees that a client logs in again after its speculative login was accepted.",
		Backend: func(b server.Backend) server.Backend {
			return editing{b, func(seen *evidence.Seen) {
				for i, c := range seen.Connections {
					if slices.ContainsFunc(
						c.Commands,
						func(c evidence.CommandSeen) bool { return c.Speculative == evidence.Accepted },
					) {
						seen.Connections[i].Commands = append(c.Commands, evidence.CommandSeen{Name: "authenticate"})
					}
				}
			}}
		},
		Kills: kills("logged in again", "x509/speculative-ok"),
	},
	{
		Name: "leaves-connections-open",
		Says: "The server sees that a client does not close a connection whose handshake failed.",
		Backend: func(b server.Backend) server.Backend {
			return editing{b, func(seen *evidence.Seen) {
				if !seen.Served() {
					seen.Open = 1
				}
			}}
		},
		Kills: kills("are still open", "time/expired", "trust/wrong-ca", "mtls/required-none-mongod"),
	},
}

// toldInVain is a server that passes over what it is told in such ways.
func toldInVain(ways ...scenarios.Telling) func(*server.Plan) {
	return func(p *server.Plan) {
		if slices.Contains(ways, p.Config.Told) {
			p.Config = mongod.Config{Mode: scenarios.Disabled}
		}
	}
}

// configured is a back end whose servers are configured otherwise than asked.
func configured(change func(*server.Plan)) func(server.Backend) server.Backend {
	return func(b server.Backend) server.Backend { return changing{b, change} }
}

type changing struct {
	server.Backend
	change func(*server.Plan)
}

func (b changing) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	l.Members = slices.Clone(l.Members)
	for i := range l.Members {
		b.change(&l.Members[i])
	}
	return b.Backend.Open(ctx, l)
}

// restaged is a back end in whose deployments other things happen than asked for.
func restaged(change func(step *server.Step, was server.Plan)) func(server.Backend) server.Backend {
	return func(b server.Backend) server.Backend { return staging{b, change} }
}

type staging struct {
	server.Backend
	change func(*server.Step, server.Plan)
}

func (b staging) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	l.Steps = slices.Clone(l.Steps)
	for i := range l.Steps {
		b.change(&l.Steps[i], l.Members[l.Steps[i].Member])
	}
	return b.Backend.Open(ctx, l)
}

// editing is a back end whose record says otherwise.
type editing struct {
	server.Backend
	edit func(*evidence.Seen)
}

func (b editing) Open(ctx context.Context, l server.Layout) (server.Deployment, error) {
	s, err := b.Backend.Open(ctx, l)
	return edited{s, b.edit}, err
}

type edited struct {
	server.Deployment
	edit func(*evidence.Seen)
}

func (s edited) Seen(ctx context.Context) (evidence.Seen, error) {
	seen, err := s.Deployment.Seen(ctx)
	s.edit(&seen)
	return seen, err
}
