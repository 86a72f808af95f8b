// Package dependency finds the MongoDB drivers that a change in git upgrades.
//
// It reads the manifests and lock files of both revisions straight from git's objects: nothing is checked out,
// installed or asked of a registry, and no file outside the repository is opened. What names a driver and could not be
// read, or leaves its version open, is part of the result. So a result that is empty says that no driver changed, and
// no less.
package dependency

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A Result is what changed from one revision to another. Its lists are ordered by their first files.
type Result struct {
	Changed []Change // drivers, and drivers on what they run on
	Left    []Left   // what changed and is no Change, or could not be looked at
}

// A Change is a driver whose version changed, or that of what it runs on, in either direction.
type Change struct {
	Driver   string // the spec of a driver: its name, and its version if that of its runtime changed
	From, To string // releases, v2.8.2 or 6.20.0; of a runtime its component, "+node22"
	Files    []string
}

// String names the change: "go v2.8.2 → v2.9.3 (go.mod, tools/go.mod)", "node@6.20.0 +node20 → +node22 (.nvmrc)".
func (c Change) String() string {
	return fmt.Sprintf("%s %s → %s (%s)", c.Driver, c.From, c.To, paths(c.Files))
}

// A Left is something that a comparison leaves out.
type Left struct {
	Kind  Kind
	Files []string
	Says  string // what happened to the files, as the rest of a sentence that begins with their names
}

// String is the sentence: "requirements.txt: pymongo 4.9.2 is gone, so there is nothing to compare it with".
func (l Left) String() string { return paths(l.Files) + ": " + l.Says }

// A Kind is why something is left out of a comparison.
type Kind string

// The kinds of what is left out.
const (
	Unread     Kind = "unread"     // a file that could not be read, as a whole or in part
	Unresolved Kind = "unresolved" // a version that is left open, and no lock file tells
	NoRelease  Kind = "no release" // a fork, a directory, an address
	New        Kind = "new"        // a driver that was not there before
	Gone       Kind = "gone"       // a driver that is not there any more
	NoAdapter  Kind = "no adapter" // a driver that nothing here can run
	Runtime    Kind = "runtime"    // what drivers run on, which cannot be run
)

// Between says which of the drivers changed between two revisions of the repository that dir belongs to. An error is
// about git: no repository, no such revision. What is wrong with a file is part of the result.
func Between(ctx context.Context, dir, base, head string, drivers packages.Packages) (Result, error) {
	r := repository{dir}
	objects, err := r.open(ctx)
	if err != nil {
		return Result{}, err
	}
	defer objects.close()
	before, err := r.snapshot(ctx, objects, base, drivers)
	if err != nil {
		return Result{}, err
	}
	after, err := r.snapshot(ctx, objects, head, drivers)
	if err != nil {
		return Result{}, err
	}
	renamed, err := r.renames(ctx, before.commit, after.commit)
	if err != nil {
		return Result{}, err
	}
	c := comparison{before: before, after: after}
	return c.compare(renamed), ctx.Err()
}

// paths joins the names of files for a reader: a name that could disturb a terminal is quoted.
func paths(files []string) string {
	shown := slices.Clone(files)
	for i, file := range shown {
		shown[i] = printable(file)
	}
	return strings.Join(shown, ", ")
}

// printable is a path as a terminal may show it.
func printable(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(path)
	}
	return path
}

func byFile(a, b []string) int { return cmp.Compare(a[0], b[0]) }
