package driver

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/internal/usage"
)

// A Spec says which driver to open, and what it is to run on. Package registry reads its text.
type Spec struct {
	Name string // of a driver: "go"; "" for Command
	// Version is a version as its maintainers write it, or a path: see IsPath. "" is the default of the driver.
	Version    string
	Components []Component // in the order of the driver's row
	Command    string      // an adapter of the user's own: program and arguments, separated by spaces
}

// A Component is what a driver runs on: a runtime, a library.
type Component struct {
	Name    string // "node", "pyopenssl"
	Version string // a version, or a path; "" is the default
}

// Exec begins the text of a Spec with a Command.
const Exec = "exec:"

// String is the canonical text: NAME[@VERSION or @PATH][+COMPONENT...], or exec:COMMAND.
func (s Spec) String() string {
	if s.Name == "" {
		return Exec + s.Command
	}
	text := strings.TrimSuffix(s.Name+"@"+s.Version, "@")
	for _, c := range s.Components {
		text += "+" + c.String()
	}
	return text
}

// On returns the component of that name, if the spec asks for it.
func (s Spec) On(name string) (Component, bool) {
	i := slices.IndexFunc(s.Components, func(c Component) bool { return c.Name == name })
	if i < 0 {
		return Component{}, false
	}
	return s.Components[i], true
}

// String is NAME, NAMEVERSION or NAME@PATH.
func (c Component) String() string {
	if IsPath(c.Version) {
		return c.Name + "@" + c.Version
	}
	return c.Name + c.Version
}

// Malformed is usage.Errorf that says of a version or a component of a Spec that it is not written as one, and how one
// is written. All other errors of opening a driver are of one that cannot be had.
func Malformed(format string, args ...any) error { return malformed{usage.Errorf(format, args...)} }

// IsMalformed reports whether err, or one that it wraps, came from Malformed.
func IsMalformed(err error) bool { return errors.As(err, &malformed{}) }

type malformed struct{ error }

func (m malformed) Unwrap() error { return m.error }

// IsPath reports whether a version is the path of a checkout or an installation: it begins with . or is absolute.
func IsPath(version string) bool { return strings.HasPrefix(version, ".") || filepath.IsAbs(version) }
