package cases

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/scenarios"
)

// Matches reports whether a pattern selects a case id. Components match with *, several with **; a pattern that stops
// early selects everything below, and one without @ every variant: "ocsp", "ocsp/t*", "name/ipv6/requireTLS".
func Matches(pattern, id string) bool {
	literal := pattern
	if meta := strings.IndexAny(pattern, `*?[{\`); meta >= 0 {
		literal = strings.TrimSuffix(pattern[:meta], "/") // **/ can be nothing
	}
	rest, ok := strings.CutPrefix(id, literal) // which decides nearly always, and costs nothing
	switch {
	case !ok:
		return false
	case literal == pattern:
		return rest == "" || pattern != "" && (rest[0] == '/' || rest[0] == '@')
	}
	for _, p := range []string{pattern, pattern + "/**", pattern + "@*", pattern + "@*/**"} {
		if ok, _ := doublestar.Match(p, id); ok {
			return true
		}
	}
	return false
}

// Choose picks the cases that the patterns and modes select. A pattern that is malformed or selects nothing is an
// error.
func (t *Table) Choose(run, skip []string, modes []scenarios.Mode) ([]harness.Case, error) {
	hits := func(pattern string) (func(harness.Case) bool, error) {
		if !doublestar.ValidatePattern(pattern) {
			return nil, usage.Errorf("pattern %q is malformed: write area/name/mode with * and ** in it", pattern)
		}
		f := func(c harness.Case) bool { return Matches(pattern, c.ID) }
		if !slices.ContainsFunc(t.Cases, f) {
			return nil, usage.Errorf("pattern %q matches no case%s; `list` shows their ids", pattern, t.Meant(pattern))
		}
		return f, nil
	}
	keep := func(patterns []string, otherwise bool) (func(harness.Case) bool, error) {
		var all []func(harness.Case) bool
		for _, p := range patterns {
			f, err := hits(p)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
		return func(c harness.Case) bool {
			if len(all) == 0 {
				return otherwise
			}
			return slices.ContainsFunc(all, func(f func(harness.Case) bool) bool { return f(c) })
		}, nil
	}
	in, err := keep(run, true)
	if err != nil {
		return nil, err
	}
	out, err := keep(skip, false)
	if err != nil {
		return nil, err
	}
	var chosen []harness.Case
	for _, c := range t.Cases {
		if in(c) && !out(c) && (len(modes) == 0 || slices.Contains(modes, c.Mode)) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, usage.Errorf(
			"nothing is left to run: no case is in --run, not in --skip and in one of the modes %v",
			modes,
		)
	}
	return chosen, nil
}

// Meant is " (did you mean X?)" for the case, the scenario or the area that a pattern which matches nothing may stand
// for, "" if none is near. Of a pattern that has letters for many, an area is known.
func (t *Table) Meant(pattern string) string {
	var areas, names []string
	for _, c := range t.Cases {
		areas = append(areas, Area(c.ID))
		names = append(names, c.Scenario.ID, c.ID)
	}
	area, rest, _ := strings.Cut(pattern, "/")
	if strings.ContainsAny(rest, "*?{[") {
		return strings.Replace(usage.Meant(area, areas), "?)", "/"+rest+"?)", 1)
	}
	return usage.Meant(pattern, append(areas, names...))
}

// ParseModes reads mode names.
func ParseModes(names []string) ([]scenarios.Mode, error) {
	var modes []scenarios.Mode
	for _, n := range names {
		if !slices.Contains(scenarios.Modes, scenarios.Mode(n)) {
			return nil, usage.Errorf(
				"unknown mode %q%s: take one of %s",
				n,
				usage.Meant(n, words(scenarios.Modes)),
				strings.Join(words(scenarios.Modes), ", "),
			)
		}
		modes = append(modes, scenarios.Mode(n))
	}
	return modes, nil
}
