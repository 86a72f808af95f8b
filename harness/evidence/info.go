package evidence

import (
	"encoding/json"
	"strings"
)

// Info says which driver an adapter drives, and how its process wants to be used.
type Info struct {
	Driver  string // "go"
	Version string // "v2.9.3"
	Build   string // what else decides its behaviour, for people: "go1.26.8 linux/amd64"
	TLS     string // TLS library, as it says itself
	// Components are what the driver runs on, as data.
	Components []Component `json:",omitempty"`
	// Lacks are the options that this driver, or its adapter, does not have, found by probing. Cannot are the abilities.
	Lacks  map[Option]Instead  `json:",omitempty"`
	Cannot map[Ability]Instead `json:",omitempty"`
	// Concurrency is how many requests one process takes at once, 0 for any number. Further processes take the rest.
	Concurrency int `json:",omitempty"`
	// Fresh: something stays from one client to the next, so that each case needs a process of its own.
	Fresh bool `json:",omitempty"`
}

// A Component is something that a driver runs on, and that makes a difference: a runtime, a library.
type Component struct {
	Name    string // as packages call it, in lower case: "node", "openssl"
	Version string `json:",omitempty"` // as its maintainers write it, without a v: "3.5.1"
	Role    Role   `json:",omitempty"`
	Detail  string `json:",omitempty"` // what else is to be known of it: "linux/amd64"
}

// A Role is what a component is for.
type Role string

// The roles of which a driver has one each, or none. Other components have no role.
const (
	Runtime    Role = "runtime"
	TLSLibrary Role = "TLS library"
)

// Roles is the closed list.
var Roles = []Role{Runtime, TLSLibrary}

// An Option is one of the URI and of Code, or of the URI alone.
type Option struct {
	Name    string
	URIOnly bool
}

// uriOnly stands before the name of an option of the URI alone.
const uriOnly = "?"

// String is the option as adapters and reports write it.
func (o Option) String() string {
	if o.URIOnly {
		return uriOnly + o.Name
	}
	return o.Name
}

// MarshalText is String.
func (o Option) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Option) UnmarshalText(text []byte) error {
	o.Name, o.URIOnly = strings.CutPrefix(string(text), uriOnly)
	return nil
}

// Instead is what a driver does in the place of what it lacks, or why it lacks it, in the words of its adapter.
type Instead string

// What has one word for all adapters. All else is for people, but for what Ignored says of it.
const (
	Refuses Instead = "refused" // with an error
	Ignores Instead = "ignored" // without a word
)

// Ignored reports whether the driver goes on as if nobody had asked, be it with a warning.
func (i Instead) Ignored() bool { return strings.Contains(string(i), string(Ignores)) }

// An Ability is something that a scenario needs of a driver and its adapter, and that is no option.
type Ability string

// The abilities.
const (
	DNS          Ability = "dns"          // resolve as told: see Isolated
	SystemRoots  Ability = "systemRoots"  // trust as told: see Isolated
	Dial         Ability = "dial"         // Request.Dial
	Code         Ability = "code"         // Request.Code
	OCSP         Ability = "ocsp"         // look at the online status of certificates
	PoolEvents   Ability = "poolEvents"   // tell of its connection pools
	EventServers Ability = "eventServers" // tell of failed checks with the server that each is about
	Monitors     Ability = "monitors"     // check a server over a connection of its own
	Files        Ability = "files"        // read the files of a client itself
)

// Abilities is the closed list.
var Abilities = []Ability{DNS, SystemRoots, Dial, Code, OCSP, PoolEvents, EventServers, Monitors, Files}

// UnmarshalJSON also reads what was written before abilities had a place of their own: they stood among the options.
func (i *Info) UnmarshalJSON(text []byte) error {
	type written Info
	if err := json.Unmarshal(text, (*written)(i)); err != nil {
		return err
	}
	for _, a := range Abilities {
		written := Option{Name: string(a)}
		instead, among := i.Lacks[written]
		if !among {
			continue
		}
		delete(i.Lacks, written)
		if i.Cannot == nil {
			i.Cannot = map[Ability]Instead{}
		}
		if i.Cannot[a] == "" {
			i.Cannot[a] = instead
		}
	}
	return nil
}

// Component returns the component of that name; ok reports whether the driver runs on it.
func (i Info) Component(name string) (c Component, ok bool) {
	for _, c := range i.Components {
		if c.Name == name {
			return c, true
		}
	}
	return Component{}, false
}
