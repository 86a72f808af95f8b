package dependency

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A pythonPackage is a package as poetry.lock, uv.lock, pdm.lock and pylock.toml write it.
type pythonPackage struct {
	Name, Version           string
	Source                  map[string]any // poetry: type, url; uv: registry, or a place
	Git, Path, URL          string         // pdm
	VCS, Directory, Archive map[string]any // pylock
}

// entry says where p comes from. What comes from an index, however it is called, is a release.
func (p pythonPackage) entry(e entry) entry {
	kind := texts(p.Source["type"])
	if kind != "" && kind != "legacy" {
		p.URL = texts(p.Source["type"], p.Source["url"])
	}
	for _, place := range []string{"git", "path", "directory", "editable", "virtual", "url"} {
		if from, ok := p.Source[place]; ok && kind == "" {
			p.URL = place + " " + texts(from)
		}
	}
	for _, table := range []map[string]any{p.VCS, p.Directory, p.Archive} {
		if table != nil {
			p.URL = cmp.Or(texts(table["url"], table["path"], table["commit-id"]), "another place")
		}
	}
	if from := cmp.Or(p.Git, p.Path, p.URL); from != "" {
		e.Instead = "comes from " + clean(from)
		return e
	}
	return e.at(p.Version)
}

// pythonPackages are the drivers in a list.
func (s source) pythonPackages(list []pythonPackage) []entry {
	var all []entry
	for _, p := range list {
		if e, ok := s.driver(p.Name); ok {
			all = append(all, p.entry(e))
		}
	}
	return all
}

// poetryLock reads a poetry.lock: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock.
func (s source) poetryLock() ([]entry, error) {
	var lock struct {
		Package  []pythonPackage
		Metadata struct {
			Version string `toml:"lock-version"`
			Hash    string `toml:"content-hash"`
		}
	}
	if err := s.toml(&lock); err != nil {
		return nil, err
	}
	switch version := lock.Metadata.Version; {
	case version == "" && lock.Metadata.Hash == "": // both stand at its end
		return nil, errors.New("it has no lock-version: it is cut off")
	case version != "" && !slices.Contains([]string{"1", "2"}, major(version)):
		return nil, newer(version, "1 and 2")
	}
	return s.pythonPackages(lock.Package), nil
}

// uvLock reads a uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile.
func (s source) uvLock() ([]entry, error) {
	var lock struct {
		Version *int
		Package []pythonPackage
	}
	if err := s.toml(&lock); err != nil {
		return nil, err
	}
	switch {
	case lock.Version == nil:
		return nil, errors.New("it has no version")
	case *lock.Version > 1:
		return nil, newer(*lock.Version, "1")
	}
	return s.pythonPackages(lock.Package), nil
}

// pdmLock reads a pdm.lock: https://pdm-project.org/latest/usage/lockfile/.
func (s source) pdmLock() ([]entry, error) {
	var lock struct {
		Package  []pythonPackage
		Metadata struct {
			Version string `toml:"lock_version"`
		}
	}
	if err := s.toml(&lock); err != nil {
		return nil, err
	}
	switch version, err := strconv.Atoi(major(lock.Metadata.Version)); {
	case lock.Metadata.Version == "":
		return nil, errors.New("it has no lock_version")
	case err != nil || version > 4:
		return nil, newer(lock.Metadata.Version, "up to 4")
	}
	return s.pythonPackages(lock.Package), nil
}

// pylock reads a pylock.toml: https://packaging.python.org/en/latest/specifications/pylock-toml/.
func (s source) pylock() ([]entry, error) {
	var lock struct {
		Version  string `toml:"lock-version"`
		Packages []pythonPackage
	}
	if err := s.toml(&lock); err != nil {
		return nil, err
	}
	switch {
	case lock.Version == "":
		return nil, errors.New("it has no lock-version")
	case major(lock.Version) != "1":
		return nil, newer(lock.Version, "1")
	}
	return s.pythonPackages(lock.Packages), nil
}

// pipfileLock reads a Pipfile.lock: https://pipenv.pypa.io/en/latest/pipfile.html.
func (s source) pipfileLock() ([]entry, error) {
	var lock map[string]any
	if err := s.json(&lock); err != nil {
		return nil, err
	}
	about, _ := lock["_meta"].(map[string]any)
	switch spec, ok := about["pipfile-spec"].(float64); {
	case !ok:
		return nil, errors.New("it has no pipfile-spec")
	case spec > 6:
		return nil, newer(spec, "up to 6")
	}
	delete(lock, "_meta")
	var all []entry
	for _, group := range slices.Sorted(maps.Keys(lock)) {
		packages, ok := lock[group].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is no table of packages", clean(group))
		}
		for _, name := range slices.Sorted(maps.Keys(packages)) {
			if e, ok := s.driver(name); ok {
				e.By = group
				all = append(all, poetry(e, packages[name])...)
			}
		}
	}
	return all, nil
}

func major(version string) string {
	first, _, _ := strings.Cut(version, ".")
	return first
}
