package packages

import (
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

var (
	numbers     = regexp.MustCompile(`^v?(\d+(?:\.\d+){0,2})(?:\.\d+)*[-._]?([0-9A-Za-z].*)?$`)
	compatible  = regexp.MustCompile(`~=\s*(\d+\.\d+)(\.\d+)?`)
	equal       = regexp.MustCompile(`={2,3}`)
	wildcard    = regexp.MustCompile(`\.\*`)
	preRelease  = regexp.MustCompile(`\d+(\.\d+)*\.?(a|b|rc|dev|post)\d*`)
	notReleases = regexp.MustCompile(`[^0-9A-Za-z-]+`)
)

// Canonical is a version with three numbers and what comes before a release after a hyphen, with the v that
// golang.org/x/mod wants: "v4.18.0-dev0" for PyPI's 4.18.0.dev0. Of what is no version it is "".
func Canonical(version string) string {
	version, _, _ = strings.Cut(version, "+")
	part := numbers.FindStringSubmatch(version)
	if part == nil {
		return ""
	}
	v := "v" + part[1]
	for strings.Count(v, ".") < 2 {
		v += ".0"
	}
	if before := strings.Trim(notReleases.ReplaceAllString(part[2], "."), "."); before != "" {
		v += "-" + before
	}
	return v
}

// Allows reports whether a release is in the range that a manifest asks for. Of a range in words that nobody knows it
// is not.
func (e Entry) Allows(version string) bool {
	asked := strings.TrimSpace(e.Range)
	switch {
	case asked == "*", asked == "latest", strings.HasPrefix(asked, "catalog:"), e.Package.Ecosystem == Go:
		return true
	case e.Package.Ecosystem == PyPI:
		asked = compatible.ReplaceAllStringFunc(asked, func(s string) string { // PEP 440, compatible release
			part := compatible.FindStringSubmatch(s)
			if part[2] == "" {
				return "^" + part[1]
			}
			return "~" + part[1] + part[2]
		})
		asked = preRelease.ReplaceAllStringFunc(asked, func(s string) string {
			return strings.TrimPrefix(Canonical(s), "v")
		})
		asked = wildcard.ReplaceAllString(equal.ReplaceAllString(asked, "="), ".x")
	}
	v, err := semver.NewVersion(Canonical(version))
	if err != nil {
		return false
	}
	c, err := semver.NewConstraint(asked)
	if err != nil {
		return false
	}
	c.IncludePrerelease = true
	return c.Check(v)
}
