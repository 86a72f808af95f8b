package command

import (
	"fmt"
	"io"
	"time"

	grid "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/matrix/known"
	"github.com/mongotls/mongotls/scenarios"
)

func knownCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "known",
		Short: "Show or check a list of known failures",
		Long: `Known shows the deviations that have been looked at: of which driver, versions, builds and back ends, what happens
instead of what must, why, and where that can be read. The list is the built-in one, or that of --known.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&path, "known", "", "YAML file of known failures (default: the built-in list)")
	load := func() (*cases.Table, known.List, error) {
		t, err := cases.Expand(scenarios.All())
		if err != nil {
			return nil, known.List{}, usage.Errorf("the scenario table: %v", err)
		}
		f, err := known.Load(path, t)
		return t, f, err
	}
	var markdown bool
	list := &cobra.Command{
		Use: "list", Short: "List the entries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, f, err := load()
			switch {
			case err != nil:
				return err
			case markdown:
				writeFindings(cmd.OutOrStdout(), f.Entries)
			default:
				listKnown(cmd.OutOrStdout(), f.Entries)
			}
			return nil
		},
	}
	list.Flags().BoolVar(&markdown, "markdown", false, "print Markdown, with what each entry deviates from and the command that shows it")
	cmd.AddCommand(list, &cobra.Command{
		Use: "explain CASE", Short: "Say what is known of a case", Args: one("a case id, such as uri/invalid-bool"),
		Example: "  mongotls known explain uri/invalid-bool/requireTLS",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, f, err := load()
			if err != nil {
				return err
			}
			chosen, err := t.Choose(args, nil, nil)
			if err != nil {
				return err
			}
			found := false
			for _, k := range f.Entries {
				n := 0
				for _, c := range chosen {
					if cases.Matches(k.Case, c.ID) {
						n++
					}
				}
				if n > 0 {
					found = true
					explainKnown(cmd.OutOrStdout(), k, n, time.Now())
				}
			}
			if !found {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s: nothing is known of it in %s\n", args[0], f.Name)
			}
			return nil
		},
	}, &cobra.Command{
		Use: "check", Short: "Check the entries, and that no day has passed", Args: cobra.NoArgs,
		Long: "Check says nothing and ends with 0, or says in one sentence which entry is wrong, matches no case or has passed its day.",
		RunE: func(*cobra.Command, []string) error {
			_, f, err := load()
			if err != nil {
				return err
			}
			return f.Current(time.Now())
		},
	})
	return cmd
}

func listKnown(out io.Writer, entries []known.Entry) {
	w := grid.NewWriter()
	w.SetStyle(grid.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.SetColumnConfigs([]grid.ColumnConfig{{Number: 4, WidthMax: 60, WidthMaxEnforcer: wrap}})
	w.AppendHeader(grid.Row{"case", "where", "instead", "because", "until"})
	for _, k := range entries {
		w.AppendRow(grid.Row{k.Case, k.Where(), cases.Or(k.Instead), k.Because, k.Until})
	}
	_, _ = fmt.Fprintln(out, w.Render())
}

func explainKnown(w io.Writer, k known.Entry, n int, now time.Time) {
	say := func(name, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "  %-9s %s\n", name, text)
		}
	}
	_, _ = fmt.Fprintf(w, "%s, cases: %d\n", k.Case, n)
	say("where", k.Where())
	say("instead", cases.Or(k.Instead))
	say("because", k.Because)
	say("see", k.See)
	until := k.Until
	if k.Expired(now) {
		until += ", which has passed: look at it again"
	}
	say("until", until)
}
