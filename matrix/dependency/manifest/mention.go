package manifest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// mentions are the ways in which scripts, and files of tools that have no row in Formats, name a package with its
// version: its name is the first group, what is asked for the second.
var mentions = []struct {
	in   ecosystem.Name
	form *regexp.Regexp
}{
	{ecosystem.Go, regexp.MustCompile(`([\w-]+(?:\.[\w-]+)+(?:/[\w.-]+)+)(?:/\.\.\.)?["',]*[@\s=:]+["']?(v\d[\w.+-]*)`)},
	{ecosystem.NPM, regexp.MustCompile(`(?:^|[^\w./@-]|https?://[\w./-]+/)` +
		`((?:@[\w.-]+/)?[a-z][\w.-]*)@([~^<>=v]*\d[\w.+-]*|latest\b)`)},
	{ecosystem.PyPI, regexp.MustCompile(
		`(?:^|[^\w./@-])([A-Za-z][\w.-]*(?:\[[\w, -]*\])?)\s*((?:={2,3}|[~<>!]=|[<>])\s*\d[\w.*+!-]*)`)},
	{ecosystem.PyPI, regexp.MustCompile(`(?:^|[^\w./@-])(` +
		packages.Called(func(c registry.Called) string { return c.Conda }) + `)(=\d[\w.*+!-]*)`)},
	{ecosystem.Maven, regexp.MustCompile(`((?:[\w-]+\.)+[\w-]+:[A-Za-z][\w.-]*):(\d[\w.+-]*)`)},
	{ecosystem.NuGet, regexp.MustCompile(`\b(MongoDB\.[\w.]+)["']?[,\s]+(?:--?[vV]ersion[\s=]+)?["']?(\d[\w.-]*)`)},
	{ecosystem.RubyGems, regexp.MustCompile(
		`\bgem\s*\(?\s*(?:install\s+)?["']?([\w-]+)["']?(?:\s*,\s*|\s+(?:-v|--version)[\s=]*|:)["']?(\d[\w.]*)`)},
	{
		ecosystem.Packagist,
		regexp.MustCompile(`\b(?:pecl|pie)\s+install\s+(?:-\S+\s+)*([\w/-]*mongodb[\w-]*)[-:](\d[\w.]*)`),
	},
	{ecosystem.Packagist, regexp.MustCompile(`\b(mongodb/[a-z][\w-]*):([~^]?\d[\w.]*)`)},
	{ecosystem.Conan, regexp.MustCompile(`\b(` + packages.In(ecosystem.Conan) +
		`)(?:[-/](?:\S*?[-/])?(?:r|v)?)(\d+(?:\.\d+)+)`)},
	{ecosystem.Distribution, regexp.MustCompile(`\b(lib(?:mongo|bson)[a-z][\w.-]*?|` +
		packages.Called(func(c registry.Called) string { return c.Distribution }) + `)=(\d[\w.:+~*-]*)`)},
	{ecosystem.Unknown, regexp.MustCompile(`(?i)\b(\w*(?:mongo\w*driver|` +
		packages.Called(func(c registry.Called) string { return c.Variable }) +
		`)_?version)["']?\s*[=:\s]\s*["']?v?(\d[\w.+-]*)`)},
}

// script finds what a text installs, of whatever ecosystem: the lines of a shell, a CI system, a tool.
func script(d document.Source) []packages.Entry {
	d.Content = append(d.Content[:len(d.Content):len(d.Content)], inlineScript(d.Content)...)
	var all []packages.Entry
	for _, line := range d.Lines() {
		if !named.MatchString(line) {
			continue
		}
		for _, m := range mentions {
			for _, found := range m.form.FindAllStringSubmatch(line, -1) {
				d.Ecosystem = m.in
				if e, ok := mentioned(d, found[1], found[2]); ok {
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// named is what a line that names a driver, or what brings one, has in it.
var named = func() *regexp.Regexp {
	words := []string{packages.Mongo.String(), "mgo"}
	for _, name := range packages.Names() {
		if !packages.Mongo.MatchString(name) {
			words = append(words, regexp.QuoteMeta(name))
		}
	}
	slices.Sort(words[2:])
	return regexp.MustCompile("(?i)" + strings.ReplaceAll(strings.Join(words, "|"), "(?i)", ""))
}()

// NamesDriver reports whether a text has the name of a driver, or of what brings one, in it.
func NamesDriver(text string) bool { return named.MatchString(text) }

// mentioned is what a name with a version in an ecosystem's way means.
func mentioned(d document.Source, name, version string) (packages.Entry, bool) {
	s := source{Source: d}
	switch d.Ecosystem {
	case ecosystem.PyPI:
		if strings.HasPrefix(version, "=") && !strings.HasPrefix(version, "==") {
			version = "=" + version
		}
		return s.requirement(name+version, "")
	case ecosystem.Go: // of a package: the module that it is in
		for path := name; path != ""; path = path[:max(strings.LastIndex(path, "/"), 0)] {
			if e, ok := d.Named(path); ok {
				return e.At(version), true
			}
		}
		return packages.Entry{}, false
	case ecosystem.Packagist:
		if name == "mongodb" { // PECL's
			name = "ext-mongodb"
		}
	}
	e, ok := d.Named(name)
	if d.Ecosystem == ecosystem.NPM {
		return npmRange(e, version), ok
	}
	if packages.IsRelease(version) {
		return e.At(version), ok
	}
	return e.Asked(version), ok
}

// inline is the block of metadata in a script of Python:
// https://packaging.python.org/en/latest/specifications/inline-script-metadata/.
var inline = regexp.MustCompile(`(?m)^# /// script\n((?:#.*\n)+?)# ///$`)

// inlineScript is the text of such blocks.
func inlineScript(content []byte) []byte {
	var text []byte
	for _, m := range inline.FindAllSubmatch(content, -1) {
		text = append(text, '\n')
		for line := range strings.Lines(string(m[1])) {
			text = append(text, strings.TrimPrefix(line, "#")...)
		}
	}
	return text
}

// scripted reads what the text installs beside what read finds in it.
func scripted(read reader) reader {
	return func(s source) ([]packages.Entry, error) {
		all, err := read(s)
		return append(all, script(s.Source)...), err
	}
}

// set reads what the text asks for to run on beside what read finds in it.
func set(read reader) reader {
	return func(s source) ([]packages.Entry, error) {
		all, err := read(s)
		type pin struct{ name, version string }
		found := map[pin]bool{}
		for _, e := range all {
			found[pin{e.Package.Name, e.Range}] = true
		}
		for _, e := range pins.Settings(s.Source) {
			if !found[pin{e.Package.Name, e.Range}] {
				all = append(all, e)
			}
		}
		return all, err
	}
}

// whatever reads a file of which nothing is known.
func whatever(s source) ([]packages.Entry, error) { return script(s.Source), nil }

// nothingElse are files that a build does not install from: documents, data, tests.
var nothingElse = []string{
	"**/*.{md,mdx,markdown,rst,adoc,asciidoc,tex,html,htm,css,scss,svg,csv,tsv,sql,po,log,patch,diff,snap,map}",
	"**/{changelog,changes,history,news,readme,authors,license,copying,notice}{,.*}",
	"**/{doc,docs,test,tests,__tests__,spec,specs,fixtures,__snapshots__,example,examples}/**",
	"**/{test_*,*_test,*.test,*.spec}.*",
}
