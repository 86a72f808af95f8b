// Package ecosystem has the places where packages come from.
package ecosystem

import (
	"regexp"
	"strings"
)

// A Name is that of an ecosystem, as OSV calls it where that is no host.
type Name string

// The ecosystems. Runtime is that of what drivers run on: "go", "node", "python". Distribution is that of systems, and
// of languages with few drivers; Debian is one in which a package is a driver. Unknown is that of files of unknown
// formats.
const (
	Go           Name = "Go"
	NPM          Name = "npm"
	PyPI         Name = "PyPI"
	RubyGems     Name = "RubyGems"
	Packagist    Name = "Packagist"
	Crates       Name = "Cargo"
	Maven        Name = "Maven"
	NuGet        Name = "NuGet"
	Conan        Name = "ConanCenter"
	Vcpkg        Name = "vcpkg"
	Hex          Name = "Hex"
	Pub          Name = "Pub"
	Swift        Name = "Swift"
	CPAN         Name = "CPAN"
	Debian       Name = "Debian"
	Distribution Name = "distribution"
	Runtime      Name = "runtime"
	Unknown      Name = "unknown"
)

// A Package is a name in an ecosystem.
type Package struct {
	Ecosystem Name
	Name      string
}

var separators = regexp.MustCompile(`[-_.]+`)

// Normal is the form in which an ecosystem compares the names of packages:
// https://packaging.python.org/en/latest/specifications/name-normalization/.
func (n Name) Normal(name string) string {
	if n == PyPI {
		return strings.ToLower(separators.ReplaceAllString(name, "-"))
	}
	return name
}
