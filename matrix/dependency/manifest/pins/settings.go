package pins

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// tool is a runtime where a setting may name it: some of the names in the table are words of other things too.
const tool = `node(?:[-_.]?js)?|golang|go|python|bun|deno|ruby|php|java|dotnet`

// settings are the ways in which CI systems, clusters, clouds and scripts ask for a runtime on one line: its name is
// the first group, the version the second. A name alone before a number may be anything, so the number must look like a
// version there: it is no port and no count.
var settings = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(?:^|[^a-z])(` + tool + `|mongo(?:d|db)?)[-_]?version(?:s|spec)?["']?(?:\s*[:=]+\s*|\s+)` +
		`["']?([v^~<>=]*\d[\w.*+-]*)`),
	regexp.MustCompile(`(?i)(?:^|[\s"'])(` + tool + `)["']?\s*[:=@]{1,2}\s*["']?([v^~<>=]*(?:\d+\.\d[\w.*+-]*|\d\d\d?))` +
		`(?:["'\s,;}\]]|$)`),
	regexp.MustCompile(`(?i)(?:^|[^a-z\d])(node)js[-_]?(\d+(?:\.[\dx]+)*)`),
	regexp.MustCompile(`(?:^|[^A-Za-z\d])(node)[-_]?(\d\d)(?:["'\s,;)\]}]|$)`),
	regexp.MustCompile(`(?:^|[^A-Za-z\d])(python)[-_]?([23][._]?\d{1,2}(?:\.\d+)?)(?:\W|$)`),
	regexp.MustCompile(`(?:^|[^A-Za-z\d])(go)(1\.\d+(?:\.\d+)*)`),
	regexp.MustCompile(`(?:^|\s)(ubuntu)-(\d+\.\d+)`),
	regexp.MustCompile(`(?i)(?:asdf|mise|install|use)\s+(` + tool + `)\s+v?(\d[\w.]*)`),
}

// installers are tools of one runtime, which need not name it.
var installers = map[string]*regexp.Regexp{
	"node": regexp.MustCompile(`(?:\b(?:nvm|fnm|nodenv|n)\s+(?:install|use|alias\s+default|global|local)\s+v?|` +
		`\bsetup_)(\d[\w.]*)`),
	"python": regexp.MustCompile(`(?:\bpyenv\s+(?:install|global|local)|\buv\s+python\s+(?:install|pin)|\s--python)` +
		`[\s=]+(?:-\S+\s+)*(\d[\w.]*)`),
}

// tagged is an image with its tag or digest: https://pkg.go.dev/github.com/distribution/reference. A number of four
// digits and more is a port.
var (
	tagged = regexp.MustCompile(`(?:^|[\s"'=])(?:docker://)?([a-z\d][\w./-]*(?::\d+/[\w./-]+)?(?::[\w.-]*\d[\w.-]*)?` +
		`(?:@sha256:[\da-f]+)?)`)
	port = regexp.MustCompile(`^[^/]*:\d{4,}$`)
)

// names reports whether a text could name a runtime, in a fraction of the time that the patterns need.
func names(text string) bool {
	text = strings.ToLower(text)
	for name := range runtimes {
		if strings.Contains(text, name) {
			return true
		}
	}
	return slices.ContainsFunc([]string{"nvm", "fnm", "pyenv", "setup_"}, func(tool string) bool {
		return strings.Contains(text, tool)
	})
}

// Settings finds the runtimes that a file of another tool asks for: its lines and, if it is data, its records.
func Settings(s document.Source) []packages.Entry {
	var all []packages.Entry
	if !names(string(s.Content)) {
		return nil
	}
	for _, line := range s.Lines() {
		if !names(line) {
			continue
		}
		add := func(name string, at []int) {
			all = append(all, Pin(name, line[:at[0]]+line[at[1]:], strings.ReplaceAll(line[at[0]:at[1]], "_", "."))...)
		}
		for _, form := range settings {
			for _, at := range form.FindAllStringSubmatchIndex(line, -1) {
				add(strings.NewReplacer("-", "", "_", "", ".", "").Replace(line[at[2]:at[3]]), at[4:])
			}
		}
		for name, form := range installers {
			for _, at := range form.FindAllStringSubmatchIndex(line, -1) {
				add(name, at[2:])
			}
		}
		for _, at := range tagged.FindAllStringSubmatchIndex(line, -1) {
			if reference := line[at[2]:at[3]]; strings.ContainsAny(reference, ":@") && !port.MatchString(reference) {
				all = append(all, image(line[:at[2]]+line[at[3]:], reference)...)
			}
		}
	}
	read := func(content any) error {
		all = append(all, Records("", content)...)
		return nil
	}
	var content map[string]any
	if s.TOML(&content) == nil {
		_ = read(content)
	} else { // JSON is YAML; a template is neither, and its lines have been read
		s.Content = document.WithoutComments(s.Content)
		_ = s.YAML(read)
	}
	return all
}

// records are what the keys of a record are called that hold a name, and those that hold a version.
var records = [][2]string{{"name", "newTag"}, {"newName", "newTag"}, {"repository", "tag"}, {"repository", "digest"},
	{"image", "tag"}, {"task", "version"}, {"task", "versionSpec"}, {"kind", "version"}}

// Records finds the runtimes that data asks for: records of a name and a version, and keys that are a name.
func Records(by string, value any) []packages.Entry {
	var all []packages.Entry
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			all = append(all, Records(by, one)...)
		}
	case []map[string]any: // TOML's array of tables
		for _, one := range v {
			all = append(all, Records(by, one)...)
		}
	case map[string]any:
		for _, form := range records {
			for _, about := range []map[string]any{v, table(v["inputs"]), table(v["spec"])} {
				all = append(all, Pin(called(document.Texts(v[form[0]])), by, document.Texts(about[form[1]]))...)
			}
		}
		name, version := called(document.Texts(v["name"])), document.Texts(v["version"])
		switch from := document.Texts(v["repository"]); {
		case strings.Contains(from, "://") && version != "":
			all = append(all, Pin(name, by, "chart "+version)...)
		case runtimes[name] != Server: // a package is called as its server
			all = append(all, Pin(name, by, version)...)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch inner := v[key].(type) {
			case map[string]any:
				all = append(all, Pin(called(key), by+"."+key, document.Texts(inner["version"]))...)
			case []any:
				for _, one := range inner {
					if version := document.Texts(one); likeVersion.MatchString(version) {
						all = append(all, Pin(called(key), by+"."+key, version)...)
					}
				}
			}
			all = append(all, Records(by+"."+key, v[key])...)
		}
	}
	return all
}

var likeVersion = regexp.MustCompile(`^[v^~<>=\s]*\d[\w.*+-]*$`)

// calledAs takes "ghcr.io/devcontainers/features/node:1", "NodeTool@0", "UsePythonVersion@0" and "node_js" apart.
var calledAs = regexp.MustCompile(
	`(?i)^(?:.*/)?(?:use)?([a-z][a-z-]*?)(?:tool(?:installer)?|version|community|_js)?(?:[:@].*)?$`)

func called(name string) string {
	if m := calledAs.FindStringSubmatch(name); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}
