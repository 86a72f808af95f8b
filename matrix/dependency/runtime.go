package dependency

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// runtime judges what drivers run on. Each driver that head has nearby is compared on both versions. What a file of the
// same format asks for already is no news in another one.
func (c *comparison) runtime(p pair) {
	switch b, a := p.before, p.after; {
	case b != nil && a != nil:
		c.runtimes(p.file.path, a.Package.Name, b.Range, a.Range)
	case a != nil && !c.before.asks(p.file.format, a):
		c.added(p)
	case b != nil && !c.after.asks(p.file.format, b):
		c.gone(p)
	}
}

// exact is a version that can be run: "v22.3.0", "1.25.x", an image's "3.13-slim@sha256:...". What follows the version
// says what else is in the image.
var exact = regexp.MustCompile(`^[v=]*(\d+(?:\.\d+)*)(?:\.[x*])?(?:[-:]([^@]*))?(?:@.*)?$`)

func (c *comparison) runtimes(file, name, before, after string) {
	if name == pins.Server {
		c.leave(Runtime, file, "server changed: %s %s → %s: hold each driver against both, with run --backend container "+
			"--image or run --release", name, before, after)
		return
	}
	left := func(why string, args ...any) {
		c.leave(Runtime, file, "runtime changed: %s %s → %s, %s", name, before, after, fmt.Sprintf(why, args...))
	}
	from, to := exact.FindStringSubmatch(before), exact.FindStringSubmatch(after)
	drivers := c.driversOn(name, path.Dir(file))
	switch {
	case len(drivers) == 0:
		left("and no driver with a version is known here that runs on it")
	case from == nil || to == nil:
		left("which are not two versions that can be run")
	case from[1] == to[1] || from[2] != to[2]:
		left("and what differs beside the version cannot be run")
	}
	if from == nil || to == nil || from[1] == to[1] {
		return
	}
	on := [2]string{from[1], to[1]}
	if name == "python" { // of which there is one release of each minor version
		on = [2]string{minor.FindString(from[1]), minor.FindString(to[1])}
		if on[0] == on[1] {
			left("and of %s there is one release to run", on[0])
			return
		}
	}
	for _, driver := range drivers {
		c.change(file, driver, "+"+name+on[0], "+"+name+on[1])
	}
	if len(drivers) > 0 && on != [2]string{from[1], to[1]} {
		left("of which the releases of %s and %s that there are were run", on[0], on[1])
	}
}

// minor is the beginning of a version.
var minor = regexp.MustCompile(`^\d+\.\d+`)

// driversOn are the specs of head's drivers that run on a runtime: those that stand in or below a directory, or else in
// or below the next one above it.
func (c *comparison) driversOn(runtime, dir string) []string {
	in := map[ecosystem.Name]bool{}
	for p, driver := range c.after.drivers {
		in[p.Ecosystem] = in[p.Ecosystem] || packages.RunsOn(driver, runtime)
	}
	for ; ; dir = path.Dir(dir) {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(c.after.files)) {
			f := c.after.files[name]
			if dir != "." && !strings.HasPrefix(name, dir+"/") || !in[f.format.Ecosystem] {
				continue
			}
			has, err := c.after.entries(f)
			if err != nil {
				c.leave(Unread, name, "cannot be read: %v", err)
			}
			for _, e := range has {
				if e.Version != "" && packages.RunsOn(e.Driver, runtime) {
					all = append(all, e.Driver+"@"+e.Version)
				}
			}
		}
		if len(all) > 0 || dir == "." {
			slices.Sort(all)
			return slices.Compact(all)
		}
	}
}

// A pin is a runtime, and what is asked for of it.
type pin struct {
	ecosystem.Package
	state [4]string
}

// asks reports whether any file of a format asks for this version of a runtime. Files of which only the name is known
// are not one format.
func (s *snapshot) asks(format *manifest.Format, e *packages.Entry) bool {
	if format.Guess {
		return false
	}
	if s.pins[format] == nil {
		s.pins[format] = map[pin]bool{}
		for _, f := range s.files {
			if f.format != format {
				continue
			}
			has, _ := s.entries(f) // an error is said where it matters: when the file changed
			for _, e := range has {
				s.pins[format][pin{e.Package, e.State()}] = true
			}
		}
	}
	return s.pins[format][pin{e.Package, e.State()}]
}
