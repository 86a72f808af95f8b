package reports

import (
	"embed"
	"fmt"
	"io"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/form"
)

//go:embed page
var pageFiles embed.FS

// EvidencePart is the part of a page that shows the evidence of a case.
var EvidencePart = form.Part{Files: pageFiles, Name: "evidence"}

// WriteHTML writes r as one page that needs nothing else: a matrix, filters that its address holds, and the evidence of
// each case. It asks the network for nothing, and forbids it. Equal reports make equal pages.
func WriteHTML(w io.Writer, r Report) error {
	r = r.WithoutSecrets()
	sortCases(r.Cases)
	end := Outcome(r)
	title := fmt.Sprintf("%s %s%s: %s", r.Driver.Name, r.Driver.Version, r.Driver.On(evidence.Runtime), end.Headline)
	again := map[string]string{}
	for _, c := range r.Cases {
		if text := c.Again(); text != "" {
			again[c.ID] = text
		}
	}
	return form.Page{Title: title, Short: append(form.Texts(end.Why, Remark.String), r.Sums()...), Data: map[string]any{
		"Title": title, "Report": r, "Seed": fmt.Sprint(r.Seed), "End": end, "Sums": r.Sums(),
		"Verdicts": Verdicts, "Modes": Modes,
		"Embedded": Embedded, "Again": again,
	}, Parts: []form.Part{EvidencePart, {Files: pageFiles, Name: "report"}}}.Write(w)
}
