package bisect

import (
	"strings"

	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// Between are those of versions, which are in order, from one to another, both inclusive; "" is no limit. "6" begins
// with the first 6.x, or ends with the last one. The error is usage.
func Between(all []string, from, to string) ([]string, error) {
	for _, limit := range []struct{ flag, version string }{{"from", from}, {"to", to}} {
		if limit.version != "" && versions.Canonical(limit.version) == "" {
			return nil, usage.Errorf("--%s %q: that is no version: write one like 6.20.0 or 6", limit.flag, limit.version)
		}
	}
	var between []string
	for _, v := range all {
		below := to == "" || versions.Compare(v, to) <= 0 ||
			strings.HasPrefix(strings.TrimPrefix(v, "v"), strings.TrimPrefix(to, "v")+".")
		if below && (from == "" || versions.Compare(v, from) >= 0) {
			between = append(between, v)
		}
	}
	switch {
	case len(all) == 0:
		return nil, usage.Errorf("nobody can be asked here which versions of this driver there are")
	case len(between) == 0:
		return nil, usage.Errorf("no version lies between --from %q and --to %q: there are %s to %s", from, to, all[0],
			all[len(all)-1])
	}
	return between, nil
}
