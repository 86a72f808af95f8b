package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A logged line with what is needed of it.
type logged struct {
	text string
	line
}

// read reads a line. What is no log line has no id; fields of other types are none of those that are needed.
func read(text string) logged {
	l := logged{text: text}
	_ = json.Unmarshal([]byte(text), &l.line)
	return l
}

// Ids of lines about connections.
const (
	accepted    = 22943
	disconnects = 22944
)

// connection is the number of the connection that a line is about, 0 if it is about none.
func (l line) connection() int64 {
	if l.Attr.ConnectionID != 0 {
		return l.Attr.ConnectionID
	}
	digits, _ := strings.CutPrefix(l.Context, "conn")
	id, _ := strconv.ParseInt(digits, 10, 64)
	return id
}

// ended reports whether lines tell of the end of the connection from remote.
func ended(lines []logged, remote string) bool {
	return slices.ContainsFunc(lines, func(l logged) bool { return l.ID == disconnects && l.Attr.Remote == remote })
}

// number is the connection's number from remote, 0 if there is none.
func number(lines []logged, remote string) int64 {
	for _, l := range lines {
		if l.ID == accepted && l.Attr.Remote == remote {
			return l.Attr.ConnectionID
		}
	}
	return 0
}

// about are the texts of the lines about these connections.
func about(lines []logged, numbers []int64) (texts []string) {
	for _, l := range lines {
		if n := l.connection(); n != 0 && slices.Contains(numbers, n) {
			texts = append(texts, l.text)
		}
	}
	return texts
}

// Ids of lines about commands and logins. Every command leaves one at command verbosity 1, and a login others before
// it.
const (
	command      = 51803
	asserted     = 21966 // names a command that is refused before it is parsed: its own line calls it unrecognized
	authenticate = 20427 // one that fails before there is a name leaves no other
	authRefused  = 20428
	authAccepted = 20429
	newAccepted  = 5286306 // since 6.0
	newRefused   = 5286307 // likewise
	saslRefused  = 20249
	saslAccepted = 20250
	notTried     = ""
	wasAccepted  = "accepted"
	wasRefused   = "refused"
)

// commands reads from a log what a connection was asked and answered. What became of a login stands before the line of
// the command that asked for it.
func commands(lines []logged, connection int64) (list []evidence.CommandSeen) {
	login := notTried
	var before attributes // of the line that names a refused command
	for _, l := range lines {
		if l.connection() != connection {
			continue
		}
		switch l.ID {
		case authenticate:
			login = wasRefused
		case authRefused, saslRefused, newRefused:
			login = wasRefused
		case authAccepted, newAccepted, saslAccepted:
			login = wasAccepted
		case asserted:
			before = l.Attr
		case command:
			if seen, ok := l.Attr.named(before).seen(login); ok {
				list = append(list, seen)
			}
			login, before = notTried, attributes{}
		}
	}
	return list
}

// named are the attributes of a command's line with the command that the line before it names, where it has none
// itself.
func (a attributes) named(before attributes) attributes {
	var name string
	if string(a.Command) != `"unrecognized"` || json.Unmarshal(before.Command, &name) != nil {
		return a
	}
	a.Command, _ = json.Marshal(map[string]any{name: 1}) // strings can be encoded
	a.NS = before.DB + ".$cmd"
	return a
}

// seen is the command of a line.
func (a attributes) seen(login string) (evidence.CommandSeen, bool) {
	name, ok := firstKey(a.Command)
	if !ok || a.Type != "command" {
		return evidence.CommandSeen{}, false
	}
	var body struct {
		DB          string          `json:"$db"`
		User        *string         `json:"user"`
		Speculative json.RawMessage `json:"speculativeAuthenticate"`
	}
	_ = json.Unmarshal(a.Command, &body) // fields of other types are none of these
	seen := evidence.CommandSeen{Name: name, DB: body.DB, Code: a.ErrCode, CodeName: a.ErrName, Error: a.ErrMsg}
	if seen.DB == "" {
		seen.DB, _, _ = strings.Cut(a.NS, ".")
	}
	switch {
	case name == "authenticate":
		seen.User = body.User
	case len(body.Speculative) > 0:
		// One that is only begun, as SCRAM is, leaves no line.
		seen.Speculative = cmp.Or(login, wasAccepted)
		if inner, _ := firstKey(body.Speculative); inner == "authenticate" {
			body.User = nil
			_ = json.Unmarshal(body.Speculative, &body)
			seen.User = body.User
		}
	case login != notTried && (strings.EqualFold(name, "isMaster") || name == "hello"):
		seen.Speculative = login // inside a hello, whatever the log shows of it
	}
	return seen, true
}

// firstKey is the first key of a JSON object: the name of a command.
func firstKey(object json.RawMessage) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return "", false
	}
	key, err := d.Token()
	name, ok := key.(string)
	return name, err == nil && ok
}
