package dependency

import (
	"cmp"
	"slices"

	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A pair is what two revisions say about the same thing. One side may be nil.
type pair struct {
	file          *file // that says it, of head if it is there
	was           *file // in base
	before, after *packages.Entry
}

func (p pair) either() *packages.Entry { return cmp.Or(p.after, p.before) }

// pairs puts together what two revisions of one file say, without what is the same.
func pairs(base, head []packages.Entry) [][2]*packages.Entry {
	var all [][2]*packages.Entry
	was, is := pointers(base), pointers(head)
	for _, same := range []func(packages.Entry) any{
		func(e packages.Entry) any { return [3]any{e.Package, e.By, e.State()} }, // nothing changed
		func(e packages.Entry) any { return [2]any{e.Package, e.By} },            // the one who asks has got another
	} {
		all = append(all, match(&was, &is, same)...)
	}
	// Who asks is new or gone, and gets what another had or has: that is no news.
	was = without(was, head)
	is = without(is, base)
	for _, same := range []func(packages.Entry) any{
		func(e packages.Entry) any { return [2]any{e.Package, semver.Major(versions.Lenient(e.Version))} },
		func(e packages.Entry) any { return e.Package },
		func(e packages.Entry) any { return cmp.Or(e.Driver, e.Package.Name) }, // a Go module's next major version
	} {
		all = append(all, match(&was, &is, same)...)
	}
	for _, e := range was {
		if !side(all, 0, e) {
			all = append(all, [2]*packages.Entry{e, nil})
		}
	}
	for _, e := range is {
		if !side(all, 1, e) {
			all = append(all, [2]*packages.Entry{nil, e})
		}
	}
	return slices.DeleteFunc(all, func(p [2]*packages.Entry) bool {
		return p[0] != nil && p[1] != nil && p[0].State() == p[1].State()
	})
}

// side reports whether a pair says the same as e already, in base (0) or in head (1).
func side(all [][2]*packages.Entry, i int, e *packages.Entry) bool {
	return slices.ContainsFunc(all, func(p [2]*packages.Entry) bool {
		changed := p[0] != nil && p[1] != nil && p[0].State() != p[1].State()
		return changed && p[i].Package == e.Package && p[i].State() == e.State()
	})
}

// match takes out of both lists what has a key in common, as often in the one as in the other, in the order of
// versions.
func match(was, is *[]*packages.Entry, key func(packages.Entry) any) [][2]*packages.Entry {
	var all [][2]*packages.Entry
	left := map[any][]*packages.Entry{}
	for _, e := range *was {
		left[key(*e)] = append(left[key(*e)], e)
	}
	right := map[any][]*packages.Entry{}
	for _, e := range *is {
		right[key(*e)] = append(right[key(*e)], e)
	}
	taken := map[*packages.Entry]bool{}
	for k, l := range left {
		r := right[k]
		if len(l) != len(r) {
			continue
		}
		for i := range l {
			all = append(all, [2]*packages.Entry{l[i], r[i]})
			taken[l[i]], taken[r[i]] = true, true
		}
	}
	drop := func(e *packages.Entry) bool { return taken[e] }
	*was, *is = slices.DeleteFunc(*was, drop), slices.DeleteFunc(*is, drop)
	slices.SortFunc(all, func(a, b [2]*packages.Entry) int { return order(a[0], b[0]) })
	return all
}

// pointers are the entries in order, each once.
func pointers(all []packages.Entry) []*packages.Entry {
	seen := map[packages.Entry]bool{}
	var list []*packages.Entry
	for i := range all {
		if !seen[all[i]] {
			seen[all[i]] = true
			list = append(list, &all[i])
		}
	}
	slices.SortStableFunc(list, order)
	return list
}

func order(a, b *packages.Entry) int {
	return cmp.Or(
		cmp.Compare(a.Package.Name, b.Package.Name),
		versions.Compare(a.Version, b.Version),
		cmp.Compare(a.Version+a.Range, b.Version+b.Range),
		cmp.Compare(a.By, b.By),
	)
}

// without leaves out what the other revision says too, of whomever, and all but the first of equal ones.
func without(list []*packages.Entry, other []packages.Entry) []*packages.Entry {
	known := map[any]bool{}
	key := func(e packages.Entry) any { return [2]any{e.Package, e.State()} }
	for _, e := range other {
		known[key(e)] = true
	}
	return slices.DeleteFunc(list, func(e *packages.Entry) bool {
		k := key(*e)
		drop := known[k]
		known[k] = true
		return drop
	})
}
