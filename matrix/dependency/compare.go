package dependency

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A comparison collects what changed between two snapshots.
type comparison struct {
	before, after *snapshot
	pairs         []pair
	result        Result
}

// compare reads what changed, and judges it: lock files first, since they say what the others leave open.
func (c *comparison) compare(renamed map[string]string) Result {
	c.submodules()
	for _, f := range c.changedFiles(renamed) {
		c.file(f[0], f[1])
	}
	c.contents()
	c.moved()
	for _, locks := range []bool{true, false} {
		for _, p := range c.pairs {
			if p.file.format.Locks == locks {
				c.judge(p)
			}
		}
	}
	slices.SortStableFunc(c.result.Changed, func(a, b Change) int { return byFile(a.Files, b.Files) })
	slices.SortStableFunc(c.result.Left, func(a, b Left) int { return byFile(a.Files, b.Files) })
	return c.result
}

// changedFiles are the manifests that differ, as they are in base and in head. One of them may be nil.
func (c *comparison) changedFiles(renamed map[string]string) [][2]*file {
	var all [][2]*file
	from := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.after.files)) {
		is, was := c.after.files[name], c.before.files[name]
		if old := c.before.files[renamed[name]]; was == nil && old != nil && c.after.files[old.path] == nil {
			was, from[old.path] = old, true
		}
		if was == nil || was.id != is.id || was.format != is.format {
			all = append(all, [2]*file{was, is})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.before.files)) {
		if c.after.files[name] == nil && !from[name] {
			all = append(all, [2]*file{c.before.files[name], nil})
		}
	}
	return all
}

// submodules names those that moved: what they hold is in another repository.
func (c *comparison) submodules() {
	all := maps.Clone(c.before.tree)
	maps.Copy(all, c.after.tree)
	for name, o := range all {
		if o.mode == moduleMode && c.before.tree[name].id != c.after.tree[name].id {
			c.leave(Unread, name, "is a submodule that changed, and its files are not read")
		}
	}
}

// file pairs what a file says in base and in head. What cannot be read is named.
func (c *comparison) file(was, is *file) {
	base, head := []packages.Entry{}, []packages.Entry{}
	var before, after error
	if was != nil {
		base, before = c.before.entries(was)
	}
	if is != nil {
		head, after = c.after.entries(is)
	}
	switch {
	case after != nil:
		c.leave(Unread, is.path, "cannot be read: %v", after)
	case before != nil:
		c.leave(Unread, was.path, "could not be read before: %v", before)
	}
	if base == nil || head == nil {
		return
	}
	f := is
	if f == nil {
		f = was
	}
	for _, p := range pairs(base, head) {
		c.pairs = append(c.pairs, pair{file: f, was: was, before: p[0], after: p[1]})
	}
}

// moved joins what is gone from one file and new in another of the same directory: another package manager, say.
func (c *comparison) moved() {
	for i := range c.pairs {
		p := &c.pairs[i]
		if p.after == nil || p.before != nil || p.after.Version == "" {
			continue
		}
		candidates := 0
		var from *pair
		for j := range c.pairs {
			o := &c.pairs[j]
			if o.after == nil && o.before != nil && o.before.Version != "" && o.before.Package == p.after.Package &&
				path.Dir(o.file.path) == path.Dir(p.file.path) {
				candidates++
				from = o
			}
		}
		if candidates == 1 {
			p.was, p.before = from.was, from.before
			from.before = nil
		}
	}
	c.pairs = slices.DeleteFunc(c.pairs, func(p pair) bool { return p.before == nil && p.after == nil })
}

// leave adds a sentence. Those that are the same for several files are one.
func (c *comparison) leave(kind Kind, file, format string, args ...any) {
	says := fmt.Sprintf(format, args...)
	for i := range c.result.Left {
		l := &c.result.Left[i]
		if l.Kind == kind && l.Says == says {
			if !slices.Contains(l.Files, file) {
				l.Files = append(l.Files, file)
			}
			return
		}
	}
	c.result.Left = append(c.result.Left, Left{Kind: kind, Files: []string{file}, Says: says})
}

// known is the place of a change among those that have been found, -1 if it is new.
func (c *comparison) known(driver, from, to string) int {
	return slices.IndexFunc(c.result.Changed, func(o Change) bool {
		return o.Driver == driver && o.From == from && o.To == to
	})
}

// change adds one. Those that are the same for several files are one.
func (c *comparison) change(file, driver, from, to string) {
	i := c.known(driver, from, to)
	if i < 0 {
		c.result.Changed = append(c.result.Changed, Change{Driver: driver, From: from, To: to, Files: []string{file}})
		return
	}
	if files := &c.result.Changed[i].Files; !slices.Contains(*files, file) {
		*files = append(*files, file)
	}
}
