package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/matrix/dependency"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports/compare"
)

func upgradeCommand() *cobra.Command {
	var c comparer
	var o options
	var revisions, dir string
	cmd := &cobra.Command{
		Use:   "upgrade --git BASE..HEAD",
		Short: "Say what the drivers that a change in git upgrades do differently",
		Long: `Upgrade reads the manifests and lock files of two revisions (Go, npm, Yarn, pnpm, Bun, pip, Poetry, uv,
PDM, Pipenv and others), finds the MongoDB drivers whose version changed, and compares the versions as compare does.
It reads too what they run on: toolchains, interpreters and base images. A driver whose runtime changed is compared on
both; a server that changed is named. What names a driver or a runtime and could not be read, left its version open,
has no adapter here or could not be run is named and left out.

Its files are written into --out, one directory per driver beside upgrade.json, upgrade.xml and upgrade.md.

Exit code: as of compare, and 3 if nothing that --fail-on names changed and something was left out.`,
		Example: `  mongotls upgrade --git origin/main..HEAD
  mongotls upgrade --git v1.2.0..v1.3.0 --repo ../service --fail-on regressions,reason`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := c.parse(cmd)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("driver") {
				return usage.Errorf("--driver: the drivers are those that changed; drop it")
			}
			base, head, ok := strings.Cut(revisions, "..")
			if !ok || base == "" || head == "" || strings.HasPrefix(head, ".") {
				return usage.Errorf("--git %q: write two revisions, as in origin/main..HEAD", revisions)
			}
			if err := o.parse(); err != nil {
				return err
			}
			c.out = cmp.Or(c.out, "out")
			t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
			u, err := c.upgrade(cmd.Context(), t, o.Options, dir, base, head, chosen)
			if err != nil {
				return err
			}
			return c.tellUpgrade(t, u, chosen)
		},
	}
	f := cmd.Flags()
	o.flags(f)
	c.flags(f)
	f.StringVar(&revisions, "git", "", "two revisions, BASE..HEAD")
	f.StringVar(&dir, "repo", ".", "a directory of the repository")
	_ = cmd.MarkFlagRequired("git")
	return cmd
}

// directory makes a name of what a change says.
var directory = strings.NewReplacer("@", "-", "+", "")

// upgrade compares the drivers that changed between two revisions. A version that cannot be had is left out, and the
// others go on.
func (c comparer) upgrade(
	ctx context.Context, t *terminal.Terminal, o matrix.Options, dir, base, head string, chosen compare.Choice,
) (compare.Upgrade, error) {
	u := compare.Upgrade{Base: base, Head: head}
	found, err := dependency.Between(ctx, dir, base, head, packages.Drivers)
	if err != nil {
		return u, usage.Errorf("%v", err)
	}
	for _, left := range found.Left {
		u.Left = append(u.Left, compare.Left{Kind: string(left.Kind), Says: left.String()})
	}
	for _, change := range found.Changed {
		t.Linef(t.Err, "%s", change)
		dir := filepath.Join(c.out, directory.Replace(change.Driver+"-"+change.From+"-"+change.To))
		from, to, err := sides(change.Driver, change.From, change.To)
		if err != nil {
			u.Left = append(u.Left, compare.Left{Kind: "not run", Says: fmt.Sprintf("%s: %v", change, err)})
			continue
		}
		comparison, err := c.versions(ctx, t, o, from, to, dir)
		var missing registry.Unavailable
		if errors.As(err, &missing) && ctx.Err() == nil {
			u.Left = append(u.Left, compare.Left{Kind: "not run", Says: fmt.Sprintf("%s: %v", change, missing)})
			continue
		}
		if err != nil {
			return u, err
		}
		if err := compare.Save(dir, comparison, chosen); err != nil {
			return u, fault{err}
		}
		u.Comparisons = append(u.Comparisons, comparison)
	}
	return u, nil
}

func (c comparer) tellUpgrade(t *terminal.Terminal, u compare.Upgrade, chosen compare.Choice) error {
	var err error
	switch {
	case c.markdown:
		err = compare.WriteUpgradeMarkdown(t.Out, u)
	case c.json:
		err = compare.WriteUpgrade(t.Out, u)
	case c.junit:
		err = compare.WriteUpgradeJUnit(t.Out, u, chosen)
	default:
		if len(u.Comparisons) == 0 {
			t.Linef(t.Out, "%s between %s and %s", u.Summary(), u.Base, u.Head)
		}
		for _, comparison := range u.Comparisons {
			t.Comparison(comparison, chosen, c.verbose)
			t.Linef(t.Out, "")
		}
		for _, left := range u.Left {
			t.Linef(t.Out, "not compared: %s", left)
		}
	}
	if err == nil {
		err = compare.SaveUpgrade(c.out, u, chosen)
	}
	if err != nil {
		return fault{err}
	}
	t.Linef(t.Err, "written to %s: %s, %s, %s", c.out, compare.UpgradeJSONFile, compare.UpgradeJUnitFile,
		compare.UpgradeMarkdownFile)
	if err := exitOf(chosen, u.Comparisons...); err != nil {
		return err
	}
	if len(u.Left) > 0 {
		return code(exitHarness)
	}
	return nil
}
