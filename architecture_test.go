package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	GoFiles, CgoFiles                  []string
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
	drivers := packages(t, "./harness/driver/registry")[0].Imports
	for _, p := range packages(t, "./...") {
		room := strings.TrimPrefix(p.ImportPath, module)
		ofADriver := slices.Contains(drivers, p.ImportPath) && path.Dir(room) == "harness/driver"
		if ofADriver || strings.Contains(strings.TrimPrefix(room, "matrix/internal/"), "/internal/") || room+"/" == module || room == "harness/driver/godriver" {
			continue
		}
		require.Regexp(t, `\b`+regexp.QuoteMeta(path.Base(room))+`\b`, plan, room)
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
	args = append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,GoFiles"}, args...)
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
