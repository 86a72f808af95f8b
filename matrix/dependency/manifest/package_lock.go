package manifest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// An npmPackage is a package in a package-lock.json.
type npmPackage struct {
	Name, Version, Resolved                                 string
	Link                                                    bool
	DevDependencies, OptionalDependencies, PeerDependencies map[string]any
	Requires                                                json.RawMessage // of version 1: names and ranges
	Dependencies                                            json.RawMessage // the same; of version 1: packages below
}

// packageLock reads a package-lock.json of the versions 1, 2 and 3:
// https://docs.npmjs.com/cli/configuring-npm/package-lock-json.
func (s source) packageLock() ([]packages.Entry, error) {
	var lock struct {
		LockfileVersion int
		Packages        map[string]npmPackage
		Dependencies    map[string]json.RawMessage
	}
	if err := s.JSON(&lock); err != nil {
		return nil, err
	}
	t := installed{}
	switch {
	case lock.LockfileVersion > 3:
		return nil, document.Newer(lock.LockfileVersion, "1 to 3")
	case lock.Packages == nil && lock.Dependencies == nil && lock.LockfileVersion == 0:
		return nil, errors.New("it has neither a version nor packages")
	case lock.Packages != nil:
		for at, l := range lock.Packages {
			var asks map[string]any
			if err := optional(at, l.Dependencies, &asks); err != nil {
				return nil, err
			}
			t.put(at, l, document.Merged(asks, l.DevDependencies, l.OptionalDependencies, l.PeerDependencies))
		}
	default:
		if err := t.nested("", lock.Dependencies, 0); err != nil {
			return nil, err
		}
		t.imported(s.importers())
	}
	return t.drivers(s), nil
}

// denoLock reads what a deno.lock has from npm:
// https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files.
func (s source) denoLock() ([]packages.Entry, error) {
	var lock struct {
		Version  string
		NPM      map[string]json.RawMessage
		Packages struct{ NPM map[string]json.RawMessage } // of version 3
	}
	if err := s.JSON(&lock); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"2", "3", "4", "5"}, lock.Version) {
		return nil, document.Newer(lock.Version, "2 to 5")
	}
	var all []packages.Entry
	for _, key := range slices.Sorted(maps.Keys(document.Merged(lock.NPM, lock.Packages.NPM))) {
		p := pnpmPlace("", key)
		if e, ok := s.Driver(p.name); ok {
			all = append(all, e.At(p.version))
		}
	}
	return all, nil
}

// put adds a package or a workspace.
func (t installed) put(at string, l npmPackage, asks map[string]any) {
	p := place{name: l.Name, version: l.Version, by: workspace(at), asks: slices.Sorted(maps.Keys(asks))}
	if i := strings.LastIndex(at, modules); i >= 0 {
		p.name = cmp.Or(l.Name, at[i+len(modules):])
		p.by = p.name
	}
	switch {
	case l.Link:
		p.link = cmp.Or(l.Resolved, "a local directory")
	case !published(p.name, l.Resolved):
		p.version = l.Resolved
	}
	t[at] = p
}

// nested adds the packages of version 1, in which each holds those that are installed below it.
func (t installed) nested(at string, packages map[string]json.RawMessage, depth int) error {
	if depth > document.MaxDepth {
		return fmt.Errorf("it is nested deeper than %d levels", document.MaxDepth)
	}
	for name, raw := range packages {
		here := path.Join(at, "node_modules", name)
		var l npmPackage
		var asks map[string]any
		var inner map[string]json.RawMessage
		if err := optional(here, raw, &l); err != nil {
			return err
		}
		if alias, ok := strings.CutPrefix(l.Version, "npm:"); ok { // "npm:mongodb@5.9.2"
			l.Name, l.Version = descriptor(alias)
		}
		if err := optional(here, l.Requires, &asks); err != nil {
			return err
		}
		t.put(here, l, asks)
		if err := optional(here, l.Dependencies, &inner); err != nil {
			return err
		}
		if err := t.nested(here, inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// imported adds what the lock file does not say: what package.json files ask for.
func (t installed) imported(importers []Importer) {
	for _, i := range importers {
		t[i.dir] = place{by: workspace(i.dir), asks: slices.Sorted(maps.Keys(i.asks))}
	}
}

// published reports whether a package comes from a registry, by the address in a lock file. Without one it does.
func published(name, resolved string) bool {
	address, _, _ := strings.Cut(resolved, "#")
	return address == "" || strings.HasPrefix(address, "http") &&
		(strings.Contains(address, "/-/") || strings.HasPrefix(path.Base(address), name+"-"))
}

// optional decodes what may be missing.
func optional(at string, raw json.RawMessage, into any) error {
	if raw == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", packages.Clean(at), document.Plain(err))
	}
	return nil
}

// descriptor takes "mongodb@5.9.2" apart. The name may begin with @.
func descriptor(s string) (name, version string) {
	if s == "" {
		return "", ""
	}
	name, version, _ = strings.Cut(s[1:], "@")
	return s[:1] + name, version
}
