package driver

import "github.com/mongotls/mongotls/harness/evidence"

// An adapter in a process of its own speaks JSON lines: requests on its file descriptor 3, replies on standard output.
// Its standard input is empty, because a TLS library that prompts for a pass phrase there must not eat a request.
//
//	{"Op":"info"}                     -> {"Info":{...}}
//	{"Op":"do","Request":{"ID":...}}  -> {"Answer":{"ID":...}}, or {"ID":...,"Error":...} if the adapter itself failed
//	{"Op":"cancel","ID":...}          -> nothing; ends the request early, which is answered as usual
//	anything else                     -> {"Error":"unsupported"}
//
// Many requests can be under way; ids tell them apart. The end of file descriptor 3 tells the adapter to go. The whole
// of it, for who writes an adapter, is in docs/adapters.md.
type request struct {
	Op      string
	ID      string `json:",omitempty"`
	Request *Wire  `json:",omitempty"`
}

// A Wire is a Request as it stands on the wire, where the commands are called Do.
type Wire struct {
	evidence.Request
	Do       []evidence.Command
	Commands *struct{} `json:",omitempty"` // hides that of Request
}

// ToWire is a request in the form that adapters read.
func ToWire(r evidence.Request) *Wire { return &Wire{Request: r, Do: r.Commands} }

func (w *Wire) request() evidence.Request {
	r := w.Request
	r.Commands = w.Do
	return r
}

type reply struct {
	Info   *evidence.Info   `json:",omitempty"`
	Answer *evidence.Answer `json:",omitempty"`
	ID     string           `json:",omitempty"`
	Error  string           `json:",omitempty"`
}

const (
	opInfo      = "info"
	opDo        = "do"
	opCancel    = "cancel"
	unsupported = "unsupported"

	// requestsFD is the file descriptor on which an adapter's process reads requests.
	requestsFD = 3
	// maxLine bounds one line in bytes.
	maxLine = 16 << 20
)
