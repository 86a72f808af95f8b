package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mutant"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/scenarios"
)

// Every mutant turns every row red that it claims to, for the reason that it gives, while the row is green without it
// and its control with it: the rows can fail, and fail for the defect. What a busy machine may have brought about is
// looked at again, alone.
func TestMutants(t *testing.T) {
	sound := broken(t, mutant.Mutant{Driver: mutant.Model})
	var crowd sync.RWMutex // held for reading by those that are played together, for writing by one that is alone
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, m.Kills)
			crowd.RLock()
			wrong := played(t, sound, m, runtime.GOMAXPROCS(0)) // most of it is waiting
			crowd.RUnlock()
			if len(wrong) > 0 {
				crowd.Lock()
				defer crowd.Unlock()
				t.Logf("again, for %s", wrong)
				wrong = played(t, broken(t, mutant.Mutant{Driver: mutant.Model}), m, 1)
			}
			require.Empty(t, wrong)
		})
	}
}

// played says what is wrong with the claims of a mutant. It plays so many rows at a time.
func played(t *testing.T, sound *Engine, m mutant.Mutant, jobs int) (wrong []string) {
	e := broken(t, m)
	var mu sync.Mutex
	var running errgroup.Group
	running.SetLimit(jobs)
	for _, k := range m.Kills {
		for _, pattern := range k.Rows {
			claimed := matching(pattern)
			require.NotEmpty(t, claimed, "%s matches no row", pattern)
			for _, row := range claimed {
				running.Go(func() error {
					if why := survives(t.Context(), sound, e, m, row, k.Why); why != "" {
						mu.Lock()
						defer mu.Unlock()
						wrong = append(wrong, why)
					}
					return nil
				})
			}
		}
	}
	require.NoError(t, running.Wait())
	return wrong
}

// caseOf is the id of a row's last case.
func caseOf(row scenarios.Scenario) string {
	modes := row.InModes()
	return row.ID + "/" + string(modes[len(modes)-1])
}

// survives holds one row against a mutant, and says what is wrong, "" if it dies as it must.
func survives(ctx context.Context, sound, e *Engine, m mutant.Mutant, row scenarios.Scenario, why string) string {
	id := caseOf(row)
	switch v := sound.Result(ctx, id).Verdict; v.Kind {
	case evidence.Conforms:
	case evidence.NotRun:
		if required.Is("node") && row.Slow == "" {
			return fmt.Sprintf("%s is not run: %s", id, v.Why)
		}
		return ""
	default:
		return fmt.Sprintf("%s is %s without the mutant, so nothing is learnt: %s", id, v.Kind, v.Why)
	}
	r := e.Result(ctx, id)
	if r.Verdict.Kind != evidence.Violates || !strings.Contains(r.Verdict.Why, why) {
		return fmt.Sprintf("%s survives, or dies for another reason than %q: %s, %s", id, why, r.Verdict.Kind, r.Verdict.Why)
	}
	control := r.Case.Twin
	if good, ok := e.Table.Good(r.Case); control == "" && ok {
		control = good.ID
	}
	if control == "" || m.Coarse || plainRow(row) {
		return ""
	}
	of := e.Result(ctx, control)
	_, claimed := m.Breaks(of.Case.Scenario.ID)
	if of.Verdict.Kind != evidence.Conforms && (!claimed || !of.control().Connected()) {
		return fmt.Sprintf("the control %s of %s is %s: %s", control, id, of.Verdict.Kind, of.Verdict.Why)
	}
	return ""
}

// plainRow reports whether a row is the good case by another name, whose control cannot stay green.
func plainRow(row scenarios.Scenario) bool {
	row.Server.RequireClientCert = false
	of := func(s scenarios.Scenario) string { return fmt.Sprintf("%+v%+v", s.Server, s.Client) }
	return of(row) == of(scenarios.Scenario{}) ||
		slices.Contains(row.InModes(), scenarios.Disabled) && len(row.InModes()) == 1
}

// whole is the table of all cases, which every engine here shares: none changes it.
var whole = sync.OnceValues(func() (*cases.Table, error) { return cases.Expand(scenarios.All()) })

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

// Every row that states something can fail: a mutant or a patch of the real driver kills it, or the Go driver of today
// violates it. What a driver must refuse, some of them accepts, so that its world is one in which the defect shows.
func TestEveryRowCanFail(t *testing.T) {
	for _, row := range rows() {
		f := row.Server.Fault
		// With these the time of the failure changes, or crypto/tls reads no such certificate.
		noWayIn := f.Speak != "" || f.Alert != 0 || row.Restarts() || unreadable(t, f.Leaf)
		switch by := killers(t, row); {
		case row.Expect.Outcome == scenarios.Unspecified || isKnown(t, row):
		case len(by) == 0:
			t.Errorf("%s: nothing turns it red", row.ID)
		case row.Expect.Outcome == scenarios.InHandshake && !noWayIn && !slices.ContainsFunc(by, letsIn):
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

// A killer turns a row red: a mutant, or a patch of the real driver.
type killer struct{ name, why string }

func killers(t *testing.T, row scenarios.Scenario) (list []killer) {
	for _, m := range mutant.All {
		if why, breaks := m.Breaks(row.ID); breaks && (!m.Coarse || plainRow(row)) {
			list = append(list, killer{m.Name, why})
		}
	}
	all, err := patches()
	require.NoError(t, err)
	for _, p := range all {
		if why, breaks := p.Breaks(row.ID); breaks {
			list = append(list, killer{p.Name + " (patch)", why})
		}
	}
	return list
}

var patches = sync.OnceValues(mutant.Patches)

// letsIn reports whether a killer turns a row red by getting in.
func letsIn(k killer) bool {
	return strings.Contains(k.why, "connected") || strings.Contains(k.why, "but sent")
}

// isKnown reports whether the Go driver of today violates the row.
func isKnown(t *testing.T, row scenarios.Scenario) bool {
	return slices.ContainsFunc(knownOfGo(t), func(k known.Entry) bool { return cases.Matches(k.Case, caseOf(row)) })
}

func knownOfGo(t *testing.T) known.List {
	list, err := dueOfGo()
	require.NoError(t, err)
	return list
}

var dueOfGo = sync.OnceValues(func() (known.List, error) {
	table, err := whole()
	if err != nil {
		return nil, err
	}
	list, err := known.Builtin()
	if err != nil {
		return nil, err
	}
	today := evidence.Info{Driver: "go", Version: mutant.Model(driver.Isolation{}).Info().Version}
	return list.Due(today, embedded.New().Info().Name, table.Cases), nil
})

// broken is an engine with one part replaced by the mutant.
func broken(t *testing.T, m mutant.Mutant) *Engine {
	w, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	table, err := whole()
	require.NoError(t, err)
	isolation, err := attempt.Isolation(w)
	require.NoError(t, err)
	open := mutant.Model
	if m.Driver != nil {
		open = m.Driver
	}
	var b server.Backend = embedded.New()
	if m.Backend != nil {
		b = m.Backend(b)
	}
	d := open(isolation)
	t.Cleanup(func() { require.NoError(t, errors.Join(d.Close(), b.Close(), w.Close())) })
	return New(w, d, b, table, nil)
}
