package evidence

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
