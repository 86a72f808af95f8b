package scenarios

import (
	"regexp"
	"slices"
	"strings"
)

// A Placeholder is a name in braces that stands for a value in the texts of a row.
type Placeholder struct {
	Name  string
	Means string
	Quote Quoting
	In    []Place // where a row may write it
}

// Quoting is how a value stands in a connection string. In a command it stands as a JSON string holds it, elsewhere
// as it is.
type Quoting string

// The ways of quoting.
const (
	Verbatim    Quoting = "as it is"
	AsPath      Quoting = "percent-encoded but for slashes and colons"
	AsComponent Quoting = "percent-encoded"
	Relative    Quoting = "as a path from the working directory"
)

// A Place is a text of a row that may hold placeholders.
type Place string

// The places.
const (
	InURI     Place = "URI"
	InOptions Place = "Options and Add"
	InHost    Place = "Host"
	InCode    Place = "Code"
	InZone    Place = "Zone"
	InCommand Place = "Do"
	InNames   Place = "DNS names of the server's certificate"
	InUser    Place = "names of users"
	InExpect  Place = "SNI and Mentions"
)

// Places is the closed list.
var Places = []Place{InURI, InOptions, InHost, InCode, InZone, InCommand, InNames, InUser, InExpect}

// files are the places that can name a file of the client.
var files = []Place{InURI, InOptions, InCode}

// Names of a row's own that are placeholders, too, as Placeholders lists them.
const (
	aFile   = "<file>"
	aMember = "<member>"
	aPort   = "<member>.port"
)

// Placeholders are all there are. Three stand for many: <file> for the entry of that name in Files of the client,
// <member> and <member>.port for the member of that name.
var Placeholders = []Placeholder{
	{"host", "name or address of the server, as the client dials it", Verbatim, []Place{InURI}},
	{"port", "port of the server", Verbatim, []Place{InURI, InZone}},
	{"id", "DNS label that no other attempt has", Verbatim, Places},
	{"seeds", "addresses of all Members that a client can know, with commas between them", Verbatim, []Place{InURI}},
	{"options", "Options and Add, and what Cert needs besides", Verbatim, []Place{InURI}},
	{"ca", "PEM file of the authority of that name", AsPath, files},
	{"other", "PEM file of the authority of that name", AsPath, files},
	{"public", "PEM file of the authority of that name", AsPath, files},
	{"intermediate", "PEM file of the authority of that name", AsPath, files},
	{aFile, "file of the client", AsPath, files},
	{aMember, "address of the member", Verbatim, []Place{InURI}},
	{aPort, "port of the member", Verbatim, []Place{InZone}},
	{"client", "file of Cert", AsPath, files},
	{"keypassword", "password of that file, where it is one that the user of a deployment gave", AsComponent, nil},
	{
		"subject",
		"subject of Cert, as mongod prints it",
		AsComponent,
		[]Place{InURI, InOptions, InCode, InCommand, InUser},
	},
}

// braces are around a placeholder; those of JSON are followed by a quotation mark or a space.
var braces = regexp.MustCompile(`\{([^{}":\s][^{}":]*)\}`)

// Fill replaces each placeholder of a text by what value makes of its name.
func Fill(text string, value func(name string) string) string {
	return braces.ReplaceAllStringFunc(text, func(found string) string { return value(found[1 : len(found)-1]) })
}

// placeholders are the names in a text.
func placeholders(text string) (names []string) {
	Fill(text, func(name string) string {
		names = append(names, name)
		return ""
	})
	return names
}

// PlaceholderOf is what a name stands for in the texts of a row about one of its clients, nil for nothing.
func PlaceholderOf(name string, row Scenario, client Client) *Placeholder {
	_, file := client.Files[name]
	member, port := strings.CutSuffix(name, ".port")
	switch {
	case file:
		return placeholder(aFile)
	case !slices.Contains(row.addresses(), member):
		return placeholder(strings.TrimLeft(name, "<"))
	case port:
		return placeholder(aPort)
	}
	return placeholder(aMember)
}

// placeholder is that which the table lists by a name, or nil.
func placeholder(name string) *Placeholder {
	i := slices.IndexFunc(Placeholders, func(p Placeholder) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &Placeholders[i]
}
