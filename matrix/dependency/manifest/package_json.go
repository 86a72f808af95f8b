package manifest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A packageJSON is what a package.json asks for: https://docs.npmjs.com/cli/configuring-npm/package-json.
type packageJSON struct {
	Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]any
	Overrides, Resolutions, Catalog, Catalogs                             map[string]any
	PatchedDependencies                                                   map[string]any
	PNPM                                                                  pnpmSettings
	Workspaces                                                            json.RawMessage // a list, or has catalogs
	Engines, Volta, DevEngines                                            map[string]any
}

type pnpmSettings struct{ Overrides, PatchedDependencies map[string]any }

// sections are the parts of p that name packages.
func (p packageJSON) sections() map[string]map[string]any {
	var shared struct{ Catalog, Catalogs map[string]any }
	_ = json.Unmarshal(p.Workspaces, &shared) // a list has none
	return map[string]map[string]any{
		"dependencies": p.Dependencies, "devDependencies": p.DevDependencies,
		"optionalDependencies": p.OptionalDependencies, "peerDependencies": p.PeerDependencies,
		"overrides": p.Overrides, "resolutions": p.Resolutions, "pnpm.overrides": p.PNPM.Overrides,
		"patchedDependencies": document.Merged(p.PatchedDependencies, p.PNPM.PatchedDependencies),
		"catalog":             document.Merged(p.Catalog, shared.Catalog),
		"catalogs":            document.Merged(p.Catalogs, shared.Catalogs),
	}
}

func (s source) packageJSON() ([]packages.Entry, error) {
	var p packageJSON
	if err := s.JSON(&p); err != nil {
		return nil, err
	}
	all := append(pins.Table("engines", p.Engines), pins.Table("volta", p.Volta)...)
	all = append(all, pins.Records("devEngines", p.DevEngines)...)
	return append(all, s.asks(p.sections())...), nil
}

// ImporterOf is what the package.json of a workspace itself asks for, for a lock file that does not say it. Its
// directory is relative to that of the lock file.
func ImporterOf(text []byte, dir string) (Importer, error) {
	var p packageJSON
	err := document.Source{Content: text}.JSON(&p)
	i := Importer{dir: dir, asks: map[string]string{}}
	all := document.Merged(p.PeerDependencies, p.OptionalDependencies, p.DevDependencies, p.Dependencies)
	for name, version := range all {
		i.asks[name], _ = version.(string)
	}
	return i, err
}

// pnpmWorkspace reads the catalogs of a pnpm-workspace.yaml, and its settings: https://pnpm.io/settings.
func (s source) pnpmWorkspace() ([]packages.Entry, error) {
	var all []packages.Entry
	err := s.YAML(func(content any) error {
		w, _ := content.(map[string]any)
		sections := map[string]map[string]any{}
		for _, name := range []string{"catalog", "catalogs", "overrides", "patchedDependencies"} {
			sections[name], _ = w[name].(map[string]any)
		}
		all = append(all, s.asks(sections)...)
		all = append(all, pins.Pin("node", "useNodeVersion", document.Texts(w["useNodeVersion"]))...)
		return nil
	})
	return all, err
}

// asks are the drivers, and what brings them, in sections of names and ranges. Sections may be nested.
func (s source) asks(sections map[string]map[string]any) []packages.Entry {
	var all []packages.Entry
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
				if e, ok := s.Named(name); ok {
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
func npmRange(e packages.Entry, version string) packages.Entry {
	switch {
	case npmExact.MatchString(version):
		return e.At(npmExact.FindStringSubmatch(version)[1])
	case strings.HasPrefix(version, "catalog:"):
		return e.Asked(version)
	case npmPlace.MatchString(version):
		e.Instead = "comes from " + packages.Clean(version)
		return e
	case strings.TrimSpace(version) == "":
		return e.Asked("*")
	}
	return e.Asked(version)
}
