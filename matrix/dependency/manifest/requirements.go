package manifest

import (
	"path"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

var (
	// A requirement is a name with extras, then what says which version: https://peps.python.org/pep-0508/.
	requirement = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)$`)
	pinned      = regexp.MustCompile(`^={2,3}\s*([^\s,;*]+)$`)
	specifier   = regexp.MustCompile(`^[<>=!~]`)
	marker      = regexp.MustCompile(`\s*;\s*`)
	option      = regexp.MustCompile(`\s--?[a-z].*`)
	included    = regexp.MustCompile(`^(?:-r|--requirement|-c|--constraint)[\s=]*(\S.*)$`)
	editable    = regexp.MustCompile(`^(?:-e|--editable)[\s=]*`)
	word        = regexp.MustCompile(`[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*`)
	afterName   = regexp.MustCompile(`-\d.*|\.(git|zip|whl)$`)
)

// requirements reads a file of requirements or constraints:
// https://pip.pypa.io/en/stable/reference/requirements-file-format/.
func (s source) requirements() ([]packages.Entry, error) {
	var all []packages.Entry
	for _, line := range s.Lines() {
		bare := editable.ReplaceAllString(line, "")
		switch e, ok := s.requirement(option.ReplaceAllString(bare, ""), ""); {
		case strings.HasPrefix(bare, "-"): // an option
		case ok:
			all = append(all, e)
		case bare != line || strings.ContainsAny(bare, `/\`):
			if e, ok := s.addressed(bare); ok {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// includes are the files that a requirements file takes in, as it writes them.
func includes(content []byte) []string {
	var all []string
	for _, line := range (document.Source{Content: content}).Lines() {
		if m := included.FindStringSubmatch(line); m != nil {
			all = append(all, strings.Trim(m[1], `"'`))
		}
	}
	return all
}

// requirement reads one, and reports whether it names a driver or what brings one.
func (s source) requirement(text, by string) (packages.Entry, bool) {
	text = strings.TrimSpace(text)
	if parts := marker.Split(text, 2); len(parts) == 2 {
		text, by = parts[0], strings.TrimSpace(by+" "+parts[1])
	}
	part := requirement.FindStringSubmatch(text)
	if part == nil {
		return packages.Entry{}, false
	}
	e, ok := s.Named(part[1])
	if !ok && strings.Contains(strings.ToLower(part[2]), "mongo") { // an extra: celery[mongodb]
		extra := ecosystem.Package{Ecosystem: s.Ecosystem, Name: s.Ecosystem.Normal(part[1]) + part[2]}
		e, ok = packages.Entry{Package: extra, Wraps: packages.First(s.Ecosystem)}, true
	}
	e.By = by
	asked := strings.TrimSpace(part[3])
	asked = strings.TrimSuffix(strings.TrimPrefix(asked, "("), ")")
	switch exact := pinned.FindStringSubmatch(asked); {
	case !ok:
		return packages.Entry{}, false
	case exact != nil && packages.IsRelease(exact[1]):
		return e.At(exact[1]), true
	case strings.HasPrefix(asked, "@"):
		e.Instead = "comes from " + packages.Clean(strings.TrimSpace(asked[1:]))
		return e, true
	case asked == "":
		return e.Asked("*"), true
	case specifier.MatchString(asked):
		return e.Asked(asked), true
	}
	return packages.Entry{}, false // prose
}

// addressed reads a requirement that is a path or an address with the name of a driver in it.
func (s source) addressed(text string) (packages.Entry, bool) {
	for _, name := range word.FindAllString(text, -1) {
		name = afterName.ReplaceAllString(path.Base(name), "")
		if e, ok := s.Driver(packages.OfRepository(name)); ok {
			e.Instead = "comes from " + packages.Clean(text)
			return e, true
		}
	}
	return packages.Entry{}, false
}
