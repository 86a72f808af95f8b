package mutant

import (
	"crypto/x509"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that mistake a set of servers.
var sets = []Mutant{
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
			"set/secondary-without-tls", "set/secondary-demands-certificate", "set/bad-arbiter", "set/routers-one-bad*"),
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
		Name:   "follows-the-hosts",
		Says:   "The driver takes a direct connection for a seed of its set.",
		Driver: asking(func(r *evidence.Request) { drop(r, "directConnection") }),
		Kills:  kills(keptOut, "set/direct-connection"),
	},
	matching("looks-at-the-first-name", "The driver looks at the first name of a certificate.",
		func(c *x509.Certificate, host string) bool { return host == first(c.DNSNames) },
		kills(keptOut, "set/names-of-both")),
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
