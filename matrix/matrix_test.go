package matrix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/internal/required"
)

// The whole embedded matrix, each case a subtest: go test ./matrix -run TestMatrix/name/mismatch.
func TestMatrix(t *testing.T) {
	t.Parallel()
	subtests(t, whole(t))
}

// What takes minutes, where it is asked for.
func TestSlow(t *testing.T) {
	required.Asked(t, "slow", "rows that wait for a minute")
	Test(t, Options{Seed: 1, Slow: true, Run: []string{"srv/polling*"}})
}

// What others call does the same.
func TestTest(t *testing.T) {
	t.Parallel()
	Test(t, Options{Seed: 1, Run: []string{"mode"}})
}

// opened is the whole matrix against servers in this process. Its engine runs each case once, for whichever test asks
// first.
var opened = sync.OnceValues(func() (*Session, error) { return Open(context.Background(), Options{Seed: 1}) })

func whole(t testing.TB) *Session {
	t.Helper()
	s, err := opened()
	require.NoError(t, err)
	return s
}

// same are the results of the whole matrix for these cases, in their order.
func same(t *testing.T, chosen []harness.Case) []Result {
	t.Helper()
	e := whole(t).engine
	all := make([]Result, len(chosen))
	var running errgroup.Group
	running.SetLimit(4 * runtime.GOMAXPROCS(0))
	for i, c := range chosen {
		running.Go(func() error {
			all[i] = e.Result(context.WithoutCancel(t.Context()), c.ID)
			return nil
		})
	}
	require.NoError(t, running.Wait())
	return all
}

func TestMain(m *testing.M) {
	if starts := os.Getenv(asMongod); starts != "" {
		f, err := os.OpenFile(starts, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = fmt.Fprintln(f, os.Args[1:])
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := standin.Program(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	code := m.Run()
	s, err := opened()
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
