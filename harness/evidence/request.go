package evidence

// A Request asks a driver for one attempt: one client, connected, used and closed.
type Request struct {
	ID  string `json:",omitempty"` // of the attempt; the answer carries it back; "" in a report, where the case has it
	URI string
	// Code are options for the driver's own configuration types, by URI name.
	Code map[string]string `json:",omitempty"`
	// Dial is the IP address that stands behind every host name; the port stays. "" leaves names alone.
	Dial string `json:",omitempty"`
	// Streams: the driver must monitor as it does by default, where the adapter makes it poll otherwise.
	Streams bool `json:",omitempty"`
	// Isolated: the adapter's process must resolve through the DNS fixture and trust only the fixture's system roots.
	Isolated bool `json:",omitempty"`
	// Commands run in this order; the first error ends them, unless the client is to go on.
	Commands []Command `json:",omitempty"`
	GoOn     bool      `json:",omitempty"`
	// LimitMS bounds the attempt in milliseconds. It is the harness's limit, not an option of the driver.
	LimitMS int `json:",omitempty"`
}

// A Command is a database command in canonical or relaxed extended JSON. {"find": "collection"}, without any option, is
// the driver's own read of a collection: what a driver tries again must be tried again.
type Command struct{ DB, JSON string }
