package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/registry"
)

const module = "github.com/mongotls/mongotls/"

// may says which of our packages a room may import, besides itself and the rooms in it. The longest name that fits
// counts.
var may = map[string][]string{
	"fixtures":         {},
	"harness/evidence": {},
	"scenarios":        {"fixtures", "harness/evidence"},
	"harness":          {"fixtures", "scenarios", "internal"},
	"reports/form":     {},
	"reports":          {"harness/evidence", "harness/versions", "internal"},
	"matrix":           {"fixtures", "scenarios", "harness", "reports", "internal"},
	"internal":         {},
	"":                 {"matrix/command"},
}

// tests may import these besides.
var testsMay = map[string][]string{
	"harness/driver/node": {"reports"},                 // its errors are those of a stored report
	"reports/form":        {"reports/internal/sample"}, // golden files
	"":                    {"harness/driver/registry"}, // the names of drivers
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Dir                                string
	GoFiles                            []string
}

// Imports point one way: from the world to what is said of it, from the witnesses to the judge, from all of it to the
// matrix.
func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t, "./...") {
		room := strings.TrimPrefix(p.ImportPath+"/", module)
		room = strings.TrimSuffix(room, "/")
		of := ruleOf(room)
		holds := func(imports, besides []string) {
			for _, imported := range imports {
				to, ours := strings.CutPrefix(imported, module)
				if !ours || within(to, of) {
					continue
				}
				allowed := slices.ContainsFunc(slices.Concat(may[of], besides), func(name string) bool { return within(to, name) })
				require.True(t, allowed, "%s imports %s; %s may import %v", room, to, of, may[of])
			}
		}
		holds(p.Imports, nil)
		holds(slices.Concat(p.TestImports, p.XTestImports), testsMay[room])
		require.False(
			t,
			room != "" && slices.Contains(p.Imports, module+"matrix/command"),
			"only main imports the command line, not %s",
			room,
		)
	}
}

// Whoever imports matrix for its Test gets no command line, and no client of Docker.
func TestTheLibraryIsLight(t *testing.T) {
	for _, p := range packages(t, "-deps", "./matrix") {
		for _, heavy := range []string{"spf13/cobra", "testcontainers", "moby/moby"} {
			require.NotContains(t, p.ImportPath, heavy)
		}
	}
}

// The back ends of real servers know nothing of the stand-in: what they say of a server is seen from outside.
func TestRealServersKnowNoStandIn(t *testing.T) {
	for _, p := range packages(t, "-deps", "./harness/server", "./harness/server/container") {
		require.NotContains(t, p.ImportPath, "harness/standin")
	}
}

// A room that holds more than a person can look over is two rooms. The table of scenarios has a file for each area.
func TestRoomsAreSmall(t *testing.T) {
	for _, p := range packages(t, "./...") {
		if p.ImportPath != module+"scenarios" {
			require.LessOrEqual(t, len(p.GoFiles), 16, "%s: %v", p.ImportPath, p.GoFiles)
		}
	}
}

// The plan of the house names every room, but for those of single drivers and for what only tests of one room use.
func TestThePlanNamesEveryRoom(t *testing.T) {
	content, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	plan, _, found := strings.Cut(string(content), "\nImports point one way")
	require.True(t, found)
	unnamed := append(folders(t), "harness/driver/godriver", strings.TrimSuffix(module, "/"))
	for _, p := range packages(t, "./...") {
		room := strings.TrimPrefix(p.ImportPath, module)
		inside := strings.Contains(strings.TrimPrefix(room, "matrix/internal/"), "/internal/")
		if slices.Contains(unnamed, room) || inside {
			continue
		}
		require.Regexp(t, `\b`+regexp.QuoteMeta(path.Base(room))+`\b`, plan, room)
	}
}

// saysDrivers are the rooms and files that may name drivers besides their folders and the registry, and why.
var saysDrivers = map[string]string{
	"scenarios":               "rows cite what was published",
	"reports/internal/sample": "reports that are made up for tests",
	"harness/standin/face":    "node is a program",

	"matrix/dependency/manifest/formats.go":      "go and node are runtimes",
	"matrix/dependency/manifest/gomod.go":        "go is a runtime",
	"matrix/dependency/manifest/package_json.go": "node is a runtime",
	"matrix/dependency/manifest/pins":            "languages are runtimes",
}

// Who adds a driver touches its folder, its row and its list of known failures: no other code, workflow or Makefile
// names one, and only the registry imports the folders.
func TestDriversAreNamedInTheirRowsAlone(t *testing.T) {
	var names, words []string
	for _, name := range registry.Names() {
		if slices.Contains([]string{"go", "java", "node", "perl", "php", "ruby"}, name) {
			names = append(names, name) // which means more than a driver in a longer text
		} else {
			words = append(words, name)
		}
	}
	word := `\b(` + strings.Join(words, "|") + `)\b`
	driver := regexp.MustCompile(`^(` + strings.Join(names, "|") + `)$|` + word)
	folder := regexp.MustCompile(`\b(` + strings.Join(folders(t), "|") + `)\b`)
	example := regexp.MustCompile(`^ *mongotls `) // in the help of a verb

	rooms := slices.Concat(folders(t), []string{"harness/driver/godriver", "harness/driver/registry"})
	exempt := slices.AppendSeq(slices.Clone(rooms), maps.Keys(saysDrivers))
	in := func(of string, all []string) bool {
		return slices.ContainsFunc(all, func(name string) bool { return within(of, name) })
	}
	for _, p := range packages(t, "./...") {
		room := strings.TrimPrefix(p.ImportPath, module)
		if in(room, rooms) {
			continue
		}
		for _, imported := range p.Imports {
			assert.NotRegexp(t, folder, imported, "of "+room)
		}
		for _, file := range p.GoFiles {
			if in(path.Join(room, file), exempt) {
				continue
			}
			for _, text := range literals(t, filepath.Join(p.Dir, file)) {
				assert.False(t, driver.MatchString(text) && !example.MatchString(text), "%s/%s: %q", room, file, text)
			}
		}
	}
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	for _, file := range append(workflows, "Makefile", "action.yml") {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotRegexp(t, folder, string(content), file)
		assert.NotRegexp(t, word, string(content), file)
	}
}

// folders are those of single drivers.
func folders(t *testing.T) (all []string) {
	t.Helper()
	for _, imported := range packages(t, "./harness/driver/registry")[0].Imports {
		if room := strings.TrimPrefix(imported, module); path.Dir(room) == "harness/driver" {
			all = append(all, room)
		}
	}
	return all
}

// literals are the texts that stand in a file of Go, without the paths of its imports.
func literals(t *testing.T, file string) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, d := range f.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, err := strconv.Unquote(l.Value)
				require.NoError(t, err)
				all = append(all, text)
			}
			_, imports := n.(*ast.ImportSpec)
			return !imports
		})
	}
	return all
}

// What the plan and the rules for contributors name is there.
func TestThePlanNamesWhatThereIs(t *testing.T) {
	ours := regexp.MustCompile("`((?:docs|fixtures|harness|internal|matrix|reports|scenarios)/[\\w./-]+)`")
	for _, file := range []string{"docs/architecture.md", "CONTRIBUTING.md"} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range ours.FindAllStringSubmatch(string(content), -1) {
			_, err := os.Stat(m[1])
			require.NoError(t, err, file)
		}
	}
}

// Whoever runs an action runs the commit that was looked at.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	uses := regexp.MustCompile(`(?m)uses: (\S+)(.*)`)
	for _, file := range append(files, "action.yml", "docs/upgrade-action.md", "README.md") {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range uses.FindAllStringSubmatch(string(content), -1) {
			if m[1] != "./" && m[1] != "mongotls/mongotls@COMMIT" {
				require.Regexp(t, `^[\w./-]+@[0-9a-f]{40} # v\d`, m[1]+m[2], file)
			}
		}
	}
}

func ruleOf(room string) string {
	rule := ""
	for name := range may {
		if within(room, name) && len(name) > len(rule) {
			rule = name
		}
	}
	return rule
}

func within(room, name string) bool {
	return name != "" && (room == name || strings.HasPrefix(room, name+"/"))
}

func packages(t *testing.T, args ...string) (all []goPackage) {
	t.Helper()
	args = append([]string{"list", "-json=Dir,ImportPath,Imports,TestImports,XTestImports,GoFiles"}, args...)
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	require.NoError(t, err)
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}
