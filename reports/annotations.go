package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

const (
	maxAnnotations = 10   // of a kind, that GitHub shows for a step
	maxMessage     = 2000 // bytes
)

// WriteAnnotations writes r as workflow commands of GitHub Actions, one a line: an error for what makes the exit code
// 1, a warning for what makes it another one, a notice for what was not run, at most ten of each, and then how many
// more there are. A report without any of them writes nothing.
func WriteAnnotations(w io.Writer, r Report) error {
	r = form.MapTexts(r.WithoutSecrets(), form.Visible)
	sortCases(r.Cases)
	var b strings.Builder
	n := map[string]int{}
	annotate := func(level, title string, lines ...string) {
		if n[level]++; n[level] <= maxAnnotations {
			fmt.Fprintf(
				&b, "::%s title=%s::%s\n", level, property.Replace(form.Clip(title, maxMessage)),
				message.Replace(form.Clip(strings.Join(lines, "\n"), maxMessage)),
			)
		}
	}
	for _, w := range Outcome(r).Why {
		level := map[int]string{0: "notice", failed: "error"}[w.Code]
		annotate(cmp.Or(level, "warning"), w.What, w.Text)
	}
	for _, c := range r.Cases {
		switch c.Verdict {
		case Violates:
			annotate("error", c.ID+" violates", c.Why, c.Says, c.Replay)
		case Inconclusive:
			annotate("warning", c.ID+" is inconclusive", c.Why, c.Says, c.Replay)
		}
	}
	more := 0
	for _, times := range n {
		more += max(0, times-maxAnnotations)
	}
	if more > 0 {
		fmt.Fprintf(
			&b, "%d errors, %d warnings and %d notices; GitHub shows ten of each, %d are left out here\n", n["error"],
			n["warning"], n["notice"], more,
		)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The escapes of workflow commands, in a message and in a property.
var (
	message  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
