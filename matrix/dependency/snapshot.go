package dependency

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A snapshot is a commit with its manifests, which are read when somebody asks.
type snapshot struct {
	commit  string
	objects *store
	drivers Packages
	tree    map[string]object
	files   map[string]*file    // by path
	in      map[string][]string // the files of a directory
}

// A file is a manifest.
type file struct {
	path   string
	format *format
	id     string // of its content, through a link
	fault  error  // why it cannot be read, or not all that it names
	read   bool
	has    []entry
}

func (r repository) snapshot(ctx context.Context, objects *store, revision string, drivers Packages) (*snapshot, error) {
	commit, err := r.commit(ctx, revision)
	if err != nil {
		return nil, err
	}
	tree, err := r.tree(ctx, commit)
	if err != nil {
		return nil, err
	}
	s := &snapshot{commit: commit, objects: objects, drivers: drivers, tree: tree, files: map[string]*file{}, in: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if f := formatOf(name); f != nil && tree[name].mode != moduleMode {
			s.add(name, f)
		}
	}
	return s, nil
}

// add puts a file, and those that it includes, among the manifests.
func (s *snapshot) add(name string, format *format) {
	if s.files[name] != nil {
		return
	}
	f := &file{path: name, format: format, id: s.tree[name].id}
	s.files[name] = f
	s.in[path.Dir(name)] = append(s.in[path.Dir(name)], name)
	if s.tree[name].mode == linkMode {
		f.id, f.fault = s.target(name)
	}
	if format.includes == nil || f.fault != nil {
		return
	}
	content, err := s.content(f)
	if err != nil {
		return // which is said when it is read
	}
	for _, other := range format.includes(content) {
		at := path.Join(path.Dir(name), other)
		switch mode := s.tree[at].mode; {
		case mode == "" || mode == moduleMode:
			f.fault = fmt.Errorf("it includes %s, which is no file of the repository", clean(other))
		default:
			s.add(at, format)
		}
	}
}

// target is the content behind a link. Only a file of the repository is followed, and once.
func (s *snapshot) target(name string) (string, error) {
	link := s.tree[name].id
	to, err := s.objects.blob(link, 4096)
	if err != nil {
		return link, err
	}
	o := s.tree[path.Join(path.Dir(name), string(to))]
	if path.IsAbs(string(to)) || o.mode == "" || o.mode == linkMode || o.mode == moduleMode {
		return link, fmt.Errorf("it is a link to %s, which is no file of the repository", clean(string(to)))
	}
	return o.id, nil
}

func (s *snapshot) content(f *file) ([]byte, error) {
	content, err := s.objects.blob(f.id, maxFile)
	if err != nil || f.format.binary {
		return content, err
	}
	return text(content)
}

// entries are what a file says. With an error they may be incomplete, and nil if it says nothing.
func (s *snapshot) entries(f *file) ([]entry, error) {
	if f.read || f.fault != nil && f.format.includes == nil {
		return f.has, f.fault
	}
	f.read = true
	content, err := s.content(f)
	if err == nil {
		f.has, err = recovered(f.format.read, source{content: content, ecosystem: f.format.ecosystem, drivers: s.drivers,
			importers: func() []importer { return s.importers(path.Dir(f.path)) }})
	}
	switch n := len(f.has); {
	case n > maxEntries:
		f.has, err = nil, fmt.Errorf("it names drivers %d times", n)
	case n == 0 && err == nil:
		f.has = []entry{}
	}
	f.fault = errors.Join(err, f.fault)
	return f.has, f.fault
}

// recovered is what a reader says. A library that panics over a hostile file has not read it, and the others are unharmed.
func recovered(read reader, s source) (all []entry, err error) {
	defer func() {
		if recover() != nil {
			all, err = nil, errors.New("its parser gave up")
		}
	}()
	return read(s)
}

// importers are the package.json files that a lock file in dir is for: in it and below it, but for those with their own.
func (s *snapshot) importers(dir string) []importer {
	var all []importer
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[name]
		if path.Base(name) != "package.json" || s.locks(path.Dir(name), dir) != dir || f.fault != nil {
			continue
		}
		content, err := s.content(f)
		if err != nil {
			continue // which is said where it matters: when it changed
		}
		below := strings.TrimPrefix(strings.TrimPrefix(path.Dir(name), dir), "/")
		if i, err := (source{content: content}).importer(strings.TrimPrefix(below, ".")); err == nil {
			all = append(all, i)
		}
	}
	return all
}

// locks is the first directory with a lock file of npm's ecosystem on the way from one up to another, "" if there is none.
func (s *snapshot) locks(from, to string) string {
	for dir := from; ; dir = path.Dir(dir) {
		for _, name := range s.in[dir] {
			if f := s.files[name].format; f.ecosystem == NPM && f.locks {
				return dir
			}
		}
		if dir == to || dir == "." {
			return ""
		}
	}
}

// installed are the entries of the nearest lock files that hold a package, seen from a file that asks for it.
func (s *snapshot) installed(from string, p Package) []entry {
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		var all []entry
		for _, near := range []string{dir, path.Join(dir, "requirements"), path.Join(dir, "constraints")} {
			for _, name := range s.in[near] {
				f := s.files[name]
				if !f.format.locks || f.format.ecosystem != p.Ecosystem || name == from {
					continue
				}
				has, _ := s.entries(f)
				for _, e := range has {
					if e.Package == p && e.Range == "" {
						all = append(all, e)
					}
				}
			}
		}
		if len(all) > 0 || dir == "." || p.Ecosystem == Go {
			return all
		}
	}
}
