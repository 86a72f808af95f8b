package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/matrix/known"
	"github.com/mongotls/mongotls/scenarios"
)

// Every mutant turns every row red that it claims to, for the reason that it gives, while the row is green without it
// and its control with it: the rows can fail, and fail for the defect.
func TestMutants(t *testing.T) {
	sound := broken(t, mutant.Mutant{Driver: mutant.Model})
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			e := broken(t, m)
			require.NotEmpty(t, m.Kills)
			for _, k := range m.Kills {
				for _, pattern := range k.Rows {
					rows := matching(pattern)
					require.NotEmpty(t, rows, "%s matches no row", pattern)
					for _, row := range rows {
						dies(t, sound, e, m, row, k.Why)
					}
				}
			}
		})
	}
}

// dies holds one row against a mutant.
func dies(t *testing.T, sound, e *Engine, m mutant.Mutant, row scenarios.Scenario, why string) {
	mode := row.InModes()[len(row.InModes())-1]
	id := row.ID + "/" + string(mode)
	switch v := sound.Result(t.Context(), id).Verdict; v.Kind {
	case harness.Conforms:
	case harness.NotRun:
		if required.Is("node") {
			t.Errorf("%s is not run: %s", id, v.Why)
		}
		return
	default:
		t.Errorf("%s is %s without the mutant, so nothing is learnt: %s", id, v.Kind, v.Why)
		return
	}
	r := e.Result(t.Context(), id)
	dead := func() bool { return r.Verdict.Kind == harness.Violates && strings.Contains(r.Verdict.Why, why) }
	if !dead() { // what a client has noticed of a bad member when it is done is chance where the machine is busy
		r = e.Run(t.Context(), r.Case)
	}
	if !dead() {
		t.Errorf("%s survives, or dies for another reason than %q: %s, %s", id, why, r.Verdict.Kind, r.Verdict.Why)
	}
	control := r.Case.Twin
	if good, ok := e.Table.Good(r.Case); control == "" && ok {
		control = good.ID
	}
	if control == "" || m.Coarse || plainRow(row) {
		return
	}
	of := e.Result(t.Context(), control)
	_, claimed := m.Breaks(of.Case.Scenario.ID)
	if of.Verdict.Kind != harness.Conforms && (!claimed || !of.control().Connected()) {
		t.Errorf("the control %s of %s is %s: %s", control, id, of.Verdict.Kind, of.Verdict.Why)
	}
}

// plainRow reports whether a row is the good case by another name, whose control cannot stay green.
func plainRow(row scenarios.Scenario) bool {
	row.Server.RequireClientCert = false
	of := func(s scenarios.Scenario) string { return fmt.Sprintf("%+v%+v", s.Server, s.Client) }
	return of(row) == of(scenarios.Scenario{}) ||
		slices.Contains(row.InModes(), scenarios.Disabled) && len(row.InModes()) == 1
}

// rows are all of the table, with their variants.
var rows = sync.OnceValue(func() (all []scenarios.Scenario) {
	for _, s := range scenarios.All() {
		all = append(all, scenarios.Expand(s)...)
	}
	return all
})

func matching(pattern string) (found []scenarios.Scenario) {
	for _, row := range rows() {
		if doublestar.MatchUnvalidated(pattern, row.ID) {
			found = append(found, row)
		}
	}
	return found
}

// Every row that states something can fail: a mutant kills it, or the Go driver of today violates it. What a driver
// must refuse, some mutant accepts, so that its world is one in which the defect shows.
func TestEveryRowCanFail(t *testing.T) {
	for _, row := range rows() {
		f := row.Server.Fault
		// With these the time of the failure changes, or crypto/tls reads no such certificate.
		noWayIn := f.Speak != "" || f.Alert != 0 || row.Restarts() || unreadable(t, f.Leaf)
		switch by := killers(row); {
		case row.Expect.Outcome == scenarios.Unspecified || isKnown(t, row):
		case len(by) == 0:
			t.Errorf("%s: nothing turns it red", row.ID)
		case row.Expect.Outcome == scenarios.InHandshake && !noWayIn && !slices.ContainsFunc(by, letsIn(row)):
			t.Errorf("%s: no mutant gets in where it must not, so maybe none can", row.ID)
		}
	}
}

// unreadable reports whether crypto/x509 refuses a leaf, so that no driver of Go's can be made to accept it.
func unreadable(t *testing.T, l *pki.Leaf) bool {
	if l == nil {
		return false
	}
	p, err := pki.New(1, time.Now())
	require.NoError(t, err)
	pair, err := p.Leaf(pki.Server, *l)
	require.NoError(t, err)
	return pair.Refused != nil
}

// killers are the mutants that turn a row red.
func killers(row scenarios.Scenario) (names []string) {
	for _, m := range mutant.All {
		if _, breaks := m.Breaks(row.ID); breaks && (!m.Coarse || plainRow(row)) {
			names = append(names, m.Name)
		}
	}
	return names
}

// letsIn reports of a mutant whether it turns the row red by getting in.
func letsIn(row scenarios.Scenario) func(name string) bool {
	return func(name string) bool {
		i := slices.IndexFunc(mutant.All, func(m mutant.Mutant) bool { return m.Name == name })
		why, _ := mutant.All[i].Breaks(row.ID)
		return strings.Contains(why, "connected") || strings.Contains(why, "but sent")
	}
}

// isKnown reports whether the Go driver of today violates the row.
func isKnown(t *testing.T, row scenarios.Scenario) bool {
	modes := row.InModes()
	id := row.ID + "/" + string(modes[len(modes)-1])
	return slices.ContainsFunc(knownOfGo(t), func(k known.Entry) bool { return cases.Matches(k.Case, id) })
}

func knownOfGo(t *testing.T) known.List {
	list, err := dueOfGo()
	require.NoError(t, err)
	return list
}

var dueOfGo = sync.OnceValues(func() (known.List, error) {
	table, err := cases.Expand(scenarios.All())
	if err != nil {
		return nil, err
	}
	list, err := known.Builtin()
	if err != nil {
		return nil, err
	}
	today := evidence.Info{Driver: "go", Version: mutant.Model(driver.Isolation{}).Info().Version}
	return list.Due(today, "embedded", table.Cases), nil
})

// broken is an engine with one part replaced by the mutant.
func broken(t *testing.T, m mutant.Mutant) *Engine {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	table, err := cases.Expand(scenarios.All())
	require.NoError(t, err)
	isolation, err := attempt.Isolation(w)
	require.NoError(t, err)
	open := mutant.Model
	if m.Driver != nil {
		open = m.Driver
	}
	var b server.Backend = server.NewEmbedded()
	if m.Backend != nil {
		b = m.Backend(b)
	}
	d := open(isolation)
	t.Cleanup(func() { require.NoError(t, errors.Join(d.Close(), b.Close(), w.Close())) })
	return New(w, d, b, table, nil)
}
