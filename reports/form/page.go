package form

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"io/fs"
)

//go:embed page
var shared embed.FS

var pageTemplate = template.Must(template.ParseFS(shared, "page/page.html"))

// A Part is a style and a script of a page: page/NAME.css and page/NAME.js of Files.
type Part struct {
	Files fs.FS
	Name  string
}

// A Page is an HTML page that needs nothing else: it asks the network for nothing, and forbids it.
type Page struct {
	Title string
	// Short is what a browser without JavaScript shows.
	Short []string
	// Data can be encoded in JSON. The scripts find them as the constant page.
	Data any
	// Parts follow the one that every page shares.
	Parts []Part
}

// Write writes the page. Equal pages are equal byte for byte.
//
// The policy allows the page's own script and style by their sums, and nothing else. The data are compressed, to a
// fifteenth as a rule, and base64 holds no character that HTML knows.
func (p Page) Write(w io.Writer) error {
	var style, script bytes.Buffer
	for _, part := range append([]Part{{shared, "page"}}, p.Parts...) {
		for extension, to := range map[string]*bytes.Buffer{".css": &style, ".js": &script} {
			content, err := fs.ReadFile(part.Files, "page/"+part.Name+extension)
			if err != nil {
				return err
			}
			to.Write(content)
		}
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(zip).Encode(p.Data); err != nil {
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
		"Title": Visible(p.Title), "Short": Texts(p.Short, Visible),
		// Ours, and not to be changed: the sums are of these bytes.
		"Style": template.CSS(style.String()), "Script": template.JS(script.String()),
		"StyleSum": template.HTMLAttr(sum(style.Bytes())), "ScriptSum": template.HTMLAttr(sum(script.Bytes())),
		"Data": template.HTML(base64.StdEncoding.EncodeToString(packed.Bytes())),
	})
}
