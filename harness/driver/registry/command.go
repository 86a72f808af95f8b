package registry

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

// command runs an adapter of the user's own.
func command(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	words := strings.Fields(s.Command)
	p, err := driver.Start(ctx, words[0], words[1:], i.Environment())
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, usage.Errorf("%w", err)
	case err != nil:
		return nil, err
	}
	return p, nil
}
