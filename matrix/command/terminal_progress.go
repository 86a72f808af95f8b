package command

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

// An installation is what happens until a driver can be asked.
type installation struct {
	spec  string
	once  sync.Once
	began time.Time // zero: there was nothing to install
}

// installing is a context in which the installation of a driver is told of as soon as it begins.
func (t *terminal) installing(ctx context.Context, spec string) (context.Context, *installation) {
	i := &installation{spec: spec}
	return install.Telling(ctx, func() {
		i.once.Do(func() {
			i.began = time.Now()
			t.linef(t.err, "installing %s (first time)", spec)
		})
	}), i
}

// installed tells how long that took: it is no part of the run's time.
func (t *terminal) installed(i *installation) {
	if !i.began.IsZero() {
		t.linef(t.err, "installed in %.1f s", time.Since(i.began).Seconds())
	}
}

// doing is what an interrupt met.
func (i *installation) doing() string {
	if i.began.IsZero() {
		return "while " + i.spec + " was being started"
	}
	return "while " + i.spec + " was being installed"
}

// begin starts the progress of a run of total cases.
func (t *terminal) begin(total int) {
	t.total, t.n = total, map[string]int{}
	if !t.moving {
		t.linef(t.err, "running %s", form.Counted(total, "case", "cases"))
		return
	}
	t.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(t.err), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("running"),
		progressbar.OptionSetPredictTime(false))
}

// step tells of one more case.
func (t *terminal) step(r matrix.Result) {
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
		t.linef(t.err, "%d of %d: %s", done, t.total, reports.Words(t.n))
	}
}

func (t *terminal) end() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}
