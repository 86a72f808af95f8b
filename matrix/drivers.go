package matrix

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
)

// An opener makes a driver of one name. version is what follows the @ in its spec: a version, or a path that begins with
// ./, ../ or /; "" is the default. Errors are of usage, or faults.
type opener func(ctx context.Context, version string, i driver.Isolation) (driver.Driver, error)

// openers are the drivers by name.
var openers = map[string]opener{
	"go": openGo,
}

func driverNames() string { return strings.Join(slices.Sorted(maps.Keys(openers)), ", ") }

// openDriver makes the driver of a spec: name, name@version or name@./path. Drivers do not know of each other: one process
// can have several.
func openDriver(ctx context.Context, spec string, i driver.Isolation) (driver.Driver, error) {
	open, version, err := parseDriver(spec)
	if err != nil {
		return nil, err
	}
	return open(ctx, version, i)
}

// parseDriver takes a spec apart, and opens nothing.
func parseDriver(spec string) (open opener, version string, err error) {
	name, version, versioned := strings.Cut(spec, "@")
	open, ok := openers[name]
	if !ok {
		return nil, "", usage("unknown driver %q: there are %s, as NAME, NAME@VERSION or NAME@./PATH", spec, driverNames())
	}
	if versioned && version == "" {
		return nil, "", usage("driver %q: a version or a path must follow the @", spec)
	}
	return open, version, nil
}

// openGo is the Go driver that this program is built with.
func openGo(_ context.Context, version string, i driver.Isolation) (driver.Driver, error) {
	if version != "" {
		return nil, usage("driver go@%s: only go, the driver that this program is built with, can run", version)
	}
	return godriver.New(i), nil
}
