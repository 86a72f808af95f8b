// Package packages knows which packages are MongoDB drivers or bring one, and holds what a file says of one.
package packages

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/ecosystem"
)

// Packages are the packages that are MongoDB drivers, and the names of the adapters that drive them.
type Packages map[ecosystem.Package]string

// Drivers are the packages that have an adapter here.
var Drivers = func() Packages {
	all := Packages{}
	for _, row := range registry.Rows {
		for _, name := range row.Packages {
			all[ecosystem.Package{Ecosystem: row.Ecosystem, Name: name}] = row.Name
		}
	}
	return all
}()

// RunsOn reports whether a driver, by the name of its adapter, can be told to run on a runtime.
func RunsOn(driver, runtime string) bool {
	row, ok := registry.Find(driver)
	return ok && slices.ContainsFunc(row.Components, func(c registry.Component) bool { return c.Name == runtime })
}

// wrappers are the packages that bring a driver of the same ecosystem with them, each with that one.
var wrappers = func() map[ecosystem.Package]string {
	all := map[ecosystem.Package]string{}
	for _, row := range registry.Rows {
		for _, name := range row.Wrappers {
			all[ecosystem.Package{Ecosystem: row.Ecosystem, Name: name}] = row.Packages[0]
		}
	}
	return all
}()

// undriven are drivers without an adapter, in the ecosystems whose files or texts are searched for names that are
// known. In the others every name with "mongo" in it counts.
var undriven = map[ecosystem.Name][]string{
	ecosystem.Go:    {"gopkg.in/mgo.v2", "github.com/globalsign/mgo", "labix.org/v2/mgo"},
	ecosystem.NPM:   {"mongodb-core", "mongodb-legacy"},
	ecosystem.PyPI:  {"txmongo", "asyncio-mongo"},
	ecosystem.Conan: {"mongo-cxx-driver"},
}

// Names are those of the packages that a table lists.
func Names() []string {
	var all []string
	for _, row := range registry.Rows {
		all = slices.Concat(all, row.Packages, row.Wrappers)
	}
	for _, names := range undriven {
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// In is a regular expression of the drivers of an ecosystem.
func In(e ecosystem.Name) string {
	var all []string
	for _, row := range registry.Rows {
		if row.Ecosystem == e {
			all = append(all, row.Packages...)
		}
	}
	all = append(all, undriven[e]...)
	for i, name := range all {
		all[i] = regexp.QuoteMeta(name)
	}
	return strings.Join(all, "|")
}

// Called is a regular expression of what files call drivers in one of the ways.
func Called(way func(registry.Called) string) string {
	var all []string
	for _, row := range registry.Rows {
		if form := way(row.Called); form != "" {
			all = append(all, form)
		}
	}
	return strings.Join(all, "|")
}

// First is the package that is meant where only its ecosystem is known, "" if there is none.
func First(e ecosystem.Name) string {
	for _, row := range registry.Rows {
		if row.Ecosystem == e {
			return row.Packages[0]
		}
	}
	return ""
}

// OfRepository is the package that comes from a repository, or the name itself.
func OfRepository(name string) string {
	for _, row := range registry.Rows {
		if is := row.Called.Repository; is != "" && is == name {
			return row.Packages[0]
		}
	}
	return name
}

// Named is the beginning of an entry for a package, and whether it is a driver or brings one.
func (p Packages) Named(e ecosystem.Name, name string) (Entry, bool) {
	at := ecosystem.Package{Ecosystem: e, Name: e.Normal(name)}
	driver, driven := p[at]
	of := Entry{Package: at, Driver: driver, Wraps: wrappers[at]}
	switch e {
	case ecosystem.Go, ecosystem.NPM, ecosystem.PyPI, ecosystem.Runtime:
		return of, driven || of.Wraps != "" || slices.Contains(undriven[e], at.Name)
	}
	return of, driven || Mongo.MatchString(name)
}

// Mongo is what the names of drivers and wrappers have in them where no table lists them.
var Mongo = regexp.MustCompile(`(?i)mongo|morphia`)
