package scenarios

import "github.com/mongotls/mongotls/harness/evidence"

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

// An Expect is one row of the oracle table with its parameters. Use the constructors.
type Expect struct {
	Outcome  Outcome
	Reasons  []evidence.Reason `json:",omitempty"` // InHandshake, BeforeDialing: any of these
	Causes   []evidence.Cause  `json:",omitempty"` // ByServer: any of these
	Command  string            `json:",omitempty"` // ByCommand: the command, its error code and code name
	Code     int               `json:",omitempty"`
	CodeName string            `json:",omitempty"`
	Option   string            `json:",omitempty"` // ByTimeout: the URI option (a number of milliseconds) that ends it

	// Further facts, each checked if set.
	Version  string   `json:",omitempty"` // negotiated TLS version, "1.2" or "1.3"
	SNI      string   `json:",omitempty"` // server name in every ClientHello, {id} allowed; "-" means none was sent
	Staples  int      `json:",omitempty"` // 1: every completed handshake was stapled; -1: none was
	Requests string   `json:",omitempty"` // OCSP requests by the driver: "none" or "some"
	LogIDs   []int    `json:",omitempty"` // lines that the server's log must hold
	Mentions []string `json:",omitempty"` // each, {id} allowed, must stand in the driver's error (or in CauseText of the server)
	Hides    []string `json:",omitempty"` // none may stand in the driver's error
	Warns    string   `json:",omitempty"` // the driver must warn, naming this
	// Labels are error labels that the driver's error must have, NoLabels such that it must not have.
	Labels   []string `json:",omitempty"`
	NoLabels []string `json:",omitempty"`
	// Tries is how often the operation must have been tried: the connections that met the fault, after the good ones.
	Tries int `json:",omitempty"`
	// Reports must stand in the event of a failed heartbeat.
	Reports string `json:",omitempty"`
	// Pool: what became of the connection pool, "cleared" or "kept".
	Pool string `json:",omitempty"`
	// User: whether the authenticate commands carry a user field, "present" or "absent".
	User string `json:",omitempty"`
	// Speculative: "accepted" or "refused": what became of speculative authentication in the handshake.
	Speculative string `json:",omitempty"`
}

// Connects expects success with every command inside TLS.
func Connects() Expect { return Expect{Outcome: OverTLS} }

// ConnectsInClear expects success without TLS.
func ConnectsInClear() Expect { return Expect{Outcome: InClear} }

// RefusedBeforeDialing expects an error with this reason and no connection.
func RefusedBeforeDialing(any ...evidence.Reason) Expect {
	return Expect{Outcome: BeforeDialing, Reasons: any}
}

// Refuses expects that the driver ends the handshake for one of these reasons.
func Refuses(any ...evidence.Reason) Expect { return Expect{Outcome: InHandshake, Reasons: any} }

// ClosedByServer expects that the server ends the connection for one of these causes of its own.
func ClosedByServer(any ...evidence.Cause) Expect { return Expect{Outcome: ByServer, Causes: any} }

// RefusedByCommand expects this error reply to this command ("authenticate", "find", ...).
func RefusedByCommand(command string, code int, codeName string) Expect {
	return Expect{Outcome: ByCommand, Command: command, Code: code, CodeName: codeName}
}

// TimesOut expects that the time-out of this URI option ends the attempt on a connection that was kept silent.
func TimesOut(option string) Expect { return Expect{Outcome: ByTimeout, Option: option} }

// Characterised records what happens: there is no norm, and only its change is of interest.
func Characterised() Expect { return Expect{Outcome: Unspecified} }

// Positive says whether the row expects a connection, and so can serve as a twin.
func (e Expect) Positive() bool { return e.Outcome == OverTLS || e.Outcome == InClear }
