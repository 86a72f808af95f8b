package dependency

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Far above what the lock files of large repositories need.
const (
	maxFile    = 8 << 20 // bytes
	maxEntries = 10_000
)

// A snapshot is a commit with its manifests, which are read when somebody asks.
type snapshot struct {
	commit  string
	objects *store
	drivers packages.Packages
	tree    map[string]object
	files   map[string]*file    // by path
	in      map[string][]string // the files of a directory
	pins    map[*manifest.Format]map[pin]bool
}

// A file is a manifest.
type file struct {
	path   string
	format *manifest.Format
	id     string // of its content, through a link
	broken error  // why there is no content
	lacks  error  // what it includes and is not there
	read   bool   // what it says is known
	has    []packages.Entry
	fault  error
}

func (r repository) snapshot(
	ctx context.Context, objects *store, rev string, drivers packages.Packages,
) (*snapshot, error) {
	commit, err := r.commit(ctx, rev)
	if err != nil {
		return nil, err
	}
	tree, err := r.tree(ctx, commit)
	if err != nil {
		return nil, err
	}
	s := &snapshot{commit: commit, objects: objects, drivers: drivers, tree: tree, files: map[string]*file{},
		in: map[string][]string{}, pins: map[*manifest.Format]map[pin]bool{}}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if f := manifest.FormatOf(name); f != nil && tree[name].mode != moduleMode {
			s.add(name, f)
		}
	}
	return s, nil
}

// add puts a file, and those that it includes, among the manifests.
func (s *snapshot) add(name string, format *manifest.Format) {
	if s.files[name] != nil {
		return
	}
	f := &file{path: name, format: format, id: s.tree[name].id}
	s.files[name] = f
	s.in[path.Dir(name)] = append(s.in[path.Dir(name)], name)
	if s.tree[name].mode == linkMode {
		f.id, f.broken = s.target(name)
	}
	if format.Includes == nil {
		return
	}
	content, err := s.content(f)
	if err != nil {
		return // which is said when it is read
	}
	for _, other := range format.Includes(content) {
		at := path.Join(path.Dir(name), other)
		if mode := s.tree[at].mode; mode == "" || mode == moduleMode {
			f.lacks = fmt.Errorf("it includes %s, which is no file of the repository", packages.Clean(other))
			continue
		}
		s.add(at, format)
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
		return link, fmt.Errorf("it is a link to %s, which is no file of the repository", packages.Clean(string(to)))
	}
	return o.id, nil
}

func (s *snapshot) content(f *file) ([]byte, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	content, err := s.objects.blob(f.id, maxFile)
	if err != nil {
		return content, err
	}
	return f.format.Text(content)
}

// entries are what a file says. With an error they may be incomplete, and nil if it says nothing.
func (s *snapshot) entries(f *file) ([]packages.Entry, error) {
	if f.read {
		return f.has, f.fault
	}
	f.read = true
	content, err := s.content(f)
	if err == nil {
		importers := func() []manifest.Importer { return s.importers(path.Dir(f.path)) }
		f.has, err = f.format.Read(content, s.drivers, importers)
	}
	switch n := len(f.has); {
	case err != nil && f.format.Guess:
		f.has, err = []packages.Entry{}, nil
	case n > maxEntries:
		f.has, err = nil, fmt.Errorf("it names packages %d times", n)
	case n == 0 && err == nil:
		f.has = []packages.Entry{}
	}
	f.fault = cmp.Or(err, f.lacks)
	return f.has, f.fault
}

// importers are the package.json files that a lock file in dir is for: in it and below it, but for those with their
// own.
func (s *snapshot) importers(dir string) []manifest.Importer {
	var all []manifest.Importer
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[name]
		if path.Base(name) != "package.json" || s.locks(path.Dir(name), dir) != dir {
			continue
		}
		content, err := s.content(f)
		if err != nil {
			continue // which is said where it matters: when it changed
		}
		below := strings.TrimPrefix(strings.TrimPrefix(path.Dir(name), dir), "/")
		if i, err := manifest.ImporterOf(content, strings.TrimPrefix(below, ".")); err == nil {
			all = append(all, i)
		}
	}
	return all
}

// locks is the first directory with a lock file of npm's ecosystem on the way from one up to another, "" if there is
// none.
func (s *snapshot) locks(from, to string) string {
	for dir := from; ; dir = path.Dir(dir) {
		for _, name := range s.in[dir] {
			if f := s.files[name].format; f.Ecosystem == ecosystem.NPM && f.Locks {
				return dir
			}
		}
		if dir == to || dir == "." {
			return ""
		}
	}
}

// installed are the entries of the nearest lock files that hold a package, seen from a file that asks for it.
func (s *snapshot) installed(from string, p ecosystem.Package) []packages.Entry {
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		var all []packages.Entry
		for _, near := range []string{dir, path.Join(dir, "requirements"), path.Join(dir, "constraints")} {
			for _, name := range s.in[near] {
				f := s.files[name]
				if !f.format.Locks || f.format.Ecosystem != p.Ecosystem || name == from {
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
		if len(all) > 0 || dir == "." || p.Ecosystem == ecosystem.Go {
			return all
		}
	}
}
