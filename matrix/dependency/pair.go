package dependency

import (
	"cmp"
	"slices"

	"golang.org/x/mod/semver"
)

// A pair is what two revisions say about the same thing. One side may be nil.
type pair struct {
	file          *file // that says it, of head if it is there
	was           *file // in base
	before, after *entry
}

func (p pair) either() *entry { return cmp.Or(p.after, p.before) }

// pairs puts together what two revisions of one file say, without what is the same.
func pairs(base, head []entry) [][2]*entry {
	var all [][2]*entry
	was, is := pointers(base), pointers(head)
	for _, same := range []func(entry) any{
		func(e entry) any { return [3]any{e.Package, e.By, e.state()} }, // nothing changed
		func(e entry) any { return [2]any{e.Package, e.By} },            // the one who asks has got another
	} {
		all = append(all, match(&was, &is, same)...)
	}
	// Who asks is new or gone, and gets what another had or has: that is no news.
	was = without(was, head)
	is = without(is, base)
	for _, same := range []func(entry) any{
		func(e entry) any { return [2]any{e.Package, semver.Major(canonical(e.Version))} },
		func(e entry) any { return e.Package },
		func(e entry) any { return cmp.Or(e.Driver, e.Package.Name) }, // a Go module's next major version
	} {
		all = append(all, match(&was, &is, same)...)
	}
	for _, e := range was {
		all = append(all, [2]*entry{e, nil})
	}
	for _, e := range is {
		all = append(all, [2]*entry{nil, e})
	}
	return slices.DeleteFunc(all, func(p [2]*entry) bool { return p[0] != nil && p[1] != nil && p[0].state() == p[1].state() })
}

// match takes out of both lists what has a key in common, as often in the one as in the other, in the order of versions.
func match(was, is *[]*entry, key func(entry) any) [][2]*entry {
	var all [][2]*entry
	left := map[any][]*entry{}
	for _, e := range *was {
		left[key(*e)] = append(left[key(*e)], e)
	}
	right := map[any][]*entry{}
	for _, e := range *is {
		right[key(*e)] = append(right[key(*e)], e)
	}
	taken := map[*entry]bool{}
	for k, l := range left {
		r := right[k]
		if len(l) != len(r) {
			continue
		}
		for i := range l {
			all = append(all, [2]*entry{l[i], r[i]})
			taken[l[i]], taken[r[i]] = true, true
		}
	}
	drop := func(e *entry) bool { return taken[e] }
	*was, *is = slices.DeleteFunc(*was, drop), slices.DeleteFunc(*is, drop)
	slices.SortFunc(all, func(a, b [2]*entry) int { return order(a[0], b[0]) })
	return all
}

// pointers are the entries in order, each once.
func pointers(all []entry) []*entry {
	seen := map[entry]bool{}
	var list []*entry
	for i := range all {
		if !seen[all[i]] {
			seen[all[i]] = true
			list = append(list, &all[i])
		}
	}
	slices.SortStableFunc(list, order)
	return list
}

func order(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.Package.Name, b.Package.Name), semver.Compare(canonical(a.Version), canonical(b.Version)),
		cmp.Compare(a.Version+a.Range, b.Version+b.Range), cmp.Compare(a.By, b.By))
}

// without leaves out what the other revision says too, of whomever, and all but the first of equal ones.
func without(list []*entry, other []entry) []*entry {
	known := map[any]bool{}
	key := func(e entry) any { return [2]any{e.Package, e.state()} }
	for _, e := range other {
		known[key(e)] = true
	}
	return slices.DeleteFunc(list, func(e *entry) bool {
		k := key(*e)
		drop := known[k]
		known[k] = true
		return drop
	})
}
