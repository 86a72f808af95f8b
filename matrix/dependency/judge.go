package dependency

import (
	"slices"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// judge says what a pair means: a change, a sentence, or nothing.
func (c *comparison) judge(p pair) {
	name, e := p.file.path, p.either()
	switch b, a := p.before, p.after; {
	case b != nil && a != nil && b.State() == a.State():
	case e.Package.Ecosystem == ecosystem.Runtime:
		c.runtime(p)
	case e.Package.Ecosystem == ecosystem.Unknown:
		c.leave(Unread, name, "names %s, and its format is not known here", e.Package.Name)
	case e.Wraps != "":
		c.wrapper(p)
	case e.Driver == "":
		c.undriven(p)
	case !p.file.format.Locks || b != nil && b.Range != "" || a != nil && a.Range != "":
		c.asked(p)
	case a == nil:
		c.gone(p)
	case a.Instead != "":
		c.leave(NoRelease, name, "%s %s, and no release can be compared with that", a.Package.Name, a.Instead)
	case b == nil:
		c.added(p)
	case b.Instead != "":
		c.leave(NoRelease, name, "%s %s before, and no release can be compared with that", a.Package.Name, b.Instead)
	default:
		c.change(name, e.Driver, b.Version, a.Version)
	}
}

func (c *comparison) added(p pair) {
	e := p.after
	c.leave(New, p.file.path, "%s %s is new, so there is nothing to compare it with", e.Package.Name, e.Which())
}

func (c *comparison) gone(p pair) {
	e := p.before
	c.leave(Gone, p.file.path, "%s %s is gone, so there is nothing to compare it with", e.Package.Name, e.Which())
}

// wrapper judges what brings a driver: which one, a lock file may say, and then it is compared from there.
func (c *comparison) wrapper(p pair) {
	e := p.either()
	driver := ecosystem.Package{Ecosystem: e.Package.Ecosystem, Name: e.Wraps}
	resolved := func(s *snapshot, f *file) bool {
		if f == nil {
			return false
		}
		has, _ := s.entries(f)
		released := func(o packages.Entry) bool { return o.Package == driver && o.Version != "" }
		return slices.ContainsFunc(has, released) || len(s.installed(f.path, driver)) > 0
	}
	if resolved(c.after, c.after.files[p.file.path]) || p.after == nil && resolved(c.before, p.was) {
		return
	}
	c.leave(Unresolved, p.file.path, "%s brings %s, and no lock file says which version of it", p.says(), e.Wraps)
}

// undriven judges a driver that nothing here can run.
func (c *comparison) undriven(p pair) {
	switch b, a := p.before, p.after; {
	case a == nil:
		c.gone(p)
	case b != nil && b.Which() == a.Which():
		c.leave(NoAdapter, p.file.path, "what it says of %s changed, and there is no adapter for that here",
			a.Package.Name)
	default:
		c.leave(NoAdapter, p.file.path, "%s, and there is no adapter for that here", p.says())
	}
}

// asked judges a file that may leave the version open: what it asks for means what the lock files near it hold.
func (c *comparison) asked(p pair) {
	name, e := p.file.path, p.either()
	was, locked := c.before.resolved(p.was, p.before)
	is, locks := c.after.resolved(c.after.files[name], p.after)
	switch b, a := p.before, p.after; {
	case a == nil && locked, a != nil && a.Instead != "" && locks, b == nil && len(is) > 0 && locks:
		// The lock file has its own entry.
	case a == nil:
		c.gone(p)
	case a.Instead != "":
		c.leave(NoRelease, name, "%s %s, and no release can be compared with that", a.Package.Name, a.Instead)
	case len(is) == 0 && locks:
		c.leave(Unresolved, name, "%s, and no lock file has such a version", p.says())
	case len(is) == 0:
		c.leave(Unresolved, name, "%s, and no lock file says which version that is", p.says())
	case b == nil:
		c.added(p)
	case b.Instead != "" && !locked:
		c.leave(NoRelease, name, "%s %s before, and no release can be compared with that", a.Package.Name, b.Instead)
	case len(was) == 0 && !locked:
		c.leave(Unresolved, name, "%s, and no lock file says which version it was", p.says())
	case len(was) == 1 && len(is) == 1 && was[0] != is[0] && (!locks || c.known(e.Driver, was[0], is[0]) < 0):
		c.change(name, e.Driver, was[0], is[0])
	}
}

// resolved are the releases that e may mean in a file, and whether lock files near it tell: they hold the package, and
// a release that is asked for by itself.
func (s *snapshot) resolved(f *file, e *packages.Entry) (versions []string, locked bool) {
	if f == nil || e == nil {
		return nil, false
	}
	installed := s.installed(f.path, e.Package)
	if e.Version != "" {
		same := func(i packages.Entry) bool { return i.Version == e.Version }
		return []string{e.Version}, slices.ContainsFunc(installed, same)
	}
	for _, i := range installed {
		if i.Version != "" && e.Instead == "" && e.Allows(i.Version) && !slices.Contains(versions, i.Version) {
			versions = append(versions, i.Version)
		}
	}
	return versions, len(installed) > 0
}

// says tells both sides of a pair: "pymongo >=4 → >=5", "motor 3.4.0 (new)".
func (p pair) says() string {
	switch b, a := p.before, p.after; {
	case b == nil:
		return a.Package.Name + " " + a.Which() + " (new)"
	case a == nil:
		return b.Package.Name + " " + b.Which() + " (gone)"
	default:
		return a.Package.Name + " " + b.Which() + " → " + a.Which()
	}
}
