// Package judge turns what both witnesses saw of an attempt into a verdict. It is a pure function: the oracle table.
package judge

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// Judge says what an attempt means for a case. control is the verdict of the case's twin, nil for a case without one.
func Judge(c harness.Case, a harness.Attempt, info evidence.Info, control *harness.Verdict) harness.Verdict {
	v := harness.Verdict{}
	if a.Answer.Error != nil {
		v.Reason = evidence.Reason(a.Answer.Error.Reason)
	}
	say := func(kind harness.Kind, why string) harness.Verdict {
		v.Kind, v.Why = kind, why
		return v
	}
	if lacks := lacking(c.Scenario, a.Request, info); lacks != "" {
		return say(harness.Unsupported, lacks)
	}
	if why := unoffered(c.Scenario, a); why != "" {
		return say(harness.Unsupported, why)
	}
	if doubt := doubt(c.Scenario, a); doubt != "" {
		return say(harness.Inconclusive, doubt)
	}
	want := c.Scenario.Expect
	if want.Outcome == scenarios.Unspecified {
		return say(harness.Characterised, "there is no norm; "+happened(a))
	}
	if c.Twin != "" && control != nil && (control.Kind == harness.Unsupported || control.Kind == harness.Known && !connected(*control)) {
		state := map[harness.Kind]string{harness.Unsupported: "unsupported", harness.Known: "a known failure"}[control.Kind]
		return say(harness.Unsupported, fmt.Sprintf("its control, %s, is %s: %s", c.Twin, state, control.Why))
	}
	if c.Twin != "" && (control == nil || control.Kind != harness.Conforms && control.Kind != harness.Known) {
		state := "did not run"
		if control != nil {
			state = string(control.Kind)
		}
		return say(harness.Inconclusive, fmt.Sprintf("no control: %s, the same without the defect, is %s", c.Twin, state))
	}
	a.Seen.Connections = later(a.Seen.Connections, c.Scenario.Server.Fault.Good)
	if wrong := rows[want.Outcome](want, a); wrong != "" {
		return say(harness.Violates, wrong)
	}
	if wrong := facts(want, a); wrong != "" {
		return say(harness.Violates, wrong)
	}
	return say(harness.Conforms, happened(a))
}

// connected is whether a control shows what it is for, though it is a known failure: the driver connected, and what it misses is a
// further fact.
func connected(control harness.Verdict) bool { return control.Reason == "" }

// lacking names the first option or ability that a scenario needs and the driver does not have. The request has the options
// that the row leaves to be understood.
func lacking(s scenarios.Scenario, r evidence.Request, info evidence.Info) string {
	c := s.Client
	uses := strings.ToLower("&" + c.URI + "&" + c.Options + "&" + c.Add + "&" + r.URI)
	uses = strings.ReplaceAll(uses, "?", "&")
	needs := map[evidence.Ability]bool{
		evidence.DNS: c.Zone != "", evidence.SystemRoots: c.SystemRoots, evidence.Code: len(c.Code) > 0, evidence.Dial: elsewhere(c),
		evidence.OCSP: online(s.Server), evidence.PoolEvents: s.Expect.Pool != "",
	}
	missing := info.Missing()
	for _, name := range sorted(missing) {
		option, uriOnly := strings.CutPrefix(name, "?")
		_, code := c.Code[option]
		if code && !uriOnly || strings.Contains(uses, "&"+strings.ToLower(option)+"=") || needs[evidence.Ability(name)] {
			return fmt.Sprintf("the driver does not have %s: %s", name, missing[name])
		}
	}
	return ""
}

// online says whether the status of a certificate can be asked for, or must be stapled.
func online(s scenarios.Server) bool {
	return s.Responder.Answer != "" || s.Leaf.MustStaple || s.Fault.Staple.Answer != "" || s.Fault.Leaf != nil && s.Fault.Leaf.MustStaple
}

// elsewhere says whether the client dials a name or address that only Request.Dial leads to the server.
func elsewhere(c scenarios.Client) bool {
	return c.Zone == "" && !slices.Contains([]string{"", "localhost", "127.0.0.1"}, c.Host)
}

// doubt says why an attempt proves nothing: what the scenario did not stage is never a refusal.
func doubt(s scenarios.Scenario, a harness.Attempt) string {
	switch {
	case a.Fault != "":
		return "the harness failed: " + a.Fault
	case a.Answer.Stopped == "limit" && !outwaited(s.Expect, a):
		return fmt.Sprintf("the harness's own limit of %d ms ended the attempt", a.Request.LimitMS)
	case a.Seen.Open > 0:
		return fmt.Sprintf("%d connections had not ended when the server's record was read", a.Seen.Open)
	case a.Answer.OK && !served(a.Seen):
		return "the witnesses disagree: the driver reports success, the server served none of its commands"
	case a.Answer.OK && s.Server.Restart != nil && a.Seen.CameBack == 0:
		return "nobody connected to the server after it came back: nothing is learnt of what it came back as"
	case a.Answer.OK && s.Server.Fault.Good > 0 && len(a.Seen.Connections) <= s.Server.Fault.Good:
		return "no connection came after the good ones: nothing is learnt of what would have met it"
	case a.Answer.OK:
		return ""
	}
	if a.Answer.Error == nil {
		return "the adapter reports a failure without an error"
	}
	switch evidence.Reason(a.Answer.Error.Reason) {
	case evidence.Timeout:
		if s.Server.Fault.Stall == "" && s.Expect.Outcome != scenarios.ByTimeout && s.Server.Responder.Answer != ocsp.Slow {
			return "a time-out that the scenario did not stage"
		}
		if s.Server.Fault.Stall != "" && early(a.Seen) {
			return "the time ran out before the server fell silent"
		}
	case evidence.DNSError:
		if s.Client.Zone == "" {
			return "a failed name lookup that the scenario did not stage"
		}
	case evidence.Unreachable:
		return "the server's port could not be reached"
	}
	return ""
}

// outwaited says whether the harness's limit was so far beyond a time-out of the driver, with a server silent as staged, that the driver
// hangs.
func outwaited(want scenarios.Expect, a harness.Attempt) bool {
	ms := milliseconds(a.Request.URI, want.Option)
	return want.Outcome == scenarios.ByTimeout && ms > 0 && a.Request.LimitMS >= 20*ms && a.Answer.Error != nil && silent(a)
}

func silent(a harness.Attempt) bool {
	return slices.ContainsFunc(a.Seen.Connections, func(c evidence.Connection) bool { return c.Silent })
}

// early says whether the driver gave a connection up before the server had come to the silence that the scenario stages, as
// it does on a machine that is too busy.
func early(s evidence.Seen) bool {
	for _, c := range s.Connections {
		switch {
		case c.Silent:
			return false
		case len(c.Commands) == 0 && !c.Answered && c.Cause == "":
			return true
		}
	}
	return true
}

// later are the connections after the first good ones: those that a row about a later fault is about.
func later(conns []evidence.Connection, good int) []evidence.Connection {
	conns = slices.SortedFunc(slices.Values(conns), func(a, b evidence.Connection) int { return cmp.Compare(a.ID, b.ID) })
	return conns[min(good, len(conns)):]
}

// served says whether a server answered any command beyond those of the handshake, or, where it has no log, anything.
func served(s evidence.Seen) bool {
	for _, c := range s.Connections {
		if c.Answered || slices.ContainsFunc(c.Commands, evidence.CommandSeen.OfUser) {
			return true
		}
	}
	return false
}

// rows is the oracle table: each row returns what contradicts it, or "".
var rows = map[scenarios.Outcome]func(scenarios.Expect, harness.Attempt) string{
	scenarios.OverTLS:       overTLS,
	scenarios.InClear:       inClear,
	scenarios.BeforeDialing: beforeDialing,
	scenarios.InHandshake:   inHandshake,
	scenarios.ByServer:      byServer,
	scenarios.ByCommand:     byCommand,
	scenarios.ByTimeout:     byTimeout,
}

func overTLS(_ scenarios.Expect, a harness.Attempt) string {
	if !a.Answer.OK {
		return "the driver must connect over TLS, but " + happened(a)
	}
	for _, c := range a.Seen.Connections {
		if c.TLS == "" && (c.Clear || len(c.Commands) > 0) {
			return fmt.Sprintf("the driver must connect over TLS, but connection %d carried commands in clear", c.ID)
		}
	}
	return ""
}

func inClear(_ scenarios.Expect, a harness.Attempt) string {
	if !a.Answer.OK {
		return "the driver must connect in clear, but " + happened(a)
	}
	for _, c := range a.Seen.Connections {
		if c.Hello != nil {
			return fmt.Sprintf("the driver must connect in clear, but connection %d began with a ClientHello", c.ID)
		}
	}
	return ""
}

func beforeDialing(want scenarios.Expect, a harness.Attempt) string {
	if n := len(a.Seen.Connections); n > 0 {
		return fmt.Sprintf("the driver must refuse this before it dials, but the server saw %d connections, and %s", n, happened(a))
	}
	return reason(want, a)
}

func inHandshake(want scenarios.Expect, a harness.Attempt) string {
	if wrong := reason(want, a); wrong != "" {
		return wrong
	}
	hello := false
	for _, c := range a.Seen.Connections {
		switch {
		case c.Clear:
			return fmt.Sprintf("the driver must refuse in the TLS handshake, but connection %d carried clear text", c.ID)
		case len(c.Commands) > 0:
			return fmt.Sprintf("the driver must refuse in the TLS handshake, but sent %s on connection %d", c.Commands[0].Name, c.ID)
		case c.Answered:
			return fmt.Sprintf("the driver must refuse in the TLS handshake, but talked to the server on connection %d", c.ID)
		}
		hello = hello || c.Hello != nil
	}
	if !hello {
		return "the driver must refuse in the TLS handshake, but the server never saw a ClientHello"
	}
	return ""
}

// closing are the reasons by which a driver can tell that its peer ended the connection.
var closing = []evidence.Reason{evidence.PeerClosed, evidence.RemoteAlert, evidence.ClientCertRequired,
	evidence.ClientCertRejected, evidence.ProtocolMismatch}

func byServer(want scenarios.Expect, a harness.Attempt) string {
	must := "the server must close this connection as " + join(want.Causes)
	if a.Answer.OK {
		return must + ", but " + happened(a)
	}
	if r := evidence.Reason(a.Answer.Error.Reason); !slices.Contains(closing, r) {
		return fmt.Sprintf("%s, and the driver must say that its peer closed it, but %s", must, happened(a))
	}
	var seen []evidence.Cause
	for _, c := range a.Seen.Connections {
		if len(c.Commands) > 0 {
			return fmt.Sprintf("%s, but it served %s on connection %d", must, c.Commands[0].Name, c.ID)
		}
		if slices.Contains(want.Causes, c.Cause) {
			return ""
		}
		if c.Cause != "" {
			seen = append(seen, c.Cause)
		}
	}
	if len(seen) == 0 {
		return must + ", but its log gives no cause"
	}
	return fmt.Sprintf("%s, but its log says %s", must, join(seen))
}

func byCommand(want scenarios.Expect, a harness.Attempt) string {
	must := fmt.Sprintf("%s must be refused with %d %s", want.Command, want.Code, want.CodeName)
	if a.Answer.OK || !says(want, *a.Answer.Error) {
		return must + ", but " + happened(a)
	}
	for _, c := range a.Seen.Connections {
		for _, cmd := range c.Commands {
			if cmd.Name == want.Command && cmd.Code == want.Code && cmd.CodeName == want.CodeName {
				return ""
			}
		}
	}
	return must + ", and so the driver says, but the server sent no such reply"
}

// says is whether an error is that of the reply which the row expects. Of a refused login a driver need not pass on the code: that there
// was one, and which, the server's record says.
func says(want scenarios.Expect, e evidence.Error) bool {
	login := slices.Contains([]string{"authenticate", "saslStart", "saslContinue"}, want.Command)
	return e.Code == want.Code && e.CodeName == want.CodeName || login && e.Code == 0 && evidence.Reason(e.Reason) == evidence.AuthFailed
}

// grain is by how many milliseconds a driver may be early: some cut both the time and what is left of it to whole ones.
const grain = 2

func byTimeout(want scenarios.Expect, a harness.Attempt) string {
	must := "the time-out of " + want.Option + " must end this"
	if a.Answer.Stopped == "limit" {
		return fmt.Sprintf("%s, but the driver still waited after %d ms", must, a.Answer.ElapsedMS)
	}
	if a.Answer.OK || evidence.Reason(a.Answer.Error.Reason) != evidence.Timeout {
		return must + ", but " + happened(a)
	}
	if !silent(a) {
		return must + ", but no connection was kept silent"
	}
	ms := milliseconds(a.Request.URI, want.Option)
	if a.Answer.ElapsedMS < ms-grain {
		return fmt.Sprintf("%s, which is %d ms, but the attempt ended after %d ms", must, ms, a.Answer.ElapsedMS)
	}
	return ""
}

// reason holds the driver's reason against those that the row accepts.
func reason(want scenarios.Expect, a harness.Attempt) string {
	must := "the driver must fail as " + join(want.Reasons)
	if a.Answer.OK {
		return must + ", but it connected"
	}
	if got := evidence.Reason(a.Answer.Error.Reason); !slices.Contains(want.Reasons, got) || got == evidence.Unclassified {
		return fmt.Sprintf("%s, but it failed as %s: %s", must, got, a.Answer.Error.Text)
	}
	return ""
}

// happened says in a clause what the driver did.
func happened(a harness.Attempt) string {
	if a.Answer.OK {
		how := "in clear"
		for _, c := range a.Seen.Connections {
			if c.TLS != "" {
				how = "over TLS " + c.TLS
			}
		}
		return "the driver connected " + how
	}
	e := a.Answer.Error
	if e.Code != 0 {
		return fmt.Sprintf("the driver failed as %s (%d %s): %s", e.Reason, e.Code, e.CodeName, e.Text)
	}
	return fmt.Sprintf("the driver failed as %s: %s", e.Reason, e.Text)
}

// milliseconds reads a numeric option from a URI, whatever its case; 0 if it is not there.
func milliseconds(uri, option string) int {
	_, query, _ := strings.Cut(uri, "?")
	values, _ := url.ParseQuery(query)
	for key, value := range values {
		if strings.EqualFold(key, option) {
			n, _ := strconv.Atoi(value[0])
			return n
		}
	}
	return 0
}

var logID = regexp.MustCompile(`"id":\s*(\d+)`)

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, " or ")
}

func sorted(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
