package manifest

import (
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

var (
	quotedText = regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'`)
	assignment = regexp.MustCompile(`^[a-z_]+\s*=\s*`)
	// pythonRequires is what setuptools calls requires-python.
	pythonRequires = regexp.MustCompile(`\bpython_requires\s*=\s*["']?([^"'\n#]+)`)
)

// setupPy reads the texts of a setup.py that are requirements.
func (s source) setupPy() ([]packages.Entry, error) {
	all := s.requiredPython()
	for _, line := range s.Lines() {
		for _, quoted := range quotedText.FindAllString(line, -1) {
			if e, ok := s.requirement(quoted[1:len(quoted)-1], ""); ok {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// requiredPython is the version of Python that setuptools is told.
func (s source) requiredPython() []packages.Entry {
	m := pythonRequires.FindSubmatch(s.Content)
	if m == nil {
		return nil
	}
	return pins.Pin("python", "python_requires", string(m[1]))
}

// setupCfg reads the lines of a setup.cfg or tox.ini that are requirements.
func (s source) setupCfg() ([]packages.Entry, error) {
	all := s.requiredPython()
	for _, line := range s.Lines() {
		for _, text := range []string{line, assignment.ReplaceAllString(line, "")} {
			if e, ok := s.requirement(text, ""); ok {
				all = append(all, e)
				break
			}
		}
	}
	return all, nil
}

// conda reads the environment.yml of conda:
// https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html.
func (s source) conda() ([]packages.Entry, error) {
	var all []packages.Entry
	err := s.YAML(func(content any) error {
		environment, _ := content.(map[string]any) // other tools have files of this name
		list, _ := environment["dependencies"].([]any)
		for _, d := range list {
			switch d := d.(type) {
			case string:
				all = append(all, s.condaSpec(d)...)
			case map[string]any:
				pip, _ := d["pip"].([]any)
				for _, r := range pip {
					if e, ok := s.requirement(document.Texts(r), "pip"); ok {
						all = append(all, e)
					}
				}
			}
		}
		return nil
	})
	return all, err
}

var condaExact = regexp.MustCompile(`^\s*={1,2}\s*(\d+\.\d+\.\d+[^=\s,*|]*)(=[^=\s]+)?$`)

// condaSpec reads "channel::pymongo=4.6.3=py311". Two numbers after one = are a range there.
func (s source) condaSpec(spec string) []packages.Entry {
	if i := strings.LastIndex(spec, "::"); i >= 0 {
		spec = spec[i+2:]
	}
	name := word.FindString(spec)
	e, ok := s.Named(name)
	rest := strings.TrimSpace(strings.TrimPrefix(spec, name))
	if !ok {
		return pins.Pin(name, "conda", rest)
	}
	if m := condaExact.FindStringSubmatch(rest); m != nil {
		return []packages.Entry{e.At(m[1])}
	}
	return []packages.Entry{e.Asked(rest)}
}
