// Package foreign reads the manifests and lock files of ecosystems without an adapter.
package foreign

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// The readers of this file take the manifests and lock files of ecosystems without an adapter, in JSON, TOML or YAML.
// Only two things matter there: which names mean MongoDB, and whether what the file says about them changes.

// A reader says what a file holds of drivers.
type reader = func(document.Source) ([]packages.Entry, error)

// JSON reads JSON. sections are the keys that name packages, with dots on the way to them.
func JSON(sections ...string) reader { return decoded(document.Source.JSONC, sections) }

// TOML reads TOML. sections are as those of JSON.
func TOML(sections ...string) reader { return decoded(document.Source.TOML, sections) }

// decoded reads what is one table.
func decoded(decode func(document.Source, any) error, sections []string) reader {
	return func(s document.Source) ([]packages.Entry, error) {
		var top map[string]any
		if err := decode(s, &top); err != nil {
			return nil, err
		}
		return found(s, top, sections), nil
	}
}

// YAML reads YAML. sections are as those of JSON.
func YAML(sections ...string) reader {
	return func(s document.Source) ([]packages.Entry, error) {
		var all []packages.Entry
		err := s.YAML(func(content any) error {
			top, _ := content.(map[string]any)
			all = append(all, found(s, top, sections)...)
			return nil
		})
		return all, err
	}
}

// baselines are the keys at the top that decide about versions that are written nowhere else.
var baselines = []string{"builtin-baseline", "vcpkg-configuration"}

func found(s document.Source, top map[string]any, sections []string) []packages.Entry {
	w := walk{Source: s, top: top}
	for _, section := range sections {
		var value any = top
		for key := range strings.SplitSeq(section, ".") {
			table, _ := value.(map[string]any)
			value = table[key]
		}
		w.value(section, value)
	}
	for i := range w.found {
		if e := &w.found[i]; e.Version == "" {
			for _, key := range baselines {
				e.Rest += written(top[key])
			}
		}
	}
	return w.found
}

// A walk goes through decoded data.
type walk struct {
	document.Source
	top   map[string]any
	found []packages.Entry
}

func (w *walk) add(by, name, version string, about any) {
	if version == "" {
		name, version = reference(name)
	}
	e, ok := w.Named(packages.Clean(name))
	if !ok {
		return
	}
	e.By = by
	if packages.IsRelease(version) {
		e.Version = version
	} else {
		e.Range = packages.Clean(version)
	}
	e.Rest = written(about)
	w.found = append(w.found, e)
}

func (w *walk) value(by string, value any) {
	switch v := value.(type) {
	case string:
		w.add(by, v, "", v)
	case []any:
		for _, one := range v {
			w.value(by, one)
		}
	case []map[string]any:
		for _, one := range v {
			w.value(by, one)
		}
	case map[string]any:
		if name := recordName(v); name != "" { // of one package; what it needs has records of its own
			w.add(by, name, w.version(v), []any{v["source"], v["state"]})
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if _, ok := w.Named(key); ok {
				name := key
				if record, _ := v[key].(map[string]any); recordName(record) != "" { // a version catalog's alias
					name = recordName(record)
				}
				w.add(by, name, w.version(v[key]), v[key])
				continue
			}
			w.value(by, v[key])
		}
	}
}

// recordName is the name of the package that a record is about, "" if it is about none.
func recordName(record map[string]any) string {
	if group := document.Texts(record["group"]); group != "" {
		return group + ":" + document.Texts(record["name"])
	}
	for _, key := range []string{"module", "package", "identity", "name", "ref"} {
		if name := document.Texts(record[key]); name != "" {
			return name
		}
	}
	return ""
}

// version is what a record, or the value of a name, says of the version.
func (w *walk) version(value any) string {
	record, ok := value.(map[string]any)
	if !ok {
		return document.Texts(value)
	}
	if state, ok := record["state"].(map[string]any); ok { // of a pin of Swift
		record = state
	}
	for _, key := range []string{"version", "resolved", "version>=", "requested"} {
		switch v := record[key].(type) {
		case string:
			return v
		case map[string]any: // of a version catalog
			versions, _ := w.top["versions"].(map[string]any)
			return document.Texts(versions[document.Texts(v["ref"])])
		}
	}
	return ""
}

// written is a value as a text that is the same for equal values.
func written(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value) // what JSON has no form for, such as a date of TOML within a list
	}
	return string(text)
}

// withVersion is a name and a version in one text: Conan's "mongo-cxx-driver/3.10.1#revision", Maven's
// "group:artifact:1.2.3".
var withVersion = regexp.MustCompile(`^(.*?[A-Za-z][^/:@ ]*)[/:@ ]v?(\d[\w.+-]*)`)

func reference(text string) (name, version string) {
	if m := withVersion.FindStringSubmatch(text); m != nil {
		return m[1], m[2]
	}
	return strings.TrimSpace(text), ""
}
