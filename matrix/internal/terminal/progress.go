package terminal

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// An Installation is what happens until a driver can be asked.
type Installation struct {
	spec  string
	once  sync.Once
	began time.Time // zero: there was nothing to install
}

// Installing is a context in which the installation of a driver is told of as soon as it begins.
func (t *Terminal) Installing(ctx context.Context, spec string) (context.Context, *Installation) {
	i := &Installation{spec: spec}
	return install.Telling(ctx, func() {
		i.once.Do(func() {
			i.began = time.Now()
			t.Linef(t.Err, "installing %s (first time)", spec)
		})
	}), i
}

// Installed tells how long that took: it is no part of the run's time.
func (t *Terminal) Installed(i *Installation) {
	if !i.began.IsZero() {
		t.Linef(t.Err, "installed in %.1f s", time.Since(i.began).Seconds())
	}
}

// Doing is what an interrupt met.
func (i *Installation) Doing() string {
	if i.began.IsZero() {
		return "while " + i.spec + " was being started"
	}
	return "while " + i.spec + " was being installed"
}

// Begin starts the progress of a run of total cases.
func (t *Terminal) Begin(total int) {
	t.total, t.n = total, map[string]int{}
	if !t.moving {
		t.Linef(t.Err, "running %s", form.Counted(total, "case", "cases"))
		return
	}
	t.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(t.Err), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("running"),
		progressbar.OptionSetPredictTime(false))
}

// Step tells of one more case.
func (t *Terminal) Step(r matrix.Result) {
	t.n[string(r.Verdict.Kind)]++
	if t.bar != nil {
		t.bar.Describe(strings.Join(tally(t.n, plain), ", "))
		_ = t.bar.Add(1) // a bar that cannot be drawn is no fault of the run
		return
	}
	done := 0
	for _, n := range t.n {
		done += n
	}
	if done%100 == 0 {
		t.Linef(t.Err, "%d of %d: %s", done, t.total, reports.Words(t.n))
	}
}

// End removes the bar.
func (t *Terminal) End() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}
