// Package versions orders the versions of drivers, runtimes and servers, whoever wrote them: Go's v2.9.3, npm's 6.20.0,
// PyPI's 4.18.0.dev0, 8.0 of a mongod.
package versions

import (
	"cmp"
	"regexp"
	"strings"

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

var (
	numbers    = regexp.MustCompile(`^v?(\d+(?:\.\d+){0,2})(?:\.\d+)*[-._]?([0-9A-Za-z].*)?$`)
	separators = regexp.MustCompile(`[^0-9A-Za-z-]+`)
)

// Lenient is Canonical of a version as any registry of packages may have it, with numbers after the third one, or
// anything after its numbers: "v1.2.3-4" for 1.2.3_4. It need not be a version to golang.org/x/mod.
func Lenient(text string) string {
	text, _, _ = strings.Cut(text, "+")
	part := numbers.FindStringSubmatch(text)
	if part == nil {
		return ""
	}
	v := "v" + part[1]
	for strings.Count(v, ".") < 2 {
		v += ".0"
	}
	if before := strings.Trim(separators.ReplaceAllString(part[2], "."), "."); before != "" {
		v += "-" + before
	}
	return v
}

// Compare is negative if a comes before b, positive if after, and 0 if they are equal. What is no version comes first,
// in the order of its text.
func Compare(a, b string) int {
	x, y := semver.Canonical(Lenient(a)), semver.Canonical(Lenient(b))
	if x == "" && y == "" {
		return cmp.Compare(a, b)
	}
	return semver.Compare(x, y)
}
