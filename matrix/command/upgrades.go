package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An upgrade is a driver whose version changed, in either direction.
type upgrade struct {
	Driver   string // name of its adapter
	From, To string
	Files    []string
}

// upgrades says which drivers changed from one set of manifests to another, and, a sentence each, what changed and cannot
// be compared. Keys are paths.
func upgrades(base, head map[string][]dependency) (changed []upgrade, sentences []string) {
	say := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }
	at := map[[3]string]int{} // driver, from, to -> place in changed
	files := slices.Sorted(maps.Keys(merged(base, head)))
	for _, file := range files {
		for _, p := range pairs(base[file], head[file]) {
			switch before, after := p[0], p[1]; {
			case before == nil:
				say("%s: %s %s is new, so there is nothing to compare it with", file, after.Name, after.which())
			case after == nil:
				say("%s: %s %s is gone, so there is nothing to compare it with", file, before.Name, before.which())
			case before.Name == after.Name && before.Version == after.Version && before.Instead == after.Instead:
			case before.Instead != "" || after.Instead != "":
				told := cmp.Or(after.Instead, before.Instead)
				when := map[bool]string{true: "", false: " before"}[after.Instead != ""]
				say("%s: %s %s%s, and no release can be compared with that", file, after.Name, told, when)
			default:
				k := [3]string{after.Driver, before.Version, after.Version}
				i, known := at[k]
				if !known {
					i = len(changed)
					at[k] = i
					changed = append(changed, upgrade{Driver: after.Driver, From: before.Version, To: after.Version})
				}
				if !slices.Contains(changed[i].Files, file) {
					changed[i].Files = append(changed[i].Files, file)
				}
			}
		}
	}
	return changed, sentences
}

// pairs puts the dependencies of one file together that are the same place in two revisions: by where they are installed and
// their name, and else, such as for a new major version of a Go module, the only ones left of a driver.
func pairs(base, head []dependency) [][2]*dependency {
	var all [][2]*dependency
	same := func(a, b dependency) bool { return a.At == b.At && a.Name == b.Name }
	left := map[string][2][]*dependency{}
	for i := range base {
		if j := slices.IndexFunc(head, func(d dependency) bool { return same(base[i], d) }); j >= 0 {
			all = append(all, [2]*dependency{&base[i], &head[j]})
			continue
		}
		of := left[base[i].Driver]
		of[0] = append(of[0], &base[i])
		left[base[i].Driver] = of
	}
	for i := range head {
		if !slices.ContainsFunc(base, func(d dependency) bool { return same(head[i], d) }) {
			of := left[head[i].Driver]
			of[1] = append(of[1], &head[i])
			left[head[i].Driver] = of
		}
	}
	for _, driver := range slices.Sorted(maps.Keys(left)) {
		gone, added := left[driver][0], left[driver][1]
		if len(gone) == 1 && len(added) == 1 {
			all = append(all, [2]*dependency{gone[0], added[0]})
			continue
		}
		for _, d := range gone {
			all = append(all, [2]*dependency{d, nil})
		}
		for _, d := range added {
			all = append(all, [2]*dependency{nil, d})
		}
	}
	return all
}

// which is the version, or why there is none.
func (d dependency) which() string {
	if d.Version != "" {
		return d.Version
	}
	return "(" + d.Instead + ")"
}

// String names the upgrade: "go v2.8.2 → v2.9.3 (go.mod, tools/go.mod)".
func (u upgrade) String() string {
	return fmt.Sprintf("%s %s → %s (%s)", u.Driver, u.From, u.To, strings.Join(u.Files, ", "))
}

func merged[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return all
}
