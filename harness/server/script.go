package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A script is what happens to the servers of a deployment while a client works. It happens while the client waits for
// the answer to an operation, and thus always at the same time. A step holds no lock: one that ends connections may end
// one that has an operation of its own.
type script struct {
	began time.Time
	over  context.Context
	end   context.CancelFunc

	mu         condition.Mutex
	steps      []Step // that are still to come
	busy       int    // steps under way
	operations int    // of the client that have succeeded
	happened   []evidence.StepSeen
	err        error // of a step
}

// A stage is the servers of a script.
type stage interface {
	// called is the name of a member. The caller holds the lock.
	called(member int) string
	// take takes a step.
	take(Step) error
	// leave restarts the server that has the client's operation. What it returns is to be called once the answer is out.
	leave(Step) (then func() error)
}

func newScript(l Layout) *script {
	s := &script{began: time.Now(), steps: l.Steps}
	s.over, s.end = context.WithCancel(context.Background())
	return s
}

// operation counts one of the client that a member has done and not answered yet, and takes the steps that come after
// it. What it returns, unless it is nil, is to be done once the answer is out.
func (s *script) operation(at stage, member int) (then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations++
	for len(s.steps) > 0 && s.steps[0].After <= s.operations && s.over.Err() == nil {
		step := s.steps[0]
		s.steps = s.steps[1:]
		s.busy++
		seen := evidence.StepSeen{Text: step.Says, After: s.operations, Member: at.called(step.Member),
			AtMS: s.ms(time.Now())}
		s.mu.Unlock()
		if step.Restart != nil && step.Member == member {
			leave := at.leave(step)
			then = func() { s.done(step, leave()) }
		} else {
			s.done(step, at.take(step))
		}
		seen.TookMS = s.ms(time.Now()) - seen.AtMS
		s.mu.Lock()
		s.happened = append(s.happened, seen)
	}
	return then
}

// ms is a time in the deployment's life.
func (s *script) ms(t time.Time) int { return int(t.Sub(s.began).Milliseconds()) }

func (s *script) done(step Step, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if err != nil {
		s.err = errors.Join(s.err, fmt.Errorf("%s: %w", step.Says, err))
	}
	s.mu.Broadcast()
}

// pending reports whether steps are still to come.
func (s *script) pending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps) > 0
}

// played waits until no step is under way, and returns what happened.
func (s *script) played(ctx context.Context) ([]evidence.StepSeen, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mu.Wait(ctx, func() bool { return s.busy == 0 }) {
		return nil, errors.New("a step has not ended")
	}
	return slices.Clone(s.happened), s.err
}

// stop lets no step begin any more, and waits for those under way, which is not long now that it is over.
func (s *script) stop() {
	s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = nil
	s.mu.Wait(context.Background(), func() bool { return s.busy == 0 })
}
