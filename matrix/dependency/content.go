package dependency

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest"
)

// A repository may hold drivers themselves: vendored, as archives, in directories that manifests lead to, and patches
// of them. What of these changes is no release, and no manifest tells.

var (
	archive = regexp.MustCompile(`(?i)\.(tgz|tar(\.\w+)?|zip|whl|egg|jar|gem|nupkg|phar|crate|dll|so|dylib|a)$`)
	patch   = regexp.MustCompile(`(?i)\.(patch|diff)$`)
	// local is a place beside a manifest, at the end of what an entry says instead of a version.
	local = regexp.MustCompile(`(?:^| )(?:file:|link:|portal:|path:)?(?:///?)?((?:\.{1,2}/|\w)[^:@ ]*)$`)
)

// contents names the drivers in the repository whose content changed. Archives and vendored trees change with what a
// manifest says, and that is enough.
func (c *comparison) contents() {
	explained := func(name string) bool {
		return slices.ContainsFunc(c.pairs, func(p pair) bool {
			whole := p.either().Package.Name
			base := whole[max(strings.LastIndex(whole, ":"), strings.LastIndex(whole, "/"))+1:]
			if strings.HasPrefix(base, "v") {
				base = whole
			}
			return strings.Contains(strings.ToLower(name), strings.ToLower(base))
		})
	}
	changed := c.changedPaths()
	for _, name := range changed {
		base := path.Base(name)
		switch driver := c.vendored(name); {
		case driver != "" && !explained(driver):
			c.leave(Unread, driver, "is a driver within the repository, and its content changed, which no manifest says")
		case driver != "" || !manifest.NamesDriver(base):
		case patch.MatchString(base):
			c.leave(NoRelease, name, "is called like a patch of a driver, and changed: releases are compared without it")
		case archive.MatchString(base) && !explained(base):
			c.leave(NoRelease, name, "is called like a driver, and its content changed, which no manifest says")
		}
	}
	if len(changed) > 0 {
		c.directories(changed)
	}
}

// directories names the local places of drivers below which something changed.
func (c *comparison) directories(changed []string) {
	for _, file := range slices.Sorted(maps.Keys(c.after.files)) {
		f := c.after.files[file]
		if f.format.Guess || f.format.Ecosystem == ecosystem.Runtime {
			continue
		}
		has, _ := c.after.entries(f) // an error is said where it matters: when the file changed
		for _, e := range has {
			m := local.FindStringSubmatch(e.Instead)
			if m == nil {
				continue
			}
			at := path.Join(path.Dir(file), m[1])
			below := func(name string) bool { return name == at || strings.HasPrefix(name, at+"/") }
			if slices.ContainsFunc(changed, below) {
				c.leave(NoRelease, file, "%s %s, and what is there changed", e.Package.Name, e.Instead)
			}
		}
	}
}

// changedPaths are all files that differ.
func (c *comparison) changedPaths() []string {
	all := maps.Clone(c.before.tree)
	maps.Copy(all, c.after.tree)
	maps.DeleteFunc(all, func(name string, _ object) bool { return c.before.tree[name] == c.after.tree[name] })
	return slices.Sorted(maps.Keys(all))
}

// vendored is the directory of the driver that a file of a vendored tree belongs to, "" if there is none.
func (c *comparison) vendored(name string) string {
	part := strings.Split(path.Dir(name), "/")
	for i := range part {
		if !manifest.Installed(part[i]) {
			continue
		}
		for n := min(len(part), i+5); n > i+1; n-- {
			at := strings.Join(part[i+1:n], "/")
			for _, in := range []ecosystem.Name{ecosystem.Go, ecosystem.NPM, ecosystem.PyPI} {
				if e, ok := c.after.drivers.Named(in, at); ok && e.Wraps == "" {
					return strings.Join(part[:n], "/")
				}
			}
		}
	}
	return ""
}
