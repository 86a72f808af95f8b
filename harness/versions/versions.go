// Package versions orders the versions of drivers, runtimes and servers, whoever wrote them: Go's v2.9.3, npm's 6.20.0,
// PyPI's 4.18.0.dev0, 8.0 of a mongod.
package versions

import (
	"cmp"
	"regexp"

	"golang.org/x/mod/semver"
)

// release is the numbers of a version, and what makes it come before them.
var release = regexp.MustCompile(`^v?(\d+(?:\.\d+){0,2})(?:-([0-9A-Za-z.-]+)|\.?([a-z]+\d*))?(?:\+.*)?$`)

// Canonical is a version in the form of semantic versioning, with a v and three numbers, "" if it is none.
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

// Compare is negative if a comes before b, positive if after, and 0 if they are equal. What is no version comes first,
// in the order of its text.
func Compare(a, b string) int {
	x, y := Canonical(a), Canonical(b)
	if x == "" && y == "" {
		return cmp.Compare(a, b)
	}
	return semver.Compare(x, y)
}
