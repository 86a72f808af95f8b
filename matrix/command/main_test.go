package command

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){
		"mongotls": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// leakless runs tests and fails if a goroutine outlives them.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	_ = os.Unsetenv("COLUMNS") // the developer's terminal decides nothing
	code := m.M.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
