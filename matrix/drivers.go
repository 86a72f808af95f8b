package matrix

import (
	"context"
	"fmt"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
)

// openDriver makes the driver of the text of a spec.
func openDriver(ctx context.Context, text string, i driver.Isolation) (driver.Driver, error) {
	s, err := parseDriver(text)
	if err != nil {
		return nil, err
	}
	d, err := registry.Open(ctx, s, i)
	switch {
	case driver.IsUsage(err):
		return nil, usage("driver %v", err)
	case err != nil:
		return nil, fmt.Errorf("driver %w", err)
	}
	return d, nil
}

// parseDriver reads the text of a spec, and opens nothing.
func parseDriver(text string) (driver.Spec, error) {
	s, err := registry.Parse(text)
	if err != nil {
		return s, usage("%v", err)
	}
	return s, nil
}
