package dependency

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A scratch is a repository of a test, without a work tree.
type scratch struct {
	t   testing.TB
	dir string
}

func newScratch(t testing.TB) scratch {
	if _, err := exec.LookPath("git"); err != nil {
		required.OrSkip(t, "git", "no git found")
	}
	r := scratch{t, t.TempDir()}
	r.git("", "init", "-q", "--bare", "--template=")
	return r
}

// A bump is a change of a repository, what becomes of its drivers, and what is named as left out.
type bump struct {
	base, head    files
	changed, left []string
}

func compared(t *testing.T, rows map[string]bump) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newScratch(t)
			r.commit("base", row.base)
			r.commit("head", row.head)
			changed, left := r.between("base", "head")
			require.Equal(t, row.changed, changed)
			require.Equal(t, row.left, left)
		})
	}
}

func (r scratch) git(input string, args ...string) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", append([]string{"-C", r.dir, "-c", "core.bigFileThreshold=1m"},
		args...)...)
	cmd.Stdin = strings.NewReader(input)
	said, err := cmd.CombinedOutput()
	require.NoError(r.t, err, string(said))
}

// files are contents by path. What begins with -> is a link, with @ a submodule's commit.
type files = map[string]string

// commit makes a branch of these files.
func (r scratch) commit(branch string, all files) {
	r.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "commit refs/heads/%s\ncommitter x <x@example.com> 0 +0000\ndata 0\ndeleteall\n", branch)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		mode, content := "100644", all[name]
		name = strings.ReplaceAll(strconv.Quote(name), `\x1b`, `\033`) // git's quotes
		if to, ok := strings.CutPrefix(content, "->"); ok {
			mode, content = "120000", to
		}
		if id, ok := strings.CutPrefix(content, "@"); ok {
			fmt.Fprintf(&b, "M 160000 %s %s\n", id, name)
			continue
		}
		fmt.Fprintf(&b, "M %s inline %s\ndata %d\n%s\n", mode, name, len(content), content)
	}
	r.git(b.String(), "fast-import", "--quiet", "--force")
}

func (r scratch) between(base, head string) (changed, left []string) {
	r.t.Helper()
	result, err := Between(r.t.Context(), r.dir, base, head, packages.Drivers)
	require.NoError(r.t, err)
	return told(result)
}

// told is a result in words, each sentence that leaves something out behind its kind.
func told(result Result) (changed, left []string) {
	for _, c := range result.Changed {
		changed = append(changed, c.String())
	}
	for _, l := range result.Left {
		left = append(left, string(l.Kind)+": "+l.String())
	}
	return changed, left
}

// in puts a version into a template.
func in(template, version string) string { return strings.ReplaceAll(template, "VERSION", version) }
