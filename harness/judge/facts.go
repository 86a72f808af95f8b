package judge

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// facts checks what a row says beyond its outcome; it returns what contradicts it, or "".
func facts(want scenarios.Expect, a harness.Attempt) string {
	return cmp.Or(
		handshakes(want, a),
		serverName(want, a),
		connections(want, a),
		status(want, a),
		logins(want, a),
		tries(want, a),
		events(want, a),
		labels(want, a),
		renews(want, a),
		losses(want, a),
		shuns(want, a),
		spares(want, a),
		leaves(want, a),
		hosts(want, a),
		words(want, a),
	)
}

// shuns checks what the driver did with the members that it must refuse.
func shuns(want scenarios.Expect, a harness.Attempt) string {
	for _, m := range want.Shuns {
		turned, last := false, 0
		for _, c := range a.Seen.Connections {
			if c.Member == m {
				last = max(last, c.Run)
			}
		}
		for _, c := range a.Seen.Connections {
			switch {
			case c.Member != m || c.Run < last:
			case len(c.Commands) > 0:
				return fmt.Sprintf("the driver must refuse %s in the handshake, but sent %s there", m, c.Commands[0].Name)
			default:
				turned = turned || c.Hello != nil
			}
		}
		if !turned {
			return fmt.Sprintf("the driver must turn to %s, but the server never saw a ClientHello", m)
		}
	}
	return ""
}

// losses checks which operations failed of a client that went on.
func losses(want scenarios.Expect, a harness.Attempt) string {
	may := slices.Clone(want.Loses)
	for _, f := range a.Answer.Failures {
		i := slices.Index(may, f.Reason)
		switch {
		case !want.Positive():
		case i < 0:
			return fmt.Sprintf("no operation may fail but %d, as %s, and operation %d failed as %s", len(want.Loses),
				cmp.Or(join(slices.Compact(slices.Clone(want.Loses))), "none"), f.Command+1, f.Reason)
		default:
			may = slices.Delete(may, i, i+1)
		}
	}
	return ""
}

// spares checks that operations went elsewhere.
func spares(want scenarios.Expect, a harness.Attempt) string {
	for _, c := range a.Seen.Connections {
		if slices.Contains(want.Spares, c.Member) && slices.ContainsFunc(c.Commands, evidence.CommandSeen.OfUser) {
			return fmt.Sprintf("no operation must go to %s, but one did on connection %d", c.Member, c.ID)
		}
	}
	return ""
}

// leaves checks that operations stopped to go to members that are no longer used, and that no connection went to those
// that never are. Before the last step, each operation went to some member once.
func leaves(want scenarios.Expect, a harness.Attempt) string {
	for _, m := range want.Leaves {
		here := 0
		for _, c := range a.Seen.Connections {
			for _, command := range c.Commands {
				if c.Member == m && command.OfUser() {
					here++
				}
			}
		}
		if n := len(a.Seen.Steps); n > 0 && here > a.Seen.Steps[n-1].After {
			return fmt.Sprintf("no operation must go to %s after the last step, but %d did", m, here-a.Seen.Steps[n-1].After)
		}
	}
	for _, c := range a.Seen.Connections {
		if slices.Contains(want.Ignores, c.Member) {
			return fmt.Sprintf("the driver must not connect to %s, but did on connection %d", c.Member, c.ID)
		}
	}
	return ""
}

// hosts checks to how many members connections went.
func hosts(want scenarios.Expect, a harness.Attempt) string {
	dialled := map[string]bool{}
	for _, c := range a.Seen.Connections {
		dialled[c.Member] = true
	}
	if want.Hosts > 0 && len(dialled) > want.Hosts {
		return fmt.Sprintf("the driver must connect to no more than %d of its servers, but did to %s", want.Hosts,
			strings.Join(slices.Sorted(maps.Keys(dialled)), " and "))
	}
	return ""
}

// renews checks that the driver gave up the connections from before one that was cut.
func renews(want scenarios.Expect, a harness.Attempt) string {
	if !want.Renews {
		return ""
	}
	for _, cut := range a.Seen.Connections {
		for _, c := range a.Seen.Connections {
			old := cut.CutMS > 0 && c.AtMS < cut.CutMS
			if old && slices.ContainsFunc(c.Commands, func(cmd evidence.CommandSeen) bool {
				return cmd.OfUser() && cmd.AtMS > cut.CutMS
			}) {
				return fmt.Sprintf("no operation must go over a connection from before the one that was cut, but one did on "+
					"connection %d", c.ID)
			}
		}
	}
	return ""
}

// gap says for how long no operation of the client succeeded, beyond what the steps took, where that was too long.
func gap(want scenarios.Expect, a harness.Attempt) string {
	if ms := a.Seen.GapMS(); want.Gap > 0 && ms > want.Gap {
		return fmt.Sprintf("an operation must succeed every %d ms or sooner, but none did for %d ms", want.Gap, ms)
	}
	return ""
}

// handshakes checks each connection.
func handshakes(want scenarios.Expect, a harness.Attempt) string {
	for _, c := range a.Seen.Connections {
		switch {
		case want.Version != "" && c.TLS != "" && c.TLS != string(want.Version):
			return fmt.Sprintf("TLS %s must be negotiated, but connection %d has %s", want.Version, c.ID, c.TLS)
		case want.Stapling == scenarios.Stapled && c.TLS != "" && !c.Stapled:
			return fmt.Sprintf("the server must staple, but did not on connection %d", c.ID)
		case want.Stapling == scenarios.Unstapled && c.Stapled:
			return fmt.Sprintf("the server must not staple, but did on connection %d", c.ID)
		}
	}
	return ""
}

// serverName checks the name in each ClientHello that was read to its end. A server that goes down cuts some off.
func serverName(want scenarios.Expect, a harness.Attempt) string {
	if want.SNI == "" {
		return ""
	}
	must, name := fmt.Sprintf("the ClientHello must name %q", want.SNI), string(want.SNI)
	if want.SNI == scenarios.NoServerName {
		must, name = "the ClientHello must carry no server name", ""
	}
	read := false
	for _, c := range a.Seen.Connections {
		if c.Hello.Whole() && c.Hello.SNI != name {
			return fmt.Sprintf("%s, but names %q", must, c.Hello.SNI)
		}
		read = read || c.Hello.Whole()
	}
	if !read {
		return must + ", but none was read to its end"
	}
	return ""
}

// connections checks on how many of them the driver was served over TLS.
func connections(want scenarios.Expect, a harness.Attempt) string {
	served := 0
	for _, c := range a.Seen.Connections {
		if c.TLS != "" && slices.ContainsFunc(c.Commands, func(c evidence.CommandSeen) bool { return c.Code == 0 }) {
			served++
		}
	}
	if served < want.Connections {
		return fmt.Sprintf("the driver must be served on %d connections over TLS, and was on %d", want.Connections, served)
	}
	return ""
}

// status checks what the driver asked the OCSP responder.
func status(want scenarios.Expect, a harness.Attempt) string {
	switch n := a.Seen.OCSPRequests; {
	case want.Requests == scenarios.NoRequests && n > 0:
		return fmt.Sprintf("the driver must not ask the OCSP responder, but asked it %d times", n)
	case want.Requests == scenarios.SomeRequests && n == 0:
		return "the driver must ask the OCSP responder, but did not"
	}
	return ""
}

// logins checks the user field of every authenticate command, the speculative ones included, and what became of those.
func logins(want scenarios.Expect, a harness.Attempt) string {
	login := func(c evidence.CommandSeen) bool { return c.Name == "authenticate" || c.Speculative != "" }
	commands := commandsOf(a.Seen)
	switch {
	case want.User == "":
	case !slices.ContainsFunc(commands, login):
		return "the driver must authenticate, but sent no such command"
	case slices.ContainsFunc(commands, func(c evidence.CommandSeen) bool {
		return login(c) && (c.User != nil) != (want.User == scenarios.Present)
	}):
		return fmt.Sprintf("the user field of authenticate must be %s, and is not", want.User)
	}
	on := 0
	for _, c := range a.Seen.Connections {
		if slices.ContainsFunc(c.Commands, func(c evidence.CommandSeen) bool { return login(c) || c.Name == "saslStart" }) {
			on++
		}
	}
	if want.Logins > 0 && on > want.Logins {
		return fmt.Sprintf("the driver must log in on %d connections at the most, and did on %d", want.Logins, on)
	}
	is := func(s evidence.Speculation) func(evidence.CommandSeen) bool {
		return func(c evidence.CommandSeen) bool { return c.Speculative == s }
	}
	if want.Speculative != "" && !slices.ContainsFunc(commands, is(want.Speculative)) {
		return fmt.Sprintf("speculative authentication must be %s, but no hello shows it", want.Speculative)
	}
	for _, c := range a.Seen.Connections {
		second := func(c evidence.CommandSeen) bool { return c.Name == "authenticate" || c.Name == "saslStart" }
		if want.Speculative == evidence.Accepted && slices.ContainsFunc(c.Commands, is(evidence.Accepted)) &&
			slices.ContainsFunc(c.Commands, second) {
			return fmt.Sprintf("the login inside the hello was accepted, but the driver logged in again on connection %d", c.ID)
		}
	}
	return ""
}

func commandsOf(s evidence.Seen) (commands []evidence.CommandSeen) {
	for _, c := range s.Connections {
		commands = append(commands, c.Commands...)
	}
	return commands
}

// tries checks how often an operation was tried: the connections that the server saw, without those that the driver
// does not count among its attempt, such as those on which it ends its sessions while it is closed.
func tries(want scenarios.Expect, a harness.Attempt) string {
	n := len(a.Seen.Connections)
	if made := count(a.Answer.Events, evidence.ConnectionCreated); made > 0 {
		n = min(n, made)
	}
	if want.Tries > 0 && n != want.Tries {
		return fmt.Sprintf("the operation must be tried %d times, and was tried %d times", want.Tries, n)
	}
	return ""
}

func count(events []evidence.Event, kind evidence.EventKind) (n int) {
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// events checks what the driver tells of itself: its warnings, its heartbeats and its pool.
func events(want scenarios.Expect, a harness.Attempt) string {
	// An option may be written in any case.
	names := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(want.Warns)) }
	reports := func(e evidence.Event) bool {
		return e.Kind == evidence.HeartbeatFailed && strings.Contains(e.Text, want.Reports)
	}
	cleared := count(a.Answer.Events, evidence.PoolCleared) > 0
	for _, host := range want.Blames {
		of := func(e evidence.Event) bool {
			name, _, err := net.SplitHostPort(e.Server)
			return e.Kind == evidence.HeartbeatFailed && err == nil && name == host
		}
		if !slices.ContainsFunc(a.Answer.Events, of) {
			return fmt.Sprintf("a failed heartbeat must be published as that of %s, and is not", host)
		}
	}
	switch {
	case want.Warns != "" && !slices.ContainsFunc(a.Answer.Warnings, names):
		return fmt.Sprintf("the driver must warn about %s, but logged no such warning", want.Warns)
	case want.Reports != "" && !slices.ContainsFunc(a.Answer.Events, reports):
		return fmt.Sprintf("a failed heartbeat must be published with %q, and is not", want.Reports)
	case want.Pool == scenarios.Cleared && !cleared:
		return "the driver must clear its pool, and did not"
	case want.Pool == scenarios.Kept && cleared:
		return "the driver must not clear its pool, but did"
	}
	return ""
}

func labels(want scenarios.Expect, a harness.Attempt) string {
	var has []string
	if a.Answer.Error != nil {
		has = a.Answer.Error.Labels
	}
	list := strings.Join(has, ", ")
	if len(has) == 0 {
		list = "no label"
	}
	for _, l := range want.Labels {
		if !slices.Contains(has, string(l)) {
			return fmt.Sprintf("the error must be labelled %s, and has %s", l, list)
		}
	}
	for _, l := range want.NoLabels {
		if slices.Contains(has, string(l)) {
			return fmt.Sprintf("the error must not be labelled %s, and has %s%s", l, list, retried(has))
		}
	}
	return ""
}

// retried says what comes of labels.
func retried(labels []string) string {
	if slices.Contains(labels, string(scenarios.Retryable)) {
		return ", so it will be retried"
	}
	return ""
}

// spelt makes the ways to write some words one: "internal error", INTERNAL_ERROR, InternalError.
func spelt(words string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(words))
}

// words looks for words where the row says: in the error that the application gets, in anything that the driver says,
// and in the server's account.
func words(want scenarios.Expect, a harness.Attempt) string {
	var surface string
	if a.Answer.Error != nil {
		surface = a.Answer.Error.Surface
	}
	for _, words := range want.Mentions {
		if !strings.Contains(spelt(surface), spelt(words)) {
			return fmt.Sprintf("the error that the application gets must mention %q, and does not", words)
		}
	}
	for _, secret := range want.Hides {
		if where := shown(a.Answer, secret); where != "" {
			return fmt.Sprintf("the driver must hide %q, but shows it in %s", secret, where)
		}
	}
	for _, words := range want.ServerSays {
		says := func(s string) bool { return mongod.Says(s, words) }
		if !slices.ContainsFunc(a.Seen.Connections, func(c evidence.Connection) bool { return says(c.Text) }) &&
			!slices.ContainsFunc(commandsOf(a.Seen), func(c evidence.CommandSeen) bool { return says(c.Error) }) {
			return fmt.Sprintf("the server must say %q, and does not", words)
		}
	}
	for _, id := range want.LogIDs {
		if !slices.ContainsFunc(a.Seen.Log, func(line string) bool { return mongod.IsLine(idOf(line), id) }) {
			return fmt.Sprintf("the server's log must hold line %d, but does not", id)
		}
	}
	return ""
}

// shown is where a driver shows a secret, "" for nowhere.
func shown(a evidence.Answer, secret string) string {
	has := func(s string) bool { return strings.Contains(s, secret) }
	if e := a.Error; e != nil {
		switch {
		case has(e.Surface):
			return "the error that the application gets"
		case has(e.Text):
			return "an error"
		case slices.ContainsFunc(e.Chain, has) || has(e.CodeName) || slices.ContainsFunc(e.Labels, has):
			return "the types of an error"
		}
	}
	for _, e := range a.Events {
		if has(e.Text) {
			return "an event, " + string(e.Kind)
		}
	}
	if slices.ContainsFunc(a.Warnings, has) {
		return "a warning"
	}
	return ""
}

var logID = regexp.MustCompile(`"id":\s*(\d+)`)

func idOf(line string) int {
	m := logID.FindStringSubmatch(line)
	if m == nil {
		return 0
	}
	id, _ := strconv.Atoi(m[1])
	return id
}
