// Package mutant holds drivers and servers that are broken on purpose, each in one plausible way. They show that the
// scenarios can fail: a mutant that no scenario notices is a hole in the table.
package mutant

import (
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/server"
)

// A Mutant is one broken part. Exactly one of Driver and Backend is set.
type Mutant struct {
	Name string
	Says string // what is broken, and where it has been seen
	// Driver makes the broken driver; Backend breaks a good back end.
	Driver  func() driver.Driver
	Backend func(server.Backend) server.Backend
	// Red are patterns of case ids: every case they match must stop conforming.
	Red []string
	// TwinsToo: the mutant also breaks what must work, so the controls of its red cases are no longer green.
	TwinsToo bool
}

// All is the registry.
var All = append(drivers, servers...)
