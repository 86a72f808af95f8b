package judge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// facts checks what a row says beyond its outcome; it returns what contradicts it, or "".
func facts(want scenarios.Expect, a harness.Attempt) string {
	for _, c := range a.Seen.Connections {
		if wrong := connection(want, c); wrong != "" {
			return wrong
		}
	}
	switch {
	case want.Requests == scenarios.NoRequests && a.Seen.OCSPRequests > 0:
		return fmt.Sprintf("the driver must not ask the OCSP responder, but asked it %d times", a.Seen.OCSPRequests)
	case want.Requests == scenarios.SomeRequests && a.Seen.OCSPRequests == 0:
		return "the driver must ask the OCSP responder, but did not"
	case want.Warns != "" && !slices.ContainsFunc(a.Answer.Warnings, naming(want.Warns)):
		return fmt.Sprintf("the driver must warn about %s, but logged no such warning", want.Warns)
	}
	if n := tries(a); want.Tries > 0 && n != want.Tries {
		return fmt.Sprintf("the operation must be tried %d times, and was tried %d times", want.Tries, n)
	}
	if want.Reports != "" && !slices.ContainsFunc(a.Answer.Events, func(e evidence.Event) bool {
		return e.Kind == "heartbeat-failed" && strings.Contains(e.Text, want.Reports)
	}) {
		return fmt.Sprintf("a failed heartbeat must be published with %q, and is not", want.Reports)
	}
	if want.Speculative != "" && !anyCommand(a.Seen, func(c evidence.CommandSeen) bool { return c.Speculative == string(want.Speculative) }) {
		return "speculative authentication must be " + string(want.Speculative) + ", but no hello shows it"
	}
	if want.User != "" {
		if wrong := user(want.User, a.Seen); wrong != "" {
			return wrong
		}
	}
	for _, id := range want.LogIDs {
		if !slices.ContainsFunc(a.Seen.Log, func(line string) bool { return idOf(line) == id }) {
			return fmt.Sprintf("the server's log must hold line %d, but does not", id)
		}
	}
	if wrong := after(want, a); wrong != "" {
		return wrong
	}
	return mentions(want, a)
}

// tries is how often an operation was tried: the connections that the server saw, without those that the driver does not count
// among its attempt, such as those on which it ends its sessions while it is closed.
func tries(a harness.Attempt) int {
	made := 0
	for _, e := range a.Answer.Events {
		if e.Kind == "connection-created" {
			made++
		}
	}
	if n := len(a.Seen.Connections); made == 0 || n < made {
		return n
	}
	return made
}

// after checks what a driver makes of a failure: the labels of its error, and what it does to its pool.
func after(want scenarios.Expect, a harness.Attempt) string {
	var labels []scenarios.Label
	if a.Answer.Error != nil {
		for _, l := range a.Answer.Error.Labels {
			labels = append(labels, scenarios.Label(l))
		}
	}
	for _, l := range want.Labels {
		if !slices.Contains(labels, l) {
			return fmt.Sprintf("the error must be labelled %s, and has %s", l, named(labels))
		}
	}
	for _, l := range want.NoLabels {
		if slices.Contains(labels, l) {
			return fmt.Sprintf("the error must not be labelled %s, and has %s", l, named(labels))
		}
	}
	cleared := slices.ContainsFunc(a.Answer.Events, func(e evidence.Event) bool { return e.Kind == "pool-cleared" })
	switch {
	case want.Pool == scenarios.Cleared && !cleared:
		return "the driver must clear its pool, and did not"
	case want.Pool == scenarios.Kept && cleared:
		return "the driver must not clear its pool, but did"
	}
	return ""
}

func named(labels []scenarios.Label) string {
	if len(labels) == 0 {
		return "no label"
	}
	return strings.ReplaceAll(join(labels), " or ", ", ")
}

func connection(want scenarios.Expect, c evidence.Connection) string {
	switch {
	case want.Version != "" && c.TLS != "" && c.TLS != string(want.Version):
		return fmt.Sprintf("TLS %s must be negotiated, but connection %d has %s", want.Version, c.ID, c.TLS)
	case want.Stapling == scenarios.Stapled && c.TLS != "" && !c.Stapled:
		return fmt.Sprintf("the server must staple, but did not on connection %d", c.ID)
	case want.Stapling == scenarios.Unstapled && c.Stapled:
		return fmt.Sprintf("the server must not staple, but did on connection %d", c.ID)
	case want.SNI == "" || c.Hello == nil:
		return ""
	case want.SNI == scenarios.NoServerName && c.Hello.SNI != "":
		return fmt.Sprintf("the ClientHello must carry no server name, but names %q", c.Hello.SNI)
	case want.SNI != scenarios.NoServerName && c.Hello.SNI != string(want.SNI):
		return fmt.Sprintf("the ClientHello must name %q, but names %q", want.SNI, c.Hello.SNI)
	}
	return ""
}

// user checks the user field of every authenticate command, the speculative ones included.
func user(want scenarios.UserField, s evidence.Seen) string {
	auth := func(c evidence.CommandSeen) bool { return c.Name == "authenticate" || c.Speculative != "" }
	if !anyCommand(s, auth) {
		return "the driver must authenticate, but sent no such command"
	}
	wrong := func(c evidence.CommandSeen) bool { return auth(c) && (c.User != nil) != (want == scenarios.Present) }
	if anyCommand(s, wrong) {
		return fmt.Sprintf("the user field of authenticate must be %s, and is not", want)
	}
	return ""
}

// mentions looks for words in whatever either side says about the end of the attempt.
func mentions(want scenarios.Expect, a harness.Attempt) string {
	var driver, surface, server string
	if e := a.Answer.Error; e != nil {
		driver, surface = e.Text+"\n"+e.Surface, e.Surface
	}
	for _, c := range a.Seen.Connections {
		server += c.Text + "\n"
		for _, cmd := range c.Commands {
			server += cmd.Error + "\n"
		}
	}
	for _, words := range want.Mentions {
		if !strings.Contains(surface, words) {
			return fmt.Sprintf("the error that the application gets must mention %q, and does not", words)
		}
	}
	for _, words := range want.ServerSays {
		if !strings.Contains(server, words) {
			return fmt.Sprintf("the server must say %q, and does not", words)
		}
	}
	for _, words := range want.Hides {
		if strings.Contains(driver, words) {
			return fmt.Sprintf("the error must not contain %q, and does", words)
		}
	}
	return ""
}

func anyCommand(s evidence.Seen, f func(evidence.CommandSeen) bool) bool {
	return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool { return slices.ContainsFunc(c.Commands, f) })
}

// naming is whether a warning names an option, whose name may be written in any case.
func naming(option string) func(string) bool {
	return func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(option)) }
}

func idOf(line string) int {
	m := logID.FindStringSubmatch(line)
	if m == nil {
		return 0
	}
	id, _ := strconv.Atoi(m[1])
	return id
}
