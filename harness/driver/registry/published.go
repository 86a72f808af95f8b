package registry

import (
	"context"
	"slices"

	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/versions"
)

// Published are the versions of a driver that its adapter drives and that can be had, the oldest first, without
// pre-releases. Where the registry cannot be asked the error says why, and they are those that can be had without it.
func (r Row) Published(ctx context.Context, s driver.Spec) ([]string, error) {
	all, err := r.Versions, error(nil)
	if r.published != nil {
		all, err = r.published(ctx, s)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		c := versions.Canonical(v)
		return c == "" || semver.Prerelease(c) != "" || versions.Compare(v, r.since(s.Components)) < 0
	})
	slices.SortFunc(all, versions.Compare)
	return slices.CompactFunc(all, func(a, b string) bool { return versions.Compare(a, b) == 0 }), err
}
