package manifest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// goMod reads a go.mod: https://go.dev/ref/mod#go-mod-file.
func (s source) goMod() ([]packages.Entry, error) {
	f, err := modfile.Parse("go.mod", s.Content, nil)
	if err != nil {
		return nil, goError(err)
	}
	all := goPins(f.Go, f.Toolchain, f.Godebug)
	for _, r := range f.Require {
		if e, ok := s.Driver(r.Mod.Path); ok {
			all = append(all, replaced(e.At(r.Mod.Version), f.Replace))
		}
	}
	return all, nil
}

// goWork reads a go.work: https://go.dev/ref/mod#go-work-file. Its replacements go before those of the modules.
func (s source) goWork() ([]packages.Entry, error) {
	f, err := modfile.ParseWork("go.work", s.Content, nil)
	if err != nil {
		return nil, goError(err)
	}
	all := goPins(f.Go, f.Toolchain, f.Godebug)
	for _, r := range f.Replace {
		if e, ok := s.Driver(r.Old.Path); ok {
			e.By = "replace " + r.Old.Version
			all = append(all, replaced(e, []*modfile.Replace{r}))
		}
	}
	return all, nil
}

// goPins are the lines about Go. The go line matters beside the toolchain: it sets defaults of crypto/tls, and godebug
// lines set others.
func goPins(g *modfile.Go, t *modfile.Toolchain, settings []*modfile.Godebug) []packages.Entry {
	var all []packages.Entry
	if g != nil {
		all = append(all, pins.Pin("go", "go", g.Version)...)
	}
	if t != nil {
		all = append(all, pins.Pin("go", "toolchain", strings.TrimPrefix(t.Name, "go"))...)
	}
	for _, d := range settings {
		all = append(all, pins.Pin("go", "godebug", "godebug "+d.Key+"="+d.Value)...)
	}
	return all
}

// replaced applies the directives of a file. One for a version goes before one for all.
func replaced(e packages.Entry, directives []*modfile.Replace) packages.Entry {
	var r *modfile.Replace
	for _, d := range directives {
		all := d.Old.Version == "" && r == nil || e.Version == ""
		if d.Old.Path == e.Package.Name && (all || d.Old.Version == e.Version) {
			r = d
		}
	}
	switch {
	case r == nil:
	case r.New.Version == "":
		e.Version, e.Instead = "", "is replaced by the directory "+packages.Clean(r.New.Path)
	case r.New.Path != e.Package.Name:
		e.Version, e.Instead = "", "is replaced by "+packages.Clean(r.New.String())
	default:
		e.Version = r.New.Version
	}
	return e
}

// goSum reads a go.sum: https://go.dev/ref/mod#go-sum-files. It names drivers that a go.mod before Go 1.17 does not,
// but may hold more versions than the one that is built.
func (s source) goSum() ([]packages.Entry, error) {
	versions := map[string][]string{}
	for line := range strings.Lines(string(s.Content)) {
		word := strings.Fields(line)
		if len(word) == 0 {
			continue
		}
		if len(word) != 3 {
			return nil, errors.New("a line is not a module, a version and a hash")
		}
		if _, ok := s.Driver(word[0]); ok && !strings.HasSuffix(word[1], "/go.mod") {
			versions[word[0]] = append(versions[word[0]], word[1])
		}
	}
	var all []packages.Entry
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		e, _ := s.Driver(name)
		all = append(all, e.Asked(strings.Join(versions[name], " or ")))
	}
	return all, nil
}

func goError(err error) error {
	var many modfile.ErrorList
	if errors.As(err, &many) && len(many) > 0 {
		err = &many[0]
	}
	return document.Plain(err)
}
