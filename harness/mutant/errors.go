package mutant

import (
	"net"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// labelled are the rows about labels and pools for faults that are no overload, and overloaded those that are.
var (
	labelled = []string{"err/label-cert-error", "err/label-cert-error@{untrusted,self-signed}", "err/label-cert-error@usage",
		"err/label-cert-error@not-yet-valid", "err/label-hostname-error{,@address}", "err/label-revoked",
		"err/label-not-tls{,@ssh}",
		"err/label-remote-alert*",
		"err/label-auth-step"}
	overloaded = []string{"err/label-eof*", "err/label-timeout*"}
)

// Drivers that say of their failures otherwise.
var failures = []Mutant{
	{
		Name:   "refuses-everything",
		Says:   "The driver fails whatever it is given, and so agrees with every negative row of a suite without controls.",
		Driver: refusing(func(evidence.Request) bool { return true }),
		Kills:  kills(keptOut, "uri/tls-true", "mode/tls"),
		Coarse: true,
	},
	{
		Name:   "lies-about-the-reason",
		Says:   "The driver reports every failure of TLS as an untrusted certificate.",
		Driver: failing(func(a *evidence.Answer) { a.Error.Reason = evidence.Untrusted }),
		Kills: besides(
			kills(
				"must fail as", "err/alert-after-handshake*", "err/alert-other*", "mode/other-peer*",
				"name/idn-u-label-in-san", "name/mismatch",
				"time/expired", "uri/tls-ssl-conflict", "mode/http-peer", "err/alert80", "mtls/required-none-tls13",
				"proto/record-too-long", "srv/no-records@servfail",
			),
			"that its peer closed it", "err/closed-after-bytes*", "err/half-closed*", "mode/rolling-plain-client-cut",
			"mtls/required-none-mongod*", "mtls/required-none-tls12", "mode/require-plain-client*",
			"err/closed-in-handshake*", "time/expired-client-cert*", "time/future-client-cert", "proto/no-shared-cipher",
			"err/no-secret-leak-later@closed", "mtls/optional-wrong-ca", "mtls/required-wrong-ca*",
			"mtls/client-eku-serverauth-only", "mtls/client-cert-not-sent-when-ca-list-differs", "key/chain-withheld",
			"crl/server-side-client-revoked", "proto/tls10-client", "err/retry-count@none",
		),
	},
	{
		Name: "takes-alerts-for-an-end",
		Says: "The driver says of each alert that its peer closed the connection.",
		Driver: failing(func(a *evidence.Answer) {
			if slices.Contains([]evidence.Reason{evidence.RemoteAlert, evidence.ClientCertRejected,
				evidence.ClientCertRequired}, a.Error.Reason) {
				a.Error.Reason = evidence.PeerClosed
			}
		}),
		Kills: kills("must fail as", "err/alert-after-handshake*", "err/alert-other", "err/alert80",
			"mtls/required-none-tls13"),
	},
	{
		Name:   "swallows-the-error",
		Says:   "The driver reports success after every failure.",
		Driver: failing(func(a *evidence.Answer) { a.OK, a.Error = true, nil }),
		Kills: kills("served none of its commands", "trust/wrong-ca", "mode/require-plain-client", "uri/tls-ssl-conflict",
			"x509/user-not-created"),
	},
	{
		Name: "loses-codes",
		Says: "The driver loses the codes of replies on the way to the application.",
		Driver: failing(func(a *evidence.Answer) {
			a.Error.Code, a.Error.CodeName, a.Error.Reason = 0, "", evidence.Unclassified
		}),
		Kills: kills(
			"must be refused with", "x509/no-subject", "x509/user-not-created*", "x509/speculative-miss",
			"x509/without-tls", "x509/no-client-cert", "x509/server-without-ca", "x509/allow-invalid-on-server",
			"x509/scram-wrong-password", "state/login-then-none", "state/login-then-wrong-password", "err/label-auth-step",
			"x509/dn-10k", "x509/create-user-twice", "x509/create-user-password",
		),
	},
	{
		Name: "labels-everything-as-overload",
		Says: "The driver labels every failure of a connection as overload of the server.",
		Driver: failing(func(a *evidence.Answer) {
			a.Error.Labels = []string{"NetworkError", "SystemOverloadedError", "RetryableError"}
		}),
		Kills: kills("must not be labelled", append(slices.Clone(labelled), "err/label-dns")...),
	},
	{
		Name:   "labels-retries-only",
		Says:   "The driver labels every failure of a connection as one that may be tried again.",
		Driver: failing(func(a *evidence.Answer) { a.Error.Labels = []string{"RetryableError"} }),
		Kills: besides(kills("must not be labelled RetryableError", append(slices.Clone(labelled), "err/label-dns")...),
			"must be labelled SystemOverloaded", overloaded...),
	},
	{
		Name:   "loses-labels",
		Says:   "The driver loses the labels of its errors on the way to the application.",
		Driver: failing(func(a *evidence.Answer) { a.Error.Labels = nil }),
		Kills:  kills("must be labelled", overloaded...),
	},
	{
		Name: "keeps-a-broken-pool",
		Says: "The driver never clears its pool.",
		Driver: failing(func(a *evidence.Answer) {
			a.Events = slices.DeleteFunc(a.Events, func(e evidence.Event) bool { return e.Kind == evidence.PoolCleared })
		}),
		Kills: kills("must clear its pool", append(slices.Clone(labelled), "err/label-dns")...),
	},
	{
		Name: "clears-its-pool-when-in-doubt",
		Says: "The driver clears its pool after every failure of a connection.",
		Driver: failing(
			func(a *evidence.Answer) { a.Events = append(a.Events, evidence.Event{Kind: evidence.PoolCleared}) },
		),
		Kills: kills("must not clear its pool", overloaded...),
	},
	{
		Name:   "hides-the-cause",
		Says:   "The driver tells the application that no server was found, and the cause to its log only.",
		Driver: failing(func(a *evidence.Answer) { a.Error.Surface = "no server found for localhost" }),
		Kills: kills("application gets must mention", "err/selection-names-cause", "err/selection-mixed-causes",
			"set/names-of-the-seed-alone", "set/bad-primary-named", "set/all-bad",
			"err/alert80"),
	},
	{
		Name: "publishes-no-heartbeats",
		Says: "The driver publishes failed heartbeats without what they failed for.",
		Driver: failing(func(a *evidence.Answer) {
			for i := range a.Events {
				a.Events[i].Text = ""
			}
		}),
		Kills: kills("must be published", "err/heartbeat-names-cause"),
	},
	{
		Name: "prints-its-connection-string",
		Says: "The driver prints its connection string with every error.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.Error != nil {
				a.Error.Surface += " for " + r.URI
			}
		}),
		Kills: kills("shows it in the error", "err/no-secret-leak*", "x509/scram-wrong-password"),
	},
	{
		Name: "logs-its-connection-string",
		Says: "The driver writes its connection string to its log when it fails.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.Error != nil {
				a.Warnings = append(a.Warnings, "cannot connect to "+r.URI)
			}
		}),
		Kills: kills("shows it in a warning", "err/no-secret-leak*", "x509/scram-wrong-password"),
	},
	{
		Name: "tries-again-on-its-own",
		Says: "The driver tries a read again, whatever it was told.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.Error == nil || !strings.Contains(r.Commands[0].JSON, "find") {
				return
			}
			if c, err := net.Dial("tcp", address(r.URI)); err == nil { //nolint:noctx // on loopback
				_ = c.Close()
			}
			a.Events = append(a.Events, evidence.Event{Kind: evidence.ConnectionCreated})
		}),
		Kills: kills("must be tried 1 times", "err/retry-count@none"),
	},
}
