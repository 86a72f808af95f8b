package reports

import (
	"fmt"
	"slices"
	"strings"
)

// observed is a case as reported, and its last attempt without what is volatile.
type observed struct {
	c    Case
	last Attempt
}

// observations are the cases of r by id. Self-checks are not among them: they say nothing about a driver.
func observations(r Report) map[string]observed {
	last := Report{Cases: make([]Case, len(r.Cases))}
	for i, c := range r.Cases {
		last.Cases[i].ID = c.ID
		if n := len(c.Attempts); n > 0 {
			last.Cases[i].Attempts = []Attempt{c.Attempts[n-1]}
			// The server's word on itself and what was made for the case are long, and none of the driver's doing.
			last.Cases[i].Attempts[0].Server.Log, last.Cases[i].Attempts[0].Certificates = nil, Certificates{}
		}
	}
	stable := map[string]Attempt{}
	version := strings.TrimPrefix(r.Driver.Version, "v")
	for _, c := range last.Stable().Cases {
		for _, a := range c.Attempts {
			if len(version) > 2 {
				a = mapTexts(a, func(s string) string { return strings.ReplaceAll(s, version, "VERSION") })
			}
			stable[c.ID] = a
		}
	}
	all := make(map[string]observed, len(r.Cases))
	for _, c := range r.Cases {
		if !r.SelfCheck(c) {
			all[c.ID] = observed{c, stable[c.ID]}
		}
	}
	return all
}

// compareCase says what differs between two observations of a case, and which kind of change that is; "" is none.
func compareCase(b, h observed, p pace) (string, []Detail) {
	if asked, asks := asked(b), asked(h); asked != asks && len(b.c.Attempts) > 0 && len(h.c.Attempts) > 0 {
		return kindRestated, []Detail{{kindRestated, "request", asked, asks}}
	}
	hung, hangs := b.hangs(), h.hangs()
	verdicts := Detail{What: "verdict", Base: b.c.Verdict, Head: h.c.Verdict}
	var details []Detail
	switch {
	case hung != hangs && (hangs || h.decided()) && (hung || b.decided()):
		kind := kindEnds
		if hangs {
			kind = kindHangs
		}
		details = []Detail{{kind, "outcome", b.outcome(), h.outcome()}}
	case h.accepts() && b.decided() && !b.last.Answer.OK:
		details = []Detail{{kindAccepts, "outcome", b.outcome(), h.outcome()}}
	case b.accepts() && h.decided() && !h.last.Answer.OK:
		details = []Detail{{kindRefuses, "outcome", b.outcome(), h.outcome()}}
	case !b.decided() || !h.decided():
		if b.decided() == h.decided() {
			return "", nil
		}
		verdicts.Kind = kindUndecided
		return kindUndecided, []Detail{verdicts}
	default:
		details = compareAnswers(b, h, p)
	}
	kind := ""
	if len(details) > 0 {
		kind = details[0].Kind
	}
	if b.c.Expectation == h.c.Expectation {
		if by := judged(b.c.Verdict, h.c.Verdict); by != "" && (kind == "" || better(by) || harm(by) < harm(kind)) {
			kind = by
		}
	} else if kind == "" {
		return kindRestated, []Detail{{kindRestated, "expectation", b.c.Expectation, h.c.Expectation}}
	}
	if kind != "" && b.c.Verdict != h.c.Verdict {
		verdicts.Kind = kind
		details = append([]Detail{verdicts}, details...)
	}
	return kind, details
}

// judged is the kind of change that two verdicts make, "" for none.
func judged(base, head string) string {
	bad := func(verdict string) bool { return verdict == Violates || verdict == Known }
	switch {
	case base == Conforms && bad(head):
		return kindRegressed
	case base == Conforms && head == Unsupported:
		return kindLost
	case bad(base) && head == Conforms:
		return kindFixed
	case base == Unsupported && head == Conforms:
		return kindGained
	}
	return ""
}

// compareAnswers holds what the witnesses saw of two decided attempts against each other, the most harmful first.
func compareAnswers(b, h observed, p pace) []Detail {
	var details []Detail
	differ := func(kind, what, base, head string) {
		if base != head {
			details = append(details, Detail{kind, what, base, head})
		}
	}
	x, y := b.last.Answer, h.last.Answer
	switch clear, clears := b.clear(), h.clear(); {
	case !clear && clears && b.speaksTLS():
		differ(kindPlaintext, "outcome", b.outcome(), h.outcome())
	case clear && !clears && h.speaksTLS():
		differ(kindEncrypted, "outcome", b.outcome(), h.outcome())
	}
	e, f := failure(x), failure(y)
	differ(kindReason, "reason", e.Reason, f.Reason)
	differ(kindError, "fails at", stage(x), stage(y))
	differ(kindError, "types", strings.Join(e.Chain, " > "), strings.Join(f.Chain, " > "))
	differ(kindError, "code", e.code(), f.code())
	differ(kindError, "is a network error", fmt.Sprint(e.Network), fmt.Sprint(f.Network))
	differ(kindError, "is a time-out", fmt.Sprint(e.Timeout), fmt.Sprint(f.Timeout))
	differ(kindLabels, "labels", strings.Join(e.Labels, ", "), strings.Join(f.Labels, ", "))
	differ(kindPool, "events", happenings(x.Events), happenings(y.Events))
	details = append(details, compareServers(b.last.Server, h.last.Server)...)
	if d := p.compare(b, h); d.Kind != "" {
		details = append(details, d)
	}
	differ(kindWarnings, "warnings", strings.Join(x.Warnings, "\n"), strings.Join(y.Warnings, "\n"))
	if e.Text != f.Text {
		differ(kindText, "text", e.Text, f.Text)
	} else { // what wraps it usually quotes it
		differ(kindText, "text for the application", e.Surface, f.Surface)
	}
	slices.SortStableFunc(details, func(a, b Detail) int { return harm(a.Kind) - harm(b.Kind) })
	return details
}

// compareServers compares what the second witness saw of the driver. What the server does of its own accord, such as its
// log, is left out, and so are connections on which nobody spoke the protocol: they need not be the driver's.
func compareServers(b, h Server) []Detail {
	var details []Detail
	differ := func(what string, of func(Connection) []string) {
		if base, head := every(b, of), every(h, of); base != head {
			details = append(details, Detail{kindWire, what, base, head})
		}
	}
	differ("TLS", func(c Connection) []string { return []string{c.TLS} })
	differ("offers", func(c Connection) []string {
		if c.Hello == nil {
			return nil
		}
		return []string{strings.Join(c.Hello.Versions, ", ")}
	})
	differ("name it asks for", func(c Connection) []string {
		if c.Hello == nil {
			return nil
		}
		return []string{c.Hello.SNI}
	})
	differ("asks for a staple", func(c Connection) []string {
		if c.Hello == nil {
			return nil
		}
		return []string{fmt.Sprint(c.Hello.OCSP)}
	})
	differ("client certificate", func(c Connection) []string { return []string{c.Peer} })
	differ("commands", func(c Connection) (all []string) {
		for _, cmd := range c.Commands {
			all = append(all, cmd.String())
		}
		return all
	})
	differ("ended by the server for", func(c Connection) []string { return []string{c.Cause} })
	some := func(n int) string { return map[bool]string{true: "asked", false: "not asked"}[n > 0] }
	if some(b.OCSPRequests) != some(h.OCSPRequests) {
		details = append(details, Detail{kindWire, "OCSP responder", some(b.OCSPRequests), some(h.OCSPRequests)})
	}
	if b, h := strings.Join(b.DNS, ", "), strings.Join(h.DNS, ", "); b != h {
		details = append(details, Detail{kindWire, "DNS queries", b, h})
	}
	return details
}

// String is the command with what the server made of it, without texts.
func (c CommandSeen) String() string {
	text := c.Name
	if c.User != nil {
		text += " of " + *c.User
	}
	if c.Speculative != "" {
		text += " (" + c.Speculative + ")"
	}
	if c.Code != 0 {
		text += fmt.Sprintf(" (%d %s)", c.Code, c.CodeName)
	}
	return text
}

// every joins the distinct texts of the connections on which a ClientHello or a message was seen.
func every(s Server, of func(Connection) []string) string {
	var all []string
	for _, c := range s.Connections {
		if c.Hello != nil || c.Clear || len(c.Commands) > 0 {
			all = append(all, of(c)...)
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "; ")
}

// asked is the request in words.
func asked(o observed) string {
	q := o.last.Request
	text := q.URI
	if len(q.Code) > 0 {
		text += " with " + key(q.Code)
	}
	for _, c := range q.Commands {
		text += "; " + c.DB + " " + c.JSON
	}
	return text
}

// decided says whether the last attempt proves anything.
func (o observed) decided() bool { return o.c.Verdict != Inconclusive }

// accepts says whether the driver reports success, and no fault casts doubt on it.
func (o observed) accepts() bool {
	return o.last.Answer.OK && o.last.Fault == "" && (o.decided() || o.last.Server.Open == 0 && served(o.last.Server))
}

// served says whether the server answered any command at all.
func served(s Server) bool {
	return slices.ContainsFunc(s.Connections, func(c Connection) bool { return len(c.Commands) > 0 })
}

// hangs says whether the driver came to no end of its own: every attempt ran, undecided, into the harness's limit, or, more
// than once, into a time-out of the driver that nobody staged.
func (o observed) hangs() bool {
	if o.decided() || len(o.c.Attempts) == 0 {
		return false
	}
	limit, timeout := true, len(o.c.Attempts) > 1
	for _, a := range o.c.Attempts {
		limit = limit && a.Fault == "" && a.Answer.Stopped == "limit"
		timeout = timeout && a.Fault == "" && a.Answer.Error != nil && (a.Answer.Error.Reason == "timeout" || a.Answer.Stopped == "limit")
	}
	return limit || timeout
}

// clear says whether the driver sent commands in clear, or began to.
func (o observed) clear() bool {
	return slices.ContainsFunc(o.last.Server.Connections, func(c Connection) bool {
		return c.Clear || c.TLS == "" && c.Hello == nil && len(c.Commands) > 0
	})
}

func (o observed) speaksTLS() bool {
	return slices.ContainsFunc(o.last.Server.Connections, func(c Connection) bool { return c.Hello != nil })
}

// outcome is what became of the attempt, in a few words.
func (o observed) outcome() string {
	a := o.last.Answer
	how := map[bool]string{true: " in clear", false: ""}[o.clear()]
	switch {
	case len(o.c.Attempts) == 0:
		return "was not tried"
	case o.hangs() && a.Stopped == "limit":
		return fmt.Sprintf("does not end within %d s", o.last.Request.LimitMS/1000)
	case o.hangs():
		return "times out"
	case a.OK && how == "" && o.speaksTLS():
		return "connects over TLS"
	case a.OK:
		return "connects" + how
	}
	return "fails as " + failure(a).Reason + " " + stage(a) + how
}

func failure(a Answer) Error {
	if a.Error == nil {
		return Error{}
	}
	return *a.Error
}

func (e Error) code() string {
	if e.Code == 0 && e.CodeName == "" {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(e.Code, " ", e.CodeName))
}

// stage is where the driver failed, in words.
func stage(a Answer) string {
	switch a.Stage {
	case "configure":
		return "before dialling"
	case "connect":
		return "while connecting"
	case "command":
		return fmt.Sprintf("at command %d", a.Command+1)
	}
	return ""
}

// happenings are the kinds of events, those of pools with the reason that the specification has for them.
func happenings(events []Event) string {
	var all []string
	for _, e := range events {
		reason, _, _ := strings.Cut(e.Text, ":")
		switch reason {
		case "stale", "idle", "error", "poolClosed", "timeout", "connectionError":
			all = append(all, e.Kind+" ("+reason+")")
		default:
			all = append(all, e.Kind)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
