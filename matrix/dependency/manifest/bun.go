package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// bunAsks is what a package or a workspace asks for.
type bunAsks struct {
	Name                 string
	Dependencies         map[string]string
	DevDependencies      map[string]string
	OptionalDependencies map[string]string
	PeerDependencies     map[string]string
}

func (a bunAsks) names() []string {
	all := document.Merged(a.Dependencies, a.DevDependencies, a.OptionalDependencies, a.PeerDependencies)
	return slices.Sorted(maps.Keys(all))
}

// bunLock reads a bun.lock: https://bun.sh/reference/bun/BunLockFile.
func (s source) bunLock() ([]packages.Entry, error) {
	var lock struct {
		LockfileVersion *int
		Workspaces      map[string]bunAsks
		Packages        map[string][]json.RawMessage
	}
	if err := s.JSONC(&lock); err != nil {
		return nil, err
	}
	switch {
	case lock.LockfileVersion == nil:
		return nil, errors.New("it has no lockfileVersion")
	case *lock.LockfileVersion > 2:
		return nil, document.Newer(*lock.LockfileVersion, "0 to 2")
	}
	t := installed{}
	for key, parts := range lock.Packages {
		var id string // "mongodb@6.20.0", "mongodb@github:owner/name#commit", "api@workspace:apps/api"
		var asks bunAsks
		for i, part := range parts {
			if i > 0 && !bytes.HasPrefix(part, []byte("{")) {
				continue
			}
			into := any(&asks)
			if i == 0 {
				into = &id
			}
			if err := optional(key, part, into); err != nil {
				return nil, err
			}
		}
		name, version := descriptor(id)
		t[bunPath(key)] = place{name: name, by: name, version: version, asks: asks.names()}
	}
	for dir, asks := range lock.Workspaces {
		at := ""
		if dir != "" {
			at = bunPath(asks.Name)
		}
		t[at] = place{by: workspace(dir), asks: asks.names()}
	}
	return t.drivers(s), nil
}

// bunPath is the path of a key, which is the names on the way to a package: "mongoose/mongodb", "@scope/name/mongodb".
func bunPath(key string) string {
	part := strings.Split(key, "/")
	var names []string
	for i := 0; i < len(part); i++ {
		name := part[i]
		if strings.HasPrefix(name, "@") && i+1 < len(part) {
			i++
			name += "/" + part[i]
		}
		names = append(names, modules+name)
	}
	return strings.Join(names, "/")
}

// bunLockb looks into the binary lock file of Bun before 1.2, which only Bun can read: without the names in it there is
// no driver.
func (s source) bunLockb() ([]packages.Entry, error) {
	if bytes.Contains(s.Content, []byte("mongo")) {
		return nil, errors.New("it is binary: `bun install --save-text-lockfile` writes one that can be read")
	}
	return nil, nil
}
