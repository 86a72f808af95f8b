package registry

// chains are specs that the documents hold against each other: each one against the next, on what people upgrade to.
// The version of the driver is one that runs on all of them.
var chains = [][]string{
	{"go@v2.8.2+go1.19", "go@v2.8.2+go1.21", "go@v2.8.2+go1.22", "go@v2.8.2+go1.23", "go@v2.8.2+go1.24",
		"go@v2.8.2+go1.25", "go@v2.8.2+go1.26", "go@v2.8.2+go1.27"},
	{"node@6.20.0+node16", "node@6.20.0+node18", "node@6.20.0+node20", "node@6.20.0+node22", "node@6.20.0+node24",
		"node@6.20.0+node26"},
	{"node@7.9.0+node24.16.0", "node@7.9.0+node24.17.0"},
	{"node@7.9.0+node24", "node@7.9.0+bun"},
	{"node@7.9.0+node24", "node@7.9.0+deno"},
	{"pymongo@4.10.1+python3.9", "pymongo@4.10.1+python3.11", "pymongo@4.10.1+python3.13", "pymongo@4.10.1+python3.14"},
	{"libmongoc+openssl1.1", "libmongoc+openssl3.0", "libmongoc+openssl3.5", "libmongoc+openssl3.6"},
}

// Runtimes are pairs of one driver on two runtimes or TLS libraries. The error is one of Parse.
func Runtimes() (all []Upgrade, err error) {
	for _, chain := range chains {
		for i := range chain[1:] {
			from, err := Parse(chain[i])
			if err != nil {
				return nil, err
			}
			to, err := Parse(chain[i+1])
			if err != nil {
				return nil, err
			}
			all = append(all, Upgrade{from, to})
		}
	}
	return all, nil
}
