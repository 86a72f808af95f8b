package godriver

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/event"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Of a client that is being closed it is on record that its connections end, whichever of its parts the pool hears
// first; before that, why each of them does.
func TestClosingIsNoFailure(t *testing.T) {
	for name, c := range map[string]struct {
		leaves bool
		want   []evidence.EventKind
		reason string
	}{
		"while it is used": {want: []evidence.EventKind{evidence.PoolCleared, evidence.ConnectionClosed},
			reason: event.ReasonStale},
		"as it is closed": {leaves: true, want: []evidence.EventKind{evidence.ConnectionClosed},
			reason: event.ReasonPoolClosed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(func() {})
			if c.leaves {
				w.leave()
			}
			w.pool(&event.PoolEvent{Type: poolCleared})
			w.pool(&event.PoolEvent{Type: event.ConnectionClosed, Reason: event.ReasonStale})
			var got []evidence.EventKind
			events := w.close()
			for _, e := range events {
				got = append(got, e.Kind)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.reason, events[len(events)-1].Text)
		})
	}
}
