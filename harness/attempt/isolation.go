package attempt

import (
	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
)

// Isolation is what a driver's process needs to meet nothing but this world: its DNS, and its Public authority as the
// roots of the system.
func Isolation(w *fixtures.World) (driver.Isolation, error) {
	roots, err := w.File("system-roots", pki.Bundle(pki.Public))
	return driver.Isolation{Resolver: w.DNS.Addr(), Roots: roots}, err
}
