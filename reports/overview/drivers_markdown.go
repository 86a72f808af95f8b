package overview

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// WriteDriversMarkdown writes d as Markdown: the table of areas, the older versions folded away, and the answers in
// words.
func WriteDriversMarkdown(w io.Writer, d Drivers) error {
	var b strings.Builder
	d.table(&b, false)
	if slices.ContainsFunc(d.Columns, func(c Column) bool { return c.Older }) {
		b.WriteString("\n<details><summary>Older versions</summary>\n\n")
		d.table(&b, true)
		b.WriteString("\n</details>\n")
	}
	topic := ""
	for _, row := range d.Answers {
		if d.InWords(row) == "" {
			continue
		}
		if row.Topic != topic {
			topic = row.Topic
			fmt.Fprintf(&b, "\n**%s**\n\n", form.Statement(topic))
		}
		fmt.Fprintf(&b, "- %s: %s\n", form.Statement(row.Does), form.Paragraph(d.InWords(row)))
	}
	if ignored := d.ignored(); len(ignored) > 0 {
		b.WriteString("\n**Options that are ignored, without an error or a warning**\n\n")
		for _, s := range ignored {
			fmt.Fprintf(&b, "- %s\n", form.Paragraph(s))
		}
	}
	if len(d.LeftOut) > 0 {
		b.WriteString("\n**Left out**\n\n")
		for _, s := range d.LeftOut {
			fmt.Fprintf(&b, "- %s\n", form.Paragraph(form.Visible(s)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table adds the counts of the newest versions, or of the older ones.
func (d Drivers) table(b *strings.Builder, older bool) {
	line := func(cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	head, rule := []string{"area"}, []string{":--"}
	for _, c := range d.Columns {
		if c.Older == older {
			head, rule = append(head, strings.Join(form.Texts(c.heading(), form.Cell), "<br>")), append(rule, ":--")
		}
	}
	line(head...)
	line(rule...)
	for _, row := range d.Areas {
		cells := []string{form.Cell(row.Area)}
		for i, n := range row.Cells {
			if d.Columns[i].Older == older {
				cells = append(cells, reports.Tally(n))
			}
		}
		line(cells...)
	}
}

// heading is what a column shows: the driver and its version, and below them what it runs on.
func (c Column) heading() []string {
	var on []string
	for _, of := range c.Driver.Components {
		if of.Role != "" {
			on = append(on, of.Name+" "+of.Version)
		}
	}
	if len(on) == 0 { // an adapter that names none
		on = form.Texts([]string{c.Driver.Build, c.Driver.TLS}, strings.TrimSpace)
	}
	return []string{c.Title, strings.Join(on, ", ")}
}

// ignored says of each driver what it ignores.
func (d Drivers) ignored() []string {
	var all []string
	for i, c := range d.Columns {
		if names := d.SilentlyIgnored(i); len(names) > 0 {
			all = append(all, c.Title+": "+strings.Join(names, ", "))
		}
	}
	return all
}
