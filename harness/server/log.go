package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
)

// An end is why a server ended a connection, as its log says.
type end struct {
	cause evidence.Cause
	text  string
}

// line is what the reader needs of mongod's structured log, 4.4 and later.
type line struct {
	Time struct {
		Date string `json:"$date"`
	} `json:"t"`
	ID      int        `json:"id"`
	Context string     `json:"ctx"`
	Attr    attributes `json:"attr"`
}

type attributes struct {
	Remote       string          `json:"remote"`
	ConnectionID int64           `json:"connectionId"`
	Error        json.RawMessage `json:"error"`

	// of a command
	Type    string          `json:"type"`
	NS      string          `json:"ns"`
	Command json.RawMessage `json:"command"`
	DB      string          `json:"db"`
	ErrMsg  string          `json:"errMsg"`
	ErrName string          `json:"errName"`
	ErrCode int             `json:"errCode"`
}

// status is an error in a log line; some lines have its text only.
type status struct {
	Code int    `json:"code"`
	Text string `json:"errmsg"`
}

// ends reads the causes from a log, by connection id. Lines that are no JSON, or about something else, say nothing.
// 22986 is there at network verbosity 2 only.
func ends(log []string) map[int64]end {
	found := map[int64]end{}
	for _, text := range log {
		if !telling.MatchString(text) { // reading takes long
			continue
		}
		l := read(text)
		id := l.connection()
		e, ok := l.end()
		if _, known := found[id]; ok && id != 0 && (!known || l.ID != endsConnection) {
			found[id] = e // the line about the certificate says more than the one that ends the connection
		}
	}
	return found
}

const (
	endsConnection = 22988
	tlsFailed      = 22986
	noCertificate  = 23255
	badCertificate = 23256
	threw          = 22990 // while it read a message
)

// telling finds the lines that have one of these ids.
var telling = regexp.MustCompile(fmt.Sprintf(`"id": ?(%d|%d|%d|%d|%d)\b`, endsConnection, tlsFailed, noCertificate,
	badCertificate, threw))

func (l line) end() (end, bool) {
	var s status
	if json.Unmarshal(l.Attr.Error, &s) != nil {
		_ = json.Unmarshal(l.Attr.Error, &s.Text)
	}
	switch l.ID {
	case noCertificate:
		return end{evidence.NoClientCert, "No SSL certificate provided by peer; connection rejected"}, true
	case badCertificate:
		return end{evidence.BadClientCert, s.Text}, true
	case tlsFailed:
		if left(s.Text) {
			return end{}, false
		}
		return end{evidence.HandshakeFailed, s.Text}, true
	case threw:
		return end{evidence.OtherCause, s.Text}, true
	case endsConnection:
		for _, known := range statuses {
			if strings.Contains(s.Text, known.part) {
				return end{known.cause, s.Text}, true
			}
		}
		return end{evidence.OtherCause, s.Text}, true
	}
	return end{}, false
}

// left says whether the client ended the connection, by an alert or by closing it.
func left(text string) bool {
	for _, part := range []string{" alert ", "stream truncated", "Connection closed by peer", "Connection reset by peer"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

var statuses = []struct {
	part  string
	cause evidence.Cause
}{
	{"started without SSL support", evidence.TLSOnPlainServer},
	{"only allow SSL connections", evidence.PlainOnTLSOnly},
	{"no SSL certificate provided by peer", evidence.NoClientCert},
	{"SSL peer certificate validation failed", evidence.BadClientCert},
	{"client requested disabled protocol", evidence.DisabledProtocol},
	{"HTTP request over a native MongoDB connection", evidence.HTTPRequest},
}

// Explain fills in the causes that the log gives.
func Explain(seen *evidence.Seen) {
	causes := ends(seen.Log)
	for i := range seen.Connections {
		c := &seen.Connections[i]
		if e, ok := causes[c.ID]; ok && c.Cause == "" {
			c.Cause, c.Text = e.cause, e.text
		}
	}
}

// handshakeError is what the server's log says of a handshake that was not completed, "" if it says nothing.
func handshakeError(lines []logged, c evidence.Connection) string {
	if c.Hello == nil || c.TLS != "" {
		return ""
	}
	for _, l := range lines {
		var s status
		if l.ID == tlsFailed && l.connection() == c.ID && json.Unmarshal(l.Attr.Error, &s) == nil {
			return s.Text
		}
	}
	return ""
}

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

// fellowless reports whether in a line of this id a member does not take another for its fellow: its certificate, its
// name, its login.
func fellowless(id int) bool {
	const misnamed = 23257
	return id == badCertificate || id == misnamed || id == saslRefused ||
		mongod.IsLine(id, mongod.Default.LoginFailed)
}

// Ids of lines about commands and logins, besides those of mongod.Release. Every command leaves one at command
// verbosity 1, and a login others before it.
const (
	command      = 51803
	asserted     = 21966 // names a command that is refused before it is parsed: its own line calls it unrecognized
	saslRefused  = 20249
	saslAccepted = 20250
)

// notTried is a login that nobody has asked for.
const notTried evidence.Speculation = ""

// loginOf is what a line of this id says of one. One that fails before there is a name only leaves the line that it is
// tried.
func loginOf(id int) evidence.Speculation {
	switch {
	case mongod.IsLine(id, mongod.Default.LoggedIn), id == saslAccepted:
		return evidence.Accepted
	case mongod.IsLine(id, mongod.Default.LoginFailed), id == mongod.Default.Login, id == saslRefused:
		return evidence.Refused
	}
	return notTried
}

// commands reads from a log what a connection was asked and answered, in the time of a deployment that began then. What
// became of a login stands before the line of the command that asked for it.
func commands(lines []logged, connection int64, began time.Time) (list []evidence.CommandSeen) {
	login := notTried
	var before attributes // of the line that names a refused command
	for _, l := range lines {
		if l.connection() != connection {
			continue
		}
		switch l.ID {
		case asserted:
			before = l.Attr
		case command:
			if seen, ok := l.Attr.named(before).seen(login); ok {
				if at, err := time.Parse(time.RFC3339, l.Time.Date); err == nil {
					seen.AtMS = max(0, int(at.Sub(began).Milliseconds()))
				}
				list = append(list, seen)
			}
			login, before = notTried, attributes{}
		default:
			login = cmp.Or(loginOf(l.ID), login)
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
func (a attributes) seen(login evidence.Speculation) (evidence.CommandSeen, bool) {
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
		seen.Speculative = cmp.Or(login, evidence.Accepted)
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
