package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/form"
)

// Stable returns a copy in which everything volatile is masked, so that two runs of the same seed are equal byte for
// byte when written. It is idempotent.
//
// What a driver's background threads do is volatile in number and order, so events, connections, log lines, DNS
// queries, warnings and labels are kept as sorted sets, repeated commands of a connection once, and counts as none or
// some. A connection that the client abandoned while another one decided the attempt is left out.
func (r Report) Stable() Report {
	r = form.MapTexts(r, strings.Clone) // a deep copy
	r.Started, r.DurationMS, r.Host, r.Withheld = "", 0, "", nil
	r.Driver.Lacks = form.MapTexts(r.Driver.Lacks, maskVolatile)
	r.Findings = set(form.MapTexts(r.Findings, maskVolatile))
	r.Documents = set(r.Documents)
	r.Deployment = form.MapTexts(r.Deployment, maskVolatile)
	r.Faults, r.LeftOut = set(form.MapTexts(r.Faults, maskVolatile)), set(form.MapTexts(r.LeftOut, maskVolatile))
	sortCases(r.Cases)
	attempts := make([][]Attempt, len(r.Cases))
	for i, c := range r.Cases {
		for j := range c.Attempts {
			forget(&c.Attempts[j].Server, c.Attempts[j].Answer.OK)
		}
		attempts[i] = c.Attempts
	}
	r.usedOffers()
	attempts = form.MapTexts(attempts, maskVolatile) // all at once: many texts are equal
	for i := range r.Cases {
		c := &r.Cases[i]
		c.Why, c.Attempts = maskVolatile(c.Why), attempts[i]
		for j := range c.Attempts {
			stabiliseAnswer(&c.Attempts[j].Answer)
			stabiliseSeen(&c.Attempts[j].Server)
		}
	}
	return r
}

func stabiliseAnswer(a *evidence.Answer) {
	a.ElapsedMS, a.CloseMS = 0, 0
	for i := range a.Events {
		a.Events[i].AtMS = 0
	}
	a.Events, a.Warnings = set(a.Events), set(a.Warnings)
	if a.Error != nil {
		a.Error.Labels = set(a.Error.Labels)
	}
}

// forget drops the connections that the client abandoned, with their lines of the log, unless there is no other.
func forget(s *evidence.Seen, ok bool) {
	decisive := slices.DeleteFunc(
		slices.Clone(s.Connections),
		func(c evidence.Connection) bool { return abandoned(c, ok) },
	)
	if len(decisive) == 0 {
		return
	}
	for _, c := range s.Connections {
		if abandoned(c, ok) && c.ID != 0 {
			ctx := fmt.Sprintf(`"ctx":"conn%d"`, c.ID)
			s.Log = slices.DeleteFunc(s.Log, func(line string) bool { return strings.Contains(line, ctx) })
		}
	}
	s.Connections = decisive
}

func stabiliseSeen(s *evidence.Seen) {
	for i := range s.Connections {
		c := &s.Connections[i]
		for j := range c.Commands {
			c.Commands[j].AtMS = 0
		}
		// Which connection says goodbye for the client's sessions is chance.
		farewell := func(cmd evidence.CommandSeen) bool { return cmd.Name == "endSessions" }
		c.ID, c.AtMS, c.Commands = 0, 0, distinct(slices.DeleteFunc(c.Commands, farewell))
	}
	for i := range s.Steps {
		s.Steps[i].AtMS, s.Steps[i].TookMS = 0, 0
	}
	s.ClientAtMS = 0
	s.Connections, s.Log, s.DNS = set(s.Connections), set(s.Log), set(s.DNS)
	s.Open, s.OCSPRequests, s.CameBack = min(s.Open, 1), min(s.OCSPRequests, 1), min(s.CameBack, 1)
}

// abandoned reports whether the client ended c without a word: before its ClientHello, in the middle of the handshake
// without an alert, or, in an attempt that succeeded, before any command. Closing a client cuts off what its monitors
// had just begun.
func abandoned(c evidence.Connection, ok bool) bool {
	if c.Cause != "" || c.Silent || len(c.Commands) > 0 {
		return false
	}
	return ok || c.Hello == nil && !c.Clear || strings.Contains(c.HandshakeError, "EOF") ||
		strings.Contains(c.HandshakeError, "reset by peer")
}

// distinct keeps the first of equal elements.
func distinct[T any](in []T) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(in, func(v T) bool {
		k := key(v)
		again := seen[k]
		seen[k] = true
		return again
	})
}

// set sorts distinct elements.
func set[T any](in []T) []T {
	in = distinct(in)
	slices.SortFunc(in, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return in
}

func key(v any) string {
	b, _ := json.Marshal(v) // the model holds nothing that cannot be encoded
	return string(b)
}

func sortCases(cases []Case) {
	slices.SortStableFunc(cases, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
}

// A path's segment: no separator, plain or percent-encoded, and nothing that ends a path in a sentence or a URI.
const (
	separator = `(?:/|%2[Ff])`
	segment   = `(?:[^/%\s"'<>&?;,:()]|%(?:[013-9A-Fa-f][0-9A-Fa-f]|2[0-9A-Ea-e]))+`
	dayName   = `[A-Z][a-z][a-z]` // of a day or a month; a list of them makes the search several times slower
)

// volatile are the parts of texts that differ between equal runs, in the order in which they are masked.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	// 2026-01-02T03:04:05.678+00:00 of mongod, 2026-01-02 03:04:05.6 +0000 UTC m=+0.1 of Go
	{
		regexp.MustCompile(
			`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?(?: [A-Z]{3,4}\b)?(?: m=[+-][\d.]+)?`,
		),
		"TIME",
	},
	// Jan  2 03:04:05 2026 GMT of OpenSSL, Fri Jan 02 03:04:05 UTC 2026 of Java, Fri Jan 02 2026 03:04:05 GMT+0000 of
	// Node
	{
		regexp.MustCompile(
			`(?:` + dayName + `,? )?` + dayName + ` +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?: [A-Z]{3,4}(?:[+-]\d{4})?)?(?: \d{4})?(?: GMT)?`,
		),
		"TIME",
	},
	{regexp.MustCompile(`"\$timestamp"\s*:\s*\{[^{}]*\}`), `"$$timestamp":TIME`},
	{regexp.MustCompile(`\bc[0-9a-f]{10}\b`), "CASE"}, // the label of an attempt, in names
	{regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`("base64"\s*:\s*)"[^"]*"`), `${1}"BYTES"`},
	// absolute paths of two segments or more, and those that lead out of the working directory, keep their last one
	{
		regexp.MustCompile(`(^|[\s"'=(:,]|%22|\bfile://)(?:\.\.)?(?:` + separator + segment + `)+` + separator + `(` + segment + `)`),
		"${1}DIR/${2}",
	},
	{
		regexp.MustCompile(`(?i)(\blocalhost\.?|(?:[\pL\pN_-]+[.。])+[\pL\pN_-]+\.?|\[[0-9a-z:.%]*\]):\d{1,5}\b`),
		"${1}:PORT",
	},
	{regexp.MustCompile(`(\('[A-Za-z0-9_.:%-]+', )\d{1,5}\)`), "${1}PORT)"},                     // an address, as Python writes it
	{regexp.MustCompile(`\b(Do53:[0-9A-Fa-f.:]+@)\d+`), "${1}PORT"},                             // a DNS server, as dnspython writes it
	{regexp.MustCompile(`(^|[\s"'(,])((?:::|(?:0:){7})1(?:%\w+)?):\d{1,5}\b`), "${1}${2}:PORT"}, // IPv6, as PyMongo writes it
	{regexp.MustCompile(`\b(UDP port )\d+`), "${1}PORT"},                                        // a DNS server, as dnspython 2 writes it
	{regexp.MustCompile(`\[-\d+\]`), "[-N]"},                                                    // connection number of the Go driver
	{regexp.MustCompile(`\bconn\d+\b`), "connN"},
	{
		regexp.MustCompile(`\bTLS handshake failed\.`),
		"TLS handshake timed out.",
	}, // libmongoc says one or the other, by chance
	{
		regexp.MustCompile(
			`("(?:connectionId|connectionCount|durationMillis|pid|port|counter)"\s*:\s*)(?:\d+|\{\s*"\$number(?:Int|Long)"\s*:\s*"\d+"\s*\})`,
		),
		"${1}N",
	},
	{regexp.MustCompile(`(maxTimeMS"?\s*:\s*)\d+`), "${1}N"}, // what is left of a time-out
	{regexp.MustCompile(`\b(total connections|idle connections|connections in use by [a-z ]+): \d+`), "${1}: N"},
	{regexp.MustCompile(`\b(Average RTT: )\d+`), "${1}N"}, // of a server, as the Go driver writes it
	{regexp.MustCompile(`\b0x[0-9A-Fa-f]{6,}\b`), "ADDRESS"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{12,}\b`), "HEX"}, // ObjectIds, cursors, milliseconds since 1970
	{regexp.MustCompile(`\b(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+\b`), "DURATION"},
	{
		regexp.MustCompile(`\b\d+(?:\.\d+)? (?:nanosecond|microsecond|millisecond|second|minute|sec|ms)(s?)\b`),
		"DURATION",
	},
}

// maskVolatile masks the volatile parts of a text. A mask can uncover another part, so it repeats until nothing
// changes; that ends, since each change takes away digits, separators or the bytes of a base64 field, and none adds
// any.
func maskVolatile(s string) string {
	for {
		before := s
		for _, v := range volatile {
			s = v.pattern.ReplaceAllString(s, v.mask)
		}
		if s == before {
			return s
		}
	}
}
