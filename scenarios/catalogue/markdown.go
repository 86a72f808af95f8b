package catalogue

import (
	"fmt"
	"io"
	"strings"

	"github.com/mongotls/mongotls/scenarios"
)

// WriteMarkdown writes docs/coverage.md: what there is to cover, and by which rows.
func WriteMarkdown(w io.Writer, all []scenarios.Scenario) {
	says := map[string]string{}
	for _, s := range all {
		says[s.ID] = s.Says
	}
	line := func(cells ...string) { _, _ = fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	head := func(title string, columns ...string) {
		_, _ = fmt.Fprintf(w, "\n## %s\n\n", title)
		line(columns...)
		_, _ = fmt.Fprintf(w, "|%s\n", strings.Repeat(":--|", len(columns)))
	}
	_, _ = fmt.Fprint(w, "# What the table covers\n\n"+
		"What specifications, documents, official tests and public reports speak of, each with the rows that state it, or with\n"+
		"the reason why none does. A test holds it complete.\n\n"+
		"Written by `mongotls list --coverage`.\n")
	head("Catalogue", "id", "tier", "what it asks for", "rows")
	for _, e := range Entries {
		asks, by := e.Asks, "its own"
		switch {
		case asks == "":
			asks = says[e.ID]
		case e.Missing != "":
			by = "none: " + e.Missing
		default:
			by = ids(e.Rows)
		}
		line("`"+e.ID+"`", string(e.Tier), asks, by)
	}
	head("Claims of documents", "claim", "document", "what it says", "rows")
	for _, c := range scenarios.Claims {
		line(string(c.ID), c.Document, c.Text, carriers(all, c.ID))
	}
	for _, table := range Tables {
		head(table.Name, "case", "rows")
		for _, c := range table.Cases {
			by := ids(c.Rows)
			if c.Missing != "" {
				by = "none: " + c.Missing
			}
			line(c.Name, by)
		}
	}
	head("Public reports", "report", "rows")
	names, rows := Reports()
	for _, name := range names {
		line(name, ids(rows[name]))
	}
}

// carriers are the rows that carry a claim.
func carriers(all []scenarios.Scenario, claim scenarios.Claim) string {
	var rows []string
	for _, s := range all {
		for _, c := range s.Claims {
			if c == claim {
				rows = append(rows, s.ID)
			}
		}
	}
	return ids(rows)
}

// ids are the ids of rows as code.
func ids(rows []string) string {
	if len(rows) == 0 {
		return ""
	}
	return "`" + strings.Join(rows, "`, `") + "`"
}
