package mutant

import (
	"net"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// refusals are rows in which a driver must refuse, each of another kind.
var refusals = []string{"time/expired", "trust/wrong-ca", "uri/tls-ssl-conflict", "mtls/required-none-mongod",
	"x509/user-not-created"}

// timeouts are those in which a time-out must end the attempt.
var timeouts = []string{"err/handshake-blackhole*", "err/selection-timeout", "err/label-timeout*"}

// Drivers that take their time, or too much of anything else. None of them waits in earnest.
var manners = []Mutant{
	{
		Name: "hangs-on-refusals",
		Says: "The driver never comes back from a certificate that it refuses.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.Error != nil {
				*a = evidence.Answer{ID: r.ID, Stage: evidence.AtConnect, Stopped: evidence.AtLimit, ElapsedMS: r.LimitMS,
					Error: &evidence.Error{Reason: evidence.Timeout, Text: "context deadline exceeded"}}
			}
		}),
		Kills: besides(kills("the driver hangs", refusals...), "still waited", timeouts...),
	},
	{
		Name: "waits-for-selection",
		Says: "The driver gives up after thirty seconds of server selection, and names no cause.",
		Driver: failing(func(a *evidence.Answer) {
			a.Stopped, a.ElapsedMS, a.Error.Reason = evidence.Returned, 30_000, evidence.Timeout
		}),
		Kills: kills("the driver hangs", refusals...),
	},
	{
		Name:   "dawdles",
		Says:   "The driver sleeps before it tells of a refusal.",
		Driver: failing(func(a *evidence.Answer) { a.ElapsedMS += 5000 }),
		Kills:  kills("must refuse at once", refusals...),
	},
	{
		Name: "calls-everything-a-time-out",
		Says: "The driver reports a time-out where nothing has run out.",
		Driver: failing(func(a *evidence.Answer) {
			a.ElapsedMS, a.Error.Reason, a.Stage, a.Stopped = min(
				a.ElapsedMS,
				100,
			), evidence.Timeout, evidence.AtConnect, evidence.Returned
		}),
		Kills: kills("none of its limits", refusals...),
	},
	{
		Name: "gives-up-early",
		Says: "The driver takes its time-outs for tenths of milliseconds.",
		Driver: asking(func(r *evidence.Request) {
			for _, name := range []string{"connectTimeoutMS", "serverSelectionTimeoutMS"} {
				if v, ok := option(*r, name); ok && v == "300" {
					set(r, name, "50")
				}
			}
		}),
		Kills: kills("none of its limits", timeouts...),
	},
	{
		Name: "crashes",
		Says: "The driver takes its process down when it refuses a certificate.",
		Driver: with(defect{answer: func(_ evidence.Request, a *evidence.Answer) {
			if a.Error != nil {
				a.Error.Reason, a.Error.Text = evidence.Crashed, "signal: segmentation fault"
			}
		}}),
		Kills: kills("the driver crashed", refusals...),
	},
	{
		Name: "dials-without-a-pause",
		Says: "The driver's monitor dials a server that it refuses again and again.",
		Driver: answering(func(r evidence.Request, a *evidence.Answer) {
			if a.Error == nil || r.Isolated {
				return
			}
			for range 200 {
				if c, err := net.Dial("tcp", address(r.URI)); err == nil { //nolint:noctx // on loopback
					_ = c.Close()
				}
			}
		}),
		Kills: kills("dialled 20", "time/expired", "trust/wrong-ca", "usage/eku-clientauth-only"),
	},
	{
		Name: "flips-its-answer",
		Says: "The driver refuses what it accepts: rows for which nothing better is known.",
		Driver: refusing(func(r evidence.Request) bool {
			return slices.ContainsFunc(flipped, func(row string) bool { return strings.HasPrefix(r.ID, row+"/") })
		}),
		Kills: kills("the driver must connect", flipped...),
	},
}

var flipped = []string{"mtls/optional-given", "mtls/allow-invalid-on-server-good", "proto/handshake-split-records",
	"proto/handshake-split-records@seven", "rot/tls-rollout", "rot/tls-rollback", "rot/leaf-renewed", "trust/renewed-root"}
