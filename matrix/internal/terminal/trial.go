package terminal

import (
	"fmt"
	"slices"
	"strings"

	grid "github.com/jedib0t/go-pretty/v6/table"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/trial"
)

// trialColours are those of verdicts of a matrix that mean as much.
var trialColours = map[trial.Verdict]string{trial.Connects: reports.Conforms, trial.InClear: reports.Violates,
	trial.Refused: reports.Violates, trial.NotRun: reports.Inconclusive}

// Trial prints what drivers make of somebody's own server, and what to change.
func (t *Terminal) Trial(tried trial.Trial, verbose bool) {
	for _, note := range tried.Notes {
		t.Para(2, "note: "+note)
	}
	for i, w := range tried.Worlds {
		if i > 0 || len(tried.Notes) > 0 {
			t.Linef(t.Out, "")
		}
		t.trialWorld(w, len(tried.Worlds) > 1)
		if verbose {
			t.trialEvidence(w)
		}
	}
	for _, left := range tried.LeftOut {
		t.Para(2, "left out: "+left)
	}
	if tried.Interrupted {
		t.Linef(t.Out, "interrupted: not everything was tried")
	}
	t.Linef(t.Out, "%s", tried.Summary())
}

func (t *Terminal) trialWorld(w trial.World, named bool) {
	if named {
		t.Para(2, w.Name)
	}
	for _, text := range slices.Concat(w.Server.Cloned, w.Server.Says) {
		t.Para(2, "server: "+text)
	}
	if w.Server.Refuses != "" {
		t.Para(2, "server: "+w.Server.Refuses)
	}
	lines := w.Lines()
	var rows []grid.Row
	for _, l := range lines {
		says := l.Says
		if where := l.Where(); where != "" {
			says += " (" + where + ")"
		}
		rows = append(rows, grid.Row{l.Driver, t.paint(trialColours[l.Verdict], says), strings.Join(l.Do, "\n")})
	}
	t.Table(grid.Row{"driver", "what happens", "what to change"}, rows, []int{0, 60, 60}, true)
	for _, step := range w.Steps {
		t.Para(2, step.String())
		for _, text := range step.Says {
			t.Para(4, "  "+text)
		}
	}
	for _, c := range w.Changes {
		where := ""
		if len(c.Hosts) > 0 {
			where = " at " + and(c.Hosts)
		}
		t.Para(2, fmt.Sprintf("%s%s: %s: %s", and(c.Drivers), where, c.Because, c.Do))
	}
}

// trialEvidence prints what both sides saw.
func (t *Terminal) trialEvidence(w trial.World) {
	for _, r := range w.Rows {
		t.Linef(t.Out, "")
		t.Para(2, r.Driver+" at "+r.Host)
		t.Labelled(7, "driver", r.Answer.String())
		for _, c := range r.Seen.Connections {
			t.Labelled(7, "server", c.String())
		}
	}
}
