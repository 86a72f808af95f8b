package bisect

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports"
)

// A world is what n versions do: 1.0.0, 1.1.0 ...
type world struct {
	bad, broken []bool
	runs        int
}

func (w *world) versions() (all []string) {
	for i := range w.bad {
		all = append(all, fmt.Sprintf("1.%d.0", i))
	}
	return all
}

func (w *world) at(version string) (i int) {
	_, _ = fmt.Sscanf(version, "1.%d.0", &i)
	return i
}

func (w *world) try(version string) (Try, error) {
	i := w.at(version)
	w.runs++
	switch {
	case w.broken[i]:
		return Try{}, Unknown{errors.New("it cannot be installed")}
	case w.bad[i]:
		return Try{Verdict: reports.Violates}, nil
	}
	return Try{Verdict: reports.Conforms}, nil
}

func newWorld(n int) *world { return &world{bad: make([]bool, n), broken: make([]bool, n)} }

// find finds, and holds what is found against the world: nothing is said of a version but what it did, nobody is left
// out, and each change is one.
func (w *world) find(t *testing.T) Result {
	r, err := Find(w.versions(), w.try)
	require.NoError(t, err)
	require.Equal(t, len(w.bad), r.Count)
	require.Len(t, w.bad, len(r.Tried)+len(r.Failed)+len(r.Skipped))
	require.Equal(t, w.runs, len(r.Tried)+len(r.Failed))
	for _, tried := range r.Tried {
		require.Equal(t, w.bad[w.at(tried.Version)], tried.Verdict == reports.Violates)
	}
	for _, c := range r.Changes {
		require.NotEqual(t, c.Before.Verdict, c.After.Verdict)
		if !slices.Contains(w.broken, true) {
			require.Equal(t, w.at(c.Before.Version)+1, w.at(c.After.Version))
		}
	}
	return r
}

// log2 is the logarithm, rounded up.
func log2(n int) int { return bits.Len(uint(n - 1)) }

// The one change of a history is found wherever it is, in at most log2 n + 2 runs; and where there is none, no more are
// made.
func TestMonotone(t *testing.T) {
	for n := 1; n <= 70; n++ {
		for change := 0; change <= n; change++ {
			for _, first := range []bool{false, true} {
				w := newWorld(n)
				for i := range w.bad {
					w.bad[i] = i < change == first
				}
				r := w.find(t)
				require.LessOrEqual(t, w.runs, log2(n)+2, "%v", w.bad)
				if change == 0 || change == n {
					require.Empty(t, r.Changes)
					continue
				}
				require.Len(t, r.Changes, 1)
				require.Equal(t, change, w.at(r.Changes[0].After.Version))
			}
		}
	}
}

// Whatever a history is, a change is found or versions are named that nobody looked at; and a change that lasts a
// quarter of the versions is found.
func TestAnyHistory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		w := newWorld(1 + random.IntN(60))
		for i := range w.bad {
			w.bad[i] = random.IntN(8) == 0
			if i > 0 && random.IntN(3) > 0 {
				w.bad[i] = w.bad[i-1]
			}
		}
		r := w.find(t)
		if len(r.Skipped) == 0 {
			for i, bad := range w.bad[1:] {
				found := slices.ContainsFunc(r.Changes, func(c Change) bool { return w.at(c.After.Version) == i+1 })
				require.Equal(t, bad != w.bad[i], found)
			}
		}
	}
	for n := 8; n <= 70; n++ {
		for from := 1; from+n/4+1 < n; from++ {
			w := newWorld(n)
			for i := from; i <= from+n/4; i++ {
				w.bad[i] = true
			}
			require.Len(t, w.find(t).Changes, 2, "%v", w.bad)
		}
	}
}

// What cannot be tried is named, what it hides lies between two versions that were, and it costs no more than twice
// the search.
func TestVersionsThatCannotBeTried(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		w := newWorld(1 + random.IntN(60))
		change := random.IntN(len(w.bad))
		for i := range w.bad {
			w.bad[i] = i >= change
			w.broken[i] = random.IntN(4) == 0
		}
		r := w.find(t)
		for _, f := range r.Failed {
			require.True(t, w.broken[w.at(f.Version)])
			require.Equal(t, "it cannot be installed", f.Why)
		}
		require.LessOrEqual(t, len(r.Failed), 2*log2(len(w.bad))+3)
		require.LessOrEqual(t, len(r.Changes), 1)
		for _, c := range r.Changes {
			require.Less(t, w.at(c.Before.Version), change)
			require.GreaterOrEqual(t, w.at(c.After.Version), change)
		}
	}
	w := newWorld(40) // the newest twelve need another machine
	for i := range w.bad {
		w.bad[i], w.broken[i] = i >= 20, i >= 28
	}
	r := w.find(t)
	require.Len(t, r.Changes, 1)
	require.Equal(t, "last good version 1.19.0, first bad version 1.20.0", r.Changes[0].Says())

	for i := range w.broken {
		w.broken[i] = true
	}
	w.runs = 0
	r = w.find(t)
	require.Empty(t, r.Tried)
	require.NotEmpty(t, r.Skipped)
}

// Any other error ends the search.
func TestAnErrorEndsIt(t *testing.T) {
	broken := errors.New("no")
	_, err := Find([]string{"1.0.0", "1.1.0"}, func(string) (Try, error) { return Try{}, broken })
	require.ErrorIs(t, err, broken)
}

// The gravest case of a row speaks for it, and the controls of others do not count.
func TestRead(t *testing.T) {
	report := func(verdicts ...string) (r reports.Report) {
		for i, v := range verdicts {
			r.Cases = append(r.Cases, reports.Case{ID: fmt.Sprintf("name/x/%d", i), Verdict: v, Why: "why " + v})
		}
		r.Cases = append(r.Cases, reports.Case{ID: "name/xy/0", Verdict: reports.Inconclusive},
			reports.Case{ID: "name/x/disabled", Verdict: reports.Inconclusive, DerivedDisabled: true})
		return r
	}
	for says, r := range map[string]reports.Report{
		"conforms (connects)":                              report(reports.Conforms, reports.Conforms),
		"violates (connects) in 1 of 2 cases, name/x/1":    report(reports.Conforms, reports.Violates),
		"unsupported (connects) in 1 of 2 cases, name/x/0": report(reports.Unsupported, reports.Characterised),
	} {
		found, err := Read(r, "name/x")
		require.NoError(t, err)
		require.Equal(t, says, found.Says())
	}
	broken := report(reports.Conforms)
	broken.Faults = []string{"closing: no"}
	for says, r := range map[string]reports.Report{
		"inconclusive: why inconclusive": report(reports.Conforms, reports.Inconclusive),
		"not-run: why not-run":           report(reports.NotRun),
		"the case did not run":           {},
		"closing: no":                    broken,
	} {
		_, err := Read(r, "name/x")
		require.Equal(t, Unknown{errors.New(says)}.Error(), err.Error())
		_, unknown := errors.AsType[Unknown](err)
		require.True(t, unknown)
	}
}

// Versions between which nothing changed have the same state: of what is wrong, or what no norm decides, that is what
// the driver does.
func TestChanges(t *testing.T) {
	good := Try{Version: "1", Verdict: reports.Conforms, Reason: "connects"}
	bad := Try{Version: "2", Verdict: reports.Violates}
	lacks := Try{Version: "3", Verdict: reports.Unsupported, Reason: "connects"}
	free := Try{Version: "4", Verdict: reports.Characterised, Reason: evidence.Timeout}
	other := Try{Version: "5", Verdict: reports.Characterised, Reason: evidence.PeerClosed}
	require.NotEqual(t, free.state(), other.state())
	otherwise := Try{Version: "6", Verdict: reports.Violates, Reason: evidence.Timeout}
	require.NotEqual(t, bad.state(), otherwise.state())
	require.Equal(t, good.state(), Try{Verdict: reports.Conforms, Reason: evidence.Timeout}.state())
	require.Equal(t, "2: violates (), then 6: violates (timeout)", Change{bad, otherwise}.Says())
	require.Equal(t, "last good version 1, first bad version 2", Change{good, bad}.Says())
	require.Equal(t, "last bad version 2, first good version 1", Change{bad, good}.Says())
	require.Equal(t, "1: conforms (connects), then 3: unsupported (connects)", Change{good, lacks}.Says())
	require.Equal(t, "4: characterised (timeout), then 5: characterised (peer-closed)", Change{free, other}.Says())
}

func TestBetween(t *testing.T) {
	all := []string{"v1.17.1", "v1.17.10", "v2.0.0", "v2.10.0", "v3.0.0"}
	for _, row := range []struct {
		from, to string
		want     []string
	}{
		{"", "", all},
		{"v1.17.2", "v2.0.0", all[1:3]},
		{"2", "2", all[2:4]},
		{"2.0", "2.1", all[2:3]},
		{"1.17.10", "", all[1:]},
	} {
		got, err := Between(all, row.from, row.to)
		require.NoError(t, err)
		require.Equal(t, row.want, got, "%v", row)
	}
	for _, row := range [][3]string{
		{"newest", "", `--from "newest": that is no version: write one like 6.20.0 or 6`},
		{"", "./x", `--to "./x": that is no version: write one like 6.20.0 or 6`},
		{"v3", "v2", `no version lies between --from "v3" and --to "v2": there are v1.17.1 to v3.0.0`},
	} {
		_, err := Between(all, row[0], row[1])
		require.EqualError(t, err, row[2])
		require.True(t, usage.Is(err))
	}
	_, err := Between(nil, "", "")
	require.EqualError(t, err, "nobody can be asked here which versions of this driver there are")
}
