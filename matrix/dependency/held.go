package dependency

import (
	"context"
	"maps"
	"slices"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Holdings are the drivers of one revision.
type Holdings struct {
	Drivers []Holding // ordered by the first file
	Left    []Left    // what names a driver, and does not say which release of which one that can be run
}

// A Holding is a release of a driver.
type Holding struct {
	Driver  string // name of its adapter
	Version string
	Files   []string
}

// Held says which drivers the manifests and lock files of a revision hold. Errors are as those of Between.
func Held(ctx context.Context, dir, revision string, drivers packages.Packages) (Holdings, error) {
	r := repository{dir}
	objects, err := r.open(ctx)
	if err != nil {
		return Holdings{}, err
	}
	defer objects.close()
	s, err := r.snapshot(ctx, objects, revision, drivers)
	if err != nil {
		return Holdings{}, err
	}
	var h Holdings
	c := comparison{after: s}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[name]
		entries, err := s.entries(f)
		if err != nil {
			c.leave(Unread, name, "cannot be read: %v", err)
		}
		for i := range entries {
			e := &entries[i]
			versions, locked := s.resolved(f, e)
			switch {
			case e.Package.Ecosystem == ecosystem.Runtime:
			case e.Wraps != "" && len(s.installed(name, ecosystem.Package{Ecosystem: e.Package.Ecosystem, Name: e.Wraps})) > 0:
			case e.Wraps != "":
				c.leave(Unresolved, name, "%s %s brings %s, and no lock file says which version of it", e.Package.Name, e.Which(),
					e.Wraps)
			case e.Driver == "":
				c.leave(NoAdapter, name, "%s %s, and there is no adapter for that here", e.Package.Name, e.Which())
			case e.Instead != "" && !locked:
				c.leave(NoRelease, name, "%s %s, and that is no release", e.Package.Name, e.Instead)
			case len(versions) == 0 && !locked:
				c.leave(Unresolved, name, "%s %s, and no lock file says which version that is", e.Package.Name, e.Which())
			}
			for _, v := range versions {
				h.add(e.Driver, v, name)
			}
		}
	}
	h.Left = c.result.Left
	return h, ctx.Err()
}

func (h *Holdings) add(driver, version, file string) {
	if driver == "" {
		return
	}
	i := slices.IndexFunc(h.Drivers, func(d Holding) bool { return d.Driver == driver && d.Version == version })
	if i < 0 {
		i = len(h.Drivers)
		h.Drivers = append(h.Drivers, Holding{Driver: driver, Version: version})
	}
	if !slices.Contains(h.Drivers[i].Files, file) {
		h.Drivers[i].Files = append(h.Drivers[i].Files, file)
	}
}
