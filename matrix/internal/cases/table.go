// Package cases makes the cases of a scenario table, and picks among them.
package cases

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// plain and plainSRV are the controls of the disabled column: the same clients with TLS off.
const (
	plain    = "mode/disabled-plain"
	plainSRV = "srv/tls-false-uri"
)

// A Table is every case that a list of scenarios makes, by id and in order.
type Table struct {
	Cases []harness.Case
	ByID  map[string]harness.Case
}

// Expand makes the cases: each variant of each scenario in each of its modes, then the disabled column.
func Expand(list []scenarios.Scenario) (*Table, error) {
	if err := scenarios.Check(list); err != nil {
		return nil, err
	}
	t := &Table{ByID: map[string]harness.Case{}}
	for _, s := range list {
		for _, row := range scenarios.Expand(s) {
			for _, mode := range row.InModes() {
				t.add(row, mode, false)
			}
		}
	}
	t.addDisabled(list)
	return t, nil
}

// InReleases is the table with each case once for every series of a mongod's releases, named apart by it. Controls are
// of the same.
func (t *Table) InReleases(series []string) *Table {
	many := &Table{ByID: map[string]harness.Case{}}
	for _, release := range series {
		for _, c := range t.Cases {
			c.Release = release
			c.ID += "/" + release
			if c.Twin != "" {
				c.Twin += "/" + release
			}
			many.Cases = append(many.Cases, c)
			many.ByID[c.ID] = c
		}
	}
	return many
}

// AlsoIn adds cases in a mode that serves clients in clear, too: those of rows that are written for requireTLS alone,
// and hold there as well.
func (t *Table) AlsoIn(mode scenarios.Mode) {
	for _, c := range t.Cases[:len(t.Cases):len(t.Cases)] {
		s := c.Scenario
		if c.Mode == scenarios.RequireTLS && !slices.Contains(s.InModes(), mode) && s.HoldsBesideClear() {
			t.add(s, mode, false)
		}
	}
}

// Good is the good case of a case's mode and release; false if there is none, or it is the case itself.
func (t *Table) Good(c harness.Case) (harness.Case, bool) {
	id := scenarios.Good(c.Mode)
	if c.Release != "" {
		id += "/" + c.Release
	}
	good, ok := t.ByID[id]
	return good, ok && good.ID != c.ID
}

func (t *Table) add(s scenarios.Scenario, mode scenarios.Mode, derived bool) {
	_, variant, _ := strings.Cut(s.ID, "@")
	c := harness.Case{ID: s.ID + "/" + string(mode), Scenario: s, Variant: variant, Mode: mode, Derived: derived}
	if s.Twin != "" {
		c.Twin = s.Twin + "/" + string(mode)
	}
	t.Cases = append(t.Cases, c)
	t.ByID[c.ID] = c
}

// addDisabled derives one case per distinct client that asks for TLS: a mongod without TLS must close on it. Its
// control is the same client with TLS off, and that is one client for all of them, or one for those that start from
// SRV.
func (t *Table) addDisabled(list []scenarios.Scenario) {
	seen := map[string]bool{}
	for _, s := range list {
		switch s.Expect.Outcome {
		case scenarios.InClear, scenarios.BeforeDialing, scenarios.Unspecified:
			continue
		}
		if len(s.Members) > 0 || s.Subject == scenarios.ServerItself || s.Expect.Warns != "" || !s.Client.AsksForTLS() {
			continue
		}
		key, err := json.Marshal(s.Client)
		if err != nil || seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		d := scenarios.Scenario{
			ID: s.ID,
			Says: "A mongod without TLS closes on a client that speaks it, without a byte. The client is that of " + s.ID +
				".",
			Because: "mongod, log line 22988: SSL handshake received but server is started without SSL support",
			Client:  s.Client,
			Expect:  scenarios.ClosedByServer(evidence.TLSOnPlainServer),
			Twin:    plain,
		}
		if s.Client.Zone != "" {
			d.Twin = plainSRV
		}
		if _, ok := t.ByID[d.Twin+"/"+string(scenarios.Disabled)]; ok {
			t.add(d, scenarios.Disabled, true)
		}
	}
}

// Area is the first part of an id.
func Area(id string) string {
	area, _, _ := strings.Cut(id, "/")
	return area
}

// Or joins the words of an alternative.
func Or[T ~string](all []T) string { return strings.Join(words(all), " or ") }

func words[T ~string](all []T) (out []string) {
	for _, w := range all {
		out = append(out, string(w))
	}
	return out
}
