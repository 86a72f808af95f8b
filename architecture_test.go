package main

import (
	"encoding/json"
	"io"
	"os/exec"
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

type goPackage struct {
	ImportPath                 string
	Imports, GoFiles, CgoFiles []string
}

// Imports point one way: from the world to what is said of it, from the witnesses to the judge, from all of it to the
// matrix.
func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t, "./...") {
		room := strings.TrimPrefix(p.ImportPath+"/", module)
		room = strings.TrimSuffix(room, "/")
		of := ruleOf(room)
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours || within(to, of) {
				continue
			}
			allowed := slices.ContainsFunc(may[of], func(name string) bool { return within(to, name) })
			require.True(t, allowed, "%s imports %s; %s may import %v", room, to, of, may[of])
		}
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
	args = append([]string{"list", "-json=ImportPath,Imports,GoFiles"}, args...)
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
