package packages

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/ecosystem"
)

// An Entry is what a file says about one package. Of Version, Range and Instead one is set; a file of an ecosystem
// without adapters may say none of them.
type Entry struct {
	Package ecosystem.Package
	Driver  string // name of its adapter, "" if there is none
	By      string // who asks for it, where a file tells: a workspace ("./apps/api"), a package ("agenda"), a section
	Version string // of the release that is installed
	Range   string // which releases would do: "^6.2.0", "*"
	Instead string // why it is no release, as a clause: "comes from ../fork"
	Wraps   string // the driver that it brings, of the same ecosystem
	Rest    string // what else the file says, which is compared and never shown
}

// State is what may change about an entry.
func (e Entry) State() [4]string {
	if e.Version != "" {
		return [4]string{e.Version}
	}
	return [4]string{"", e.Range, e.Instead, e.Rest}
}

// Which is the version, or why there is none.
func (e Entry) Which() string {
	if e.Instead != "" {
		return "(" + e.Instead + ")"
	}
	return cmp.Or(e.Version, e.Range, "(of some version)")
}

// release is what a released version looks like: v2.9.3, 6.20.0, 7.0.0-beta.1, 4.18.0.dev0,
// 1.17.0-0.20240101000000-abcdefabcdef.
var release = regexp.MustCompile(`^v?\d+(\.\d+)*([-._]?[0-9A-Za-z]+)*(\+[0-9A-Za-z.-]+)?$`)

// IsRelease reports whether it looks like a released version.
func IsRelease(version string) bool { return release.MatchString(version) }

// At sets the version, or says where the package comes from instead.
func (e Entry) At(version string) Entry {
	if IsRelease(version) {
		e.Version = version
	} else {
		e.Instead, e.Rest = "comes from "+cmp.Or(Clean(version), "an unknown place"), version
	}
	return e
}

// Asked sets what an ecosystem's way of asking for versions says.
func (e Entry) Asked(version string) Entry {
	if e.Package.Ecosystem == ecosystem.PyPI { // where spaces mean nothing
		version = strings.ReplaceAll(version, " ", "")
	}
	e.Range, e.Rest = cmp.Or(Clean(version), "*"), version
	return e
}
