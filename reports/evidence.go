package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Evidence is a case as text for people: the statement, its ground, the verdict's reason, and both witnesses.
func Evidence(c Case) string {
	var b strings.Builder
	line := func(indent int, label, text string) {
		if text != "" {
			text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent+2))
			fmt.Fprintf(&b, "%*s%s: %s\n", indent, "", label, text)
		}
	}
	line(0, "says", c.Says)
	line(0, "because", c.Because)
	line(0, "expected", c.Expectation)
	line(0, "why", c.Why)
	line(0, "twin", c.Twin)
	line(0, "replay", c.Replay)
	for i, a := range c.Attempts {
		fmt.Fprintf(&b, "\nattempt %d of %d\n", i+1, len(c.Attempts))
		line(2, "request", a.Request.URI)
		for _, cmd := range a.Request.Commands {
			line(2, "command", cmd.DB+" "+cmd.JSON)
		}
		a.Answer.tell(line)
		for _, c := range a.Certificates.Client {
			line(4, "certificate", c.String())
		}
		line(2, "server", fmt.Sprintf("%d connections, %d left open, %d OCSP requests", len(a.Server.Connections), a.Server.Open, a.Server.OCSPRequests))
		for _, c := range a.Certificates.Server {
			line(4, "certificate", c.String())
		}
		for _, s := range a.Server.Connections {
			line(4, "connection", s.String())
		}
		for _, q := range a.Server.DNS {
			line(4, "dns", q)
		}
		for _, l := range a.Server.Log {
			line(4, "log", logLine(l))
		}
		line(2, "fault of the harness", a.Fault)
	}
	return visible(b.String())
}

// logLine is a line of mongod's structured log without its time; any other line stays as it is.
func logLine(text string) string {
	var l struct {
		S, C, Ctx, Msg string
		ID             int
		Attr           json.RawMessage
	}
	if json.Unmarshal([]byte(text), &l) != nil || l.ID == 0 {
		return text
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d [%s] %s %s", l.S, l.ID, l.Ctx, l.Msg, l.Attr))
}

// String is the driver's answer in one line.
func (a Answer) String() string {
	if a.OK {
		return fmt.Sprintf("ok in %d ms", a.ElapsedMS)
	}
	s := fmt.Sprintf("failed at stage %s after %d ms (%s)", cmp.Or(a.Stage, "unknown"), a.ElapsedMS, cmp.Or(a.Stopped, "unknown"))
	if e := a.Error; e != nil {
		s += fmt.Sprintf(": %s: %s", e.Reason, e.Text)
		if e.Code != 0 {
			s += fmt.Sprintf(" (code %d %s)", e.Code, e.CodeName)
		}
	}
	return s
}

// String is the certificate in one line.
func (c Certificate) String() string {
	parts := []string{c.Subject, "issued by " + c.Issuer}
	add := func(label string, words []string) {
		if len(words) > 0 {
			parts = append(parts, label+strings.Join(words, ", "))
		}
	}
	add("", c.Names)
	parts = append(parts, c.NotBefore+" to "+c.NotAfter, c.Key+", signed with "+c.Signature)
	add("for ", append(slices.Clone(c.KeyUsage), c.ExtKeyUsage...))
	add("OCSP ", c.OCSP)
	if c.MustStaple {
		parts = append(parts, "must staple")
	}
	add("critical ", c.Critical)
	if c.CA {
		parts = append(parts, "an authority")
	}
	return strings.Join(parts, "; ")
}

// String is the server's view of the connection in one line.
func (c Connection) String() string {
	var parts []string
	add := func(format string, text string) {
		if text != "" {
			parts = append(parts, fmt.Sprintf(format, text))
		}
	}
	switch {
	case c.Clear:
		parts = append(parts, "in clear")
	case c.Hello == nil:
		parts = append(parts, "no ClientHello")
	default:
		add("ClientHello for %s", cmp.Or(c.Hello.SNI, "no name"))
		add("offering TLS %s", strings.Join(c.Hello.Versions, ", "))
	}
	add("handshake complete with TLS %s", c.TLS)
	if c.Stapled {
		parts = append(parts, "stapled")
	}
	add("client certificate of %s", c.Peer)
	add("handshake failed: %s", c.HandshakeError)
	for _, cmd := range c.Commands {
		add("%s", strings.TrimRight(fmt.Sprintf("%s %s", cmd.Name, cmd.outcome()), " "))
	}
	if c.Silent {
		parts = append(parts, "kept silent")
	}
	add("ended by the server: %s", strings.Trim(c.Cause+" "+c.Text, " "))
	return strings.Join(parts, "; ")
}

func (c CommandSeen) outcome() string {
	if c.Code == 0 {
		return "ok"
	}
	return fmt.Sprintf("refused with %d %s: %s", c.Code, c.CodeName, c.Error)
}

// tell gives a line to each thing that the driver says about an attempt.
func (a Answer) tell(line func(indent int, label, text string)) {
	line(2, "driver", a.String())
	if e := a.Error; e != nil {
		line(4, "surface", e.Surface)
		line(4, "types", strings.Join(e.Chain, " > "))
		line(4, "labels", strings.Join(e.Labels, ", "))
	}
	for _, w := range a.Warnings {
		line(4, "warning", w)
	}
}
