package condition_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/condition"
)

// Each of many waiters sees the value that it waits for, whoever is first.
func TestEveryWaiterIsWoken(t *testing.T) {
	var m condition.Mutex
	var value int
	var waiters sync.WaitGroup
	for want := range 20 {
		waiters.Go(func() {
			m.Lock()
			defer m.Unlock()
			if !m.Wait(t.Context(), func() bool { return value >= want }) {
				t.Errorf("nobody said that the value is %d", want)
			}
		})
	}
	for range 20 {
		m.Lock()
		value++
		m.Broadcast()
		m.Unlock()
	}
	waiters.Wait()
}

// A context ends the waiting, and the caller has the mutex as before.
func TestContextEndsTheWaiting(t *testing.T) {
	var m condition.Mutex
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	m.Lock()
	require.False(t, m.Wait(ctx, func() bool { asked++; cancel(); return false }))
	require.False(t, m.TryLock(), "the mutex is held")
	m.Unlock()
	require.Equal(t, 1, asked)
}

// What holds already is not spoilt by a context that is done.
func TestWhatHoldsNeedsNoWaiting(t *testing.T) {
	var m condition.Mutex
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.Lock()
	defer m.Unlock()
	require.True(t, m.Wait(ctx, func() bool { return true }))
}

// A sleep lasts for as long as it is to, unless a context ends it; one of no time needs none.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		require.True(t, condition.Sleep(ctx, time.Second))
		require.Equal(t, time.Second, time.Since(began))
		require.False(t, condition.Sleep(ctx, time.Hour))
		require.Equal(t, time.Minute, time.Since(began))
		require.True(t, condition.Sleep(ctx, 0))
	})
}
