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

// A Script is what happens to the servers of a deployment while a client works. It happens while the client waits for
// the answer to an operation, and thus always at the same time. A step holds no lock: one that ends connections may end
// one that has an operation of its own.
type Script struct {
	Began time.Time       // when clients could come
	Over  context.Context // done once nothing is to happen any more
	end   context.CancelFunc
	stage Stage
	names []string // of the servers

	mu         condition.Mutex
	steps      []Step // that are still to come
	busy       int    // steps under way
	operations int    // of the client that have succeeded
	happened   []evidence.StepSeen
	err        error // of a step
}

// A Stage is the servers of a script.
type Stage interface {
	// Take takes a step.
	Take(Step) error
	// Leave restarts the server that has the client's operation. What it returns is to be called once the answer is out.
	Leave(Step) (then func() error)
}

// Noticing is how long a client may take until it looks at a server that came back.
const Noticing = 5 * time.Second

// NewScript is what happens to the servers of a layout, which are the stage. They can be used from now on.
func NewScript(l Layout, stage Stage) *Script {
	s := &Script{Began: time.Now(), stage: stage, steps: l.Steps}
	for _, p := range l.Members {
		s.names = append(s.names, p.Name)
	}
	s.Over, s.end = context.WithCancel(context.Background())
	return s
}

// Operation counts one of the client that a member has done and not answered yet, and takes the steps that come after
// it. What it returns, unless it is nil, is to be done once the answer is out.
func (s *Script) Operation(member int) (then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations++
	for len(s.steps) > 0 && s.steps[0].After <= s.operations && s.Over.Err() == nil {
		step := s.steps[0]
		s.steps = s.steps[1:]
		s.busy++
		seen := evidence.StepSeen{Text: step.Says, After: s.operations, Member: s.names[step.Member],
			AtMS: s.ms(time.Now())}
		s.mu.Unlock()
		if step.Restart != nil && step.Member == member {
			leave := s.stage.Leave(step)
			then = func() { s.done(step, leave()) }
		} else {
			s.done(step, s.stage.Take(step))
		}
		seen.TookMS = s.ms(time.Now()) - seen.AtMS
		s.mu.Lock()
		s.happened = append(s.happened, seen)
	}
	return then
}

// ms is a time in the deployment's life.
func (s *Script) ms(t time.Time) int { return int(t.Sub(s.Began).Milliseconds()) }

func (s *Script) done(step Step, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if err != nil {
		s.err = errors.Join(s.err, fmt.Errorf("%s: %w", step.Says, err))
	}
	s.mu.Broadcast()
}

// pending reports whether steps are still to come.
func (s *Script) pending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps) > 0
}

// Played waits until no step is under way, and returns what happened.
func (s *Script) Played(ctx context.Context) ([]evidence.StepSeen, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mu.Wait(ctx, func() bool { return s.busy == 0 }) {
		return nil, errors.New("a step has not ended")
	}
	return slices.Clone(s.happened), s.err
}

// Stop lets no step begin any more, and waits for those under way, which is not long now that it is over.
func (s *Script) Stop() {
	s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = nil
	s.mu.Wait(context.Background(), func() bool { return s.busy == 0 })
}
