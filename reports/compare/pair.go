package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// observed is a case as reported, and as it is compared: what decided it is without what is volatile.
type observed struct {
	c    reports.Case
	seen reports.Case
	last reports.Attempt // of seen
	on   reports.Backend
}

// observations are the cases of r by id. Self-checks are not among them: they say nothing about a driver.
func observations(r reports.Report) map[string]observed {
	last := reports.Report{Cases: make([]reports.Case, len(r.Cases))}
	for i, c := range r.Cases {
		last.Cases[i].ID = c.ID
		if len(c.Attempts) > 0 {
			a := c.Last()
			// The server's word on itself and what was made for the case are long, and none of the driver's doing.
			a.Server.Log, a.Certificates = nil, reports.Certificates{}
			last.Cases[i].Attempts = []reports.Attempt{a}
		}
	}
	stable := map[string]reports.Attempt{}
	version := strings.TrimPrefix(r.Driver.Version, "v")
	for _, c := range last.Stable().Cases {
		for _, a := range c.Attempts {
			if len(version) > 2 {
				a = form.MapTexts(a, func(s string) string { return strings.ReplaceAll(s, version, "VERSION") })
			}
			stable[c.ID] = a
		}
	}
	all := make(map[string]observed, len(r.Cases))
	for _, a := range stable {
		for _, c := range a.Server.Connections {
			if c.Hello == nil {
				continue
			}
			if o, ok := r.Offers[c.Hello.Offers]; ok {
				c.Hello.Offer = &o
			}
		}
	}
	for _, c := range r.Cases {
		if !r.SelfCheck(c) {
			o := observe(c, stable[c.ID])
			o.on = r.Backend
			all[c.ID] = o
		}
	}
	return all
}

// observe is a case with another last attempt in the place of its own, if it has one.
func observe(c reports.Case, last reports.Attempt) observed {
	o := observed{c: c, seen: c, last: last}
	if n := len(c.Attempts); n > 0 {
		o.seen.Attempts = append(slices.Clone(c.Attempts[:n-1]), last)
	}
	return o
}

// A pair is a case that both reports hold, and what differs.
type pair struct {
	base, head observed
	kind       string // of a case whose sides cannot be compared
	details    []Detail
	answered   bool // both sides came to the same end, and their answers were compared
	// follows: a side cannot tell, for the case's control fails on it. That is told of the control.
	follows bool
}

func newPair(b, h observed, p pace) pair {
	found := func(kind, what, base, head string) pair {
		details := []Detail{{kind, what, base, head}}
		if kind == kindHangs || kind == kindRefuses {
			if text := likelyCause(b.last.Server, h.last.Server); text != "" {
				details = append(details, Detail{kind, cause, "", text})
			}
		}
		return pair{base: b, head: h, details: details}
	}
	aside := func(kind, what, base, head string) pair {
		p := found(kind, what, base, head)
		p.kind = kind
		return p
	}
	decided := map[bool]string{true: kindUndecided, false: kindDecided}[b.c.Decided()]
	if asked, asks := asked(b), asked(h); asked != asks && len(b.c.Attempts) > 0 && len(h.c.Attempts) > 0 {
		if b.c.Decided() != h.c.Decided() {
			return aside(decided, verdict, b.c.Verdict, h.c.Verdict)
		}
		return aside(kindRestated, "request", asked, asks)
	}
	hung, hangs := b.seen.Hangs(), h.seen.Hangs()
	staged := b.timesOut() && h.timesOut() // one side's time-out was staged, so the other's is no surprise
	switch {
	case b.c.Ran() != h.c.Ran() && b.on != h.on:
		return aside(kindUntried, verdict, b.c.Verdict, h.c.Verdict)
	case hangs && !hung && b.c.Decided() && !staged:
		return found(kindHangs, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	case hung && !hangs && h.c.Decided() && !staged:
		return found(kindEnds, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	case h.accepts() && b.c.Decided() && !b.last.Answer.OK:
		return found(kindAccepts, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	case b.accepts() && h.c.Decided() && !h.last.Answer.OK:
		return found(kindRefuses, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	case b.c.Decided() && h.c.Decided():
		details := compareAnswers(b, h, p)
		if changes(b.last.Server) && changes(h.last.Server) || chance(b.c, h.c) {
			details = slices.DeleteFunc(details, func(d Detail) bool { return d.Kind != kindOffers && gentle(d.Kind) })
		}
		return pair{base: b, head: h, details: details, answered: true}
	case b.c.Decided() == h.c.Decided():
		return pair{base: b, head: h, kind: kindUndecided} // on both sides: no change
	}
	return aside(decided, verdict, b.c.Verdict, h.c.Verdict)
}

// changes reports whether something happened to the servers in the middle of an attempt. What was under way then meets
// a connection that ends, or a server as it is now, and that is chance: how it fails, what follows, who is asked next.
// What comes of it all is not.
func changes(s evidence.Seen) bool {
	return len(s.Steps) > 0 || s.CameBack > 0 || slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool {
		return slices.ContainsFunc(c.Commands, func(cmd evidence.CommandSeen) bool {
			return cmd.Code == 0 && slices.Contains([]string{"setParameter", "rotateCertificates"}, cmd.Name)
		})
	})
}

// chance reports whether a known failure of a side says that it is chance whether the case is as it is on the other.
func chance(b, h reports.Case) bool {
	may := func(of, other reports.Case) bool {
		return slices.Contains(of.Either, of.Reason) && (slices.Contains(of.Either, other.Reason) ||
			other.Verdict == reports.Conforms && slices.Contains(of.Either, evidence.Reason(reports.Conforms)))
	}
	return may(b, h) || may(h, b)
}

// gentle reports whether a kind of change breaks nobody and improves nothing: how an attempt went, not what came of it.
func gentle(kind string) bool {
	return harm(kind) >= harm(kindReason) && harm(kind) <= harm(kindFaster)
}

// agree drops from pairs what can be chance: details below the reason that are not the same in every mode of their
// scenario whose answers were compared. A driver that has changed does not do so in one mode only, and a loaded
// machine does.
func agree(pairs []*pair) {
	modes := map[string]int{} // scenario -> number of its pairs
	seen := map[string]int{}  // scenario and detail -> in how many of them
	name := func(p *pair, d Detail) string {
		switch d.Kind {
		case kindWire, kindWarnings, kindText: // they can name the host of the case
			d.Base, d.Head = "", ""
		}
		return key([]any{scenario(p.head.c), d})
	}
	for _, p := range pairs {
		if p.answered {
			modes[scenario(p.head.c)]++
			for _, d := range p.details {
				seen[name(p, d)]++
			}
		}
	}
	for _, p := range pairs {
		if p.answered {
			p.details = slices.DeleteFunc(p.details, func(d Detail) bool {
				return d.Kind != kindReason && gentle(d.Kind) &&
					seen[name(p, d)] < modes[scenario(p.head.c)]
			})
		}
	}
}

// change says which kind of change the pair is, and whether it is one at all. Verdicts by two yardsticks, where the
// case asks or expects something else, cannot show an improvement; that the driver violates now is told all the same.
func (p pair) change() (Change, bool) {
	b, h := p.base.c, p.head.c
	c := Change{Kind: p.kind, Details: p.details, Base: &b, Head: &h}
	if p.kind != "" && p.kind != kindRestated { // one side says nothing
		return c, len(p.details) > 0
	}
	if len(p.details) > 0 {
		c.Kind = p.details[0].Kind
	}
	restated := p.kind == kindRestated
	if !reports.SameExpectation(b, h) {
		restated = true
		c.Details = append(slices.Clone(p.details), expectations(b, h))
		c.Kind = cmp.Or(c.Kind, kindRestated)
	}
	was, is := earned(b), earned(h)
	if chance(b, h) {
		was = is
	}
	by := judged(was, is)
	if p.follows && (by == kindLost || by == kindGained) {
		by = kindFollows
	}
	if by != "" && (!restated || breaks(by)) &&
		(c.Kind == "" || better(by) || harm(by) < harm(c.Kind)) {
		c.Kind = by
	}
	if c.Kind != "" && was != is {
		c.Details = append([]Detail{{c.Kind, verdict, was, is}}, c.Details...)
	}
	return c, c.Kind != ""
}

// expectations are what two cases expect, in words, or where these are the same, as data.
func expectations(b, h reports.Case) Detail {
	if b.Expectation == h.Expectation {
		return Detail{kindRestated, "expectation", key(b.Expects), key(h.Expects)}
	}
	return Detail{kindRestated, "expectation", b.Expectation, h.Expectation}
}

// reordered reports whether two texts are of the same words in another order, as where a driver lists its servers as
// they come.
func reordered(a, b string) bool {
	words := func(s string) []string {
		between := func(r rune) bool { return strings.ContainsRune(" ,;:[]()", r) }
		return slices.Sorted(slices.Values(strings.FieldsFunc(s, between)))
	}
	return slices.Equal(words(a), words(b))
}

// earned is the verdict on what the driver did: that a list says otherwise is a matter of the list.
func earned(c reports.Case) string {
	if c.Outdated {
		return reports.Conforms
	}
	return c.Verdict
}

// judged is the kind of change that two verdicts make, "" for none.
func judged(base, head string) string {
	bad := func(verdict string) bool { return verdict == reports.Violates || verdict == reports.Known }
	switch {
	case base == reports.Conforms && bad(head):
		return kindRegressed
	case base == reports.Conforms && head == reports.Unsupported:
		return kindLost
	case bad(base) && head == reports.Conforms:
		return kindFixed
	case base == reports.Unsupported && head == reports.Conforms:
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
	switch was, is := b.last.InClear(), h.last.InClear(); {
	case !was && is && b.last.SpeaksTLS():
		differ(kindPlaintext, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	case was && !is && h.last.SpeaksTLS():
		differ(kindEncrypted, "outcome", b.seen.Behaviour(), h.seen.Behaviour())
	}
	e, f := b.last.Failure(), h.last.Failure()
	if differ(kindReason, "reason", string(e.Reason), string(f.Reason)); e.Reason != f.Reason {
		differ(kindReason, cause, "", likelyCause(b.last.Server, h.last.Server))
	}
	differ(kindError, "fails at", b.last.FailsAt(), h.last.FailsAt())
	differ(kindError, "types", strings.Join(e.Chain, " > "), strings.Join(f.Chain, " > "))
	differ(kindError, "code", codeOf(e), codeOf(f))
	differ(kindError, "is a network error", fmt.Sprint(e.Network), fmt.Sprint(f.Network))
	differ(kindError, "is a time-out", fmt.Sprint(e.Timeout), fmt.Sprint(f.Timeout))
	differ(kindLabels, labels, strings.Join(e.Labels, ", "), strings.Join(f.Labels, ", "))
	differ(kindPool, "events", eventsOf(b.last), eventsOf(h.last))
	details = append(details, compareServers(b.last, h.last)...)
	details = append(details, compareOffers(b.last.Server, h.last.Server)...)
	if d := p.compare(b, h); d.Kind != "" {
		details = append(details, d)
	}
	differ(kindWarnings, "warnings", strings.Join(x.Warnings, "\n"), strings.Join(y.Warnings, "\n"))
	if e.Text != f.Text {
		differ(kindText, "text", e.Text, f.Text)
	} else if !reordered(e.Surface, f.Surface) { // what wraps it usually quotes it
		differ(kindText, "text for the application", e.Surface, f.Surface)
	}
	slices.SortStableFunc(details, func(a, b Detail) int { return harm(a.Kind) - harm(b.Kind) })
	return details
}

// compareServers compares what the second witness saw of the driver. What the server does of its own accord, such as
// its log, is left out, and so are connections on which nobody spoke the protocol: they need not be the driver's.
func compareServers(base, head reports.Attempt) []Detail {
	var details []Detail
	b, h := base.Server, head.Server
	differ := func(what string, of func(evidence.Connection) []string) {
		if base, head := every(b, of), every(h, of); base != head {
			details = append(details, Detail{kindWire, what, base, head})
		}
	}
	// Which members the driver has met, when an attempt goes well, is chance.
	chance := amongOthers(base) && amongOthers(head)
	meets := func(s evidence.Seen, member string) bool {
		at := func(c evidence.Connection) bool { return c.Member == member && c.Hello.Whole() }
		return slices.ContainsFunc(s.Connections, at)
	}
	differ("name it asks for", func(c evidence.Connection) []string {
		if !c.Hello.Whole() || chance && (!meets(b, c.Member) || !meets(h, c.Member)) {
			return nil
		}
		return []string{c.Hello.SNI}
	})
	differ("client certificate", func(c evidence.Connection) []string { return []string{c.Peer} })
	differ("commands", func(c evidence.Connection) (all []string) {
		for _, cmd := range c.Commands {
			if !slices.Contains(background, cmd.Name) {
				all = append(all, cmd.String())
			}
		}
		return all
	})
	well := base.Answer.OK && head.Answer.OK
	differ("ended by the server for", func(c evidence.Connection) []string {
		if c.Silent || well && c.Hello != nil && c.TLS == "" {
			return nil // the driver leaves, and it is chance what the server is at then
		}
		return []string{string(c.Cause)}
	})
	some := func(n int) string { return map[bool]string{true: "asked", false: "not asked"}[n > 0] }
	if some(b.OCSPRequests) != some(h.OCSPRequests) {
		details = append(details, Detail{kindWire, "OCSP responder", some(b.OCSPRequests), some(h.OCSPRequests)})
	}
	if b, h := leaves(base), leaves(head); b != h && b != "" && h != "" {
		details = append(details, Detail{kindWire, "leaves", b, h})
	}
	if b, h := asks(b), asks(h); b != h {
		details = append(details, Detail{kindWire, "DNS queries", b, h})
	}
	return details
}

// amongOthers reports whether the attempt went well, at one of several members, with which nothing was done meanwhile.
func amongOthers(a reports.Attempt) bool {
	of := func(c evidence.Connection) bool { return c.Member != "" }
	return a.Answer.OK && len(a.Server.Steps) == 0 && slices.ContainsFunc(a.Server.Connections, of)
}

// asks are the DNS queries. Of SRV and TXT, which drivers ask for at once, only one may have come where the look-up
// failed.
func asks(s evidence.Seen) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(s.DNS), func(query string) bool {
		return len(s.Connections) == 0 && strings.HasPrefix(query, "TXT ")
	}), ", ")
}

// background are the commands by which a shell learns about its server, beside what it was told to do: it may end
// before it has asked all.
var background = []string{"buildInfo", "getParameter", "atlasVersion", "hostInfo", "aggregate"}

// every joins the distinct texts of the connections on which a ClientHello or a message was seen.
func every(s evidence.Seen, of func(evidence.Connection) []string) string {
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

// accepts reports whether the driver was successful by its own word, and no fault casts doubt on it.
func (o observed) accepts() bool {
	return o.last.Answer.OK && o.last.Fault == "" && (o.c.Decided() || o.last.Server.Open == 0 && served(o.last.Server))
}

// served reports whether the server answered any command at all.
func served(s evidence.Seen) bool {
	return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool { return len(c.Commands) > 0 })
}

// timesOut reports whether a time-out of the driver's own ended the last attempt.
func (o observed) timesOut() bool {
	return o.last.Failure().Reason == evidence.Timeout && o.last.Answer.Stopped != evidence.AtLimit
}

func codeOf(e evidence.Error) string {
	if e.Code == 0 && e.CodeName == "" {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(e.Code, " ", e.CodeName))
}

// leaves is how the driver ends its TLS connections where all went well, "" where there was none. One farewell is
// enough: not every connection lives to say it.
func leaves(a reports.Attempt) (how string) {
	if !a.Answer.OK {
		return ""
	}
	for _, c := range a.Server.Connections {
		switch {
		case c.Farewell:
			return "with close_notify"
		case c.TLS != "" && c.Cause == "" && !c.Silent:
			how = "without close_notify"
		}
	}
	return how
}

// eventsOf are the kinds of events, those of pools with the reason that the specification has for them. Once a pool
// has been cleared, it is chance whether a connection of it is closed for its own error or as stale, and, where the
// attempt went well after that, whether the monitor noticed anything. At the end of an attempt that went well, what
// was under way in the background may still break off; and what became of the other members, if there are several.
func eventsOf(last reports.Attempt) string {
	a, others := last.Answer, amongOthers(last)
	cleared := slices.ContainsFunc(a.Events, func(e evidence.Event) bool { return e.Kind == evidence.PoolCleared })
	var all []string
	for _, e := range a.Events {
		reason, _, _ := strings.Cut(e.Text, ":")
		switch {
		case others && slices.Contains([]evidence.EventKind{evidence.HeartbeatFailed, evidence.PoolCleared}, e.Kind):
		case cleared && a.OK && e.Kind == evidence.HeartbeatFailed:
		case (cleared || a.OK && (reason == "error" || reason == "poolClosed")) && e.Kind == evidence.ConnectionClosed:
			all = append(all, string(e.Kind))
		case slices.Contains([]string{"stale", "idle", "error", "poolClosed", "timeout", "connectionError"}, reason):
			all = append(all, string(e.Kind)+" ("+reason+")")
		default:
			all = append(all, string(e.Kind))
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
