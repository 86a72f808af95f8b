package reports

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// WriteDriversHTML writes d as one page: areas, answers and options by drivers. Its links lead to the pages of the columns, beside it.
func WriteDriversHTML(w io.Writer, d Drivers) error {
	var short, inWords []string
	for _, row := range d.Answers {
		inWords = append(inWords, d.InWords(row))
		short = append(short, row.Does+": "+inWords[len(inWords)-1])
	}
	return writePage(w, "Drivers", short, map[string]any{"Title": "Drivers", "Drivers": d, "InWords": inWords, "Verdicts": Verdicts}, "drivers")
}

// DriversFile is the page of the overview that SaveDrivers writes.
const DriversFile = "index.html"

// SaveDrivers writes the overview of reports into dir, which it creates if it is missing, as index.html, and a page for each report.
// Each file is complete or not there.
func SaveDrivers(dir string, all []Report, questions []Question) error {
	d := NewDrivers(all, questions)
	for i := range d.Columns {
		d.Columns[i].Page = pageName(d.Columns[i].Title)
	}
	for _, r := range all {
		name := pageName(title(r, all))
		if err := save(dir, r, file[Report]{name, WriteHTML}); err != nil {
			return err
		}
	}
	return save(dir, d, file[Drivers]{DriversFile, WriteDriversHTML})
}

var unnameable = regexp.MustCompile(`[^a-z0-9.]+`)

// pageName is the name of a column's page: a file anywhere, and a link without escapes.
func pageName(title string) string {
	return fmt.Sprintf("%s.html", strings.Trim(unnameable.ReplaceAllString(strings.ToLower(title), "-"), "-."))
}
