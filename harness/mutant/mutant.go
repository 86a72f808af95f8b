// Package mutant holds drivers and servers that are broken on purpose, each in one plausible way. They show that the
// rows of the table can fail: a row that no mutant turns red while its control stays green states nothing.
package mutant

import (
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/server"
)

// A Mutant is one broken part. Exactly one of Driver and Backend is set.
type Mutant struct {
	Name string
	Says string // what is broken, and where it has been seen
	// Driver makes the broken driver; Backend breaks a good back end.
	Driver  func(driver.Isolation) driver.Driver
	Backend func(server.Backend) server.Backend
	Kills   []Kill
	// Coarse: the mutant also breaks what must work, so that the controls of what it kills are no longer green.
	Coarse bool
}

// A Kill is what a mutant does to rows: each of them must violate, and say why.
type Kill struct {
	Rows []string // patterns of row ids, area/name[@variant]
	Why  string   // part of the verdict's sentence
}

// All is the registry.
var All = slices.Concat(
	trust,
	strict,
	names,
	options,
	keys,
	versions,
	revocation,
	seedlists,
	failures,
	manners,
	states,
	sets,
	servers,
)

// kills is one Kill.
func kills(why string, rows ...string) []Kill { return []Kill{{rows, why}} }

// besides adds one more.
func besides(list []Kill, why string, rows ...string) []Kill {
	return append(slices.Clone(list), Kill{rows, why})
}

// Parts of the sentences of verdicts.
const (
	letIn       = "but it connected"     // where the driver must refuse
	letInBefore = "before it dials, but" // where it must refuse earlier
	keptOut     = "the driver must connect over TLS, but the driver failed"
	inClear     = "carried commands in clear"
	servedIt    = "must close this connection as" // where the server must close
)

// Breaks reports whether the mutant turns a row red, by the row's id, and what the verdict must then say.
func (m Mutant) Breaks(row string) (why string, breaks bool) { return breaking(m.Kills, row) }

func breaking(list []Kill, row string) (why string, breaks bool) {
	for _, k := range list {
		for _, pattern := range k.Rows {
			if doublestar.MatchUnvalidated(pattern, row) {
				return k.Why, true
			}
		}
	}
	return "", false
}
