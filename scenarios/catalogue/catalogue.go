// Package catalogue says what the table of scenarios is to cover, and what of it does: the catalogue of situations that
// specifications, documents and incidents speak of, and the official tests of drivers, case by case.
package catalogue

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/mongotls/mongotls/scenarios"
)

// Tier is how much an entry matters.
type Tier string

// The tiers.
const (
	P1 Tier = "P1" // demanded by a norm or a document, or the cause of a known incident
	P2 Tier = "P2" // robustness, rarer, or a matter of the driver
)

// An Entry is one situation. A row of its id states it; or Rows do, under other names; or there is none, and Missing
// says why. Where no row has its id, Asks is what it asks for.
type Entry struct {
	ID      string
	Tier    Tier
	Asks    string
	Rows    []string
	Missing string
}

// A Table is one of the official tests.
type Table struct {
	Name  string
	Count int // cases that it has
	Cases []Case
}

// A Case of an official test. Rows are patterns of row ids, area/name[@variant]; without any, Missing says why.
type Case struct {
	Name    string
	Reach   string // how much of it a client can exercise, where that is not all
	Rows    []string
	Missing string
}

// StatedBy are the rows that state an entry.
func (e Entry) StatedBy() []string {
	if e.Asks == "" {
		return []string{e.ID}
	}
	return e.Rows
}

// Missing are the entries that no row states.
func Missing() (list []Entry) {
	for _, e := range Entries {
		if e.Missing != "" {
			list = append(list, e)
		}
	}
	return list
}

// rows are the ids of all rows, with their variants.
func rows() (ids []string) {
	for _, s := range scenarios.All() {
		for _, row := range scenarios.Expand(s) {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// matching are the rows of a pattern.
func matching(pattern string, ids []string) (found []string) {
	for _, id := range ids {
		if doublestar.MatchUnvalidated(pattern, id) {
			found = append(found, id)
		}
	}
	return found
}

// reference is how rows cite a public report: a number of a repository, or a key of MongoDB's tracker.
var reference = regexp.MustCompile(`[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?#\d+|\b[A-Z]{4,}-\d+\b|CVE-\d{4}-\d+`)

// Reports are the public reports: those of Public, and those that rows cite besides, each with its rows.
func Reports() (list []Report) {
	list = slices.Clone(Public)
	for _, s := range scenarios.All() {
		for _, name := range reference.FindAllString(s.Because, -1) {
			i := slices.IndexFunc(list, func(r Report) bool { return r.is(name) })
			if i < 0 {
				i, list = len(list), append(list, Report{Name: name})
			}
			if !slices.Contains(list[i].Rows, s.ID) {
				list[i].Rows = append(slices.Clip(list[i].Rows), s.ID)
			}
		}
	}
	slices.SortFunc(list, func(a, b Report) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return list
}

// is reports whether a row means this report: some leave the owner of a repository out.
func (r Report) is(name string) bool { return r.Name == name || strings.HasSuffix(r.Name, "/"+name) }

func names(list ...string) []string { return list }
