// Package pins reads which versions of runtimes a repository asks for: of toolchains, interpreters and base images.
//
// A pin is an entry of the ecosystem ecosystem.Runtime. Its range is what the file says, such as "22", ">=18" or an
// image's tag.
package pins

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Server is the name under which a mongod is pinned.
const Server = "mongod"

// runtimes are what drivers run on, and the server that they talk to, by the names that tools and images give it.
var runtimes = func() map[string]string {
	all := map[string]string{"golang": "go", "nodejs": "node", "dotnet-sdk": "dotnet", "aspnet": "dotnet"}
	for _, name := range []string{"almalinux", "alpine", "amazonlinux", "bun", "centos", "debian", "deno", "dotnet",
		"fedora", "go", "node", "oraclelinux", "perl", "php", "python", "rockylinux", "ruby",
		"ubi", "ubi-micro", "ubi-minimal", "ubuntu"} {
		all[name] = name
	}
	for _, name := range []string{"amazoncorretto", "eclipse-temurin", "java", "openjdk"} {
		all[name] = "java"
	}
	for _, name := range []string{"mongo", "mongod", "mongodb", "mongodb-atlas-local", "mongodb-community-server",
		"mongodb-enterprise-server", "percona-server-mongodb"} {
		all[name] = Server
	}
	return all
}()

// joined is a version of Python without the point, as in "python312".
var joined = regexp.MustCompile(`^(\d)(\d{1,2})(:.*)?$`)

// Pin is what asks for a version of a tool: nothing if that is no runtime, or if no version is asked for.
func Pin(tool, by, version string) []packages.Entry {
	name, ok := runtimes[strings.ToLower(tool)]
	if version = strings.TrimSpace(version); !ok || version == "" {
		return nil
	}
	if name == "python" {
		version = joined.ReplaceAllString(version, "$1.$2$3")
	}
	e := packages.Entry{Package: ecosystem.Package{Ecosystem: ecosystem.Runtime, Name: name}, By: by}
	return []packages.Entry{e.Asked(version)}
}

// Table reads tools with what is asked for: a version, a table that holds one, or a list of these.
func Table(by string, tools map[string]any) []packages.Entry {
	var all []packages.Entry
	for _, tool := range slices.Sorted(maps.Keys(tools)) {
		for _, version := range versions(tools[tool]) {
			all = append(all, Pin(tool, by, version)...)
		}
	}
	return all
}

func versions(value any) []string {
	var all []string
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			all = append(all, versions(one)...)
		}
	case []map[string]any: // TOML's array of tables
		for _, one := range v {
			all = append(all, versions(one)...)
		}
	case map[string]any:
		all = append(all, document.Texts(v["version"]))
	default:
		all = append(all, document.Texts(v))
	}
	return all
}
