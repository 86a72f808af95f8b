package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CASE",
		Short: "Say what a case states, why, and how it is set up",
		Long: `Explain prints the statement of a scenario or case, what demands it, its control, and the client and
server it runs with. CASE is an id as list or a report shows it; without a mode it stands for all its modes.`,
		Example: "  mongotls explain name/mismatch\n  mongotls explain ocsp/t2-revoked-stapled/requireTLS",
		Args:    one("a case id, such as name/mismatch"),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, list, err := knownFile{}.load()
			if err != nil {
				return err
			}
			chosen, err := all.Choose(args, nil, nil)
			if err != nil {
				return err
			}
			explain(terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()), chosen, list)
			return nil
		},
	}
}

// explain prints each scenario among the cases once, with the modes in which it was chosen.
func explain(t *terminal.Terminal, chosen []harness.Case, list known.List) {
	say := func(label, text string) { t.Labelled(12, label, text) }
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
		t.Linef(t.Out, "%s", s.ID)
		say("says", s.Says)
		say("because", s.Because)
		say("slow", s.Slow)
		say("expects", s.Expect.Sentence())
		say("control", s.Twin)
		say("modes", strings.Join(modes, ", "))
		say("claims", cases.Or(s.Claims))
		say("document", s.DocumentWrong)
		say("client", difference(s.Client))
		say("server", difference(s.Server))
		how, _ := s.Mongod(c.Mode)
		say("mongod", how)
		if i := slices.IndexFunc(list, func(k known.Entry) bool { return cases.Matches(k.Case, c.ID) }); i >= 0 {
			say("known", fmt.Sprintf("%s %s: %s (%s)", list[i].Driver, cases.Or(list[i].Instead), list[i].Because,
				list[i].See))
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
