package evidence

// An Answer is the first witness: what a driver did with a Request.
type Answer struct {
	ID      string `json:",omitempty"` // of the Request
	OK      bool
	Stage   Stage    `json:",omitempty"` // where it failed
	Command int      `json:",omitempty"` // index of the failed command
	Stopped Stopped  `json:",omitempty"` // what ended the attempt
	Error   *Error   `json:",omitempty"`
	Replies []string `json:",omitempty"` // of the commands that succeeded, relaxed extended JSON
	// Failures are the commands that failed, where a request says to go on. OK and Error are then about the last one.
	Failures []Failure `json:",omitempty"`
	// Warnings are what the driver logged at level warning.
	Warnings []string `json:",omitempty"`
	Events   []Event  `json:",omitempty"`
	// ElapsedMS runs from the first use of the client to the end of the attempt; CloseMS is the closing of the client.
	ElapsedMS int `json:",omitempty"`
	CloseMS   int `json:",omitempty"`
}

// A Failure is a command that failed.
type Failure struct {
	Command int // its index
	Reason  Reason
}

// A Stage of an attempt.
type Stage string

// The stages.
const (
	AtConfigure Stage = "configure" // before any dialling was asked for
	AtConnect   Stage = "connect"
	AtCommand   Stage = "command"
)

// Stages is the closed list.
var Stages = []Stage{AtConfigure, AtConnect, AtCommand}

// Stopped says what ended an attempt.
type Stopped string

// What ends an attempt.
const (
	Returned         Stopped = "returned"           // the driver came back
	AllServersFailed Stopped = "all-servers-failed" // early stop: each known server failed, and none ever succeeded
	AtLimit          Stopped = "limit"              // Request.LimitMS ran out
)

// Endings is the closed list.
var Endings = []Stopped{Returned, AllServersFailed, AtLimit}

// An Error is a driver's error, in the order in which a reader unwraps it.
type Error struct {
	Reason   Reason
	Text     string   // of the decisive error, volatile parts as they are
	Surface  string   `json:",omitempty"` // of the error that the application gets
	Chain    []string `json:",omitempty"` // types or classes of the decisive error, outermost first
	Code     int      `json:",omitempty"`
	CodeName string   `json:",omitempty"`
	Labels   []string `json:",omitempty"`
	Network  bool     `json:",omitempty"` // the driver's own test for a network error
	Timeout  bool     `json:",omitempty"` // the driver's own test for a time-out
}

// An Event is a monitoring event of the driver.
type Event struct {
	Kind   EventKind
	Server string `json:",omitempty"` // that it is about, host:port as the driver knows it
	Text   string `json:",omitempty"` // reason or error
	AtMS   int    `json:",omitempty"` // since the first use of the client
}

// An EventKind is the kind of a monitoring event.
type EventKind string

// The kinds of events.
const (
	HeartbeatFailed    EventKind = "heartbeat-failed"
	HeartbeatSucceeded EventKind = "heartbeat-succeeded"
	PoolCleared        EventKind = "pool-cleared"
	ConnectionCreated  EventKind = "connection-created"
	ConnectionClosed   EventKind = "connection-closed"
	CheckoutFailed     EventKind = "checkout-failed"
)

// EventKinds is the closed list.
var EventKinds = []EventKind{HeartbeatFailed, HeartbeatSucceeded, PoolCleared, ConnectionCreated, ConnectionClosed,
	CheckoutFailed}
