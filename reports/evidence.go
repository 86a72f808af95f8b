package reports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/form"
)

// Again says in a clause what the case comes to when it runs again, "" where that was not tried. Older reports tell of
// a new process of the driver alone, which does not tell what a client left behind from what is chance.
func (c Case) Again() string {
	switch {
	case c.Repeat == Conforms:
		return "it conforms when it runs again: it is chance, or the machine was busy"
	case c.Afresh == Conforms && c.Repeat == "":
		return "it conforms in a new process of the driver: an earlier client left something behind, or it is chance"
	case c.Afresh == Conforms:
		return "it violates, but conforms in a new process of the driver: an earlier client left something behind"
	case c.Afresh == Violates:
		return "it violates, and does so in a new process of the driver, too"
	case c.Repeat == Violates:
		return "it violates"
	}
	return ""
}

// Evidence is a case as text for people: the statement, its ground, the verdict's reason, and both witnesses.
func Evidence(c Case) string {
	var t form.Text
	line := t.Line
	line(0, "says", c.Says)
	line(0, "because", c.Because)
	line(0, "expected", c.Expectation)
	line(0, "why", c.Why)
	line(0, "again", c.Again())
	if c.Inferred {
		line(0, "server", "imitates its release as inferred from source and documents, not as measured")
	}
	line(0, "twin", c.Twin)
	line(0, "replay", c.Replay)
	for i, a := range c.Attempts {
		t.Printf("\nattempt %d of %d\n", i+1, len(c.Attempts))
		line(2, "request", a.Request.URI)
		for _, cmd := range a.Request.Commands {
			line(2, "command", cmd.DB+" "+cmd.JSON)
		}
		AddAnswer(&t, a.Answer)
		for _, c := range a.Certificates.Client {
			line(4, "certificate", c.String())
		}
		line(
			2, "server",
			fmt.Sprintf(
				"%d connections, %d left open, %d OCSP requests", len(a.Server.Connections), a.Server.Open,
				a.Server.OCSPRequests,
			),
		)
		for _, c := range a.Certificates.Server {
			line(4, "certificate", c.String())
		}
		for _, s := range a.Server.Connections {
			line(4, "connection", s.String())
		}
		for _, s := range a.Server.Steps {
			line(4, "step", s.String())
		}
		if len(a.Server.Steps)+len(a.Answer.Failures) > 0 {
			line(4, "operations", evidence.Account(a.Answer, a.Server))
		}
		for _, q := range a.Server.DNS {
			line(4, "dns", q)
		}
		for _, l := range a.Server.Log {
			line(4, "log", logLine(l))
		}
		line(2, "fault of the harness", a.Fault)
	}
	return t.String()
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

// AddAnswer gives a line to each thing that the driver says about an attempt.
func AddAnswer(t *form.Text, a evidence.Answer) {
	line := t.Line
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
