package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

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
		return "the driver must connect over TLS, but " + told(a)
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
		return "the driver must connect in clear, but " + told(a)
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
		return fmt.Sprintf(
			"the driver must refuse this before it dials, but the server saw %d connections, and %s",
			n,
			told(a),
		)
	}
	for _, query := range a.Seen.DNS {
		if kind, host, _ := strings.Cut(query, " "); kind == "A" || kind == "AAAA" {
			return fmt.Sprintf(
				"the driver must refuse this before it dials, but looked up the address of %s, and %s",
				host,
				told(a),
			)
		}
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
			return fmt.Sprintf(
				"the driver must refuse in the TLS handshake, but sent %s on connection %d",
				c.Commands[0].Name,
				c.ID,
			)
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
		return must + ", but " + told(a)
	}
	if r := a.Answer.Error.Reason; !slices.Contains(closing, r) {
		return fmt.Sprintf("%s, and the driver must say that its peer closed it, but %s", must, told(a))
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
		return must + ", but " + told(a)
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

// says reports whether an error is that of the reply which the row expects. Of a refused login a driver need not pass
// on the code: that there was one, and which, the server's record says.
func says(want scenarios.Expect, e evidence.Error) bool {
	login := slices.Contains([]string{"authenticate", "saslStart", "saslContinue"}, want.Command)
	return e.Code == want.Code && e.CodeName == want.CodeName || login && e.Code == 0 && e.Reason == evidence.AuthFailed
}

func byTimeout(want scenarios.Expect, a harness.Attempt) string {
	must := "the time-out of " + want.Option + " must end this"
	if a.Answer.OK || a.Answer.Error.Reason != evidence.Timeout {
		return must + ", but " + told(a)
	}
	if !silent(a) {
		return must + ", but no connection was kept silent"
	}
	return ""
}

func silent(a harness.Attempt) bool {
	return slices.ContainsFunc(a.Seen.Connections, func(c evidence.Connection) bool { return c.Silent })
}

// reason holds the driver's reason against those that the row accepts.
func reason(want scenarios.Expect, a harness.Attempt) string {
	must := "the driver must fail as " + join(want.Reasons)
	if a.Answer.OK {
		return must + ", but it connected"
	}
	if got := a.Answer.Error.Reason; !slices.Contains(want.Reasons, got) || got == evidence.Unclassified {
		return fmt.Sprintf("%s, but it failed as %s: %s", must, got, a.Answer.Error.Text)
	}
	return ""
}

// told says in a clause what the driver did.
func told(a harness.Attempt) string {
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

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, " or ")
}
