package matrix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/harness/standin"
)

// The whole embedded matrix, each case a subtest: go test ./matrix -run TestMatrix/name/mismatch.
func TestMatrix(t *testing.T) { Test(t, Options{Seed: 1}) }

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
	testscript.Main(leakless{m}, map[string]func(){
		"mongotls": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// leakless runs tests and fails if a goroutine outlives them.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
