package dependency

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A packageJSON is what a package.json asks for: https://docs.npmjs.com/cli/configuring-npm/package-json.
type packageJSON struct {
	Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]any
	Overrides, Resolutions, Catalog, Catalogs                             map[string]any
	PNPM                                                                  struct{ Overrides map[string]any }
	Workspaces                                                            json.RawMessage // a list, or an object with catalogs
	Engines, Volta                                                        map[string]any
}

// sections are the parts of p that name packages.
func (p packageJSON) sections() map[string]map[string]any {
	var shared struct{ Catalog, Catalogs map[string]any }
	_ = json.Unmarshal(p.Workspaces, &shared) // a list has none
	return map[string]map[string]any{
		"dependencies": p.Dependencies, "devDependencies": p.DevDependencies, "optionalDependencies": p.OptionalDependencies,
		"peerDependencies": p.PeerDependencies, "overrides": p.Overrides, "resolutions": p.Resolutions, "pnpm.overrides": p.PNPM.Overrides,
		"catalog": merged(p.Catalog, shared.Catalog), "catalogs": merged(p.Catalogs, shared.Catalogs),
	}
}

func (s source) packageJSON() ([]entry, error) {
	var p packageJSON
	if err := s.json(&p); err != nil {
		return nil, err
	}
	return append(s.asks(p.sections()), nodePins(p)...), nil
}

// importer is what the workspace itself asks for, for a lock file that does not say it.
func (s source) importer(dir string) (importer, error) {
	var p packageJSON
	err := s.json(&p)
	i := importer{dir: dir, asks: map[string]string{}}
	for name, version := range merged(p.PeerDependencies, p.OptionalDependencies, p.DevDependencies, p.Dependencies) {
		i.asks[name], _ = version.(string)
	}
	return i, err
}

// pnpmWorkspace reads the catalogs of a pnpm-workspace.yaml: https://pnpm.io/catalogs.
func (s source) pnpmWorkspace() ([]entry, error) {
	var all []entry
	err := s.yaml(func(content any) error {
		w, _ := content.(map[string]any)
		sections := map[string]map[string]any{}
		for _, name := range []string{"catalog", "catalogs", "overrides"} {
			sections[name], _ = w[name].(map[string]any)
		}
		all = append(all, s.asks(sections)...)
		return nil
	})
	return all, err
}

// asks are the drivers, and what brings them, in sections of names and ranges. Sections may be nested.
func (s source) asks(sections map[string]map[string]any) []entry {
	var all []entry
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		for _, key := range slices.Sorted(maps.Keys(sections[section])) {
			switch version := sections[section][key].(type) {
			case map[string]any:
				by := section + "." + key
				all = append(all, s.asks(map[string]map[string]any{by: version})...)
			case string:
				name := overridden(key)
				if alias, ok := strings.CutPrefix(version, "npm:"); ok {
					name, version = descriptor(alias)
				}
				if e, ok := s.named(name); ok {
					e.By = section
					if name != key {
						e.By += "." + key
					}
					all = append(all, npmRange(e, version))
				}
			}
		}
	}
	return all
}

// overridden is the package that an override is about: "mongoose>mongodb", "**/mongodb", "mongodb@^6".
func overridden(key string) string {
	key = key[strings.LastIndex(key, ">")+1:]
	if i := strings.LastIndex(key, "/"); i >= 0 && !strings.HasPrefix(key, "@") {
		key = key[i+1:]
	}
	name, _ := descriptor(key)
	return name
}

var (
	npmExact = regexp.MustCompile(`^\s*[v=]*\s*(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*$`)
	npmPlace = regexp.MustCompile(`^(catalog|workspace):|[:/]`)
)

// npmRange reads what a package.json asks for.
func npmRange(e entry, version string) entry {
	switch {
	case npmExact.MatchString(version):
		return e.at(npmExact.FindStringSubmatch(version)[1])
	case strings.HasPrefix(version, "catalog:"):
		return e.asked(version)
	case npmPlace.MatchString(version):
		e.Instead = "comes from " + clean(version)
		return e
	case strings.TrimSpace(version) == "":
		return e.asked("*")
	}
	return e.asked(version)
}
