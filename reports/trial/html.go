package trial

import (
	"embed"
	"io"
	"time"

	"github.com/mongotls/mongotls/reports/form"
)

//go:embed page
var pageFiles embed.FS

// WriteHTML writes t as one page that needs nothing else: who signs whom, what each name covers and how long it
// lasts, the drivers beside each other, what to change, and the evidence. Like the page of a report, it asks the
// network for nothing.
func WriteHTML(w io.Writer, t Trial) error {
	short := []string{t.Summary()}
	signs := map[Verdict]string{Connects: "conforms", InClear: "violates", Refused: "violates", NotRun: "inconclusive"}
	var lines [][]Line
	var answers [][]string
	for _, world := range t.Worlds {
		lines = append(lines, world.Lines())
		var says []string
		for _, r := range world.Rows {
			says = append(says, r.Answer.String())
		}
		answers = append(answers, says)
		for _, c := range world.Changes {
			short = append(short, c.Because+": "+c.Do)
		}
	}
	return form.Page{Title: "Try: " + t.Summary(), Short: short, Data: map[string]any{"Trial": t, "Summary": t.Summary(),
		"Lines": lines, "Answers": answers, "Connections": t.connections(), "Steps": t.steps(),
		"Signs": signs, "Days": t.days()},
		Parts: []form.Part{{Files: pageFiles, Name: "trial"}}}.Write(w)
}

// steps are the upgrades in one line each, by world.
func (t Trial) steps() (all [][]string) {
	for _, w := range t.Worlds {
		all = append(all, form.Texts(w.Steps, Step.String))
	}
	return all
}

// connections are what the server saw, a line for each connection, by world and row.
func (t Trial) connections() (all [][][]string) {
	for _, w := range t.Worlds {
		var rows [][]string
		for _, r := range w.Rows {
			var seen []string
			for _, c := range r.Seen.Connections {
				seen = append(seen, c.String())
			}
			rows = append(rows, seen)
		}
		all = append(all, rows)
	}
	return all
}

// days are those that certificates had left when the try began, by world and place in the chain.
func (t Trial) days() (all [][]int) {
	began, _ := time.Parse(time.RFC3339, t.Started) // the zero time, if nobody knows
	for _, w := range t.Worlds {
		left := []int{}
		for _, c := range w.Server.Chain {
			end, err := time.Parse(time.RFC3339, c.NotAfter)
			if err != nil {
				end = began
			}
			left = append(left, int(end.Sub(began).Hours()/24))
		}
		all = append(all, left)
	}
	return all
}
