package manifest

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// pnpmLock reads a pnpm-lock.yaml of the versions 5 to 9: https://github.com/pnpm/spec/tree/master/lockfile.
func (s source) pnpmLock() ([]packages.Entry, error) {
	var all []packages.Entry
	documents := 0
	err := s.YAML(func(content any) error {
		documents++
		lock, _ := content.(map[string]any)
		text := document.Texts(lock["lockfileVersion"])
		switch version, err := strconv.ParseFloat(text, 64); {
		case text == "":
			return errors.New("it has no lockfileVersion")
		case err != nil || version < 5 || version >= 10:
			return document.Newer(text, "5 to 9")
		}
		for _, section := range []string{"importers", "packages", "snapshots"} {
			if _, ok := lock[section].(map[string]any); !ok && lock[section] != nil {
				return fmt.Errorf("%s is no mapping", section)
			}
		}
		all = append(all, s.pnpm(lock)...)
		return nil
	})
	if err == nil && documents == 0 {
		err = errors.New("it is empty")
	}
	return all, err
}

// pnpm are the drivers of one document.
func (s source) pnpm(lock map[string]any) []packages.Entry {
	var all []packages.Entry
	asked := map[[2]string]bool{} // name, version
	ask := func(by string, bundled bool, asks map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(asks)) {
			target := pnpmPlace(name, asks[name])
			if e, ok := s.Driver(target.name); ok {
				asked[[2]string{target.name, target.version}] = true
				if !bundled {
					all = append(all, target.entry(e, by))
				}
			}
		}
	}
	ask(workspace(""), false, pnpmAsks(lock)) // a single project, before version 9
	importers, _ := lock["importers"].(map[string]any)
	for _, dir := range slices.Sorted(maps.Keys(importers)) {
		ask(workspace(dir), false, pnpmAsks(importers[dir]))
	}
	older, _ := lock["packages"].(map[string]any)
	snapshots, _ := lock["snapshots"].(map[string]any) // since version 9
	packages := document.Merged(older, snapshots)
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		p := pnpmPlace("", key)
		ask(p.name, s.bundles(p), pnpmAsks(packages[key]))
	}
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		p := pnpmPlace("", key)
		if e, ok := s.Driver(p.name); ok && !asked[[2]string{p.name, p.version}] {
			all = append(all, p.entry(e, ""))
		}
	}
	return all
}

// pnpmAsks are what a project or a package has got for what it asks for. Since version 6 projects say beside it what
// they asked.
func pnpmAsks(record any) map[string]string {
	asks := map[string]string{}
	table, _ := record.(map[string]any)
	for _, section := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
		list, _ := table[section].(map[string]any)
		for name, got := range list {
			if both, ok := got.(map[string]any); ok {
				got = both["version"]
			}
			asks[name] = document.Texts(got)
		}
	}
	return asks
}

// What comes after a version says which peers it has got: "6.20.0_socks@2.8.1", "6.20.0(socks@2.8.1)".
var (
	// /mongodb/4.17.2, mongodb@4.17.2
	pnpmKey  = regexp.MustCompile(`^/?((?:@[^/@]+/)?[^/@]+)[/@](\d[^/:@_(]*)(?:[_(].*)?$`)
	pnpmBare = regexp.MustCompile(`^(\d[^/:@_(]*)(?:[_(].*)?$`)
)

// pnpmPlace reads the key of a package, or what a dependency called alias is resolved to.
func pnpmPlace(alias, version string) place {
	if link, ok := strings.CutPrefix(version, "link:"); ok {
		return place{name: alias, by: alias, link: link}
	}
	if m := pnpmKey.FindStringSubmatch(version); m != nil {
		return place{name: m[1], by: m[1], version: m[2]}
	}
	if m := pnpmBare.FindStringSubmatch(version); m != nil {
		return place{name: alias, by: alias, version: m[1]}
	}
	if alias == "" {
		alias, version = descriptor(version)
	}
	return place{name: alias, by: alias, version: version}
}
