package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/scenarios"
	"github.com/mongotls/mongotls/scenarios/catalogue"
)

// listed is a scenario in `list --json`.
type listed struct {
	ID          string   `json:"id"`
	Area        string   `json:"area"`
	Says        string   `json:"says"`
	Because     string   `json:"because"`
	Claims      []string `json:"claims"`
	Twin        string   `json:"twin"`
	Subject     string   `json:"subject"` // driver, server
	Modes       []string `json:"modes"`
	Variants    []string `json:"variants"`
	Expectation string   `json:"expectation"`
}

func listCommand() *cobra.Command {
	var asJSON, claims, missing, coverage bool
	var drivers string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the scenarios, the claims they carry, or what they cover",
		Example: "  mongotls list\n  mongotls list --json | jq -r '.[].id'\n  mongotls list --claims\n" +
			"  mongotls list --drivers default",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var asked []string
			for _, name := range []string{"json", "claims", "missing", "coverage", "drivers"} {
				if cmd.Flags().Changed(name) {
					asked = append(asked, "--"+name)
				}
			}
			if len(asked) > 1 {
				return usage.Errorf("%s do not go together", strings.Join(asked, " and "))
			}
			if cmd.Flags().Changed("drivers") {
				return listDrivers(cmd.OutOrStdout(), drivers)
			}
			all := scenarios.All()
			if err := scenarios.Check(all); err != nil {
				return usage.Errorf("the scenario table: %v", err)
			}
			switch {
			case missing:
				listMissing(terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()))
			case coverage:
				catalogue.WriteMarkdown(cmd.OutOrStdout(), all)
			case asJSON:
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				e.SetEscapeHTML(false)
				return e.Encode(listing(all))
			case claims:
				listClaims(terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()), all)
			default:
				listRows(terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()), listing(all))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array of objects: id, area, says, because, claims, twin ...")
	cmd.Flags().BoolVar(&claims, "claims", false,
		"the claims of the source documents and the scenarios that carry them")
	cmd.Flags().BoolVar(&missing, "missing", false, "what of the catalogue of situations no scenario states, and why")
	cmd.Flags().BoolVar(&coverage, "coverage", false,
		"docs/coverage.md: the catalogue, claims, official tests and public reports, with the scenarios of each")
	cmd.Flags().StringVar(&drivers, "drivers", "", "the drivers of the matrix (default), all that the documents show "+
		"(documented), pairs of versions (upgrades), or of what they run on (runtimes)")
	return cmd
}

// listDrivers prints specs of drivers, one a line, or two for an upgrade.
func listDrivers(w io.Writer, which string) error {
	switch which {
	case "default":
		for _, s := range registry.Defaults() {
			_, _ = fmt.Fprintln(w, s)
		}
	case "documented":
		for _, s := range registry.Documented() {
			_, _ = fmt.Fprintln(w, s)
		}
	case "upgrades":
		for _, u := range registry.Upgrades() {
			_, _ = fmt.Fprintln(w, u.From, u.To)
		}
	case "runtimes":
		pairs, err := registry.Runtimes()
		if err != nil {
			return fault{err}
		}
		for _, u := range pairs {
			_, _ = fmt.Fprintln(w, u.From, u.To)
		}
	default:
		return usage.Errorf("--drivers %q: there are default, documented, upgrades and runtimes", which)
	}
	return nil
}

func listing(all []scenarios.Scenario) []listed {
	var rows []listed
	for _, s := range all {
		row := listed{ID: s.ID, Area: cases.Area(s.ID), Says: s.Says, Because: s.Because, Claims: []string{}, Twin: s.Twin,
			Subject: s.Subject.String(), Variants: []string{}, Expectation: s.Expect.Sentence()}
		for _, c := range s.Claims {
			row.Claims = append(row.Claims, string(c))
		}
		for _, m := range s.InModes() {
			row.Modes = append(row.Modes, string(m))
		}
		for _, v := range s.Variants {
			row.Variants = append(row.Variants, v.Name)
		}
		rows = append(rows, row)
	}
	return rows
}

func listRows(t *terminal.Terminal, rows []listed) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.ID))
	}
	area := ""
	for _, r := range rows {
		if r.Area != area {
			area = r.Area
			t.Linef(t.Out, "\n%s", area)
		}
		if t.Narrower(width + 40) { // too narrow for two columns
			t.Para(2, "  "+r.ID)
			t.Para(0, "    "+r.Says)
			continue
		}
		t.Labelled(width+1, r.ID, r.Says)
	}
}

// listClaims prints every claim with its scenarios.
func listClaims(t *terminal.Terminal, all []scenarios.Scenario) {
	for _, c := range scenarios.Claims {
		var ids []string
		for _, s := range all {
			if slices.Contains(s.Claims, c.ID) {
				ids = append(ids, s.ID)
			}
		}
		t.Para(5, fmt.Sprintf("%-4s %s", c.ID, c.Text))
		t.Para(0, "       "+strings.Join(ids, ", "))
	}
}

// listMissing prints what of the catalogue no row states, and why.
func listMissing(t *terminal.Terminal) {
	for _, e := range catalogue.Missing() {
		t.Para(3, fmt.Sprintf("%s %s", e.Tier, e.ID))
		t.Para(5, fmt.Sprintf("     %s: %s", e.Asks, e.Missing))
	}
	t.Linef(t.Out, "\n%d of %d entries of the catalogue have no row", len(catalogue.Missing()), len(catalogue.Entries))
}
