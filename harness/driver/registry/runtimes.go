package registry

// chains are specs that the documents hold against each other: each one against the next, on what people upgrade to.
// Where a version of the driver is named, the default one does not run on all of them.
var chains = [][]string{
	{"go@v2.8.2+go1.19", "go@v2.8.2+go1.20", "go@v2.8.2+go1.21", "go@v2.8.2+go1.22", "go@v2.8.2+go1.23",
		"go@v2.8.2+go1.24", "go@v2.8.2+go1.25", "go@v2.8.2+go1.26", "go@v2.8.2+go1.27"},
	{"node@6.20.0+node16", "node@6.20.0+node18", "node@6.20.0+node20"},
	{"node+node20", "node+node22", "node+node24", "node+node26"},
	{"node+node24.16", "node+node24.17"},
	{"node+node24", "node+bun"},
	{"node+node24", "node+deno"},
	{"pymongo+python3.9", "pymongo+python3.11", "pymongo+python3.13", "pymongo+python3.14"},
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
