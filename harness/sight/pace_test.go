package sight

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// In no second begin more connections than are allowed, however many wait; room for several is made without taking it.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(3)
		began := make(chan time.Time, 10)
		for range cap(began) {
			go func() {
				if p.Take(t.Context()) == nil {
					began <- time.Now()
				}
			}()
		}
		var all []time.Time
		for range cap(began) {
			all = append(all, <-began)
		}
		for i := 3; i < len(all); i++ {
			require.GreaterOrEqual(t, all[i].Sub(all[i-3]), time.Second)
		}
		require.Equal(t, 3*time.Second, all[len(all)-1].Sub(all[0]), "and none waits for longer")

		start := time.Now()
		require.NoError(t, p.Room(t.Context(), 99))
		require.Equal(t, time.Second, time.Since(start), "as much room as there ever is")
		for range 3 {
			require.NoError(t, p.Take(t.Context()))
		}
		require.Equal(t, time.Second, time.Since(start))

		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		require.ErrorIs(t, p.Take(ctx), context.Canceled)
		require.NoError(t, (*Pace)(nil).Take(t.Context()))
		require.NoError(t, (*Pace)(nil).Room(t.Context(), 5))
	})
}
