// Package version orders the versions of all drivers alike.
package version

import (
	"regexp"

	"golang.org/x/mod/semver"
)

// release is the numbers of a version, and what makes it come before them.
var release = regexp.MustCompile(`^v?(\d+(?:\.\d+){0,2})(?:-([0-9A-Za-z.-]+)|\.?([a-z]+\d*))?(?:\+.*)?$`)

// Canonical is a version as semver compares it, "" if it is none. It takes Go's v2.9.3, npm's 6.20.0 and PyPI's 4.18.0.dev0.
func Canonical(text string) string {
	part := release.FindStringSubmatch(text)
	if part == nil {
		return ""
	}
	v := semver.Canonical("v" + part[1])
	if before := part[2] + part[3]; before != "" {
		v += "-" + before
	}
	return semver.Canonical(v)
}

// Compare is semver.Compare of two versions in any of these forms. What is no version comes before every version.
func Compare(a, b string) int { return semver.Compare(Canonical(a), Canonical(b)) }

// Valid reports whether text is a version.
func Valid(text string) bool { return Canonical(text) != "" }
