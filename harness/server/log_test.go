package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
)

// recorded is when.
var recorded = time.Date(2026, 11, 20, 17, 31, 2, 123e6, time.UTC)

// line44 is a line as a mongod 4.4.5 wrote it, of connection 7.
func line44(severity, component string, id int, ctx, msg, attr string) string {
	if attr != "" {
		attr = `,"attr":` + attr
	}
	return fmt.Sprintf(`{"t":{"$date":"2026-11-20T17:31:02.123+00:00"},"s":"%s",  "c":"%s",  "id":%d,   `+
		`"ctx":"%s","msg":"%s"%s}`, severity, component, id, ctx, msg, attr)
}

func ending(code int, name, text string) string {
	return line44("I", "NETWORK", 22988, "conn7", "Error receiving request from client. Ending connection from remote",
		fmt.Sprintf(`{"error":{"code":%d,"codeName":"%s","errmsg":%q},"remote":"127.0.0.1:45678","connectionId":7}`,
			code, name, text))
}

// Lines recorded from a mongod 4.4.5 give the causes that the judge knows.
func TestCausesOfRecordedLines(t *testing.T) {
	const name = "SSLHandshakeFailed"
	refused := func(reason string) string {
		return line44("E", "NETWORK", 23256, "conn7", "SSL peer certificate validation failed",
			`{"error":"SSL peer certificate validation failed: `+reason+`"}`)
	}
	broken := func(text string) string {
		return line44("D2", "NETWORK", 22986, "conn7", "Session from remote encountered a network error during SourceMessage",
			`{"remote":"127.0.0.1:45678","error":{"code":9001,"codeName":"SocketException","errmsg":"`+text+`"}}`)
	}
	for _, row := range []struct {
		lines []string
		cause evidence.Cause
		text  string
	}{
		{[]string{ending(141, name, "SSL handshake received but server is started without SSL support")},
			evidence.TLSOnPlainServer, "started without SSL support"},
		{[]string{ending(141, name, "The server is configured to only allow SSL connections")},
			evidence.PlainOnTLSOnly, "only allow SSL connections"},
		{[]string{ending(141, name, "SSL handshake failed, as client requested disabled protocol")},
			evidence.DisabledProtocol, "disabled protocol"},
		{[]string{ending(17, "ProtocolError", "Client sent an HTTP request over a native MongoDB connection")},
			evidence.HTTPRequest, "HTTP"},
		{[]string{line44("E", "NETWORK", 23255, "conn7", "No SSL certificate provided by peer; connection rejected", ""),
			ending(141, name, "no SSL certificate provided by peer; connection rejected")},
			evidence.NoClientCert, "connection rejected"},
		{[]string{refused("certificate has expired"),
			ending(141, name, "SSL peer certificate validation failed: certificate has expired")},
			evidence.BadClientCert, "certificate has expired"},
		{[]string{refused("CRL has expired"),
			ending(141, name, "SSL peer certificate validation failed: CRL has expired")},
			evidence.BadClientCert, "CRL has expired"},
		{[]string{refused("unable to get certificate CRL")}, evidence.BadClientCert, "unable to get certificate CRL"},
		{[]string{ending(140, "InvalidSSLConfiguration", "Invalid DER length")}, evidence.OtherCause, "Invalid DER length"},
		{[]string{broken("no shared cipher")}, evidence.HandshakeFailed, "no shared cipher"},
		{[]string{broken("unsupported protocol")}, evidence.HandshakeFailed, "unsupported protocol"},
		// The client ended these.
		{[]string{broken("sslv3 alert bad certificate")}, "", ""},
		{[]string{broken("stream truncated")}, "", ""},
		// Warnings end nothing.
		{[]string{line44("W", "NETWORK", 23234, "conn7", "No SSL certificate provided by peer", ""),
			line44("W", "NETWORK", 23235, "conn7", "SSL peer certificate validation failed",
				`{"reason":"certificate has expired"}`),
			line44("W", "NETWORK", 23222, "conn7", "Peer certificate expiration information",
				`{"peerSubjectName":"CN=client","daysDays":9}`),
			line44("I", "NETWORK", 23838, "conn7", "SSL mode is set to 'preferred' and connection to remote is not using SSL.",
				`{"connectionId":7,"remote":"127.0.0.1:45678"}`)}, "", ""},
		{[]string{"Killed", `{"id":22988}`, `{"id":"22988","ctx":7}`}, "", ""},
	} {
		got := ends(row.lines)
		require.Equal(t, row.cause, got[7].cause, row.lines)
		require.Contains(t, got[7].text, row.text)
		require.LessOrEqual(t, len(got), 1)
	}
}

// The commands of a connection, from the lines that a mongod writes at command verbosity 1.
func TestCommandsOfRecordedLines(t *testing.T) {
	slow := func(attr string) string {
		return line44("I", "COMMAND", 51803, "conn7", "Slow query",
			`{"type":"command",`+attr+`,"numYields":0,"reslen":318,"locks":{},"protocol":"op_msg","durationMillis":0}`)
	}
	const dn = "CN=client,OU=clients,O=mongotls"
	trying := line44("I", "ACCESS", 20427, "conn7", "Authenticate",
		`{"db":"$external","command":"{ authenticate: 1, mechanism: \"MONGODB-X509\", $db: \"$external\" }"}`)
	failed := line44("I", "ACCESS", 20428, "conn7", "Failed to authenticate", `{"user":"`+dn+
		`@$external","client":"127.0.0.1:1","mechanism":"MONGODB-X509",`+
		`"error":{"code":11,"codeName":"UserNotFound","errmsg":"Could not find user"}}`)
	succeeded := line44("I", "ACCESS", 20429, "conn7", "Successfully authenticated",
		`{"user":"`+dn+`","db":"$external","client":"127.0.0.1:1"}`)
	hello := func(inner string) string {
		return slow(`"ns":"admin.$cmd","command":{"isMaster":1,"helloOk":true,` + inner + `"$db":"admin"}`)
	}
	user := dn
	for name, row := range map[string]struct {
		lines []string
		want  []evidence.CommandSeen
	}{
		"ping": {[]string{hello(""), slow(`"ns":"admin.$cmd","command":{"ping":1,` +
			`"lsid":{"id":{"$uuid":"2f0c1a0e-0000-4000-8000-000000000000"}},"$db":"admin"}`)},
			[]evidence.CommandSeen{{Name: "isMaster", DB: "admin"}, {Name: "ping", DB: "admin"}}},
		"refused": {[]string{slow(`"ns":"test.c","command":{"find":"c","$db":"test"},"ok":0,` +
			`"errMsg":"command find requires authentication","errName":"Unauthorized","errCode":13`)},
			[]evidence.CommandSeen{{Name: "find", DB: "test", Code: 13, CodeName: "Unauthorized",
				Error: "command find requires authentication"}}},
		"refused before it is parsed": {[]string{
			line44("D1", "COMMAND", 21966, "conn7", "Assertion while executing command",
				`{"command":"find","db":"test","error":"Unauthorized: command find requires authentication"}`),
			slow(`"ns":"test.$cmd","command":"unrecognized","ok":0,` +
				`"errMsg":"command find requires authentication","errName":"Unauthorized","errCode":13`)},
			[]evidence.CommandSeen{{Name: "find", DB: "test", Code: 13, CodeName: "Unauthorized",
				Error: "command find requires authentication"}}},
		"unrecognized without a name": {[]string{slow(`"ns":"test.$cmd","command":"unrecognized","ok":0`)}, nil},
		"speculation succeeds": {[]string{trying, succeeded,
			hello(`"speculativeAuthenticate":{"authenticate":1,"mechanism":"MONGODB-X509","db":"$external"},`)},
			[]evidence.CommandSeen{{Name: "isMaster", DB: "admin", Speculative: "accepted"}}},
		"speculation fails, then the command": {[]string{trying, failed,
			hello(`"speculativeAuthenticate":{"authenticate":1,"mechanism":"MONGODB-X509","user":"` + dn +
				`","db":"$external"},`),
			trying, failed,
			slow(`"ns":"$external.$cmd","command":{"authenticate":1,"mechanism":"MONGODB-X509",` +
				`"user":"` + dn + `","$db":"$external"},"ok":0,` +
				`"errMsg":"auth failed","errName":"AuthenticationFailed","errCode":18`)},
			[]evidence.CommandSeen{{Name: "isMaster", DB: "admin", Speculative: "refused", User: &user},
				{Name: "authenticate", DB: "$external", Code: 18, CodeName: "AuthenticationFailed",
					Error: "auth failed", User: &user}}},
		"no name at all": {[]string{trying,
			hello(`"speculativeAuthenticate":{"authenticate":1,"mechanism":"MONGODB-X509","db":"$external"},`)},
			[]evidence.CommandSeen{{Name: "isMaster", DB: "admin", Speculative: "refused"}}},
		"SCRAM begins": {[]string{
			hello(`"speculativeAuthenticate":{"saslStart":1,"mechanism":"SCRAM-SHA-256","payload":"xxx","db":"admin"},`)},
			[]evidence.CommandSeen{{Name: "isMaster", DB: "admin", Speculative: "accepted"}}},
		"another connection": {[]string{line44("I", "COMMAND", 51803, "conn77", "Slow query",
			`{"type":"command","ns":"admin.$cmd","command":{"ping":1}}`)}, nil},
		"no command": {[]string{slow(`"ns":"a.b","command":{}`),
			slow(`"ns":"a.b"`), slow(`"ns":"a.b","command":"find"`)}, nil},
	} {
		require.Equal(t, row.want, commands(readAll(row.lines), 7, recorded), name)
	}
}

func readAll(texts []string) (lines []logged) {
	for _, text := range texts {
		lines = append(lines, read(text))
	}
	return lines
}

// A log comes in any pieces; who waits is woken by the line and by the end, and what is forgotten does not come back.
func TestLogbook(t *testing.T) {
	b := &logbook{}
	text := line44("I", "NETWORK", 22943, "listener", "Connection accepted",
		`{"remote":"127.0.0.1:1","connectionId":7,"connectionCount":1}`) + "\r\nno line\n" +
		line44("I", "NETWORK", 22944, "conn7", "Connection ended",
			`{"remote":"127.0.0.1:1","connectionId":7,"connectionCount":0}`) + "\n"
	go func() {
		for i := range text {
			_, _ = b.Write([]byte(text[i : i+1]))
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.True(t, b.wait(ctx, 0, func(lines []logged) bool { return ended(lines, "127.0.0.1:1") }))
	lines := b.since(0)
	require.Len(t, lines, 3)
	require.EqualValues(t, 7, number(lines, "127.0.0.1:1"))
	require.Zero(t, number(lines, "127.0.0.1:2"))
	require.Len(t, about(lines, []int64{7}), 2)
	b.forget(b.mark())
	require.Empty(t, b.since(0))
	require.Equal(t, 3, b.mark())
	go func() { _ = b.Close() }()
	require.False(t, b.wait(ctx, 0, func([]logged) bool { return false }))
}

func FuzzLog(f *testing.F) {
	f.Add(ending(141, "SSLHandshakeFailed", "x"))
	f.Add(`{"id":51803,"ctx":"conn7","attr":{"type":"command","command":{"a":1,` +
		`"speculativeAuthenticate":{"authenticate":1,"user":3}}}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		b := &logbook{}
		_, _ = b.Write([]byte(text + "\n"))
		about(b.since(0), []int64{7})
		ends([]string{text})
		commands(b.since(0), 7, recorded)
	})
}
