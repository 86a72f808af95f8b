package dependency

import (
	"cmp"
	"regexp"
	"strings"
)

// An entry is what a file says about one package. Of Version, Range and Instead one is set; a file of an ecosystem without
// adapters may say none of them.
type entry struct {
	Package Package
	Driver  string // name of its adapter, "" if there is none
	By      string // who asks for it, where a file tells: a workspace ("./apps/api"), a package ("agenda"), a section
	Version string // of the release that is installed
	Range   string // which releases would do: "^6.2.0", "*"
	Instead string // why it is no release, as a clause: "comes from ../fork"
	wraps   string // the driver that it brings, of the same ecosystem
	rest    string // what else the file says, which is compared and never shown
}

// state is what may change about an entry.
func (e entry) state() [4]string {
	if e.Version != "" {
		return [4]string{e.Version}
	}
	return [4]string{"", e.Range, e.Instead, e.rest}
}

// which is the version, or why there is none.
func (e entry) which() string {
	if e.Instead != "" {
		return "(" + e.Instead + ")"
	}
	return cmp.Or(e.Version, e.Range, "(of some version)")
}

// release is what a released version looks like: v2.9.3, 6.20.0, 7.0.0-beta.1, 4.18.0.dev0, 1.17.0-0.20240101000000-abcdefabcdef.
var release = regexp.MustCompile(`^v?\d+(\.\d+)*([-._]?[0-9A-Za-z]+)*(\+[0-9A-Za-z.-]+)?$`)

// at sets the version, or says where the package comes from instead.
func (e entry) at(version string) entry {
	if release.MatchString(version) {
		e.Version = version
	} else {
		e.Instead, e.rest = "comes from "+cmp.Or(clean(version), "an unknown place"), version
	}
	return e
}

// asked sets what an ecosystem's way of asking for versions says.
func (e entry) asked(version string) entry {
	if e.Package.Ecosystem == PyPI { // where spaces mean nothing
		version = strings.ReplaceAll(version, " ", "")
	}
	e.Range, e.rest = clean(version), version
	return e
}
