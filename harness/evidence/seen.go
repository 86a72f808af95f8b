package evidence

import (
	"slices"
	"strings"
)

// Seen is what the server side saw of one attempt: the second witness.
type Seen struct {
	Connections []Connection `json:",omitempty"`
	// Log are the server's log lines from the start of the attempt to its end, as mongod writes them.
	Log []string `json:",omitempty"`
	// Open is the number of connections that had not ended when the witness stopped waiting.
	Open         int      `json:",omitempty"`
	OCSPRequests int      `json:",omitempty"` // by the driver, on the responders of this case
	DNS          []string `json:",omitempty"` // queries, "SRV _mongodb._tcp.x.test."
	// CameBack is the number of connections to servers after they came back from a restart.
	CameBack int `json:",omitempty"`
	// Steps are what happened in the middle of the attempt, in their order.
	Steps []StepSeen `json:",omitempty"`
	// ClientAtMS is when the client was first used, in milliseconds from the deployment's start, where that is known:
	// Began, while a case runs, in those of Unix time.
	ClientAtMS int   `json:",omitempty"`
	Began      int64 `json:"-"`
}

// A StepSeen is what happened while the client was at work. Times are milliseconds, from the deployment's start.
type StepSeen struct {
	Text   string
	After  int    // operations of the client that had succeeded
	Member string `json:",omitempty"` // whom it happened to
	AtMS   int    `json:",omitempty"` // when it began
	TookMS int    `json:",omitempty"` // for so long, the answer to the operation was held
}

// A Connection as the server's side of it went.
type Connection struct {
	ID     int64  `json:",omitempty"` // mongod's connectionId
	Member string `json:",omitempty"` // the server, where there are several
	Run    int    `json:",omitempty"` // how often the server had come back by then
	AtMS   int    `json:",omitempty"` // when it was accepted, in milliseconds from the deployment's start
	Remote string `json:",omitempty"` // address of the client
	// Hello is set if the first bytes began a ClientHello. Clear: they were a message of the wire protocol.
	Hello *Hello `json:",omitempty"`
	Clear bool   `json:",omitempty"`
	// TLS is the negotiated version, "1.2" or "1.3"; "" if no handshake was completed.
	TLS string `json:",omitempty"`
	// Cipher, Group and Signature are what else was negotiated, where the server side can tell: the names of IANA, but
	// groups as people call them. Signature is the server's. Resumed: from an earlier connection, without certificates.
	Cipher    string `json:",omitempty"`
	Group     string `json:",omitempty"`
	Signature string `json:",omitempty"`
	Resumed   bool   `json:",omitempty"`
	Stapled   bool   `json:",omitempty"`
	Peer      string `json:",omitempty"` // subject of the client's certificate as mongod prints it, "" if none
	Issuer    string `json:",omitempty"` // its issuer
	// HandshakeError is the server's view of a handshake that failed.
	HandshakeError string        `json:",omitempty"`
	Commands       []CommandSeen `json:",omitempty"`
	// Cause is set if the server ended the connection; Text is its own explanation. Otherwise the client ended it.
	Cause  Cause  `json:",omitempty"`
	Text   string `json:",omitempty"`
	CutMS  int    `json:",omitempty"` // when the fixture ended it in the place of an answer, as AtMS
	Silent bool   `json:",omitempty"` // the fixture kept it silent, or all but silent, on purpose
	// Answered: the server answered the client, as the wire shows, where no log tells what.
	Answered bool `json:",omitempty"`
	// Farewell: the client said close_notify before it closed.
	Farewell bool `json:",omitempty"`
}

// A Hello is what a ClientHello says, as far as the server's side has read it.
type Hello struct {
	SNI      string   `json:",omitempty"`
	Versions []string `json:",omitempty"` // offered, "1.3" first
	OCSP     bool     `json:",omitempty"` // status_request
	Size     int      `json:",omitempty"` // in bytes, of the first ClientHello
	// Offers is the name of the Offer in a report, which many ClientHellos share; Offer is it while a case runs.
	Offers string `json:",omitempty"`
	Offer  *Offer `json:"-"`
}

// Whole reports whether a ClientHello was read to its end. Of one that was cut off it is known that it began, and
// nothing of what it says: not that it names no server.
func (h *Hello) Whole() bool { return h != nil && len(h.Versions) > 0 }

// An Offer is what a ClientHello offers besides, in the client's order: the names of IANA, but groups as people call
// them. GREASE stands for a number of RFC 8701, 0x and a number for one that nobody knows.
type Offer struct {
	JA4        string   // the fingerprint
	Record     string   `json:",omitempty"` // version of the record that carries it
	Ciphers    []string `json:",omitempty"`
	Extensions []string `json:",omitempty"`
	// Shuffled: the client sends its extensions in another order each time; here they are sorted.
	Shuffled   bool     `json:",omitempty"`
	Groups     []string `json:",omitempty"`
	KeyShares  []string `json:",omitempty"` // groups for which it sends a key
	Signatures []string `json:",omitempty"` // schemes that it takes
	ALPN       []string `json:",omitempty"`
}

// A CommandSeen is a command that the server answered.
type CommandSeen struct {
	Name     string
	DB       string `json:",omitempty"`
	Code     int    `json:",omitempty"` // of the error reply, 0 for ok
	CodeName string `json:",omitempty"`
	Error    string `json:",omitempty"`
	// User is the user field of an authenticate command, or of the speculative one; nil if absent.
	User *string `json:",omitempty"`
	AtMS int     `json:",omitempty"` // when it was answered, in milliseconds from the deployment's start
	// Speculative is set on a hello that carried speculativeAuthenticate: "accepted" or "refused".
	Speculative Speculation `json:",omitempty"`
}

// Speculation is what becomes of speculative authentication.
type Speculation string

// The answers to it. Where it is accepted, the login is done.
const (
	Accepted Speculation = "accepted"
	Refused  Speculation = "refused"
)

// Speculations is the closed list.
var Speculations = []Speculation{Accepted, Refused}

// OfUser tells the commands of a user from those that drivers, and the shell, send of their own accord: of these, the
// last three are what mongosh asks its server about (@mongosh/service-provider-node-driver, getConnectionInfo).
func (c CommandSeen) OfUser() bool {
	switch strings.ToLower(c.Name) {
	case "hello", "ismaster", "buildinfo", "getlasterror", "authenticate", "saslstart", "saslcontinue", "endsessions",
		"getparameter", "atlasversion":
		return false
	case "aggregate":
		return c.DB != "admin"
	}
	return true
}

// Served reports whether the server answered any command of a user or, where it has no log, anything.
func (s Seen) Served() bool {
	return slices.ContainsFunc(s.Connections, func(c Connection) bool {
		return c.Answered || slices.ContainsFunc(c.Commands, CommandSeen.OfUser)
	})
}

// HeldMS is for how many milliseconds the steps held the client up.
func (s Seen) HeldMS() (ms int) {
	for _, step := range s.Steps {
		ms += step.TookMS
	}
	return ms
}

// GapMS is for how many milliseconds, at the most, no operation of the client succeeded between two that did, without
// what the steps themselves took.
func (s Seen) GapMS() (longest int) {
	var done []int
	for _, c := range s.Connections {
		for _, command := range c.Commands {
			if command.OfUser() && command.Code == 0 {
				done = append(done, command.AtMS)
			}
		}
	}
	slices.Sort(done)
	for i := 1; i < len(done); i++ {
		ms := done[i] - done[i-1]
		for _, step := range s.Steps {
			if step.AtMS >= done[i-1] && step.AtMS < done[i] {
				ms -= step.TookMS
			}
		}
		longest = max(longest, ms)
	}
	return longest
}

// Reconnects is how many connections more than one the client needed for its operations.
func (s Seen) Reconnects() int {
	used := 0
	for _, c := range s.Connections {
		if slices.ContainsFunc(c.Commands, CommandSeen.OfUser) {
			used++
		}
	}
	return max(0, used-1)
}

// At is the record as that of a server among several: its name, and how often it had come back.
func (s Seen) At(member string, run int) Seen {
	for i := range s.Connections {
		s.Connections[i].Member, s.Connections[i].Run = member, run
	}
	if run > 0 {
		s.CameBack = len(s.Connections)
	}
	return s
}

// Then is what was seen first, and next of another server, or of one that came after: the ids of its connections come
// after those of the first.
func (s Seen) Then(next Seen) Seen {
	var before int64
	for _, c := range s.Connections {
		before = max(before, c.ID)
	}
	for _, c := range next.Connections {
		c.ID += before
		s.Connections = append(s.Connections, c)
	}
	s.Log, s.Open, s.CameBack = append(s.Log, next.Log...), s.Open+next.Open, s.CameBack+next.CameBack
	return s
}
