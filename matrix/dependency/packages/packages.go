// Package packages knows which packages are MongoDB drivers or bring one, and holds what a file says of one.
package packages

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/registry"
)

// An Ecosystem is where the names of packages come from.
type Ecosystem string

// The ecosystems, as OSV calls them where that is no host. Runtime is that of what drivers run on: "go", "node",
// "python". Distribution is that of systems, and of languages with few drivers. Unknown is that of files of unknown
// formats.
const (
	Go           Ecosystem = "Go"
	NPM          Ecosystem = "npm"
	PyPI         Ecosystem = "PyPI"
	RubyGems     Ecosystem = "RubyGems"
	Packagist    Ecosystem = "Packagist"
	Crates       Ecosystem = "Cargo"
	Maven        Ecosystem = "Maven"
	NuGet        Ecosystem = "NuGet"
	Conan        Ecosystem = "ConanCenter"
	Vcpkg        Ecosystem = "vcpkg"
	Hex          Ecosystem = "Hex"
	Pub          Ecosystem = "Pub"
	Swift        Ecosystem = "Swift"
	CPAN         Ecosystem = "CPAN"
	Distribution Ecosystem = "distribution"
	Runtime      Ecosystem = "runtime"
	Unknown      Ecosystem = "unknown"
)

// A Package is a name in an ecosystem.
type Package struct {
	Ecosystem Ecosystem
	Name      string
}

// Packages are the packages that are MongoDB drivers, and the names of the adapters that drive them.
type Packages map[Package]string

// Drivers are the packages that have an adapter here.
var Drivers = func() Packages {
	all := Packages{}
	for _, row := range registry.Rows {
		for _, p := range row.Packages {
			all[Package{Ecosystem(p.Ecosystem), p.Name}] = row.Name
		}
	}
	return all
}()

// RunsOn reports whether a driver, by the name of its adapter, can be told to run on a runtime.
func RunsOn(driver, runtime string) bool {
	row, ok := registry.Find(driver)
	return ok && slices.ContainsFunc(row.Components, func(c registry.Component) bool { return c.Name == runtime })
}

// undriven are drivers without an adapter, in the ecosystems that have one. In the others every name with "mongo" in it
// counts.
var undriven = map[Package]bool{
	{Go, "gopkg.in/mgo.v2"}:           true,
	{Go, "github.com/globalsign/mgo"}: true,
	{Go, "labix.org/v2/mgo"}:          true,
	{NPM, "mongodb-core"}:             true,
	{NPM, "mongodb-legacy"}:           true,
	{PyPI, "txmongo"}:                 true,
	{PyPI, "asyncio-mongo"}:           true,
}

// wrappers are packages that bring a driver of the same ecosystem with them, whose version only a lock file tells.
// Those that leave it to their user to install the driver, such as typeorm, need no row.
var wrappers = map[Package]string{
	{NPM, "@fastify/mongodb"}:             "mongodb",
	{NPM, "@hokify/agenda"}:               "mongodb",
	{NPM, "@mikro-orm/mongodb"}:           "mongodb",
	{NPM, "@payloadcms/db-mongodb"}:       "mongoose",
	{NPM, "@pulsecron/pulse"}:             "mongodb",
	{NPM, "@shelf/jest-mongodb"}:          "mongodb",
	{NPM, "agenda"}:                       "mongodb",
	{NPM, "connect-mongo"}:                "mongodb",
	{NPM, "connect-mongodb-session"}:      "mongodb",
	{NPM, "fastify-mongodb"}:              "mongodb",
	{NPM, "loopback-connector-mongodb"}:   "mongodb",
	{NPM, "mongodb-memory-server"}:        "mongodb",
	{NPM, "mongodb-memory-server-core"}:   "mongodb",
	{NPM, "mongodb-memory-server-global"}: "mongodb",
	{NPM, "mongoist"}:                     "mongodb",
	{NPM, "mongojs"}:                      "mongodb",
	{NPM, "monk"}:                         "mongodb",
	{NPM, "papr"}:                         "mongodb",
	{NPM, "parse-server"}:                 "mongodb",
	{NPM, "sails-mongo"}:                  "mongodb",
	{NPM, "winston-mongodb"}:              "mongodb",
	{PyPI, "beanie"}:                      "pymongo",
	{PyPI, "django-mongodb-backend"}:      "pymongo",
	{PyPI, "djongo"}:                      "pymongo",
	{PyPI, "flask-mongoengine"}:           "pymongo",
	{PyPI, "flask-pymongo"}:               "pymongo",
	{PyPI, "langchain-mongodb"}:           "pymongo",
	{PyPI, "ming"}:                        "pymongo",
	{PyPI, "mongo-connector"}:             "pymongo",
	{PyPI, "mongoengine"}:                 "pymongo",
	{PyPI, "motor"}:                       "pymongo",
	{PyPI, "motor-types"}:                 "pymongo",
	{PyPI, "odmantic"}:                    "pymongo",
	{PyPI, "pymodm"}:                      "pymongo",
	{PyPI, "pymongoarrow"}:                "pymongo",
	{PyPI, "umongo"}:                      "pymongo",
	{RubyGems, "mongo_mapper"}:            "mongo",
	{RubyGems, "mongoid"}:                 "mongo",
}

// Names are those of the packages that a table lists.
func Names() []string {
	var all []string
	for _, table := range []map[Package]string{Drivers, wrappers} {
		for p := range table {
			all = append(all, p.Name)
		}
	}
	for p := range undriven {
		all = append(all, p.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var separators = regexp.MustCompile(`[-_.]+`)

// Normal is the form in which an ecosystem compares names:
// https://packaging.python.org/en/latest/specifications/name-normalization/.
func (e Ecosystem) Normal(name string) string {
	if e == PyPI {
		return strings.ToLower(separators.ReplaceAllString(name, "-"))
	}
	return name
}

// Named is the beginning of an entry for a package, and whether it is a driver or brings one.
func (p Packages) Named(e Ecosystem, name string) (Entry, bool) {
	at := Package{e, e.Normal(name)}
	driver, driven := p[at]
	wraps := wrappers[at]
	switch e {
	case Go, NPM, PyPI, Runtime:
		return Entry{Package: at, Driver: driver, Wraps: wraps}, driven || wraps != "" || undriven[at]
	}
	return Entry{Package: at, Driver: driver, Wraps: wraps}, driven || Mongo.MatchString(name)
}

// Mongo is what the names of drivers and wrappers have in them where no table lists them.
var Mongo = regexp.MustCompile(`(?i)mongo|morphia`)
