package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// String is the driver's answer in one line.
func (a Answer) String() string {
	if a.OK {
		return fmt.Sprintf("ok in %d ms", a.ElapsedMS)
	}
	s := fmt.Sprintf("failed at stage %s after %d ms (%s)", cmp.Or(a.Stage, "unknown"), a.ElapsedMS, cmp.Or(a.Stopped,
		"unknown"))
	if e := a.Error; e != nil {
		s += fmt.Sprintf(": %s: %s", e.Reason, e.Text)
		if e.Code != 0 {
			s += fmt.Sprintf(" (code %d %s)", e.Code, e.CodeName)
		}
	}
	return s
}

// String is the server's view of the connection in one line.
func (c Connection) String() string {
	var parts []string
	add := func(format string, text string) {
		if text != "" {
			parts = append(parts, fmt.Sprintf(format, text))
		}
	}
	add("to %s", c.Member)
	if c.Run > 0 {
		parts = append(parts, "after it came back")
	}
	switch {
	case c.Clear:
		parts = append(parts, "in clear")
	case c.Hello == nil:
		parts = append(parts, "no ClientHello")
	case !c.Hello.Whole():
		parts = append(parts, "the start of a ClientHello")
	default:
		add("ClientHello for %s", cmp.Or(c.Hello.SNI, "no name"))
		add("offering TLS %s", strings.Join(c.Hello.Versions, ", "))
		if c.Hello.Size > 0 {
			parts = append(parts, fmt.Sprintf("%d bytes", c.Hello.Size))
		}
	}
	if c.TLS != "" {
		parts = append(parts, "handshake complete with TLS "+strings.Join(c.negotiated(), ", "))
	}
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
	add("ended by the server: %s", strings.Trim(string(c.Cause)+" "+c.Text, " "))
	return strings.Join(parts, "; ")
}

// String is the step in one line.
func (s StepSeen) String() string {
	return fmt.Sprintf("%s, after operation %d; it took %d ms", s.Text, s.After, s.TookMS)
}

// Account says in one line how the operations of a client fared: how many succeeded, which failed, how many connections
// it needed, and for how long none succeeded.
func Account(a Answer, s Seen) string {
	parts := []string{fmt.Sprintf("%d succeeded", len(a.Replies))}
	for _, f := range a.Failures {
		parts = append(parts, fmt.Sprintf("number %d failed as %s", f.Command+1, f.Reason))
	}
	return fmt.Sprintf("%s; %d reconnects; none for %d ms at the most", strings.Join(parts, ", "), s.Reconnects(), s.GapMS())
}

// negotiated is what both sides agreed on: the version first.
func (c Connection) negotiated() []string {
	all := slices.DeleteFunc([]string{c.TLS, c.Cipher, c.Group, c.Signature}, func(s string) bool { return s == "" })
	if c.Resumed {
		all = append(all, "resumed")
	}
	return all
}

func (c CommandSeen) outcome() string {
	if c.Code == 0 {
		return "ok"
	}
	return fmt.Sprintf("refused with %d %s: %s", c.Code, c.CodeName, c.Error)
}

// String is the command with what the server made of it, without texts.
func (c CommandSeen) String() string {
	text := c.Name
	if c.User != nil {
		text += " of " + *c.User
	}
	if c.Speculative != "" {
		text += " (" + string(c.Speculative) + ")"
	}
	if c.Code != 0 {
		text += fmt.Sprintf(" (%d %s)", c.Code, c.CodeName)
	}
	return text
}
