// Package trial is the result of a try: what drivers make of somebody's own certificates, strings and servers, as
// data, and its writers. No key and no password is ever part of it.
package trial

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// Schema is the version of the model.
const Schema = 1

// A Trial is everything that was tried.
type Trial struct {
	Schema     int
	Tool       reports.Tool
	Started    string   // RFC 3339
	DurationMS int      `json:",omitempty"`
	Hosts      []string // those that were dialled, host:port as the connection string has them
	URI        string   // as a driver gets it, without secrets
	Notes      []string `json:",omitempty"` // what was found of the files, the string and the configuration
	// LeftOut is what was given and not applied, or asked and not looked at, one sentence each.
	LeftOut     []string `json:",omitempty"`
	Worlds      []World
	Interrupted bool `json:",omitempty"`
}

// A World is one state of the server and its clients: as given, or after a change.
type World struct {
	Name    string // "as given", "on 2027-03-01"
	Server  Server
	Rows    []Row
	Changes []Change `json:",omitempty"` // what to change so that all connect
	Steps   []Step   `json:",omitempty"` // from one driver to another
}

// A Step is an upgrade of a driver, or of what it runs on.
type Step struct {
	From, To string   // as rows call them
	Says     []string // what changes, a sentence for each host, in the order of rows; empty: nothing does
}

// A Server is what the drivers met.
type Server struct {
	Mode   string
	Says   []string              `json:",omitempty"` // what is to be known about it
	Chain  []reports.Certificate `json:",omitempty"` // what it sends, the leaf first
	CA     []reports.Certificate `json:",omitempty"` // of the authorities that drivers trust, those that matter
	Cloned []string              `json:",omitempty"` // what is not the original, one sentence each
	// Refuses is why a mongod would not start with this, "" if it would.
	Refuses string `json:",omitempty"`
}

// A Verdict is what came of one driver at one host.
type Verdict string

// The verdicts.
const (
	Connects Verdict = "connects"
	InClear  Verdict = "in clear" // connects, and nothing is encrypted
	Refused  Verdict = "refused"
	NotRun   Verdict = "not run" // nothing is known
)

// Together is the host of rows in which a driver gets the whole connection string, and all its servers are up.
const Together = "all hosts together"

// A Row is a driver at a host.
type Row struct {
	Driver  string // "node 7.9.0"
	Host    string // or Together
	Verdict Verdict
	By      string          `json:",omitempty"` // who refused: "driver" or "server"
	Reason  evidence.Reason `json:",omitempty"`
	Says    string          // in words
	TLS     string          `json:",omitempty"` // negotiated version
	Answer  evidence.Answer
	Seen    evidence.Seen
}

// A Change is something that the user can do.
type Change struct {
	Do      string   // "add DNS:db.example.com to the SAN"
	Because string   // what is the matter
	Drivers []string // to whom it matters
	Hosts   []string `json:",omitempty"` // at which it matters, if not at all
}

// Exit codes, as those of a comparison.
const (
	exitFine    = 0
	exitRefused = 1
	exitUnknown = 3
)

// Code is the exit code: 0 if every driver connects at every host, 1 if one is refused or a mongod would not start, and
// 3 if something was not looked at.
func (t Trial) Code() int {
	worst := exitFine
	for _, w := range t.Worlds {
		if w.Server.Refuses != "" {
			return exitRefused
		}
		for _, r := range w.Rows {
			switch r.Verdict {
			case Refused, InClear:
				return exitRefused
			case NotRun:
				worst = exitUnknown
			}
		}
	}
	if len(t.LeftOut) > 0 || t.Interrupted || len(t.Worlds) == 0 {
		return exitUnknown
	}
	return worst
}

var plural = map[Verdict]string{Connects: "connected", InClear: "connected in clear", Refused: "refused",
	NotRun: "not run"}

// Summary is the result in one sentence.
func (t Trial) Summary() string {
	n := map[Verdict]int{}
	for _, w := range t.Worlds {
		for _, r := range w.Rows {
			n[r.Verdict]++
		}
	}
	var parts []string
	for _, v := range []Verdict{Connects, InClear, Refused, NotRun} {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], plural[v]))
		}
	}
	if len(parts) == 0 {
		return "nothing was tried"
	}
	return strings.Join(parts, ", ")
}

// Drivers are those of the rows, in their order.
func (w World) Drivers() (all []string) {
	for _, r := range w.Rows {
		if !slices.Contains(all, r.Driver) {
			all = append(all, r.Driver)
		}
	}
	return all
}

// Without returns a copy in which no text holds any of these secrets, nor what looks like one.
func (t Trial) Without(secrets []string) Trial {
	return form.MapTexts(reports.Without(t, secrets), reports.HideSecrets)
}
