package compare

import (
	"embed"
	"io"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

//go:embed page
var pageFiles embed.FS

// WriteHTML writes c as one page that needs nothing else: what changed, the most harmful first, and each case with
// the evidence of both sides. Like the page of a report, it asks the network for nothing.
func WriteHTML(w io.Writer, c Comparison) error {
	phrases := map[string]string{}
	for _, k := range Kinds() {
		phrases[k] = Phrase(k)
	}
	why := make([][]string, len(c.Groups))
	for i, g := range c.Groups {
		why[i] = form.Texts(g.reasons(), reason.String)
	}
	return form.Page{
		Title: c.Title() + ": " + c.Summary(),
		Short: append([]string{c.Base.String(), c.Head.String()}, c.Notes...),
		Data: map[string]any{
			"Title": c.Title(), "Comparison": c, "Summary": c.Summary(), "Unchanged": c.Unchanged(),
			"Phrases": phrases, "Verdicts": reports.Verdicts, "Where": form.Texts(c.Groups, Group.Where),
			"Why":       why,
			"Abilities": form.Texts(c.Abilities, Ability.String), "Offers": form.Texts(c.Offers, Offer.String),
		},
		Parts: []form.Part{reports.EvidencePart, {Files: pageFiles, Name: "compare"}},
	}.Write(
		w,
	)
}
