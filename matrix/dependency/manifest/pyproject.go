package manifest

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// pyproject reads the requirements of a pyproject.toml: those of PEP 621 and 735, and the tables of Poetry, PDM, uv and
// Hatch.
func (s source) pyproject() ([]packages.Entry, error) {
	var content map[string]any
	if err := s.TOML(&content); err != nil {
		return nil, err
	}
	return s.tables("", content, false), nil
}

// pipfile reads a Pipfile, whose tables are groups: https://pipenv.pypa.io/en/latest/pipfile.html.
func (s source) pipfile() ([]packages.Entry, error) {
	var content map[string]any
	if err := s.TOML(&content); err != nil {
		return nil, err
	}
	requires, _ := content["requires"].(map[string]any)
	for _, name := range []string{"source", "requires", "scripts", "pipenv"} {
		delete(content, name)
	}
	python := document.Texts(requires["python_full_version"], requires["python_version"])
	return append(pins.Pin("python", "requires", python), s.tables("", content, true)...), nil
}

// requires are the keys below which a pyproject.toml asks for packages.
var requires = regexp.MustCompile(`dependenc|^requires$|^sources$`)

// tables finds what a table asks for, by the keys on the way to it.
func (s source) tables(by string, table map[string]any, asks bool) []packages.Entry {
	var all []packages.Entry
	for _, key := range slices.Sorted(maps.Keys(table)) {
		here := strings.TrimPrefix(by+"."+key, ".")
		below := asks || requires.MatchString(key)
		if e, ok := s.Named(key); ok && asks {
			e.By = by
			all = append(all, poetry(e, table[key])...)
			continue
		}
		switch value := table[key].(type) {
		case string:
			if key == "requires-python" || key == "python" && asks { // PEP 621; Poetry, PDM, Pixi
				all = append(all, pins.Pin("python", here, value)...)
			}
		case map[string]any:
			all = append(all, s.tables(here, value, below)...)
		case []map[string]any:
			for _, t := range value {
				all = append(all, s.tables(here, t, below)...)
			}
		case []any:
			for _, v := range value {
				text, _ := v.(string)
				if e, ok := s.requirement(text, here); ok && below {
					all = append(all, e)
				}
				if t, ok := v.(map[string]any); ok {
					all = append(all, s.tables(here, t, below)...)
				}
			}
		}
	}
	return all
}

var poetryExact = regexp.MustCompile(`^(?:={2,3}\s*)?(\d[^\s,;*|^~<>=]*)$`)

// poetry reads what a key is set to: a range, a table with a version or a place, or a list of these.
func poetry(e packages.Entry, value any) []packages.Entry {
	switch v := value.(type) {
	case string:
		if m := poetryExact.FindStringSubmatch(strings.TrimSpace(v)); m != nil {
			return []packages.Entry{e.At(m[1])}
		}
		return []packages.Entry{e.Asked(v)}
	case map[string]any:
		for _, place := range []string{"git", "path", "url", "file", "workspace"} {
			if from, ok := v[place]; ok {
				from := document.Texts(from, v["rev"], v["tag"], v["branch"])
				e.Instead = "comes from " + packages.Clean(strings.TrimSpace(place+" "+from))
				return []packages.Entry{e}
			}
		}
		e.By = strings.TrimSpace(e.By + " " + document.Texts(v["markers"], v["python"]))
		if version, ok := v["version"].(string); ok {
			return poetry(e, version)
		}
		return []packages.Entry{e.Asked("*")}
	case []map[string]any:
		var all []packages.Entry
		for _, one := range v {
			all = append(all, poetry(e, one)...)
		}
		return all
	case []any:
		var all []packages.Entry
		for _, one := range v {
			all = append(all, poetry(e, one)...)
		}
		return all
	}
	return []packages.Entry{e.Asked("*")}
}
