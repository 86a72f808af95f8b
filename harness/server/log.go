package server

import (
	"encoding/json"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// An end is why a server ended a connection, as its log says.
type end struct {
	cause evidence.Cause
	text  string
}

// line is what the reader needs of mongod's structured log, 4.4 and later.
type line struct {
	ID      int        `json:"id"`
	Context string     `json:"ctx"`
	Message string     `json:"msg"`
	Attr    attributes `json:"attr"`
}

type attributes struct {
	Remote       string          `json:"remote"`
	ConnectionID int64           `json:"connectionId"`
	Port         int             `json:"port"`
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

// explain fills in the causes that the log gives.
func explain(seen *evidence.Seen) {
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
