package own

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/reports/trial"
)

const limit = 20 * time.Second // of one attempt

// A place is what a driver is led to: one of the hosts, or all of them.
type place struct {
	name  string // of its rows
	hosts []string
}

// places are each host by itself, because one that is wrong shows only where it is dialled; and then the whole string.
func (g *given) places() (all []place) {
	for _, host := range g.hosts {
		all = append(all, place{host, []string{host}})
	}
	if g.several() {
		all = append(all, place{trial.Together, g.hosts})
	}
	return all
}

// several reports whether the connection string leads to more than one host.
func (g *given) several() bool { return len(g.hosts) > 1 && len(g.string.Hosts) > 0 }

// attempt lets one driver loose on a place, whose servers are for it alone.
func (s *Session) attempt(ctx context.Context, d driver.Driver, w *world, at place, number int) trial.Row {
	info := d.Info()
	row := trial.Row{Driver: info.Driver + " " + info.Version, Host: at.name, Verdict: trial.NotRun}
	if info.Build != "" && strings.Contains(s.options.Drivers[number].String(), "+") {
		row.Driver += " (" + s.options.Drivers[number].String() + ")"
	}
	deployment, err := embedded.New().Open(ctx, s.layout(w, at.hosts))
	if err != nil {
		row.Says = fmt.Sprintf("the server does not start: %v", err)
		return row
	}
	defer func() {
		if err := deployment.Close(); err != nil && row.Verdict == trial.NotRun {
			row.Says = fmt.Sprintf("the server did not end well: %v", err)
		}
	}()
	seeds := seedsOf(at.hosts, deployment)
	if s.given.string.SRV {
		// Each driver has its own server, and so its own port: names are looked up by one after another.
		s.lookups.Lock()
		defer s.lookups.Unlock()
		if err := s.files.DNS.Replace(s.given.zone.leadingTo(seeds)); err != nil {
			row.Says = fmt.Sprintf("its records cannot be served: %v", err)
			return row
		}
	}
	a := harness.Attempt{Request: evidence.Request{ID: fmt.Sprintf("try %d %s %s", number, w.name, at.name),
		URI: s.given.leading(w, seeds), Dial: "127.0.0.1", Isolated: true, LimitMS: int(limit.Milliseconds()),
		Commands: []evidence.Command{{DB: "admin", JSON: `{"ping": 1}`}}}}
	if w.renewed != "" { // drivers try a read again that meets the end of the old server
		read := evidence.Command{DB: "test", JSON: `{"find": "renewal"}`}
		a.Request.Commands = []evidence.Command{read, read}
	}
	if err := attempt.Ask(ctx, d, deployment, true, &a); err != nil {
		row.Says = fmt.Sprintf("nothing was found out: %v", err)
		return row
	}
	row.Answer, row.Seen = a.Answer, a.Seen
	judge(&row)
	return row
}

// seedsOf are the addresses of hosts, on the ports at which they are here.
func seedsOf(hosts []string, d server.Deployment) (seeds []string) {
	for i, m := range d.Members() {
		seeds = append(seeds, net.JoinHostPort(connstring.HostOf(hosts[i]), strconv.Itoa(int(m.Addr.Port()))))
	}
	return seeds
}

// leading is the connection string that leads to these addresses. A host by itself is a primary.
func (g *given) leading(w *world, seeds []string) string {
	s := *g.string
	s.Options = slices.Clone(s.Options)
	if g.several() && len(seeds) == 1 {
		s.Drop(readPreference...)
	}
	if w.renewed != "" {
		s.Drop("retryReads")
	}
	if s.SRV {
		seeds = s.Hosts
	}
	return w.uri(&s, seeds...)
}

// judge says what an attempt came to, by what both witnesses say.
func judge(row *trial.Row) {
	over := slices.ContainsFunc(row.Seen.Connections, func(c evidence.Connection) bool { return c.TLS != "" && served(c) })
	for _, c := range row.Seen.Connections {
		if c.TLS != "" {
			row.TLS = c.TLS
		}
	}
	switch a := row.Answer; {
	case a.OK && over:
		row.Verdict, row.Says = trial.Connects, "connects over TLS "+row.TLS
	case a.OK:
		row.Verdict, row.Says = trial.InClear, "connects, and nothing is encrypted"
	case a.Error == nil || a.Stopped == evidence.AtLimit:
		row.Says = fmt.Sprintf("gave no answer within %s", limit)
	default:
		row.Verdict, row.Reason, row.By = trial.Refused, a.Error.Reason, "driver"
		row.Says = "refuses: " + words[row.Reason].says
		if c := ended(row.Seen); c != nil && byServer(row.Reason) {
			row.By = "server"
			row.Says = "is refused by the server: " + causeSays(*c)
		} else if bySpeech(row.Reason) {
			row.By = "server"
			row.Says = "is refused by the server: " + words[row.Reason].says
		}
		if row.Reason == evidence.Unclassified {
			row.Says += ": " + firstLine(a.Error.Text)
		}
	}
}

func served(c evidence.Connection) bool {
	return slices.ContainsFunc(c.Commands, evidence.CommandSeen.OfUser)
}

// ended is a connection that the server ended, nil if it ended none.
func ended(seen evidence.Seen) *evidence.Connection {
	i := slices.IndexFunc(seen.Connections, func(c evidence.Connection) bool {
		return c.Cause != "" && c.Cause != evidence.HandshakeFailed
	})
	if i < 0 {
		return nil
	}
	return &seen.Connections[i]
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
