package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A pythonPackage is a package as poetry.lock, uv.lock, pdm.lock and pylock.toml write it.
type pythonPackage struct {
	Name, Version           string
	Source                  map[string]any // poetry: type, url; uv: registry, or a place
	Git, Path, URL          string         // pdm
	VCS, Directory, Archive map[string]any // pylock
}

// entry says where p comes from. What comes from an index, however it is called, is a release.
func (p pythonPackage) entry(e packages.Entry) packages.Entry {
	kind := document.Texts(p.Source["type"])
	if kind != "" && kind != "legacy" {
		p.URL = document.Texts(p.Source["type"], p.Source["url"])
	}
	for _, place := range []string{"git", "path", "directory", "editable", "virtual", "url"} {
		if from, ok := p.Source[place]; ok && kind == "" {
			p.URL = place + " " + document.Texts(from)
		}
	}
	for _, table := range []map[string]any{p.VCS, p.Directory, p.Archive} {
		if table != nil {
			p.URL = cmp.Or(document.Texts(table["url"], table["path"], table["commit-id"]), "another place")
		}
	}
	if from := cmp.Or(p.Git, p.Path, p.URL); from != "" {
		e.Instead = "comes from " + packages.Clean(from)
		return e
	}
	return e.At(p.Version)
}

// pythonPackages are the drivers in a list.
func (s source) pythonPackages(list []pythonPackage) []packages.Entry {
	var all []packages.Entry
	for _, p := range list {
		if e, ok := s.Driver(p.Name); ok {
			all = append(all, p.entry(e))
		}
	}
	return all
}

// poetryLock reads a poetry.lock: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock.
func (s source) poetryLock() ([]packages.Entry, error) {
	var lock struct {
		Package  []pythonPackage
		Metadata struct {
			Version string `toml:"lock-version"`
			Hash    string `toml:"content-hash"`
		}
	}
	if err := s.TOML(&lock); err != nil {
		return nil, err
	}
	switch version := lock.Metadata.Version; {
	case version == "" && lock.Metadata.Hash == "": // both stand at its end
		return nil, errors.New("it has no lock-version: it is cut off")
	case version != "" && !slices.Contains([]string{"1", "2"}, major(version)):
		return nil, document.Newer(version, "1 and 2")
	}
	return s.pythonPackages(lock.Package), nil
}

// uvLock reads a uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile.
func (s source) uvLock() ([]packages.Entry, error) {
	var lock struct {
		Version *int
		Package []pythonPackage
	}
	if err := s.TOML(&lock); err != nil {
		return nil, err
	}
	switch {
	case lock.Version == nil:
		return nil, errors.New("it has no version")
	case *lock.Version > 1:
		return nil, document.Newer(*lock.Version, "1")
	}
	return s.pythonPackages(lock.Package), nil
}

// pdmLock reads a pdm.lock: https://pdm-project.org/latest/usage/lockfile/.
func (s source) pdmLock() ([]packages.Entry, error) {
	var lock struct {
		Package  []pythonPackage
		Metadata struct {
			Version string `toml:"lock_version"`
		}
	}
	if err := s.TOML(&lock); err != nil {
		return nil, err
	}
	switch version, err := strconv.Atoi(major(lock.Metadata.Version)); {
	case lock.Metadata.Version == "":
		return nil, errors.New("it has no lock_version")
	case err != nil || version > 4:
		return nil, document.Newer(lock.Metadata.Version, "up to 4")
	}
	return s.pythonPackages(lock.Package), nil
}

// pylock reads a pylock.toml: https://packaging.python.org/en/latest/specifications/pylock-toml/.
func (s source) pylock() ([]packages.Entry, error) {
	var lock struct {
		Version  string `toml:"lock-version"`
		Packages []pythonPackage
	}
	if err := s.TOML(&lock); err != nil {
		return nil, err
	}
	switch {
	case lock.Version == "":
		return nil, errors.New("it has no lock-version")
	case major(lock.Version) != "1":
		return nil, document.Newer(lock.Version, "1")
	}
	return s.pythonPackages(lock.Packages), nil
}

// pipfileLock reads a Pipfile.lock: https://pipenv.pypa.io/en/latest/pipfile.html.
func (s source) pipfileLock() ([]packages.Entry, error) {
	var lock map[string]any
	if err := s.JSON(&lock); err != nil {
		return nil, err
	}
	about, _ := lock["_meta"].(map[string]any)
	switch spec, ok := about["pipfile-spec"].(float64); {
	case !ok:
		return nil, errors.New("it has no pipfile-spec")
	case spec > 6:
		return nil, document.Newer(spec, "up to 6")
	}
	delete(lock, "_meta")
	var all []packages.Entry
	for _, group := range slices.Sorted(maps.Keys(lock)) {
		table, ok := lock[group].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is no table of packages", packages.Clean(group))
		}
		for _, name := range slices.Sorted(maps.Keys(table)) {
			if e, ok := s.Driver(name); ok {
				e.By = group
				all = append(all, poetry(e, table[name])...)
			}
		}
	}
	return all, nil
}

func major(version string) string {
	first, _, _ := strings.Cut(version, ".")
	return first
}
