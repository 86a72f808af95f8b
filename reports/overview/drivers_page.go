package overview

import (
	"embed"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

//go:embed page
var pageFiles embed.FS

// WriteDriversHTML writes d as one page: areas, answers and options by drivers. Its links lead to the pages of the
// columns, beside it.
func WriteDriversHTML(w io.Writer, d Drivers) error {
	short, inWords := slices.Clone(d.LeftOut), []string(nil)
	for _, row := range d.Answers {
		inWords = append(inWords, d.InWords(row))
		short = append(short, row.Does+": "+inWords[len(inWords)-1])
	}
	return form.Page{
		Title: "Drivers",
		Short: short,
		Data:  map[string]any{"Title": "Drivers", "Drivers": d, "InWords": inWords, "Verdicts": reports.Verdicts},
		Parts: []form.Part{{Files: pageFiles, Name: "drivers"}},
	}.Write(
		w,
	)
}

// DriversFile is the page of the overview that SaveDrivers writes.
const DriversFile = "index.html"

// SaveDrivers writes the overview of reports into dir, which it creates if it is missing, as index.html, and a page
// for each report. Each file is complete or not there.
func SaveDrivers(dir string, all []reports.Report, questions []Question, leftOut []string) error {
	d := NewDrivers(all, questions, leftOut)
	for i := range d.Columns {
		d.Columns[i].Page = pageName(d.Columns[i].Title)
	}
	for _, r := range all {
		write := func(w io.Writer) error { return reports.WriteHTML(w, r) }
		if err := form.Save(dir, form.File{Name: pageName(title(r, all)), Write: write}); err != nil {
			return err
		}
	}
	return form.Save(
		dir,
		form.File{Name: DriversFile, Write: func(w io.Writer) error { return WriteDriversHTML(w, d) }},
	)
}

var unnameable = regexp.MustCompile(`[^a-z0-9.]+`)

// pageName is the name of a column's page: a file anywhere, and a link without escapes.
func pageName(title string) string {
	return fmt.Sprintf("%s.html", strings.Trim(unnameable.ReplaceAllString(strings.ToLower(title), "-"), "-."))
}
