package catalogue

import (
	"fmt"
	"io"
	"slices"
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
		if asks == "" {
			asks = says[e.ID]
		} else {
			by = stating(e.Rows, e.Missing)
		}
		line("`"+e.ID+"`", string(e.Tier), asks, by)
	}
	head("Claims of documents", "claim", "document", "what it says", "rows")
	for _, c := range scenarios.Claims {
		line(string(c.ID), c.Document, c.Text, carriers(all, c.ID))
	}
	for _, table := range Tables {
		columns := names("case", "rows")
		if table.Cases[0].Reach != "" {
			columns = names("case", "a client can exercise it", "rows")
		}
		head(table.Name, columns...)
		for _, c := range table.Cases {
			cells := names(c.Name, stating(c.Rows, c.Missing))
			if c.Reach != "" {
				cells = slices.Insert(cells, 1, c.Reach)
			}
			line(cells...)
		}
	}
	head("Public reports", "report", "what was seen", "rows")
	for _, r := range Reports() {
		line(r.Name, r.Seen, stating(r.Rows, r.Missing))
	}
}

// stating are the rows that state something, or why none does.
func stating(rows []string, missing string) string {
	if missing != "" {
		return "none: " + missing
	}
	return ids(rows)
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
