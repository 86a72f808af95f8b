// Package harness drives one driver against one server and says what that means. This package holds the plain data that
// crosses its borders; its folders hold the parts: driver, server, standin, judge and mutant.
package harness

// A Request asks a driver adapter for one attempt: one client, connected, used and closed. It is plain data.
type Request struct {
	ID  string // of the attempt, for logs; answers carry it back
	URI string
	// Code are options for the driver's own configuration types, by URI name (see scenarios.Client.Code).
	Code map[string]string `json:",omitempty"`
	// Dial is the IP address that stands behind every host name; the port stays. "" leaves names alone.
	Dial string `json:",omitempty"`
	// Isolated: the attempt needs the adapter's process to resolve through the DNS fixture and to trust only the
	// fixture's system roots.
	Isolated bool `json:",omitempty"`
	Do       []Command
	// LimitMS bounds the attempt in milliseconds. It is the harness's limit, not an option of the driver.
	LimitMS int
}

// A Command to run, in canonical or relaxed extended JSON. {"find": "collection"}, without any option, is the driver's own
// read of a collection: what a driver tries again must be tried again.
type Command struct{ DB, JSON string }

// An Answer is what a driver did with a Request.
type Answer struct {
	ID string
	OK bool
	// Stage is where it failed: "configure" (before any dialling was asked for), "connect" or "command".
	Stage   string `json:",omitempty"`
	Command int    `json:",omitempty"` // index of the failed command
	Error   *Error `json:",omitempty"`
	// Stopped says what ended the attempt: "returned", "all-servers-failed" (early stop) or "limit" (LimitMS ran out).
	Stopped  string
	Replies  []string `json:",omitempty"` // of the commands that succeeded, relaxed extended JSON
	Warnings []string `json:",omitempty"` // what the driver logged at level warning
	Events   []Event  `json:",omitempty"`
	// ElapsedMS runs from the first use of the client to the end of the attempt.
	ElapsedMS int
	// CloseMS is how long closing the client took.
	CloseMS int
}

// An Error is a driver's error, in the order in which a reader unwraps it.
type Error struct {
	Reason   string   // of scenarios.Reasons
	Text     string   // of the decisive error, volatile parts as they are
	Surface  string   // of the error the application gets
	Chain    []string // Go types, exception classes ... of the decisive error, outermost first
	Code     int      `json:",omitempty"`
	CodeName string   `json:",omitempty"`
	Labels   []string `json:",omitempty"`
	Network  bool     `json:",omitempty"` // the driver's own test for a network error
	Timeout  bool     `json:",omitempty"` // the driver's own test for a time-out
}

// An Event is a monitoring event of the driver: "heartbeat-failed", "heartbeat-succeeded", "pool-cleared",
// "connection-created", "connection-closed", "checkout-failed".
type Event struct {
	Kind string
	Text string `json:",omitempty"` // reason or error
	AtMS int    // since the first use of the client
}

// Info says which driver an adapter drives, and how its process wants to be used.
type Info struct {
	Driver  string // "go"
	Version string // "v2.9.3"
	Build   string // what else decides its behaviour: "go1.26.8 linux/amd64"
	TLS     string // TLS library
	// Lacks are the URI options and abilities that this driver, or its adapter, does not have, found by probing. The
	// abilities are "dns" (resolve as told), "systemRoots" (trust as told), "dial" (Request.Dial), "code" (Request.Code) and
	// "ocsp" (look at the online status of certificates).
	Lacks map[string]string // name -> what it does instead: "refused", "ignored", or a reason
	// Concurrency is how many requests one process takes at once, 0 for any number. Further processes take the rest.
	Concurrency int `json:",omitempty"`
	// Fresh: something stays from one client to the next, so that every request needs a process of its own.
	Fresh bool `json:",omitempty"`
}
