// Package godriver drives the MongoDB Go driver, in this process or in a child of the same binary.
package godriver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A Driver is the Go driver that this program is built with. Isolated requests go to one long-lived child, started by
// the first of them: what they need (DNS, the system's roots) is a property of a process, and this one is not changed.
// All requests go there if this process has an environment that could change what the driver does: see driver.Withheld.
type Driver struct {
	isolation driver.Isolation
	info      evidence.Info
	tweak     func(*options.ClientOptions)
	everyOne  bool // request goes to the child

	mu      sync.Mutex
	process *driver.Process
	closed  bool
}

// New makes a driver whose child resolves and trusts as i says.
func New(i driver.Isolation) *Driver {
	return &Driver{isolation: i, info: info(i), everyOne: len(driver.Withheld()) > 0}
}

// Tweaked makes a driver that is broken on purpose: f is applied to the options of every client, last. Such a driver
// has no child.
func Tweaked(i driver.Isolation, f func(*options.ClientOptions)) *Driver {
	return &Driver{isolation: i, info: info(i), tweak: f}
}

var _ driver.Driver = (*Driver)(nil)

// Info says which driver this program is built with, and what it and the isolation lack.
func (d *Driver) Info() evidence.Info { return d.info }

// Do makes one attempt.
func (d *Driver) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if !r.Isolated && !d.everyOne {
		return attempt(ctx, r, d.tweak)
	}
	if d.tweak != nil {
		return evidence.Answer{}, errors.New("a tweaked driver cannot be isolated")
	}
	p, err := d.child(ctx)
	if err != nil {
		return evidence.Answer{}, err
	}
	return p.Do(ctx, r)
}

// Close ends the child.
func (d *Driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var err error
	if d.process != nil {
		err = d.process.Close()
		d.process = nil
	}
	return err
}

// adapterEnv is the environment that turns any program with this package into an adapter.
const adapterEnv = "MONGOTLS_ADAPTER=go"

// A program started with the adapter's environment never reaches its main function. That makes every program that
// imports this package, test binaries included, able to start a child of itself.
func init() {
	if slices.Contains(os.Environ(), adapterEnv) {
		Serve()
	}
}

func (d *Driver) child(ctx context.Context) (*driver.Process, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.New("the driver is closed")
	}
	if d.process != nil {
		return d.process, nil
	}
	p, err := d.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("the child of the Go driver: %w", err)
	}
	d.process = p
	return p, nil
}

func (d *Driver) start(ctx context.Context) (*driver.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return driver.Start(ctx, self, nil, append(d.isolation.Environment(), adapterEnv))
}

// Afresh is the driver in a process of its own.
func (d *Driver) Afresh(ctx context.Context) (driver.Driver, error) {
	if d.tweak != nil {
		return nil, errors.New("a tweaked driver is of this process alone")
	}
	return d.start(ctx)
}
