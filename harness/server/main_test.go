package server

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/server/internal/servertest"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

// asMongod makes this test binary the mongod of the tests: the stand-in as a program.
const asMongod = "MONGOTLS_TEST_MONGOD"

func TestMain(m *testing.M) {
	if os.Getenv(asMongod) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := standin.Program(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// mongods is a back end of mongods, closed with the test.
func mongods(t *testing.T) *Mongods {
	t.Helper()
	t.Setenv(asMongod, "1")
	self, err := os.Executable()
	require.NoError(t, err)
	b, err := NewBinary(self)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// good is a good server.
func good(t *testing.T, w *fixtures.World, mode scenarios.Mode) Plan {
	t.Helper()
	return Plan{Config: servertest.Good(t, w, mode)}
}
