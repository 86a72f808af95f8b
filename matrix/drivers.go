package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/driver/goversion"
	"github.com/mongotls/mongotls/harness/driver/libmongoc"
	"github.com/mongotls/mongotls/harness/driver/node"
	"github.com/mongotls/mongotls/harness/driver/pymongo"
)

// An opener makes a driver of one name. version is what follows the @ in its spec: a version, or a path that begins with
// ./, ../ or /; "" is the default. Its errors begin with the spec; those of what was asked for are marked with driver.Misuse.
type opener func(ctx context.Context, version string, i driver.Isolation) (driver.Driver, error)

// openers are the drivers by name.
var openers = map[string]opener{
	"go":                openGo,
	"node":              by(node.Open, "node"),
	"mongoose":          by(node.Open, "mongoose"),
	"mongosh":           by(node.Open, "mongosh"),
	"libmongoc":         libmongoc.Open,
	"pymongo":           by(pymongo.Open, pymongo.Plain),
	"pymongo+pyopenssl": by(pymongo.Open, pymongo.PyOpenSSL),
}

func driverNames() string { return strings.Join(slices.Sorted(maps.Keys(openers)), ", ") }

// openDriver makes the driver of a spec: name, name@version or name@./path, or exec: and a command. Drivers do not know of each other: one process
// can have several.
func openDriver(ctx context.Context, spec string, i driver.Isolation) (driver.Driver, error) {
	open, version, err := parseDriver(spec)
	if err != nil {
		return nil, err
	}
	d, err := open(ctx, version, i)
	switch {
	case driver.IsMisuse(err):
		return nil, unopened{usage("driver %v", err)}
	case err != nil:
		return nil, unopened{fmt.Errorf("driver %w", err)}
	}
	return d, nil
}

// unopened is an error about a driver that cannot be had: who runs several may go on with the others.
type unopened struct{ error }

func (u unopened) Unwrap() error { return u.error }

// parseDriver takes a spec apart, and opens nothing.
func parseDriver(spec string) (open opener, version string, err error) {
	if command, ok := strings.CutPrefix(spec, execPrefix); ok {
		return openCommand, command, nil
	}
	name, version, versioned := strings.Cut(spec, "@")
	open, ok := openers[name]
	if !ok {
		return nil, "", usage("unknown driver %q: there are %s, as NAME, NAME@VERSION or NAME@./PATH, and exec:COMMAND", spec, driverNames())
	}
	if versioned && version == "" {
		return nil, "", usage("driver %q: a version or a path must follow the @", spec)
	}
	return open, version, nil
}

// openGo is the Go driver that this program is built with or, as a process of its own, another version of it.
func openGo(ctx context.Context, version string, i driver.Isolation) (driver.Driver, error) {
	if version == "" {
		return godriver.New(i), nil
	}
	return goversion.Open(ctx, version, i)
}

// by makes an opener of a package that opens drivers of several names.
func by(open func(ctx context.Context, name, version string, i driver.Isolation) (driver.Driver, error), name string) opener {
	return func(ctx context.Context, version string, i driver.Isolation) (driver.Driver, error) {
		return open(ctx, name, version, i)
	}
}

// execPrefix begins the spec of somebody's own adapter: a command line.
const execPrefix = "exec:"

// openCommand runs an adapter of the user's own.
func openCommand(ctx context.Context, command string, i driver.Isolation) (driver.Driver, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, driver.Misuse(fmt.Errorf("%s: a command must follow, as in 'exec:node adapter.js'", execPrefix))
	}
	p, err := driver.Start(ctx, words[0], words[1:], i.Environment())
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, driver.Misuse(fmt.Errorf("%s%s: %w", execPrefix, command, err))
	case err != nil:
		return nil, fmt.Errorf("%s%s: %w", execPrefix, command, err)
	}
	return p, nil
}
