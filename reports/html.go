package reports

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "page/page.html"))

// WriteHTML writes r as one page that needs nothing else: a matrix, filters that its address holds, and the evidence of
// each case. It asks the network for nothing, and forbids it. Equal reports make equal pages.
func WriteHTML(w io.Writer, r Report) error {
	r = r.withoutSecrets()
	sortCases(r.Cases)
	title := fmt.Sprintf("%s %s: %s", r.Driver.Name, r.Driver.Version, outcome(r))
	return writePage(w, title, r.Sums(), map[string]any{
		"Title": title, "Report": r, "Seed": fmt.Sprint(r.Seed), "Outcome": outcome(r), "Sums": r.Sums(), "Verdicts": Verdicts, "Modes": Modes,
		"Embedded": Embedded,
	}, "evidence", "report")
}

// writePage writes a page of the shared parts and of its own: page/PART.css and page/PART.js each. Its scripts find data,
// which can be encoded in JSON, as the constant page. short is what a browser without JavaScript shows.
//
// The policy allows the page's own script and style by their sums, and nothing else. The data are compressed, to a
// fifteenth as a rule, and base64 holds no character that HTML knows.
func writePage(w io.Writer, title string, short []string, data any, parts ...string) error {
	var style, script bytes.Buffer
	for _, part := range append([]string{"page"}, parts...) {
		css, err := pageFiles.ReadFile("page/" + part + ".css")
		if err != nil {
			return err
		}
		js, err := pageFiles.ReadFile("page/" + part + ".js")
		if err != nil {
			return err
		}
		style.Write(css)
		script.Write(js)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(zip).Encode(data); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	sum := func(b []byte) string {
		s := sha256.Sum256(b)
		return base64.StdEncoding.EncodeToString(s[:])
	}
	return pageTemplate.Execute(w, map[string]any{
		"Title": visible(title), "Short": short,
		// Ours, and not to be changed: the sums are of these bytes.
		"Style": template.CSS(style.String()), "Script": template.JS(script.String()),
		"StyleSum": template.HTMLAttr(sum(style.Bytes())), "ScriptSum": template.HTMLAttr(sum(script.Bytes())),
		"Data": template.HTML(base64.StdEncoding.EncodeToString(packed.Bytes())),
	})
}
