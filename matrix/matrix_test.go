package matrix

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/harness/standin"
)

// The whole embedded matrix, each case a subtest: go test ./matrix -run TestMatrix/name/mismatch.
func TestMatrix(t *testing.T) { Test(t, Options{Seed: 1}) }

func TestMain(m *testing.M) {
	if os.Getenv(asMongod) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := standin.Program(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}
