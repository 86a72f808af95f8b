package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A yarnEntry is one block of a yarn.lock.
type yarnEntry struct {
	keys       []string // what is answered by it: "mongodb@^6.0.0"
	version    string
	resolution string            // berry: "mongodb@npm:6.20.0"
	resolved   string            // version 1: an address
	asks       map[string]string // names and ranges
}

// berryVersions are those of the lock files of Yarn 2 to 4, version 1 has no number.
const berryVersions = 10

// yarnLock reads a yarn.lock of Yarn 1 or of a later one: https://classic.yarnpkg.com/lang/en/docs/yarn-lock/.
func (s source) yarnLock() ([]packages.Entry, error) {
	berry, err := s.isBerry()
	if err != nil {
		return nil, err
	}
	var blocks []yarnEntry
	if berry {
		blocks, err = s.berryBlocks()
	} else {
		blocks, err = yarnBlocks(string(s.Content))
	}
	if err != nil {
		return nil, err
	}
	of := map[string]int{}
	for i, b := range blocks {
		for _, key := range b.keys {
			of[key] = i
		}
	}
	var all []packages.Entry
	asked := map[int]bool{}
	ask := func(by string, bundled bool, asks map[string]string) {
		for name, versions := range asks {
			i, ok := of[name+"@"+versions]
			if !ok {
				i, ok = of[name+"@npm:"+versions]
			}
			if !ok {
				continue
			}
			target := blocks[i].place()
			if e, ok := s.Driver(target.name); ok {
				asked[i] = true
				if !bundled {
					all = append(all, target.entry(e, by))
				}
			}
		}
	}
	for _, b := range blocks {
		p := b.place()
		ask(p.by, s.bundles(p), b.asks)
	}
	if !berry && slices.ContainsFunc(blocks, func(b yarnEntry) bool { _, ok := s.Driver(b.place().name); return ok }) {
		for _, i := range s.importers() {
			ask(workspace(i.dir), false, i.asks)
		}
	}
	for i, b := range blocks {
		if p := b.place(); !asked[i] {
			if e, ok := s.Driver(p.name); ok {
				all = append(all, p.entry(e, ""))
			}
		}
	}
	return all, nil
}

var (
	yarnVersion = regexp.MustCompile(`(?m)^# yarn lockfile v(\d+)`)
	metadata    = regexp.MustCompile(`(?m)^__metadata:`)
)

func (s source) isBerry() (bool, error) {
	if metadata.Match(s.Content) {
		return true, nil
	}
	if m := yarnVersion.FindSubmatch(s.Content); m != nil && string(m[1]) != "1" {
		return false, document.Newer(string(m[1]), "1 and berry")
	}
	return false, nil
}

// place is what the block puts somewhere.
func (b yarnEntry) place() place {
	if b.resolution != "" {
		name, from := descriptor(b.resolution)
		p := place{name: name, by: name, version: b.version}
		switch dir, isWorkspace := strings.CutPrefix(from, "workspace:"); {
		case isWorkspace:
			p.by, p.version, p.link = workspace(dir), "", dir
		case !strings.HasPrefix(from, "npm:"):
			p.version = from
		}
		return p
	}
	name, versions := descriptor(b.keys[0])
	if alias, ok := strings.CutPrefix(versions, "npm:"); ok && strings.Contains(alias[min(1, len(alias)):], "@") {
		name, versions = descriptor(alias)
	}
	p := place{name: name, by: name, version: b.version}
	if strings.ContainsAny(versions, ":/") && !strings.HasPrefix(versions, "npm:") || !published(name, b.resolved) {
		p.version = versions
	}
	return p
}

// berryBlocks reads the YAML of Yarn 2 and later.
func (s source) berryBlocks() ([]yarnEntry, error) {
	var all []yarnEntry
	err := s.YAML(func(content any) error {
		blocks, _ := content.(map[string]any)
		about, _ := blocks["__metadata"].(map[string]any)
		version, err := strconv.Atoi(document.Texts(about["version"]))
		if err != nil || version > berryVersions {
			return document.Newer(about["version"], fmt.Sprintf("1 and berry's up to %d", berryVersions))
		}
		delete(blocks, "__metadata")
		for _, keys := range slices.Sorted(maps.Keys(blocks)) {
			block, ok := blocks[keys].(map[string]any)
			if !ok {
				return fmt.Errorf("%s is no mapping", packages.Clean(keys))
			}
			b := yarnEntry{keys: strings.Split(keys, ", "), version: document.Texts(block["version"]),
				resolution: document.Texts(block["resolution"]), asks: map[string]string{}}
			asks, _ := block["dependencies"].(map[string]any)
			for name, versions := range asks {
				b.asks[name] = document.Texts(versions)
			}
			if b.resolution == "" {
				return fmt.Errorf("%s has no resolution: it is cut off", packages.Clean(keys))
			}
			all = append(all, b)
		}
		return nil
	})
	return all, err
}

// yarnBlocks reads the format of Yarn 1: keys at the margin, fields below them, the dependencies below their field.
func yarnBlocks(content string) ([]yarnEntry, error) {
	var all []yarnEntry
	section := ""
	for i, line := range strings.Split(content, "\n") {
		wrong := func(what string) error { return fmt.Errorf("line %d: %s", i+1, what) }
		bare := strings.TrimLeft(line, " ")
		indent := len(line) - len(bare)
		if bare == "" || bare[0] == '#' {
			continue
		}
		words, err := yarnWords(strings.TrimSuffix(bare, ":"))
		heads := strings.HasSuffix(bare, ":")
		switch {
		case err != nil:
			return nil, wrong(err.Error())
		case indent == 0 && heads:
			all, section = append(all, yarnEntry{keys: words, asks: map[string]string{}}), ""
		case len(all) == 0 || indent == 0:
			return nil, wrong("a block must begin with what it answers, and a colon")
		case indent == 2 && heads && len(words) == 1:
			section = words[0]
		case indent == 2 && len(words) == 2:
			switch b := &all[len(all)-1]; words[0] {
			case "version":
				b.version = words[1]
			case "resolved":
				b.resolved = words[1]
			}
		case indent == 4 && section != "" && len(words) == 2:
			if section == "dependencies" || section == "optionalDependencies" {
				all[len(all)-1].asks[words[0]] = words[1]
			}
		default:
			return nil, wrong("it is neither a block nor a field")
		}
	}
	for _, b := range all {
		if b.version == "" {
			return nil, fmt.Errorf("%s has no version: it is cut off", packages.Clean(b.keys[0]))
		}
	}
	return all, nil
}

// yarnWords are the words of a line: bare, or in JSON's quotes, with commas or spaces between them.
func yarnWords(line string) ([]string, error) {
	var all []string
	for line = strings.TrimLeft(line, ", "); line != ""; line = strings.TrimLeft(line, ", ") {
		if line[0] != '"' {
			end := strings.IndexAny(line, ", ")
			if end < 0 {
				end = len(line)
			}
			all, line = append(all, line[:end]), line[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, fmt.Errorf("a quote does not end")
		}
		word, err := strconv.Unquote(quoted)
		if err != nil || word == "" {
			return nil, fmt.Errorf("a quoted word cannot be read")
		}
		all, line = append(all, word), line[len(quoted):]
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it says nothing")
	}
	return all, nil
}
