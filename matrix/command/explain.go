package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/matrix/known"
	"github.com/mongotls/mongotls/scenarios"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CASE",
		Short: "Say what a case states, why, and how it is set up",
		Long: `Explain prints the statement of a scenario or case, what demands it, its control, and the client and server it runs
with. CASE is an id as list or a report shows it; without a mode it stands for all its modes.`,
		Example: "  mongotls explain name/mismatch\n  mongotls explain ocsp/t2-revoked-stapled/requireTLS",
		Args:    one("a case id, such as name/mismatch"),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := cases.Expand(scenarios.All())
			if err != nil {
				return usage.Errorf("the scenario table: %v", err)
			}
			chosen, err := t.Choose(args, nil, nil)
			if err != nil {
				return err
			}
			list, err := known.Load("", t)
			if err != nil {
				return err
			}
			explain(cmd.OutOrStdout(), chosen, list.Entries)
			return nil
		},
	}
}

// explain prints each scenario among the cases once, with the modes in which it was chosen.
func explain(w io.Writer, chosen []harness.Case, entries []known.Entry) {
	say := func(name, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "  %-12s %s\n", name, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+strings.Repeat(" ", 15)))
		}
	}
	for i, c := range chosen {
		if i > 0 && chosen[i-1].Scenario.ID == c.Scenario.ID && chosen[i-1].Derived == c.Derived {
			continue
		}
		var modes []string
		for _, other := range chosen[i:] {
			if other.Scenario.ID == c.Scenario.ID && other.Derived == c.Derived {
				modes = append(modes, string(other.Mode))
			}
		}
		s := c.Scenario
		_, _ = fmt.Fprintf(w, "%s\n", s.ID)
		say("says", s.Says)
		say("because", s.Because)
		say("expects", s.Expect.Sentence())
		say("control", s.Twin)
		say("modes", strings.Join(modes, ", "))
		say("claims", cases.Or(s.Claims))
		say("document", s.DocumentWrong)
		say("client", difference(s.Client))
		say("server", difference(s.Server))
		how, _ := s.Server.Mongod()
		say("mongod", how)
		if i := slices.IndexFunc(entries, func(k known.Entry) bool { return cases.Matches(k.Case, c.ID) }); i >= 0 {
			say("known", fmt.Sprintf("%s %s: %s (%s)", entries[i].Driver, cases.Or(entries[i].Instead), entries[i].Because, entries[i].See))
		}
	}
}

// difference shows what a row writes, and so what differs from the good client or server.
func difference(part any) string {
	b, err := json.Marshal(part)
	if err != nil {
		return err.Error()
	}
	var fields any
	if err := yaml.Unmarshal(b, &fields); err != nil {
		return err.Error()
	}
	if m, ok := fields.(map[string]any); ok && len(m) == 0 {
		return "a good one"
	}
	text, err := yaml.Marshal(fields)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
