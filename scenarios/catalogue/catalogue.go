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

// Reports are the public reports that rows cite, with the rows of each.
func Reports() (names []string, by map[string][]string) {
	by = map[string][]string{}
	for _, s := range scenarios.All() {
		for _, name := range reference.FindAllString(s.Because, -1) {
			if !slices.Contains(by[name], s.ID) {
				by[name] = append(by[name], s.ID)
			}
		}
	}
	for name := range by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return names, by
}

func names(list ...string) []string { return list }
