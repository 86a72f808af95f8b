package command

import (
	"strings"
	"time"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/scenarios"
)

// A knownFile is what the user says about known failures.
type knownFile struct {
	path      string
	noBuiltin bool
}

// load reads the case table, and the list.
func (k knownFile) load() (*cases.Table, known.List, error) {
	t, err := table()
	if err != nil {
		return nil, nil, err
	}
	list, err := known.Load(k.path, !k.noBuiltin, t)
	return t, list, err
}

func table() (*cases.Table, error) {
	t, err := cases.Expand(scenarios.All())
	if err != nil {
		return nil, usage.Errorf("the scenario table: %v", err)
	}
	return t, nil
}

func knownCommand() *cobra.Command {
	var file knownFile
	cmd := &cobra.Command{
		Use:   "known",
		Short: "Show, check or add known failures",
		Long: `Known shows the deviations that have been looked at: of which driver, versions, builds and back ends,
what happens instead of what must, why, and where that can be read. The list is the built-in one, with that of --known
before it; add writes an entry into that. docs/known-failures.md has the format.`,
		Args: verbs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&file.path, "known", "", "YAML `file` of known failures, beside the built-in list")
	f.BoolVar(&file.noBuiltin, "no-builtin-known", false, "drop the built-in list")
	terminal.Group(f, terminal.KnownFailures, "known", "no-builtin-known")
	cmd.AddCommand(knownListCommand(&file), knownExplainCommand(&file), knownCheckCommand(&file),
		knownAddCommand(&file))
	return cmd
}

func knownListCommand(file *knownFile) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the entries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, list, err := file.load()
			switch {
			case err != nil:
				return err
			case markdown:
				return known.WriteMarkdown(cmd.OutOrStdout(), list)
			default:
				listKnown(terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()), list)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false,
		"print Markdown, with what each entry deviates from and the command that shows it")
	return cmd
}

// listKnown prints a table or, where a line has no room for one, entry by entry.
func listKnown(t *terminal.Terminal, list known.List) {
	if t.Narrower(100) {
		for _, k := range list {
			explainKnown(t, k, k.Case, time.Now())
		}
		return
	}
	var rows []grid.Row
	for _, k := range list {
		rows = append(rows, grid.Row{k.Case, k.Where(), cases.Or(k.Instead), k.Because, k.Until})
	}
	t.Table(grid.Row{"case", "where", "instead", "because", "until"}, rows, []int{0, 0, 0, 60, 0}, false)
}

func knownExplainCommand(file *knownFile) *cobra.Command {
	return &cobra.Command{
		Use: "explain CASE", Short: "Say what is known of a case", Args: one("a case id, such as uri/invalid-bool"),
		Example: "  mongotls known explain uri/invalid-bool/requireTLS",
		RunE: func(cmd *cobra.Command, args []string) error {
			all, list, err := file.load()
			if err != nil {
				return err
			}
			chosen, err := all.Choose(args, nil, nil)
			if err != nil {
				return err
			}
			t := terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr())
			found := false
			for _, k := range list {
				n := 0
				for _, c := range chosen {
					if cases.Matches(k.Case, c.ID) {
						n++
					}
				}
				if n > 0 {
					found = true
					explainKnown(t, k, k.Case+", "+form.Counted(n, "case", "cases"), time.Now())
				}
			}
			if !found {
				t.Para(2, args[0]+": nothing is known of it in "+file.lists())
			}
			return nil
		},
	}
}

// lists names what load reads.
func (k knownFile) lists() string {
	var names []string
	if k.path != "" {
		names = append(names, k.path)
	}
	if !k.noBuiltin {
		names = append(names, "the built-in list")
	}
	if len(names) == 0 {
		return "no list: --no-builtin-known drops the only one"
	}
	return strings.Join(names, " and ")
}

func explainKnown(t *terminal.Terminal, k known.Entry, title string, now time.Time) {
	t.Linef(t.Out, "%s", title)
	const column = 9
	t.Labelled(column, "where", k.Where())
	t.Labelled(column, "instead", cases.Or(k.Instead))
	t.Labelled(column, "because", k.Because)
	t.Labelled(column, "see", k.See)
	until := k.Until
	if k.Expired(now) {
		until += ", which has passed: look at it again"
	}
	t.Labelled(column, "until", until)
	t.Labelled(column, "in", k.File)
}

func knownCheckCommand(file *knownFile) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check the entries, and that no day has passed", Args: cobra.NoArgs,
		Long: `Check says nothing and ends with 0, or says in one sentence which entry is wrong, matches no case or has
passed its day.`,
		RunE: func(*cobra.Command, []string) error {
			_, list, err := file.load()
			if err != nil {
				return err
			}
			return list.Current(time.Now())
		},
	}
}
