package mutant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that mistake a set of servers.
var sets = []Mutant{
	{
		Name: "measures-no-round-trips",
		Says: "The driver asks a server how it is from time to time, on one connection.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
			o.SetServerMonitoringMode("poll")
		}),
		Kills: kills("must be served on 3 connections over TLS", "mode/monitoring", "mtls/monitoring"),
	},
	{
		Name: "gives-up-on-one-bad-member",
		Says: "The driver fails if the check of any server fails.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.OK && failedHeartbeats(*a) > 0 {
				*a = evidence.Answer{ID: r.ID, Stage: evidence.AtConnect, Stopped: evidence.Returned, Events: a.Events,
					Error: &evidence.Error{Reason: evidence.Untrusted, Text: "no"}}
			}
		}),
		Kills: kills(keptOut, "set/bad-secondary*", "set/secondary-read-past-bad*", "set/secondary-preferred-all-bad",
			"set/secondary-without-tls", "set/secondary-demands-certificate", "set/bad-arbiter", "set/routers-one-bad*",
			"journey/added-of-other-ca"),
	},
	{
		Name: "tells-of-the-search-alone",
		Says: "The driver says that it found no server in time, and not why.",
		Driver: failing(func(a *evidence.Answer) {
			if a.Stopped == evidence.Returned && a.Stage == evidence.AtConnect {
				a.Error.Reason, a.Error.Text = evidence.Timeout, "server selection timeout"
			}
		}),
		Kills: kills("failed as timeout", "set/bad-primary*", "set/secondary-read-all-bad"),
	},
	{
		Name: "tells-of-checks-as-the-seeds",
		Says: "The driver publishes every failed heartbeat as that of the server that it started from, by the name in the string.",
		Driver: answering(func(_ evidence.Request, a *evidence.Answer) {
			for i := range a.Events {
				a.Events[i].Server = "seed.test:27017"
			}
		}),
		Kills: kills("must be published as that of", "set/names-of-the-seed-alone", "set/bad-primary", "set/bad-primary@name",
			"set/bad-primary@other-ca", "set/all-bad"),
	},
	{
		Name:   "follows-the-hosts",
		Says:   "The driver takes a direct connection for a seed of its set.",
		Driver: polling(defect{request: func(_ driver.Isolation, r *evidence.Request) { drop(r, "directConnection") }}),
		Kills:  kills(keptOut, "set/direct-connection"),
	},
	{
		Name: "reads-from-the-primary",
		Says: "The driver reads from the primary, whatever readPreference says.",
		Driver: polling(defect{request: func(_ driver.Isolation, r *evidence.Request) {
			drop(r, "readPreference", "readPreferenceTags")
		}}),
		Kills: kills("no operation must go to a", "set/secondary-read", "set/secondary-read-past-bad",
			"set/secondary-read-past-bad@name", "set/secondary-without-tls", "set/tags", "member/same-attributes*",
			"member/cluster-file", "member/clear-in-allow", "member/rolled-to-certificates",
			"member/overridden-attributes", "member/one-sends-key-file", "member/by-extension*", "member/by-attributes",
			"member/named-by-*"),
	},
	{
		Name: "mixes-tags-up",
		Says: "The driver reads from a secondary that has other tags than readPreferenceTags says.",
		Driver: polling(defect{request: func(_ driver.Isolation, r *evidence.Request) {
			r.URI = strings.Replace(r.URI, "dc:east", "dc:west", 1)
		}}),
		Kills: kills("no operation must go to c", "set/tags"),
	},
	matching("looks-at-the-first-name", "The driver looks at the first name of a certificate.",
		func(c *x509.Certificate, host string) bool { return host == first(c.DNSNames) },
		kills(keptOut, "set/names-of-both")),
	{
		Name: "keeps-to-its-first-primary",
		Says: "The driver stays with the first member that it was told of, whoever is the primary.",
		Driver: asking(func(r *evidence.Request) {
			all := seeds(r.URI)
			if first, others, several := strings.Cut(all, ","); several && others != "" {
				r.URI = strings.Replace(r.URI, all, first, 1)
				drop(r, "replicaSet")
				set(r, "directConnection", "true")
			}
		}),
		Kills: besides(besides(kills(keptOut, "journey/failover", "journey/failover@streaming",
			"journey/failover-while-away", "journey/renewal", "journey/authority-with-overlap", "journey/cured",
			"journey/renamed", "journey/login-after-failover", "journey/failover-during-{renewal,rollout-tls}",
			"journey/failover-during-{authority-exchange,client-renewal}", "journey/failover-to-trusting",
			"journey/cross-signed-dropped"),
			"no operation must go to a after the last step", "journey/two-primaries"),
			"must turn to c", "journey/added-of-other-ca"),
	},
	{
		Name:   "tries-nothing-again",
		Says:   "The driver hands each lost connection to the application.",
		Driver: polling(defect{request: func(_ driver.Isolation, r *evidence.Request) { set(r, "retryReads", "false") }}),
		Kills: besides(kills(keptOut, "journey/away", "journey/renewal", "journey/list-appears",
			"journey/responder-back", "journey/responder-lost", "journey/certificates-demanded-and-given",
			"journey/client-authority-added", "journey/authority-with-overlap", "journey/rotated-with-overlap",
			"journey/rotated-while-another-leads"),
			"must connect in clear", "journey/rollout", "journey/rollback", "journey/failover-during-rollout"),
	},
	{
		Name:   "connects-anew",
		Says:   "The driver makes new connections for each operation.",
		Driver: func(i driver.Isolation) driver.Driver { return anew{Model(i)} },
		Kills: besides(kills(keptOut, "journey/rotated", "journey/list-rotated-in", "journey/expired-under-way",
			"journey/certificate-runs-out", "journey/client-certificate-runs-out"),
			"must connect in clear",
			"journey/rollout-connections-live-on"),
	},
	{
		Name: "recovers-from-nothing",
		Says: "The driver fails each operation after one that has failed.",
		Driver: polling(defect{answer: func(r evidence.Request, a *evidence.Answer) {
			if a.OK && len(a.Failures) > 0 {
				a.OK, a.Command, a.Stage = false, len(r.Commands)-1, evidence.AtCommand
				a.Error = &evidence.Error{Reason: evidence.PeerClosed, Text: "no"}
			}
		}}),
		Kills: kills(keptOut, "journey/silent-then-on", "journey/half-closed-then-on", "journey/operation-at-old-primary"),
	},
	{
		Name: "loses-one-more",
		Says: "The driver loses an operation for each connection that it makes anew.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if r.GoOn {
				a.Failures = append(a.Failures, evidence.Failure{Command: 1, Reason: evidence.PeerClosed},
					evidence.Failure{Command: 2, Reason: evidence.PeerClosed})
			}
		}),
		Kills: kills("no operation may fail but", "journey/silent-then-on", "journey/half-closed-then-on",
			"journey/operation-*"),
	},
	{
		Name: "calls-silence-an-end",
		Says: "The driver takes a connection that says nothing in time for one that the server has closed.",
		Driver: failing(func(a *evidence.Answer) {
			if a.Error.Reason == evidence.Timeout && a.Stage == evidence.AtCommand {
				a.Error.Reason = evidence.PeerClosed
			}
		}),
		Kills: kills("the time-out of", "journey/silent"),
	},
	{
		Name: "trusts-the-first-of-a-new-file",
		Says: "The driver reads tlsCAFile for each connection, and takes the first certificate of it.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			verify(r, o, func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
				v.Roots = x509.NewCertPool()
				if c := leafOf(content(r, "tlsCAFile")); c != nil {
					v.Roots.AddCert(c)
				}
				return nil
			})
		}),
		Kills: kills(keptOut, "journey/authority-file-grows", "journey/authority-file-shrinks"),
	},
	{
		Name: "mixes-old-and-new-files",
		Says: "The driver reads the certificate of its key file for each connection, and the key once.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			if o.TLSConfig == nil || len(o.TLSConfig.Certificates) == 0 {
				return
			}
			own := o.TLSConfig.Certificates[0]
			o.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				mixed := own
				if c := leafOf(content(r, "tlsCertificateKeyFile")); c != nil {
					mixed.Certificate, mixed.Leaf = [][]byte{c.Raw}, c
				}
				return &mixed, nil
			}
		}),
		Kills: kills(keptOut, "journey/client-certificate-renewed", "journey/client-certificate-of-new-subject"),
	},
	{
		Name: "falls-back-on-clear-text",
		Says: "The driver does without TLS where nothing else works.",
		Driver: falling(func(_ evidence.Request, a evidence.Answer) bool { return a.Stage != evidence.AtConfigure },
			asking(func(r *evidence.Request) {
				drop(r, "tlsCAFile")
				set(r, "tls", "false")
			})),
		Kills: kills(letIn, "journey/never-in-clear"),
	},
}

// seeds are the hosts of a connection string.
func seeds(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "/")
	return rest[strings.LastIndex(rest, "@")+1:]
}

// anew is a driver that has a client of its own for each command.
type anew struct{ driver.Driver }

func (n anew) Do(ctx context.Context, r evidence.Request) (a evidence.Answer, err error) {
	commands := r.Commands
	for i := range commands {
		r.Commands = commands[i : i+1]
		if a, err = n.Driver.Do(ctx, r); err != nil || !a.OK {
			return a, err
		}
	}
	return a, err
}

func failedHeartbeats(a evidence.Answer) int {
	n := 0
	for _, e := range a.Events {
		if e.Kind == evidence.HeartbeatFailed {
			n++
		}
	}
	return n
}
