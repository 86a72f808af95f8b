package scenarios

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
)

// An Outcome is a row of the oracle table.
type Outcome string

// The outcomes.
const (
	OverTLS       Outcome = "connects over TLS"
	InClear       Outcome = "connects in clear"
	BeforeDialing Outcome = "refused before dialling"
	InHandshake   Outcome = "refused in the handshake"
	ByServer      Outcome = "closed by the server"
	ByCommand     Outcome = "refused by a command"
	ByTimeout     Outcome = "times out"
	Unspecified   Outcome = "characterised" // no norm: recorded, never judged
)

// Outcomes is the closed list.
var Outcomes = []Outcome{OverTLS, InClear, BeforeDialing, InHandshake, ByServer, ByCommand, ByTimeout, Unspecified}

// An Expect is one row of the oracle table with its parameters. Use the constructors. Expectations are the same if and
// only if their fields are; Sentence is for people.
type Expect struct {
	Outcome  Outcome
	Reasons  []evidence.Reason `json:",omitempty"` // InHandshake, BeforeDialing: any of these
	Causes   []evidence.Cause  `json:",omitempty"` // ByServer: any of these
	Command  string            `json:",omitempty"` // ByCommand: the command, its error code and code name
	Code     int               `json:",omitempty"`
	CodeName string            `json:",omitempty"`
	Option   string            `json:",omitempty"` // ByTimeout: the URI option (a number of milliseconds) that ends it

	// Further facts, each checked if set.
	Version  Version    `json:",omitempty"` // negotiated
	SNI      ServerName `json:",omitempty"` // in every ClientHello
	Stapling Stapling   `json:",omitempty"` // of every completed handshake
	Requests Requests   `json:",omitempty"` // by the driver, to the OCSP responder
	LogIDs   []int      `json:",omitempty"` // lines that the server's log must hold
	Mentions []string   `json:",omitempty"` // each must stand in the error that the application gets, however spelt
	// ServerSays must each stand in the server's own account: why it ended a connection, or refused a command.
	ServerSays []string `json:",omitempty"`
	// Hides are secrets: none may stand in anything that the driver says, be it an error, an event or a warning.
	Hides []string `json:",omitempty"`
	Warns string   `json:",omitempty"` // the driver must warn, naming this
	// Labels are error labels that the driver's error must have, NoLabels such that it must not have.
	Labels   []Label `json:",omitempty"`
	NoLabels []Label `json:",omitempty"`
	// Tries is how often the operation must have been tried: the connections that met the fault, after the good ones.
	Tries int `json:",omitempty"`
	// Connections is on how many connections over TLS, at the least, the server must have served the driver.
	Connections int `json:",omitempty"`
	// Reports must stand in the event of a failed heartbeat.
	Reports string `json:",omitempty"`
	// Blames are hosts: for each, the driver must publish a failed heartbeat as that of a server of this name.
	Blames []string `json:",omitempty"`
	// Pool is what became of the connection pool.
	Pool Pool `json:",omitempty"`
	// User is whether the authenticate commands carry a user field.
	User UserField `json:",omitempty"`
	// Logins is on how many connections the driver may log in, at the most.
	Logins int `json:",omitempty"`
	// At are the members that a refusal is about.
	At []string `json:",omitempty"`
	// Shuns are members to which the driver must turn, and whom it must refuse in the handshake.
	Shuns []string `json:",omitempty"`
	// Spares are members to which no operation may go.
	Spares []string `json:",omitempty"`
	// Leaves are members to which no operation may go after the last step, Ignores such to which no connection may.
	Leaves  []string `json:",omitempty"`
	Ignores []string `json:",omitempty"`
	// Hosts is to how many members, at the most, connections may go, whichever they are.
	Hosts int `json:",omitempty"`
	// Renews: when a connection has been cut, no operation may go over one from before that.
	Renews bool `json:",omitempty"`
	// Loses are the reasons for which operations of a client that goes on may fail: no more than these, each once.
	Loses []evidence.Reason `json:",omitempty"`
	// Gap is for how many milliseconds, at the most, no operation may succeed, without what the steps themselves take.
	Gap int `json:",omitempty"`
	// Speculative is what became of speculative authentication in the handshake.
	Speculative evidence.Speculation `json:",omitempty"`
}

// A ServerName is the name that a ClientHello asks for; it may hold {id}.
type ServerName string

// NoServerName says that the ClientHello asks for no name.
const NoServerName ServerName = "-"

// Stapling is whether handshakes carry an OCSP response.
type Stapling string

// The ways of stapling.
const (
	Stapled   Stapling = "stapled"
	Unstapled Stapling = "not stapled"
)

// Requests is whether the driver asks the OCSP responder.
type Requests string

// The amounts of requests that can be told apart: how often it asks is the driver's affair.
const (
	NoRequests   Requests = "none"
	SomeRequests Requests = "some"
)

// A Label is an error label of the drivers' specifications.
type Label string

// The labels.
const (
	SystemOverloaded Label = "SystemOverloadedError"
	Retryable        Label = "RetryableError"
)

// Pool is what becomes of a connection pool.
type Pool string

// The fates of a pool.
const (
	Cleared Pool = "cleared"
	Kept    Pool = "kept"
)

// UserField is the user field of authenticate.
type UserField string

// The states of that field.
const (
	Present UserField = "present"
	Absent  UserField = "absent"
)

// A Version of TLS.
type Version string

// The versions.
const (
	TLS10 Version = "1.0"
	TLS11 Version = "1.1"
	TLS12 Version = "1.2"
	TLS13 Version = "1.3"
)

// Connects expects success with every command inside TLS.
func Connects() Expect { return Expect{Outcome: OverTLS} }

// ConnectsInClear expects success without TLS.
func ConnectsInClear() Expect { return Expect{Outcome: InClear} }

// RefusedBeforeDialing expects an error with one of these reasons and no connection.
func RefusedBeforeDialing(reasons ...evidence.Reason) Expect {
	return Expect{Outcome: BeforeDialing, Reasons: reasons}
}

// Refuses expects that the driver ends the handshake for one of these reasons.
func Refuses(reasons ...evidence.Reason) Expect {
	return Expect{Outcome: InHandshake, Reasons: reasons}
}

// ClosedByServer expects that the server ends the connection for one of these causes of its own.
func ClosedByServer(causes ...evidence.Cause) Expect {
	return Expect{Outcome: ByServer, Causes: causes}
}

// RefusedByCommand expects this error reply to this command ("authenticate", "find", ...).
func RefusedByCommand(command string, code int, codeName string) Expect {
	return Expect{Outcome: ByCommand, Command: command, Code: code, CodeName: codeName}
}

// TimesOut expects that the time-out of this URI option ends the attempt on a connection that was kept silent.
func TimesOut(option string) Expect { return Expect{Outcome: ByTimeout, Option: option} }

// Characterised records what happens: there is no norm, and only its change is of interest.
func Characterised() Expect { return Expect{Outcome: Unspecified} }

// Data are the fields that are set, as JSON has them. In the place of each secret of Hides stands its digest.
func (e Expect) Data() map[string]any {
	e.Hides = slices.Clone(e.Hides)
	for i, secret := range e.Hides {
		e.Hides[i] = fmt.Sprintf("sha256:%.6x", sha256.Sum256([]byte(secret)))
	}
	text, err := json.Marshal(e)
	var data map[string]any
	if err := errors.Join(err, json.Unmarshal(text, &data)); err != nil {
		panic(err) // texts, numbers and lists of them
	}
	return data
}

// Positive reports whether the row expects a connection, and so can serve as a twin.
func (e Expect) Positive() bool { return e.Outcome == OverTLS || e.Outcome == InClear }
