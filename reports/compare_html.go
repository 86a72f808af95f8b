package reports

import "io"

// WriteComparisonHTML writes c as one page that needs nothing else: what changed, the most harmful first, and each case with
// the evidence of both sides. Like the page of a report, it asks the network for nothing.
func WriteComparisonHTML(w io.Writer, c Comparison) error {
	phrases := map[string]string{}
	for _, k := range Kinds() {
		phrases[k] = Phrase(k)
	}
	title := c.Title() + ": " + c.Summary()
	return writePage(w, title, append([]string{c.Base.String(), c.Head.String()}, c.Notes...), map[string]any{
		"Title": c.Title(), "Comparison": c, "Summary": c.Summary(), "Unchanged": c.Unchanged(), "Phrases": phrases, "Verdicts": Verdicts,
		"Where": texts(c.Groups, Group.Where), "Abilities": texts(c.Abilities, Ability.String),
	}, "evidence", "compare")
}
