// Package judge turns what both witnesses saw of an attempt into a verdict. It is a pure function: the oracle table.
package judge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// Judge says what an attempt means for a case. control is what the case's twin came to; for a case without one, it is
// any good attempt, which shows how long one takes. Nil is none: see Wants.
//
// A verdict of Again is one that a busy machine could bring about, too: it holds if a second attempt has it again.
func Judge(c harness.Case, a harness.Attempt, info evidence.Info, control *harness.Control) harness.Verdict {
	v := harness.Verdict{}
	if a.Answer.Error != nil {
		v.Reason = a.Answer.Error.Reason
	}
	say := func(kind evidence.Verdict, why string) harness.Verdict {
		v.Kind, v.Why = kind, why
		return v
	}
	if lacks := lacking(c.Scenario, a, info); lacks != "" {
		return say(evidence.Unsupported, lacks)
	}
	if wrong, again := broken(c.Scenario, a, control); wrong != "" {
		v.Again = again
		return say(evidence.Violates, wrong)
	}
	if wrong := missed(c.Scenario, a, control); wrong != "" {
		v.Again, v.Alone = true, true
		return say(evidence.Violates, wrong)
	}
	if why := unoffered(c.Scenario, a); why != "" {
		return say(evidence.Unsupported, why)
	}
	if s := c.Scenario.Client; s.GoOn && !a.Answer.OK && a.Answer.Stopped == evidence.Returned &&
		a.Answer.Stage != evidence.AtConfigure && a.Answer.Command < len(s.Do)-1 {
		return say(evidence.Unsupported, "the adapter ends an attempt at its first error, where the client is to go on")
	}
	if why := unproven(c.Scenario, a); why != "" {
		return say(evidence.Inconclusive, why)
	}
	want := c.Scenario.Expect
	if want.Outcome == scenarios.Unspecified {
		return say(evidence.Characterised, "there is no norm; "+told(a))
	}
	if !accepted(want, a) {
		if kind, why := uncontrolled(c.Twin, control); kind != "" {
			return say(kind, why)
		}
		if why := unlike(c.Scenario.Before, a.Before); why != "" {
			return say(evidence.Inconclusive, why)
		}
	}
	of := a
	of.Seen = concerned(c.Scenario, a.Seen)
	if wrong := cmp.Or(rows[want.Outcome](want, of), facts(want, of)); wrong != "" {
		v.Again = chance(c.Scenario, v.Reason)
		return say(evidence.Violates, wrong)
	}
	if wrong := lateness(c.Scenario, a, control); wrong != "" {
		v.Again, v.Alone = true, true
		return say(evidence.Violates, wrong)
	}
	if wrong := cmp.Or(dawdles(c.Scenario, a, control), gap(want, a)); wrong != "" {
		v.Again = true
		return say(evidence.Violates, wrong)
	}
	return say(evidence.Conforms, told(of))
}

// chance reports whether a violation with this error can be a matter of moments: a time-out that nobody staged, what
// the Go driver's own close makes of an EOF ("context canceled"), or a read that a restart met twice. Its one further
// try finds the pool that the monitor is clearing, or a server that is still away: a reply to the monitor that was
// under way when it went has made it known again.
func chance(s scenarios.Scenario, r evidence.Reason) bool {
	twice := r == evidence.PeerClosed || r == evidence.Unreachable
	return r == evidence.Timeout && s.Expect.Outcome != scenarios.ByTimeout || r == evidence.Unclassified ||
		twice && s.Restarts() && s.Expect.Positive()
}

// accepted reports whether the driver got in where it must not: that needs no control.
func accepted(want scenarios.Expect, a harness.Attempt) bool { return a.Answer.OK && !want.Positive() }

// uncontrolled says why a case has no control. One that connected is one, whatever further fact it missed.
func uncontrolled(twin string, control *harness.Control) (kind evidence.Verdict, why string) {
	switch {
	case twin == "":
		return "", ""
	case control == nil:
		return evidence.Inconclusive, fmt.Sprintf("no control: %s, the same without the defect, did not run", twin)
	case control.Verdict.Kind == evidence.Unsupported:
		return evidence.Unsupported, fmt.Sprintf("its control, %s, is unsupported: %s", twin, control.Verdict.Why)
	case control.Connected():
		return "", ""
	case control.Verdict.Kind == evidence.Known:
		return evidence.Unsupported, fmt.Sprintf("its control, %s, is a known failure: %s", twin, control.Verdict.Why)
	}
	return evidence.Inconclusive, fmt.Sprintf(
		"no control: %s, the same without the defect, is %s",
		twin,
		control.Verdict.Kind,
	)
}

// lacking names the first option or ability that a scenario needs and the driver does not have. The request has the
// options that the row leaves to be understood.
func lacking(s scenarios.Scenario, a harness.Attempt, info evidence.Info) string {
	for i, client := range append(clients(s), scenarios.Client{URI: a.Request.URI}) {
		missing := map[string]evidence.Instead{}
		for option, instead := range info.Lacks {
			if asks(client, option) && excused(option, client, info, i < len(s.Before)) {
				missing[option.String()] = instead
			}
		}
		needed := needs(s, client)
		for ability, instead := range info.Cannot {
			if needed[ability] {
				missing[string(ability)] = instead
			}
		}
		if len(missing) > 0 {
			name := slices.Min(slices.Collect(maps.Keys(missing)))
			return fmt.Sprintf("the driver does not have %s: %s", name, missing[name])
		}
	}
	return ""
}

// excused reports whether a driver may lack an option of a client. What the specification requires is never excused by
// being ignored, but for clients that only come first, and are not what is judged.
func excused(o evidence.Option, c scenarios.Client, info evidence.Info, first bool) bool {
	_, inCode := c.Code[o.Name] // where nobody can ignore it: there is no way to say it
	return first && !o.URIOnly || !info.Lacks[o].Ignored() ||
		!scenarios.Required(o.Name) && (inCode && !o.URIOnly || !owed(o, info))
}

// owed reports whether a driver that ignores an option must have it, for it asks for the status of certificates (OCSP
// support spec). The check as a whole can be turned off only where that is needed: who warns need not have that.
func owed(o evidence.Option, info evidence.Info) bool {
	_, without := info.Cannot[evidence.OCSP]
	switch o.Name {
	case "tlsDisableOCSPEndpointCheck":
		return !without
	case "tlsDisableCertificateRevocationCheck":
		return !without && info.Lacks[o] == evidence.Ignores
	}
	return false
}

// clients are those of a row, in their order.
func clients(s scenarios.Scenario) (all []scenarios.Client) {
	for _, earlier := range s.Before {
		all = append(all, earlier.Client)
	}
	return append(all, s.Client)
}

// asks reports whether a client asks for an option.
func asks(c scenarios.Client, o evidence.Option) bool {
	_, code := c.Code[o.Name]
	uses := strings.ReplaceAll(strings.ToLower("&"+c.URI+"&"+c.Options+"&"+c.Add), "?", "&")
	return code && !o.URIOnly || strings.Contains(uses, "&"+strings.ToLower(o.Name)+"=")
}

// needs are the abilities that a client of a row needs.
func needs(s scenarios.Scenario, c scenarios.Client) map[evidence.Ability]bool {
	return map[evidence.Ability]bool{
		evidence.DNS: c.Zone != "", evidence.SystemRoots: c.SystemRoots, evidence.Code: len(c.Code) > 0,
		evidence.Dial: elsewhere(c) || named(s), evidence.OCSP: online(s.Server), evidence.PoolEvents: s.Expect.Pool != "",
		evidence.EventServers: len(s.Expect.Blames) > 0,
		// What comes after the first connection must be met.
		evidence.Monitors: s.Server.Fault.Good > 0 || s.Expect.Connections > 1,
		evidence.Files:    aboutFiles(s, c),
	}
}

// online reports whether the status of a certificate can be asked for, or must be stapled.
func online(s scenarios.Server) bool {
	return s.Responder.Answer != "" || s.Leaf.MustStaple || s.Fault.Staple.Answer != "" ||
		s.Fault.Leaf != nil && s.Fault.Leaf.MustStaple
}

// aboutFiles reports whether a row is about the files of a client, or their names in its connection string: who does
// not read them itself neither satisfies nor breaks it.
func aboutFiles(s scenarios.Scenario, c scenarios.Client) bool {
	area, _, _ := strings.Cut(s.ID, "/")
	odd := c.Quote != "" || slices.ContainsFunc(slices.Collect(maps.Values(c.Files)), func(f pki.File) bool {
		return area == "uri" || f.As != "" || slices.ContainsFunc(f.Parts, func(p pki.Part) bool { return p.As != "" })
	})
	return area == "key" || odd || slices.Contains(s.Expect.Reasons, evidence.KeyLoadError)
}

// elsewhere reports whether the client dials a name or address that only Request.Dial leads to the server.
func elsewhere(c scenarios.Client) bool {
	return c.Zone == "" && !slices.Contains([]string{"", "localhost", "127.0.0.1"}, c.Host)
}

// named reports whether a member has a name that only Request.Dial leads to it.
func named(s scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Members, func(m scenarios.Member) bool { return m.Host+m.Horizon != "" })
}

// unproven says why an attempt proves nothing: what the scenario did not stage is never a refusal.
func unproven(s scenarios.Scenario, a harness.Attempt) string {
	good := s.Server.Fault.Good
	switch {
	case a.Fault != "":
		return "the harness failed: " + a.Fault
	case !a.Answer.OK && a.Answer.Error == nil:
		return "the adapter reports a failure without an error"
	case a.Answer.Stopped == evidence.AtLimit:
		return fmt.Sprintf("the harness's own limit of %d ms ended the attempt", a.Request.LimitMS)
	case a.Seen.Open > 0:
		return fmt.Sprintf("%d connections had not ended when the server's record was read", a.Seen.Open)
	case a.Answer.OK && !a.Seen.Served():
		return "the witnesses disagree: the driver reports success, the server served none of its commands"
	case !a.Answer.OK && len(a.Seen.Steps) == 0 && (s.Expires(pki.Server) || s.Expires(pki.Client)):
		return "the client did nothing before the certificate had run out that was to do so while it works"
	case (a.Answer.OK || !s.Expect.Positive()) && unvisited(s, a.Seen):
		return "nobody connected to a server after it came back: nothing is learnt of what it came back as"
	case !a.Answer.OK && !s.Expect.Positive() && s.Restarts() && !spoken(concerned(s, a.Seen)):
		return "nobody spoke to the server after it came back: nothing is learnt of what it came back as"
	case a.Answer.OK && good > 0 && len(a.Seen.Connections) <= good:
		return "no connection came after the good ones: nothing is learnt of what would have met it"
	case a.Answer.OK:
		return ""
	}
	switch a.Answer.Error.Reason {
	case evidence.Timeout:
		return unprovenTimeout(s, a)
	case evidence.DNSError:
		if s.Client.Zone == "" && s.Expect.Outcome != scenarios.BeforeDialing {
			return "a failed name lookup that the scenario did not stage"
		}
	case evidence.Unreachable:
		down := slices.ContainsFunc(s.Steps, func(step scenarios.Step) bool { return step.Down > 0 })
		if !down && s.Expect.Outcome != scenarios.BeforeDialing {
			return "the server's port could not be reached"
		}
	}
	return ""
}

// unlike says which of the clients that came first did not fare as the scenario has it.
func unlike(before []scenarios.Earlier, answers []evidence.Answer) string {
	for i, answer := range answers {
		if answer.OK == before[i].Refused || answer.Stopped == evidence.AtLimit {
			return fmt.Sprintf("nothing is learnt of what stays: client %d, which comes first, is %s", i+1, answer)
		}
	}
	return ""
}

// unprovenTimeout says why a time-out proves nothing. That of a search for servers which the row bounds is the row's
// own.
func unprovenTimeout(s scenarios.Scenario, a harness.Attempt) string {
	stall := s.Server.Fault.Stall != ""
	search := milliseconds(a.Request.URI, "serverSelectionTimeoutMS")
	switch {
	case !stall && search > 0 && a.Answer.ElapsedMS >= search-tolerance:
		return ""
	case s.Server.Fault.Good > 0 && a.Answer.Stopped == evidence.AllServersFailed:
		return "the time ran out on a connection that was good, so that none had to meet what comes later"
	case s.Server.Fault.Mute > 0 && !s.Server.Fault.HalfClosed && !silent(a):
		return "the time ran out before the server fell silent"
	case stall && beforeSilence(a.Seen):
		return "the time ran out before the server fell silent"
	case !stall && s.Expect.Outcome != scenarios.ByTimeout && s.Server.Responder.Answer != ocsp.Slow:
		return "a time-out that the scenario did not stage"
	}
	return ""
}

// beforeSilence reports whether the driver gave a connection up before the server had come to the silence that the
// scenario stages, as it does on a machine that is too busy.
func beforeSilence(s evidence.Seen) bool {
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

// spoken reports whether a client has sent anything.
func spoken(s evidence.Seen) bool {
	return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool {
		return c.Hello != nil || c.Clear || len(c.Commands) > 0
	})
}

// concerned is what was seen of that which a row is about: a later fault, after the first good connections, the refusal
// of servers as which others came back, or of the members that are to be shunned.
func concerned(s scenarios.Scenario, seen evidence.Seen) evidence.Seen {
	conns := slices.SortedFunc(
		slices.Values(seen.Connections),
		func(a, b evidence.Connection) int { return cmp.Compare(a.ID, b.ID) },
	)
	number := map[string]int{} // of connections, by member
	seen.Connections = slices.DeleteFunc(conns, func(c evidence.Connection) bool {
		number[c.Member]++
		good := spared(faultOf(s, c.Member), c, number[c.Member])
		earlier := s.Restarts() && (c.Run == 0 || c.Run < restarts(s, c.Member))
		elsewhere := len(s.Expect.At) > 0 && !slices.Contains(s.Expect.At, c.Member)
		return good || !s.Expect.Positive() && (earlier || elsewhere)
	})
	if len(seen.Connections) < len(conns) {
		seen.DNS = nil // the others asked, too
	}
	return seen
}

// spared reports whether a connection, the so manieth to its server, does not meet a fault that comes later, has
// passed, or is for clients that ask for another name.
func spared(f scenarios.Fault, c evidence.Connection, number int) bool {
	return c.Run == 0 && f.Spares(number) || f.For.SNI != "" && c.Hello.Whole() && c.Hello.SNI != f.For.SNI
}

// faultOf is that of a member, or of the only server.
func faultOf(s scenarios.Scenario, member string) scenarios.Fault {
	for _, m := range s.Members {
		if m.Name == member {
			return s.Server.With(m.Differs).Fault
		}
	}
	return s.Server.Fault
}

// restarts is how often a member comes back.
func restarts(s scenarios.Scenario, member string) (n int) {
	for _, step := range s.Steps {
		if step.Restart != nil && step.Member == member {
			n++
		}
	}
	return n
}

// unvisited reports whether a server came back that nobody connected to after that.
func unvisited(s scenarios.Scenario, seen evidence.Seen) bool {
	return slices.ContainsFunc(s.Steps, func(step scenarios.Step) bool {
		return step.Restart != nil && !slices.ContainsFunc(seen.Connections, func(c evidence.Connection) bool {
			return c.Member == step.Member && c.Run == restarts(s, step.Member)
		})
	})
}
