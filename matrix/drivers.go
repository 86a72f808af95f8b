package matrix

import (
	"context"
	"fmt"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
)

// ParseDriver reads the spec of a driver, and opens nothing.
func ParseDriver(text string) (driver.Spec, error) {
	s, err := registry.Parse(text)
	if err != nil {
		return s, usage.Errorf("%w", err)
	}
	return s, nil
}

// A NoDriver is the error of Open where the driver cannot be had: who runs several may go on with the others.
type NoDriver struct{ error }

// Unwrap is the error itself.
func (n NoDriver) Unwrap() error { return n.error }

func openDriver(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	d, err := registry.Open(ctx, s, i)
	switch {
	case driver.IsUsage(err):
		return nil, NoDriver{usage.Errorf("driver %w", err)}
	case err != nil:
		return nil, NoDriver{fmt.Errorf("driver %w", err)}
	}
	return d, nil
}
