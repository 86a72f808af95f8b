package command

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/versions"
)

// A dependency is a MongoDB driver that a manifest selects.
type dependency struct {
	Driver  string // name of its adapter: go, node, mongoose, mongosh, pymongo
	Name    string // in its registry
	At      string // where it is installed, in manifests that hold several copies
	Version string // "" if it is no release
	Instead string // why it is no release, as a clause: "comes from ../fork"
}

// driverOf is the driver that a package is, "" if it is none.
func driverOf(ecosystem, name string) string {
	for _, r := range registry.Rows {
		if slices.Contains(r.Packages, registry.Package{Ecosystem: ecosystem, Name: name}) {
			return r.Name
		}
	}
	return ""
}

// manifestReader returns what reads a file of that path, nil if it is no manifest. Installed packages are nobody's choice.
func manifestReader(file string) func([]byte) ([]dependency, error) {
	for _, dir := range strings.Split(path.Dir(file), "/") {
		if dir == "node_modules" || dir == "vendor" || dir == "testdata" {
			return nil
		}
	}
	name := path.Base(file)
	switch {
	case name == "go.mod":
		return goMod
	case name == "package-lock.json", name == "npm-shrinkwrap.json":
		return packageLock
	case strings.HasPrefix(name, "requirements") && path.Ext(name) == ".txt":
		return requirements
	}
	return nil
}

// goMod reads a go.mod: https://go.dev/ref/mod#go-mod-file.
func goMod(content []byte) ([]dependency, error) {
	f, err := modfile.Parse("go.mod", content, nil)
	if err != nil {
		return nil, fmt.Errorf("no go.mod: %s", firstLine(strings.TrimPrefix(err.Error(), "go.mod:")))
	}
	var all []dependency
	for _, r := range f.Require {
		driver := driverOf("Go", r.Mod.Path)
		if driver == "" {
			continue
		}
		d := dependency{Driver: driver, Name: r.Mod.Path, Version: r.Mod.Version}
		for _, replace := range f.Replace {
			if replace.Old.Path != r.Mod.Path || replace.Old.Version != "" && replace.Old.Version != r.Mod.Version {
				continue
			}
			switch to := replace.New; {
			case to.Version == "":
				d.Version, d.Instead = "", "is replaced by the directory "+to.Path
			case to.Path != r.Mod.Path:
				d.Version, d.Instead = "", "is replaced by "+to.String()
			default:
				d.Version = to.Version
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// packageLock reads a package-lock.json of the versions 1, 2 and 3: https://docs.npmjs.com/cli/configuring-npm/package-lock-json.
func packageLock(content []byte) ([]dependency, error) {
	type locked struct {
		Name         string
		Version      string
		Link         bool
		Resolved     string
		Dependencies json.RawMessage // of a package: names and ranges; of version 1: packages below it
	}
	var lock struct {
		LockfileVersion int
		Packages        map[string]locked
		Dependencies    map[string]locked
	}
	dec := json.NewDecoder(bytes.NewReader(content))
	if err := dec.Decode(&lock); err != nil {
		return nil, fmt.Errorf("no package-lock.json: %s", firstLine(err.Error()))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("no package-lock.json: something follows its end")
	}
	if lock.Packages == nil && lock.Dependencies == nil && lock.LockfileVersion == 0 {
		return nil, fmt.Errorf("no package-lock.json: it has neither a version nor packages")
	}
	var all []dependency
	add := func(at, name string, l locked) {
		driver := driverOf("npm", name)
		if driver == "" {
			return
		}
		d := dependency{Driver: driver, Name: name, At: at, Version: l.Version}
		switch {
		case l.Link:
			d.Version, d.Instead = "", "is linked to "+cmp.Or(l.Resolved, "a local directory")
		case versions.Canonical(l.Version) == "":
			d.Version, d.Instead = "", "comes from "+cmp.Or(l.Version, l.Resolved, "an unknown place")
		}
		all = append(all, d)
	}
	if lock.Packages != nil {
		for at, l := range lock.Packages {
			if i := strings.LastIndex(at, "node_modules/"); i >= 0 {
				add(at, cmp.Or(l.Name, at[i+len("node_modules/"):]), l)
			}
		}
	} else {
		var below func(at string, packages map[string]locked) error
		below = func(at string, packages map[string]locked) error {
			for name, l := range packages {
				here := path.Join(at, "node_modules", name)
				if alias, ok := strings.CutPrefix(l.Version, "npm:"); ok { // an alias, "npm:mongodb@5.9.2"
					if i := strings.LastIndex(alias, "@"); i > 0 {
						name, l.Version = alias[:i], alias[i+1:]
					}
				}
				add(here, name, l)
				if l.Dependencies != nil {
					var nested map[string]locked
					if err := json.Unmarshal(l.Dependencies, &nested); err != nil {
						return fmt.Errorf("no package-lock.json: %s: %s", here, firstLine(err.Error()))
					}
					if err := below(here, nested); err != nil {
						return err
					}
				}
			}
			return nil
		}
		if err := below("", lock.Dependencies); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b dependency) int { return cmp.Compare(a.At, b.At) })
	return all, nil
}

// A requirement is a name with extras, then what says which version: PEP 508.
var requirement = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$`)

// requirements reads the lines of a requirements.txt: https://pip.pypa.io/en/stable/reference/requirements-file-format/.
func requirements(content []byte) ([]dependency, error) {
	if !isText(content) {
		return nil, fmt.Errorf("no requirements.txt: it is no text")
	}
	text := strings.NewReplacer("\r\n", "\n", "\\\r\n", "", "\\\n", "").Replace(string(content))
	var all []dependency
	for _, line := range strings.Split(text, "\n") {
		if i := strings.Index(" "+line, " #"); i >= 0 {
			line = line[:i]
		}
		line, _, _ = strings.Cut(line, " --")
		line, _, _ = strings.Cut(line, ";") // for which environment
		part := requirement.FindStringSubmatch(strings.TrimSpace(line))
		if part == nil || driverOf("PyPI", strings.ToLower(part[1])) == "" {
			continue
		}
		d := dependency{Driver: "pymongo", Name: "pymongo"}
		exact, pinned := strings.CutPrefix(part[2], "==")
		exact = strings.TrimSpace(strings.TrimPrefix(exact, "="))
		switch {
		case pinned && versions.Canonical(exact) != "":
			d.Version = exact
		case strings.HasPrefix(part[2], "@"):
			d.Instead = "comes from " + strings.TrimSpace(part[2][1:])
		default:
			d.Instead = strings.TrimSpace("is not pinned: pymongo" + part[2])
		}
		all = append(all, d)
	}
	return all, nil
}

func isText(content []byte) bool { return !bytes.ContainsRune(content, 0) }

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
